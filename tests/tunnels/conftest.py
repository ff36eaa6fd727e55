"""Servers that play scripts over TCP and TLS; no test may leave a folder or a process."""

from __future__ import annotations

import ssl
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.http.servers import Peer, ScriptedServer

from .flavours import Exists, blocking, by_service, by_service_with_asyncio, with_asyncio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.http.servers import Script

    Listen = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def leftovers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where podlib's folders are; they must be gone in the end, and its threads too."""
    with tempfile.TemporaryDirectory(prefix="t") as name:  # tmp_path would be too long for sockets
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        yield Path(name)
        end = time.monotonic() + 10
        while found := [*Path(name).iterdir(), *_threads()]:
            assert time.monotonic() < end, found
            time.sleep(0.005)


def _threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("podlib-")]


@pytest.fixture(params=[blocking, with_asyncio])
def exists(request: pytest.FixtureRequest) -> Exists:
    """Each flavour in turn."""
    flavour: Exists = request.param
    return flavour


@pytest.fixture(params=[by_service, by_service_with_asyncio])
def exists_by_service(request: pytest.FixtureRequest) -> Exists:
    """Likewise, asked of a transient service; keywords are its."""
    flavour: Exists = request.param
    return flavour


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who vouches for servers and clients."""
    return trustme.CA()


class Files:
    """Certificates as files."""

    def __init__(self, authority: trustme.CA, folder: Path) -> None:
        self.authority = authority
        self._folder = folder
        self.ca = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.ca)

    def client(self, issuer: trustme.CA | None = None) -> dict[str, Any]:
        """The files of a client whose certificate is from ``issuer``."""
        issued = (issuer or self.authority).issue_cert("client@podlib.invalid")
        cert, key = str(self._folder / "cert.pem"), str(self._folder / "key.pem")
        issued.private_key_pem.write_to_path(key)
        issued.cert_chain_pems[0].write_to_path(cert)
        return {"tls_ca": self.ca, "tls_cert": cert, "tls_key": key}


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> Files:
    """Certificates as files."""
    return Files(authority, tmp_path)


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Starts servers on TCP, with the certificate ``issued`` if one is given.

    ``asks`` is the authority that clients' certificates must come from.
    """
    with ExitStack() as stack:

        def start(
            script: Script,
            issued: trustme.LeafCert | None = None,
            asks: trustme.CA | None = None,
        ) -> ScriptedServer:
            played = script if issued is None else _behind_tls(script, issued, asks)
            return stack.enter_context(ScriptedServer(None, played))

        yield start


def _behind_tls(script: Script, issued: trustme.LeafCert, asks: trustme.CA | None) -> Script:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] -- it also takes what another library has
    if asks is not None:
        asks.configure_trust(context)  # pyright: ignore[reportUnknownMemberType] -- likewise
        context.verify_mode = ssl.CERT_REQUIRED

    def play(peer: Peer) -> None:
        peer.sock = context.wrap_socket(peer.sock, server_side=True)
        script(peer)

    return play
