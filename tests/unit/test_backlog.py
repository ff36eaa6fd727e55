from __future__ import annotations

import threading

from podlib.backlog import Backlog


def backlog(most: int = 10) -> Backlog[str]:
    return Backlog(len, most)


def taken(waiting: Backlog[str]) -> list[tuple[str, int]]:
    return [*iter(waiting.take, None)]


def test_what_fits_is_kept_in_order() -> None:
    waiting = backlog()
    assert waiting.take() is None
    for item in ("one", "two", "3"):
        waiting.put(item)
    assert taken(waiting) == [("one", 0), ("two", 0), ("3", 0)]
    waiting.put("1234567890")
    assert taken(waiting) == [("1234567890", 0)]


def test_the_oldest_are_dropped_and_counted() -> None:
    waiting = backlog()
    for number in range(100, 110):
        waiting.put(str(number))
    assert taken(waiting) == [("107", 7), ("108", 0), ("109", 0)]
    waiting.put("next")
    assert taken(waiting) == [("next", 0)]


def test_an_item_that_is_larger_than_all_that_may_wait() -> None:
    waiting = backlog()
    waiting.put("one")
    waiting.put("x" * 11)
    waiting.put("y" * 12)
    assert taken(waiting) == [("y" * 12, 2)]


def test_threads() -> None:
    waiting = backlog(1000)
    found: list[tuple[str, int]] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            found.extend(taken(waiting))
        found.extend(taken(waiting))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(10_000):
        waiting.put(str(number))
    over.set()
    reader.join()
    assert found[-1][0] == "9999"
    assert len(found) + sum(missed for _, missed in found) == 10_000
    numbers = [int(item) for item, _ in found]
    assert numbers == sorted(numbers)
