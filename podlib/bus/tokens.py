"""Where the bearer token comes from: a file, the environment, or the Bus configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from podlib.errors import BusError, FileError
from podlib.files import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping


class TokenSource:
    """The token, read anew for each request: a file that is replaced counts from then on.

    ``file`` if it is given, else ``BUS_API_TOKEN``, else ``auth/api-token`` below
    ``BUS_CONFIG_DIR``, ``$XDG_CONFIG_HOME/bus`` or ``~/.config/bus``.
    """

    def __init__(self, file: Path | None, environ: Mapping[str, str]) -> None:
        self._text = "" if file else environ.get("BUS_API_TOKEN", "").strip()
        self._file = file or _configured(environ)

    def __repr__(self) -> str:
        return f"<token from {'BUS_API_TOKEN' if self._text else self._file}>"

    def token(self) -> str:
        """The token now. Raises BusError if there is none; what is in a file may be replaced."""
        text, status = self._text, 401
        if not text:
            text, status = self._read(), 0
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise BusError(f"{self!r} is no bearer token: it must be one word", status=status)
        return text

    def _read(self) -> str:
        if not self._file.exists():
            raise BusError(
                "no token for the Events API: give --token-file, set BUS_API_TOKEN, or write "
                f"it to {self._file}",
                status=0,
            )
        try:
            return read_file(self._file).decode("utf-8", "replace").strip()
        except FileError as error:
            raise BusError(f"no token for the Events API: {error}", status=0) from error


def _configured(environ: Mapping[str, str]) -> Path:
    if folder := environ.get("BUS_CONFIG_DIR"):
        base = Path(folder)
    elif folder := environ.get("XDG_CONFIG_HOME"):
        base = Path(folder) / "bus"
    else:
        base = Path(environ.get("HOME", "/")) / ".config" / "bus"
    return base / "auth" / "api-token"
