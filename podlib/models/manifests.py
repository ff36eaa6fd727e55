"""Manifest lists: what is said of them, and what their operations answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ._base import EMPTY_DICT, EMPTY_LIST, CamelModel, Dicted, Listed, Model, PascalModel, wire
from ._parameters import Spec, check_options, renamed

__all__ = [
    "ManifestCreated",
    "ManifestEntry",
    "ManifestList",
    "ManifestModified",
    "ManifestOptions",
    "ManifestPlatform",
    "ManifestPushProgress",
    "ManifestPushed",
    "manifest_spec",
]


class ManifestPlatform(Model):
    """What an image of the list is for."""

    architecture: str = ""
    os: str = ""
    os_version: Annotated[str, wire("os.version")] = ""
    os_features: Annotated[Listed[str], wire("os.features")] = EMPTY_LIST
    variant: str = ""
    features: Listed[str] = EMPTY_LIST


class ManifestEntry(CamelModel):
    """One image, or artifact, of the list. ``size`` is that of its manifest, in bytes."""

    media_type: str = ""
    size: int = 0
    digest: str = ""
    urls: Listed[str] = EMPTY_LIST
    annotations: Dicted[str] = EMPTY_DICT
    data: str = ""
    """The manifest itself, in base64."""
    platform: ManifestPlatform | None = None
    artifact_type: str = ""
    files: Listed[str] = EMPTY_LIST
    """The files of an artifact that was not pushed yet, on the server's host."""


class ManifestList(CamelModel):
    """A manifest list, or image index."""

    schema_version: int = 0
    media_type: str = ""
    artifact_type: str = ""
    manifests: Listed[ManifestEntry] = EMPTY_LIST
    subject: ManifestEntry | None = None
    """What the list says something of."""
    annotations: Dicted[str] = EMPTY_DICT


class ManifestCreated(PascalModel):
    """The manifest list, by its id."""

    id: str = ""


class ManifestModified(Model):
    """What was changed in the list, whose ``id`` may be a new one."""

    id: Annotated[str, wire("Id")] = ""
    images: Listed[str] = EMPTY_LIST
    files: Listed[str] = EMPTY_LIST
    errors: Listed[str] = EMPTY_LIST


class ManifestPushProgress(Model):
    """One line of a push."""

    id: Annotated[str, wire("Id")] = ""
    """In the last line: the digest."""
    stream: str = ""
    """Text, with its line end."""
    error: str = ""
    """Not empty: the push has failed."""


class ManifestPushed(PascalModel):
    """What was pushed."""

    digest: Annotated[str, wire("Id")] = ""


@with_config(ConfigDict(extra="forbid", strict=True))
class ManifestOptions(TypedDict, total=False):
    """What can be said of a manifest list, and of the images that go into it."""

    all: bool
    """Of an image that is a list, take all."""
    arch: str
    """What an image is for, if it is not what the image says; so down to ``features``."""
    os: str
    os_version: str
    os_features: Sequence[str]
    variant: str
    features: Sequence[str]
    annotations: Mapping[str, str]
    """Of each of the images in the list."""
    index_annotations: Mapping[str, str]
    """Of the list. Podman 4.9 or newer, as all below."""
    subject: str
    """The image that the list says something of."""
    artifact_type: str
    artifact_config: str
    """The content of the artifact's configuration."""
    artifact_config_type: str
    artifact_layer_type: str
    artifact_exclude_titles: bool
    """Leave the names of the files out."""
    artifact_annotations: Mapping[str, str]
    artifact_subject: str


_adapter = TypeAdapter(ManifestOptions)
_PAIRS = {"annotations": "annotation", "index_annotations": "index_annotation"}


def manifest_spec(options: ManifestOptions) -> Spec:
    """The options as members of what the server takes. Raises ``ParameterError``."""
    options = check_options("manifest options", _adapter, options, ManifestOptions)
    same = {name: name for name in ManifestOptions.__annotations__ if name not in _PAIRS}
    given = cast("Mapping[str, Any]", options)
    return renamed(options, same) | {
        wire_name: [f"{key}={value}" for key, value in given[name].items()]
        for name, wire_name in _PAIRS.items()
        if name in given
    }
