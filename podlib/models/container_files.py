"""What containers' files are, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal

from ._base import CamelModel, Model, Odd, PascalModel, SomeTime, wire
from .image_building import BuildErrorDetail

__all__ = ["CommitLine", "CommittedImage", "ContainerChange", "PathStat"]

_KINDS = ("modified", "added", "deleted")


def _kind(value: object) -> str:
    if not isinstance(value, int) or not 0 <= value < len(_KINDS):
        raise ValueError("this is no kind of change")
    return _KINDS[value]


class ContainerChange(PascalModel):
    """A file that a container has otherwise than its image."""

    path: str
    kind: Annotated[Literal["modified", "added", "deleted"], Odd(_kind)]


class CommittedImage(Model):
    """The image that a container became."""

    id: str


class CommitLine(CamelModel):
    """One line of a commit: of its report, the last of which is the image's id, or just that."""

    id: Annotated[str, wire("Id")] = ""
    stream: str = ""
    """Text, with its line end."""
    error_detail: BuildErrorDetail | None = None
    """There is one: the commit has failed."""


class PathStat(CamelModel):
    """A file or folder in a container."""

    name: str
    size: int = 0
    """In bytes."""
    mode: int = 0
    """As Go has it: :attr:`permissions`, and above them the kind of the file in bits of Go's."""
    mtime: SomeTime
    is_dir: bool = False
    link_target: str = ""
    """Where it lies, symbolic links followed."""

    @property
    def permissions(self) -> int:
        """The lowest nine bits of the mode, as in ``0o755``."""
        return self.mode & 0o777
