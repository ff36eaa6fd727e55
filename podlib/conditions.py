"""Filters that must all be met, for servers that do not see to it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Condition", "apart", "in_all"]

T = TypeVar("T")
Condition: TypeAlias = Mapping[str, Sequence[str]] | None


def apart(filters: Condition) -> list[Condition]:
    """Each filter by itself, and of labels each value; ``[None]`` if there is none."""
    if not filters:
        return [None]
    return [
        {name: part}
        for name, values in filters.items()
        for part in ([[value] for value in values] if name == "label" else [values])
    ]


def in_all(answers: Sequence[list[T]], key: Callable[[T], str]) -> list[T]:
    """What is in each of the answers, by its name or id."""
    first, *others = answers
    for other in others:
        keys = {key(each) for each in other}
        first = [each for each in first if key(each) in keys]
    return first
