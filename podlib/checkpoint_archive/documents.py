"""The JSON documents of a checkpoint's archive. No I/O."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar, cast

from podlib.errors import CheckpointArchiveError

if TYPE_CHECKING:
    from .images import Data

T = TypeVar("T")


class Document:
    """A JSON object, whose members are what they should be or not there."""

    def __init__(self, name: str, members: dict[str, object]) -> None:
        self._name = name
        self._members = members

    @classmethod
    def parse(cls, name: str, data: Data) -> Document:
        """The object in a file; an empty one for Go's null. Raises CheckpointArchiveError."""
        found = _parsed(name, data)
        return cls(name, {} if found is None else _of_kind(name, found, dict[str, object]))

    def text(self, key: str) -> str:
        """A text; "" if it is not there."""
        return self._get(key, str, "")

    def texts(self, key: str) -> list[str]:
        """The texts of a list."""
        found = self._get(key, list[object], [])
        return [_of_kind(f"{self._name}: {key}", each, str) for each in found]

    def pairs(self, key: str) -> dict[str, str]:
        """The texts of an object."""
        inner = self.object(key)
        return {name: inner.text(name) for name in inner.keys}

    def object(self, key: str) -> Document:
        """The object in a member; an empty one if it is not there."""
        return Document(f"{self._name}: {key}", self._get(key, dict[str, object], {}))

    def objects(self, key: str) -> list[Document]:
        """The objects of a list."""
        name = f"{self._name}: {key}"
        found = self._get(key, list[object], [])
        return [Document(name, _of_kind(name, each, dict[str, object])) for each in found]

    def time(self, key: str) -> datetime | None:
        """A time; None if it is not there, or Go's zero."""
        text = self.text(key)
        if not text or text.startswith("0001-"):
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise CheckpointArchiveError(f"{self._name}: {key} is no time: {text!r}") from error
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    @property
    def keys(self) -> list[str]:
        """The names of its members."""
        return [*self._members]

    def _get(self, key: str, kind: type[T], default: T) -> T:
        value = self._members.get(key)
        return default if value is None else _of_kind(f"{self._name}: {key}", value, kind)


def texts(name: str, data: Data) -> list[str]:
    """The texts of a file that is a list."""
    found = _of_kind(name, _parsed(name, data), list[object])
    return [_of_kind(name, each, str) for each in found]


def _parsed(name: str, data: Data) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CheckpointArchiveError(f"{name} is no JSON") from error


def _of_kind(name: str, value: object, kind: type[T]) -> T:
    plain: type = getattr(kind, "__origin__", kind)
    if not isinstance(value, plain):
        raise CheckpointArchiveError(f"{name} is not what it should be, a {plain.__name__}")
    return cast("T", value)
