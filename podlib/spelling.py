"""What to say of a name that does not exist. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown(name: str, known: Iterable[str]) -> str:
    """``there is no 'lable'; did you mean 'label'?``."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1)
    return f"there is no {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")
