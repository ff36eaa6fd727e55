/*
 * A server that sends what Podman sends, and is never what a benchmark waits for.
 *
 *   GET  /download?bytes=N           a body of N bytes with Content-Length
 *   GET  /download?bytes=N&piece=P   the same in chunks of P bytes (Podman's archives: 32768)
 *   POST .../build                   the body is read; answered with a log: "bytes N", and an id
 *   POST or PUT, any other path      the body is read; answered with {"bytes":N}
 *   POST .../exec/N/start            the bare connection: N bytes of output in frames of 8192,
 *                                    Podman's largest, and its end
 *   POST .../exec/N-late/start       likewise, a tenth of a second after the head
 *   GET  .../exec/N/json             a session that has ended
 *   GET  .../_ping                   OK
 *   GET  .../version, .../containers/x/json, .../images/ID/json
 *                                    one version document, the same bytes for every client
 *   GET  .../containers/json         the file MANY, with limit=10 the file FEW, in one chunk
 *   GET  .../containers/ID/json      the file ONE, where ID has 64 characters
 *   GET  .../containers/ID/logs?tail=N
 *                                    N lines of 64 characters, each a frame and a chunk of its own
 *   GET  any other path              404: a client that asks for the wrong thing has no figure
 *
 * Usage: server SOCKET MANY FEW ONE. It prints a line once it listens, and ends when its standard input
 * ends: with the benchmark that started it, however that came about.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_SIZE (1 << 18)
#define PAYLOAD_SIZE (1 << 20)
#define FRAME_SIZE 8192
#define FRAMES_AT_ONCE 32
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static char payload[PAYLOAD_SIZE];

struct document {
    char *bytes;
    size_t length;
};

static struct document many, few, one;

#define LINE_SIZE 64
#define LINES_AT_ONCE 512

static struct document lines;

static const char json_head[] =
    "HTTP/1.1 200 OK\r\n"
    "Api-Version: 1.41\r\n"
    "Content-Type: application/json\r\n"
    "Libpod-Api-Version: 5.4.2\r\n"
    "Server: Libpod/5.4.2 (linux)\r\n"
    "X-Reference-Id: 0xc000123456\r\n"
    "Date: Mon, 02 Jun 2025 10:00:00 GMT\r\n";

static const char ping_head[] =
    "HTTP/1.1 200 OK\r\n"
    "Api-Version: 1.41\r\n"
    "Builder-Version: \r\n"
    "Buildkit-Version: \r\n"
    "Cache-Control: no-cache\r\n"
    "Docker-Experimental: true\r\n"
    "Libpod-Api-Version: 5.4.2\r\n"
    "Libpod-Buildah-Version: 1.39.3\r\n"
    "Ostype: linux\r\n"
    "Pragma: no-cache\r\n"
    "Server: Libpod/5.4.2 (linux)\r\n"
    "X-Reference-Id: 0xc000123456\r\n"
    "Date: Mon, 02 Jun 2025 10:00:00 GMT\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n";

static const char archive_head[] =
    "HTTP/1.1 200 OK\r\n"
    "Api-Version: 1.41\r\n"
    "Libpod-Api-Version: 5.4.2\r\n"
    "Server: Libpod/5.4.2 (linux)\r\n"
    "X-Reference-Id: 0xc000123456\r\n"
    "Date: Mon, 02 Jun 2025 10:00:00 GMT\r\n"
    "Content-Type: application/x-tar\r\n";

static const char upgraded_head[] =
    "HTTP/1.1 101 UPGRADED\r\n"
    "Connection: Upgrade\r\n"
    "Content-Type: application/vnd.docker.raw-stream\r\n"
    "Upgrade: tcp\r\n\r\n";

static const char not_upgraded_head[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: application/vnd.docker.raw-stream\r\n\r\n";

static const char exec_json[] =
    "{\"CanRemove\":false,\"ContainerID\":\"\",\"DetachKeys\":\"\",\"ExitCode\":0,\"ID\":\"\","
    "\"OpenStderr\":true,\"OpenStdin\":false,\"OpenStdout\":true,\"Running\":false,\"Pid\":0,"
    "\"ProcessConfig\":{\"arguments\":[],\"entrypoint\":\"yes\",\"privileged\":false,"
    "\"tty\":false,\"user\":\"\"}}\n";

static const char version_json[] =
    "{\"Platform\":{\"Name\":\"linux/amd64/debian-13\"},"
    "\"Components\":[{\"Name\":\"Podman Engine\",\"Version\":\"5.4.2\",\"Details\":{"
    "\"APIVersion\":\"5.4.2\",\"Arch\":\"amd64\",\"BuildTime\":\"2025-06-01T12:00:00Z\","
    "\"Experimental\":\"false\",\"GitCommit\":\"\",\"GoVersion\":\"go1.24.4\","
    "\"KernelVersion\":\"6.12.0-amd64\",\"MinAPIVersion\":\"4.0.0\",\"Os\":\"linux\"}},"
    "{\"Name\":\"Conmon\",\"Version\":\"conmon version 2.1.12, commit: unknown\","
    "\"Details\":{\"Package\":\"conmon_2.1.12-4_amd64\"}},"
    "{\"Name\":\"OCI Runtime (crun)\",\"Version\":\"crun version 1.21\\ncommit: unknown\\n"
    "spec: 1.0.0\\n+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF +CRIU +YAJL\","
    "\"Details\":{\"Package\":\"crun_1.21-1_amd64\"}}],"
    "\"Version\":\"5.4.2\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\","
    "\"GitCommit\":\"\",\"GoVersion\":\"go1.24.4\",\"Os\":\"linux\",\"Arch\":\"amd64\","
    "\"KernelVersion\":\"6.12.0-amd64\",\"BuildTime\":\"2025-06-01T12:00:00Z\"}\n";

static const char not_found_head[] =
    "HTTP/1.1 404 Not Found\r\n"
    "Content-Type: application/json\r\n";

static const char not_found_json[] =
    "{\"cause\":\"not found\",\"message\":\"the benchmark has no such route\",\"response\":404}\n";

struct connection {
    int fd;
    size_t start, end; /* what was read and not yet used: buffer[start..end) */
    char buffer[BUFFER_SIZE];
};

struct request {
    char method[16];
    char target[2048];
    int64_t content_length;
    bool chunked;
    bool upgrade;
};

/* Every function below that returns bool returns false when the connection is of no more use. */

static bool send_parts(int fd, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t sent = writev(fd, parts, count);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        while (count > 0 && (size_t)sent >= parts->iov_len) {
            sent -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
    return true;
}

static bool send_bytes(int fd, const char *bytes, size_t length)
{
    struct iovec part = {(char *)bytes, length};
    return send_parts(fd, &part, 1);
}

/* Head and body leave in one write, as from Go's buffered writer. */
static bool send_small(int fd, const char *head, const char *body, size_t length)
{
    char line[64];
    int line_length = sprintf(line, "Content-Length: %zu\r\n\r\n", length);
    struct iovec parts[] = {
        {(char *)head, strlen(head)}, {line, (size_t)line_length}, {(char *)body, length}};
    return send_parts(fd, parts, COUNT(parts));
}

static bool send_with_length(int fd, int64_t left)
{
    char head[1024];
    int length = sprintf(head, "%sContent-Length: %lld\r\n\r\n", archive_head, (long long)left);
    if (!send_bytes(fd, head, (size_t)length))
        return false;
    while (left > 0) {
        size_t size = left < PAYLOAD_SIZE ? (size_t)left : PAYLOAD_SIZE;
        if (!send_bytes(fd, payload, size))
            return false;
        left -= (int64_t)size;
    }
    return true;
}

static bool send_chunked(int fd, int64_t left, int64_t piece)
{
    char line[64];
    int length = sprintf(line, "Transfer-Encoding: chunked\r\n\r\n");
    struct iovec head[] = {
        {(char *)archive_head, strlen(archive_head)}, {line, (size_t)length}};
    if (!send_parts(fd, head, COUNT(head)))
        return false;
    while (left > 0) {
        int64_t size = left < piece ? left : piece;
        length = sprintf(line, "%llx\r\n", (long long)size);
        struct iovec chunk[] = {
            {line, (size_t)length}, {payload, (size_t)size}, {(char *)"\r\n", 2}};
        if (!send_parts(fd, chunk, COUNT(chunk)))
            return false;
        left -= size;
    }
    return send_bytes(fd, "0\r\n\r\n", 5);
}

/* Many frames in one write: two writes for each, as Podman does it, would be what is measured. */
static bool send_frames(int fd, int64_t left)
{
    unsigned char head[] = {1, 0, 0, 0, 0, 0, FRAME_SIZE >> 8, FRAME_SIZE & 255};
    if (left % FRAME_SIZE)
        return false;
    for (int64_t frames = left / FRAME_SIZE; frames > 0;) {
        struct iovec parts[2 * FRAMES_AT_ONCE];
        int count = 0;
        for (; count < COUNT(parts) && frames > 0; frames--) {
            parts[count++] = (struct iovec){head, sizeof head};
            parts[count++] = (struct iovec){payload, FRAME_SIZE};
        }
        if (!send_parts(fd, parts, count))
            return false;
    }
    return false; /* its end is that of the connection */
}

/* As Go sends a document that is longer than its buffer. */
static bool send_in_one_chunk(int fd, const struct document *document)
{
    char line[64];
    int length = sprintf(line, "Transfer-Encoding: chunked\r\n\r\n%zx\r\n", document->length);
    struct iovec parts[] = {
        {(char *)json_head, strlen(json_head)},
        {line, (size_t)length},
        {document->bytes, document->length},
        {(char *)"\r\n0\r\n\r\n", 7}};
    return send_parts(fd, parts, COUNT(parts));
}

/* As Go sends a log: it flushes after each line. */
static bool send_log(int fd, int64_t left)
{
    static const char end_of_head[] = "Transfer-Encoding: chunked\r\n\r\n";
    struct iovec head[] = {
        {(char *)archive_head, strlen(archive_head)},
        {(char *)end_of_head, strlen(end_of_head)}};
    if (!send_parts(fd, head, COUNT(head)))
        return false;
    size_t of_one = lines.length / LINES_AT_ONCE;
    while (left > 0) {
        int64_t count = left < LINES_AT_ONCE ? left : LINES_AT_ONCE;
        if (!send_bytes(fd, lines.bytes, (size_t)count * of_one))
            return false;
        left -= count;
    }
    return send_bytes(fd, "0\r\n\r\n", 5);
}

static bool make_lines(void)
{
    char text[LINE_SIZE + 1];
    for (int i = 0; i < LINE_SIZE; i++)
        text[i] = (char)('a' + i % 26);
    text[LINE_SIZE] = '\0';
    size_t room = LINES_AT_ONCE * (LINE_SIZE + 32);
    lines.bytes = malloc(room);
    if (!lines.bytes)
        return false;
    for (int i = 0; i < LINES_AT_ONCE; i++) {
        lines.length += (size_t)sprintf(lines.bytes + lines.length, "%x\r\n", LINE_SIZE + 9);
        char frame[8] = {1, 0, 0, 0, 0, 0, 0, LINE_SIZE + 1};
        memcpy(lines.bytes + lines.length, frame, sizeof frame);
        lines.length += sizeof frame;
        lines.length += (size_t)sprintf(lines.bytes + lines.length, "%s\n\r\n", text);
    }
    return true;
}

static bool read_more(struct connection *c)
{
    if (c->start == c->end) {
        c->start = c->end = 0;
    } else if (c->end == BUFFER_SIZE) { /* a head or a chunk's line is cut by the end */
        memmove(c->buffer, c->buffer + c->start, c->end - c->start);
        c->end -= c->start;
        c->start = 0;
    }
    ssize_t got;
    do
        got = read(c->fd, c->buffer + c->end, BUFFER_SIZE - c->end);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    c->end += (size_t)got;
    return true;
}

/* Reads up to and with `mark`; returns where the text before it starts, ended with a NUL. */
static char *read_until(struct connection *c, const char *mark)
{
    size_t length = strlen(mark);
    char *found;
    while (!(found = memmem(c->buffer + c->start, c->end - c->start, mark, length)))
        if (!read_more(c))
            return NULL;
    char *text = c->buffer + c->start;
    *found = '\0';
    c->start = (size_t)(found - c->buffer) + length;
    return text;
}

static bool skip(struct connection *c, int64_t left)
{
    while (left > 0) {
        if (c->start == c->end && !read_more(c))
            return false;
        size_t size = c->end - c->start;
        if ((int64_t)size > left)
            size = (size_t)left;
        c->start += size;
        left -= (int64_t)size;
    }
    return true;
}

static bool read_request(struct connection *c, struct request *request)
{
    char *head = read_until(c, "\r\n\r\n");
    if (!head || sscanf(head, "%15s %2047s", request->method, request->target) != 2)
        return false;
    char *length = strcasestr(head, "\r\nContent-Length:");
    request->content_length = length ? atoll(length + strlen("\r\nContent-Length:")) : 0;
    request->upgrade = strcasestr(head, "\r\nUpgrade:") != NULL;
    request->chunked = strcasestr(head, "\r\nTransfer-Encoding: chunked") != NULL;
    return true;
}

/* The number of bytes in the request's body, or -1. */
static int64_t read_body(struct connection *c, const struct request *request)
{
    if (!request->chunked)
        return skip(c, request->content_length) ? request->content_length : -1;
    int64_t total = 0;
    for (;;) {
        char *line = read_until(c, "\r\n");
        if (!line)
            return -1;
        int64_t size = strtoll(line, NULL, 16);
        if (!skip(c, size + 2))
            return -1;
        if (size == 0)
            return total;
        total += size;
    }
}

static int64_t number_in(const char *target, const char *name)
{
    char *found = strstr(target, name);
    return found ? atoll(found + strlen(name)) : 0;
}

static bool path_ends_with(const char *target, const char *end)
{
    size_t length = strcspn(target, "?");
    size_t end_length = strlen(end);
    return length >= end_length && !strncmp(target + length - end_length, end, end_length);
}

/* Whether the target is that of a container by its whole id. */
static bool inspects(const char *target)
{
    char *found = strstr(target, "/containers/");
    return found && path_ends_with(target, "/json") &&
           strcspn(found + strlen("/containers/"), "/") == 64;
}

static bool send_download(int fd, const char *target)
{
    int64_t bytes = number_in(target, "bytes=");
    int64_t piece = number_in(target, "piece=");
    if (piece > PAYLOAD_SIZE)
        return false;
    return piece > 0 ? send_chunked(fd, bytes, piece) : send_with_length(fd, bytes);
}

/* docker-py loses what comes together with the head: for sessions whose id says so, it waits. */
static bool start_exec(int fd, const struct request *request)
{
    const char *head = request->upgrade ? upgraded_head : not_upgraded_head;
    if (!send_bytes(fd, head, strlen(head)))
        return false;
    if (strstr(request->target, "-late/"))
        usleep(100000);
    return send_frames(fd, number_in(request->target, "/exec/"));
}

static bool answer(int fd, const struct request *request, int64_t body_bytes)
{
    if (strstr(request->target, "/exec/") && path_ends_with(request->target, "/start"))
        return start_exec(fd, request);
    if (strstr(request->target, "/exec/") && path_ends_with(request->target, "/json"))
        return send_small(fd, json_head, exec_json, strlen(exec_json));
    if (!strcmp(request->method, "POST") && path_ends_with(request->target, "/build")) {
        char log[192];
        int length = sprintf(log, "{\"stream\":\"bytes %lld\\n\"}\n{\"stream\":\"%064d\\n\"}\n",
                             (long long)body_bytes, 1);
        return send_in_one_chunk(fd, &(struct document){log, (size_t)length});
    }
    if (!strcmp(request->method, "POST") || !strcmp(request->method, "PUT")) {
        char json[64];
        int length = sprintf(json, "{\"bytes\":%lld}\n", (long long)body_bytes);
        return send_small(fd, json_head, json, (size_t)length);
    }
    if (!strncmp(request->target, "/download?", strlen("/download?")))
        return send_download(fd, request->target);
    if (path_ends_with(request->target, "/_ping"))
        return send_small(fd, ping_head, "OK", 2);
    if (path_ends_with(request->target, "/version") ||
        path_ends_with(request->target, "/containers/x/json") ||
        (strstr(request->target, "/images/") && path_ends_with(request->target, "/json")))
        return send_small(fd, json_head, version_json, strlen(version_json));
    if (path_ends_with(request->target, "/containers/json"))
        return send_in_one_chunk(fd, number_in(request->target, "limit=") == 10 ? &few : &many);
    if (path_ends_with(request->target, "/logs"))
        return send_log(fd, number_in(request->target, "tail="));
    if (inspects(request->target))
        return send_small(fd, json_head, one.bytes, one.length);
    return send_small(fd, not_found_head, not_found_json, strlen(not_found_json));
}

static void *serve(void *argument)
{
    struct connection *c = argument;
    struct request request;
    while (read_request(c, &request)) {
        int64_t body_bytes = read_body(c, &request);
        if (body_bytes < 0 || !answer(c->fd, &request, body_bytes))
            break;
    }
    close(c->fd);
    free(c);
    return NULL;
}

static void start_thread(int fd)
{
    struct connection *c = malloc(sizeof *c);
    pthread_t thread;
    if (!c) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->start = c->end = 0;
    if (pthread_create(&thread, NULL, serve, c)) {
        close(fd);
        free(c);
        return;
    }
    pthread_detach(thread);
}

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024))
        return -1;
    return fd;
}

static bool load(const char *path, struct document *document)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return false;
    document->length = (size_t)ftell(file);
    document->bytes = malloc(document->length);
    rewind(file);
    bool whole = fread(document->bytes, 1, document->length, file) == document->length;
    fclose(file);
    return whole;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc != 5 || !load(argv[2], &many) || !load(argv[3], &few) || !load(argv[4], &one)) {
        fputs("server: give it a socket and three files\n", stderr);
        return 1;
    }
    if (!make_lines())
        return 1;
    int listener = listen_on(argv[1]);
    if (listener < 0) {
        perror("server: cannot listen");
        return 1;
    }
    for (size_t i = 0; i < PAYLOAD_SIZE; i++)
        payload[i] = (char)(i * 2654435761u >> 13);
    puts("ready");
    fflush(stdout);
    struct pollfd waits[] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    while (poll(waits, COUNT(waits), -1) >= 0 && !waits[1].revents) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            start_thread(fd);
    }
    return 0;
}
