"""A socket in front of a service's, whose connections can be cut, held up or garbled."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Proxy:
    """Forwards connections to the socket ``behind``, as long as its ``with`` block lasts."""

    def __init__(self, path: Path, behind: Path) -> None:
        self.path = path
        self._behind = behind
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self._until_cut: int | None = None
        self._until_garbled: int | None = None

    def __enter__(self) -> Self:
        self._listener.bind(str(self.path))
        self._listener.listen(32)
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._flows.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def cut(self) -> None:
        """End all connections that are open now."""
        for each in [*self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut_after(self, count: int) -> None:
        """Cut when so many more bytes have passed, either way."""
        self._until_cut = count

    def garble(self, count: int) -> None:
        """Turn a bit of the answers, when so many more bytes of them have passed."""
        self._until_garbled = count

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long."""
        self._flows.clear()
        timer = threading.Timer(seconds, self._flows.set)
        timer.daemon = True
        timer.start()

    def _run(self, call: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=call, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                try:
                    far.connect(str(self._behind))
                except OSError:  # the service is down: so is this
                    near.close()
                    far.close()
                    continue
                self._open |= {near, far}
                back = threading.Thread(target=self._answer, args=(far, near), daemon=True)
                back.start()
                self._run(self._forward, near, far, back)

    def _forward(self, near: socket.socket, far: socket.socket, back: threading.Thread) -> None:
        self._copy(near, far, bytes)
        back.join()
        self._open -= {near, far}
        near.close()
        far.close()

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        self._copy(far, near, self._garbled)

    def _copy(
        self, from_: socket.socket, to: socket.socket, change: Callable[[bytes], bytes]
    ) -> None:
        with suppress(OSError):
            while data := from_.recv(16384):
                self._flows.wait()
                to.sendall(change(data))
                self._count(len(data))
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def _garbled(self, data: bytes) -> bytes:
        if self._until_garbled is None:
            return data
        at = self._until_garbled
        self._until_garbled = None if at < len(data) else at - len(data)
        if at >= len(data):
            return data
        return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]

    def _count(self, passed: int) -> None:
        if self._until_cut is None:
            return
        self._until_cut -= passed
        if self._until_cut <= 0:
            self._until_cut = None
            self.cut()
