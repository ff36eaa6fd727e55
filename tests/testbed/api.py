"""Plain calls of libpod's API, for setting up: the client under test has no part in them."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

from .errors import TestbedError


def call(path_of_socket: str, method: str, path: str, body: bytes = b"", kind: str = "") -> Any:
    """Send one request with a ``body`` of content type ``kind``, and return what is answered.

    That is the JSON in the answer, the last line of several, or else the answer's bytes. Raises
    ``TestbedError`` for an error status, and ``OSError`` when no service listens.
    """
    connection = _UnixConnection(path_of_socket)
    try:
        headers = {"Content-Type": kind} if kind else {}
        connection.request(method, f"/v4.0.0/libpod{path}", body or None, headers)
        answer = connection.getresponse()
        answered = answer.read()
    finally:
        connection.close()
    if answer.status >= 400:
        reason = answered.decode(errors="replace")
        raise TestbedError(f"{method} {path}: {answer.status} {reason}")
    if "json" not in answer.headers.get("Content-Type", ""):
        return answered
    return json.loads(answered.splitlines()[-1])


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(self._path)
