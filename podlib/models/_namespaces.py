"""The notation of namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib import query
from podlib.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._parameters import Spec

__all__ = []

_USUAL = ("private", "host", "pod", "container", "ns")
KINDS = {
    "userns": ("host", "private", "auto", "keep-id", "nomap", "pod", "container", "ns"),
    "pidns": _USUAL,
    "ipcns": (*_USUAL, "shareable", "none"),
    "utsns": _USUAL,
    "cgroupns": _USUAL,
}
"""Which modes there are of each."""

# The server's words for some of the modes.
_ON_WIRE = {"ns": "path", "nomap": "no-map"}
_NEED_VALUE = ("container", "ns")
_MAY_HAVE_VALUE = ("auto", "keep-id")


def namespace(name: str, text: str, modes: Sequence[str]) -> Spec:
    """``MODE`` or ``MODE:VALUE`` as the server takes it."""
    mode, colon, value = text.partition(":")
    if mode not in modes:
        raise ParameterError(f"{name}: {mode!r} is none of {', '.join(modes)}")
    if mode in _NEED_VALUE and not value:
        raise ParameterError(f"{name}: {text!r}: which? write {mode}:…")
    if colon and not (value and mode in (*_NEED_VALUE, *_MAY_HAVE_VALUE)):
        raise ParameterError(f"{name}: {text!r}: {mode!r} takes nothing behind it")
    if mode == "container":
        try:
            query.container(value)
        except ParameterError as error:
            raise ParameterError(f"{name}: {error}") from error
    return {"nsmode": _ON_WIRE.get(mode, mode), **({"value": value} if value else {})}
