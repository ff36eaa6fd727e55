"""The containers of a project, kept as archives in one folder: what its manifest says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from ._base import decode
from .checkpoint_manifest import CheckpointManifest
from .networks import Network
from .volumes import Volume

__all__ = ["LoadedProject", "ProjectManifest", "SavedContainer", "project_document", "read_project"]


@dataclass(frozen=True, slots=True)
class SavedContainer:
    """One container of a saved project."""

    service: str
    """Of the compose project; the container's name, if it has no such label."""
    archive: str
    """The name of its file in the folder."""
    wave: int
    """Those of one wave start together, after those of the waves before it."""
    volumes: list[str]
    """The named volumes whose content is taken from this archive."""
    command: list[str]
    """What it runs."""
    checkpoint: CheckpointManifest


@dataclass(frozen=True, slots=True)
class ProjectManifest:
    """What is in the folder of a saved project. It is written last: the set is complete."""

    project: str
    created: str
    """When: RFC 3339, in UTC."""
    containers: list[SavedContainer]
    """In the order in which they start."""
    networks: list[Network]
    """Those that the containers were in."""
    volumes: list[Volume]
    """The named ones."""
    format: Literal["podlib-project-1"] = "podlib-project-1"


@dataclass(frozen=True, slots=True)
class LoadedProject:
    """A project whose containers run again."""

    project: str
    containers: dict[str, str]
    """Their ids, by name."""
    networks: tuple[str, ...]
    """Those that were created."""
    volumes: tuple[str, ...]


def project_document(manifest: ProjectManifest) -> bytes:
    """The manifest as JSON."""
    return TypeAdapter(ProjectManifest).dump_json(manifest, by_alias=True, indent=2)


def read_project(document: bytes) -> ProjectManifest:
    """From JSON. Raises ResponseModelError."""
    return decode(ProjectManifest, document)
