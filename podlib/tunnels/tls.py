"""TLS over a socket that leads elsewhere: who trusts whom, and errors that say who does not."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING

from podlib.errors import ConnectError, FileError, PodmanError, TimedOutError

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

    from podlib.connection.places import Far

_BLOCK = 256 * 1024


class Trust:
    """Whom a client trusts, and what it shows to be trusted. Raises FileError for its files."""

    def __init__(self, place: Far) -> None:
        self._place = place
        with _file(place.tls_ca):
            self._context = ssl.create_default_context(cafile=place.tls_ca or None)
        if place.tls_cert:
            with _file(place.tls_cert, f" with the key {place.tls_key}"):
                self._context.load_cert_chain(place.tls_cert, place.tls_key)

    def shake_hands(self, sock: socket.socket) -> TLS:
        """Agree with the other side, within the time limit of ``sock``."""
        name = self._place.name
        wire = TLS(self._context, self._place)
        try:
            while not wire.shake_hands():
                sock.sendall(wire.encode(b""))
                wire.receive(sock.recv(_BLOCK))
            sock.sendall(wire.encode(b""))
        except TimeoutError as error:
            message = f"{name} did not agree on TLS within {sock.gettimeout():g} s"
            raise TimedOutError(message, limit="connect") from error
        except OSError as error:
            reason = error.strerror or error
            raise ConnectError(f"{name} broke off while agreeing on TLS: {reason}") from error
        return wire


class TLS:
    """The bytes of TLS. No socket is touched."""

    def __init__(self, context: ssl.SSLContext, place: Far) -> None:
        self._place = place
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._to_send, server_hostname=place.host)
        self.ended = False

    def receive(self, data: bytes) -> None:
        """Take what came; no data are the end."""
        if data:
            self._received.write(data)
        else:
            self._received.write_eof()

    def shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done."""
        with _explained(self._place):
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                return False
        return True

    def encode(self, data: bytes) -> bytes:
        """What is to be sent for ``data``, and for what was received before."""
        if data:
            self._tls.write(data)
        return self._to_send.read()

    def encode_end(self) -> bytes:
        """What says that no more will be sent; the other side may go on."""
        with contextlib.suppress(ssl.SSLError):  # it is the other's end that is missing yet
            self._tls.unwrap()
        return self._to_send.read()

    def decode(self, data: bytes) -> bytes:
        """What was said by ``data``."""
        self.receive(data)
        blocks: list[bytes] = []
        with _explained(self._place):
            while True:
                try:
                    block = self._tls.read(_BLOCK)
                except ssl.SSLWantReadError:
                    break
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    block = b""
                if not block:
                    self.ended = True
                    break
                blocks.append(block)
        return b"".join(blocks)


@contextlib.contextmanager
def _file(path: str, more: str = "") -> Generator[None]:
    try:
        yield
    except OSError as error:  # an SSLError is one too
        reason = error.strerror or str(error)
        raise FileError(f"cannot use {path}{more}: {reason}", path=path) from error


@contextlib.contextmanager
def _explained(place: Far) -> Generator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ConnectError(
            f"{place.name}: the server's certificate is not trusted here: {error.verify_message}"
        ) from error
    except (ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
        raise
    except ssl.SSLError as error:
        raise _refusal(place, error) from error


def _refusal(place: Far, error: ssl.SSLError) -> PodmanError:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if "alert" not in reason:
        what = "speaks no TLS, or other versions of it" if "wrong version" in reason else reason
        return ConnectError(f"{place.name}: the server {what}")
    said = reason.partition("alert ")[2]
    if not place.tls_cert:
        said += "; it may want a certificate of the client's: tls_cert and tls_key"
    return ConnectError(f"{place.name}: the server refuses this client: {said}")
