"""Secrets: what their operations answer, and what a new one is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ._base import EMPTY_DICT, Dicted, PascalModel, SomeTime, Texts, wire
from ._parameters import Spec, check_options, renamed

__all__ = [
    "SecretCreated",
    "SecretDriver",
    "SecretFilters",
    "SecretInfo",
    "SecretOptions",
    "SecretSpec",
    "secret_spec",
]


class SecretFilters(TypedDict, total=False):
    """What ``list`` of secrets can go by. ``name`` is a regular expression."""

    id: Texts
    name: Texts


class SecretCreated(PascalModel):
    """The id of the new secret."""

    id: Annotated[str, wire("ID")]


class SecretDriver(PascalModel):
    """Where the value is kept, and how."""

    name: str = ""
    options: Dicted[str] = EMPTY_DICT


class SecretSpec(PascalModel):
    """What is known of a secret beside its value."""

    name: str
    driver: SecretDriver = Field(default_factory=SecretDriver)
    labels: Dicted[str] = EMPTY_DICT


class SecretInfo(PascalModel):
    """One secret."""

    id: Annotated[str, wire("ID")]
    created_at: SomeTime
    updated_at: SomeTime
    spec: SecretSpec
    secret_data: Annotated[str, Field(alias="SecretData", repr=False)] = ""
    """Its value, if it was asked for. What is no UTF-8 in it reads as U+FFFD."""


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class SecretOptions(TypedDict, total=False):
    """All that can be said of a new secret besides its name and its value."""

    driver: str
    """``file`` (unless the server is configured otherwise), ``pass`` or ``shell``."""
    driver_options: Mapping[str, str]
    labels: Mapping[str, str]
    replace: bool
    """Take the place of a secret of this name."""
    ignore: bool
    """Leave a secret of this name as it is, and answer its id."""


_adapter = TypeAdapter(SecretOptions)
_WIRE = {
    "driver": "driver",
    "driver_options": "driveropts",
    "labels": "labels",
    "replace": "replace",
    "ignore": "ignore",
}


def secret_spec(name: str, options: SecretOptions) -> Spec:
    """The options as the server takes them. Raises ``ParameterError``."""
    options = check_options("secret options", _adapter, options, SecretOptions)
    return {"name": name, **renamed(options, _WIRE)}
