"""Names, and the ids that can stand for them. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import NotFoundError

if TYPE_CHECKING:
    from .errors import APIError

__all__ = ["check_meant", "is_ambiguous", "may_be_id", "nobody"]

LEAST = 12
"""How many digits of an id are enough: what Podman's command line shows of it."""

_DIGITS = re.compile(r"[0-9a-f]+")


def may_be_id(name: str) -> bool:
    """Whether the server may take ``name`` for an id, or for the beginning of one."""
    return bool(_DIGITS.fullmatch(name))


def check_meant(name: str, found_name: str, found_id: str, route: str) -> None:
    """Raise NotFoundError if ``name`` was answered with an object that is not meant by it.

    Where no object has the name, the server takes it for the beginning of an id, however short:
    to remove ``db`` would remove the one whose id is ``db7e20a68a60…``.
    """
    if name != found_name and not (len(name) >= LEAST and found_id.startswith(name)):
        raise nobody(name, route)


def is_ambiguous(name: str, error: APIError) -> bool:
    """Whether the server found several objects whose ids begin with ``name``, and none meant."""
    return len(name) < LEAST and may_be_id(name) and "more than one result" in error.message


def nobody(name: str, route: str) -> NotFoundError:
    """That no object is meant by ``name``."""
    message = f"nothing has the name {name!r}, nor an id of which these digits are enough"
    return NotFoundError(404, message, cause="", method="GET", path=route.format(name))
