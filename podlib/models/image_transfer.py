"""What is answered while images are carried: pulled, pushed, searched, loaded, imported."""

from __future__ import annotations

from typing import Annotated, TypedDict

from ._base import EMPTY_LIST, CamelModel, Listed, Model, PascalModel, wire

__all__ = [
    "BlobProgress",
    "DockerProgress",
    "ImageCopied",
    "ImageImported",
    "ImageLoaded",
    "PullProgress",
    "PulledImage",
    "PushProgress",
    "PushedImage",
    "SearchFilters",
    "SearchResult",
]


class BlobProgress(CamelModel):
    """How far one blob has come, in bytes."""

    status: str = ""
    """``pulling``, ``success`` or ``skipped``."""
    current: int = 0
    total: int = 0
    """-1 or 0 while it is not known."""
    progress_component_id: Annotated[str, wire("progressComponentID")] = ""
    """The blob's digest."""


class DockerProgress(CamelModel):
    """Likewise, in Docker's words."""

    current: int = 0
    total: int = 0


class PullProgress(CamelModel):
    """One line of a pull. ``pull_progress`` is new in Podman 6; before, there is text only."""

    status: str = ""
    stream: str = ""
    """Text, with its line end."""
    error: str = ""
    """Not empty: the pull has failed."""
    images: Listed[str] = EMPTY_LIST
    """In the last line: the ids of what was pulled."""
    id: str = ""
    pull_progress: BlobProgress | None = None
    progress_detail: DockerProgress | None = None
    """With ``compat_mode`` only, as the next two; ``id`` is that of a layer then."""
    progress: str = ""
    error_detail: dict[str, object] | None = None


class PulledImage(Model):
    """The image that was pulled, and with ``all_tags`` the others."""

    id: str
    images: list[str]


class PushProgress(CamelModel):
    """One line of a push."""

    stream: str = ""
    """Text, with its line end."""
    error: str = ""
    """Not empty: the push has failed."""
    manifest_digest: Annotated[str, wire("manifestdigest")] = ""
    """In the last line, since Podman 4.8."""


class PushedImage(Model):
    """What was pushed. ``digest`` is that of its manifest, empty if the server does not tell."""

    digest: str = ""


SearchFilters = TypedDict(
    "SearchFilters", {"is-automated": bool, "is-official": bool, "stars": int}, total=False
)
"""What ``search`` can go by. ``stars``: at least so many."""


class SearchResult(PascalModel):
    """One repository of a registry, or with ``list_tags`` one image of it."""

    index: str = ""
    """The registry."""
    name: str = ""
    description: str = ""
    stars: int = 0
    official: str = ""
    """``[OK]`` or empty; so it is for ``automated``."""
    automated: str = ""
    tag: str = ""


class ImageLoaded(PascalModel):
    """The names, or where it has none the ids, of the images of an archive."""

    names: Listed[str] = EMPTY_LIST


class ImageImported(PascalModel):
    """The new image."""

    id: str = ""


class ImageCopied(PascalModel):
    """The image that was copied: its name."""

    id: str = ""
