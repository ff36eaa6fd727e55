"""What the artifact operations answer."""

from __future__ import annotations

from typing import Annotated

from ._base import EMPTY_DICT, EMPTY_LIST, CamelModel, Dicted, Listed, PascalModel, wire
from .manifests import ManifestPlatform

_TITLE = "org.opencontainers.image.title"


class ArtifactBlob(CamelModel):
    """One blob of an artifact: a file, or its configuration. ``size`` is in bytes."""

    media_type: str = ""
    digest: str = ""
    size: int = 0
    urls: Listed[str] = EMPTY_LIST
    annotations: Dicted[str] = EMPTY_DICT
    data: str = ""
    """A small blob itself, in base64."""
    platform: ManifestPlatform | None = None
    artifact_type: str = ""

    @property
    def title(self) -> str:
        """The file's name."""
        return self.annotations.get(_TITLE, "")


class ArtifactManifest(CamelModel):
    """What an artifact consists of: ``layers`` are its files."""

    schema_version: int = 0
    media_type: str = ""
    artifact_type: str = ""
    config: ArtifactBlob | None = None
    layers: Listed[ArtifactBlob] = EMPTY_LIST
    subject: ArtifactBlob | None = None
    annotations: Dicted[str] = EMPTY_DICT


class ArtifactSummary(PascalModel):
    """One artifact of a list."""

    name: str = ""
    manifest: ArtifactManifest


class ArtifactInspect(ArtifactSummary):
    """Everything Podman knows about one artifact."""

    digest: str = ""


class ArtifactDigest(PascalModel):
    """The artifact that was added, pulled or pushed."""

    digest: Annotated[str, wire("ArtifactDigest")] = ""


class ArtifactsRemoved(PascalModel):
    """The artifacts that were removed."""

    digests: Annotated[Listed[str], wire("ArtifactDigests")] = EMPTY_LIST
