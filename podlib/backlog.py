"""What waits between one who must not wait and one who may be slow. No I/O."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MOST: Final = 4 << 20
"""The size of what may wait: characters of text, for instance."""


class Backlog(Generic[T]):
    """Items in their order. What is too much is dropped from the front, and counted.

    Safe for threads.
    """

    def __init__(self, size: Callable[[T], int], most: int = MOST) -> None:
        self._size_of = size
        self._most = most
        self._items: deque[T] = deque()
        self._size = 0
        self._missed = 0
        self._lock = threading.Lock()

    def put(self, item: T) -> None:
        """Add an item. The newest one always stays."""
        with self._lock:
            self._items.append(item)
            self._size += self._size_of(item)
            while self._size > self._most and len(self._items) > 1:
                self._size -= self._size_of(self._items.popleft())
                self._missed += 1

    def take(self) -> tuple[T, int] | None:
        """The oldest item, and how many before it were dropped; None if nothing waits."""
        with self._lock:
            if not self._items:
                return None
            item, missed = self._items.popleft(), self._missed
            self._size -= self._size_of(item)
            self._missed = 0
            return item, missed
