/* memory MIB: a process that has so much memory in use, half of it random, and counts.

   It looks at another page each millisecond, and ends if that is not what it was. Ten times a
   second it says how often it looked, and for how many microseconds it stood still at most. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WORDS = 4096 / sizeof(uint64_t) };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time); /* from CLOCK_MONOTONIC CRIU takes the pause away */
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

int main(int argc, char **argv) {
    uint64_t pages = argc > 1 ? strtoull(argv[1], NULL, 10) * 256 : 0;
    uint64_t (*memory)[WORDS] = calloc(pages, sizeof *memory);
    if (pages == 0 || memory == NULL)
        return 2;
    uint64_t random = 88172645463325252u; /* xorshift: the same for all, and zstd finds nothing */
    for (uint64_t page = 0; page < pages; page++) {
        memory[page][0] = page;
        for (int word = 1; word < WORDS / 2; word++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            memory[page][word] = random;
        }
    }
    uint64_t last = now(), said = last, longest = 0;
    for (uint64_t count = 1;; count++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        if (memory[count % pages][0] != count % pages)
            return 1;
        uint64_t time = now();
        if (time - last > longest)
            longest = time - last;
        last = time;
        if (time - said >= 100000) {
            printf("%llu %llu\n", (unsigned long long)count, (unsigned long long)longest);
            fflush(stdout);
            said = time;
        }
    }
}
