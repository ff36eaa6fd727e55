# Generated from podlib/docker/_async/link.py: edit there.
"""The connection to the Docker-compatible API of a service that its client has found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podlib._sync.link import Link
from podlib.errors import ConnectError, ProtocolError

if TYPE_CHECKING:
    from podlib.http.common import Reply, Timeouts
    from podlib.http.unix_sync import UnixClient

_VERSION = re.compile(r"\d+\.\d+", re.ASCII)  # it becomes part of every path


class DockerLink(Link):
    """What all nouns of ``podman.docker`` share."""

    def __init__(self, podman: Link) -> None:
        super().__init__([], podman._timeouts)
        self._podman = podman
        self.api_version = ""
        """The version of Docker's API that is spoken; ``""`` before the first call."""

    def connect(self, timeouts: Timeouts | None) -> UnixClient:
        """Learn the API's version, as Docker's own clients do: from the answer to a ping."""
        podman = self._podman.connect(timeouts)
        if self._http is not None:
            return self._http
        if not self._podman.socket:
            raise ConnectError("podman.docker needs a socket: no transport of httpx leads to it")
        from podlib.docker.client_sync import DockerClient

        http = DockerClient(podman.path, self._timeouts, podman.tunnel)
        self._trying.append(http)
        try:
            version = _version(http.request("GET", "/_ping", timeouts=timeouts))
        except BaseException:
            http.close()
            raise
        finally:
            self._trying.remove(http)
        self.api_version = version
        return self._adopt(http, self._podman.version)

    def _target(self, path: str) -> str:
        return f"/v{self.api_version}/{path}"


def _version(reply: Reply) -> str:
    version = reply.header("api-version") or ""
    if not _VERSION.fullmatch(version):
        raise ProtocolError(f"there is no Docker-compatible API: a ping answers {reply.status}")
    return version
