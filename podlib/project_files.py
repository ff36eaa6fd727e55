"""The folder of a saved project: an archive for each container, and a manifest of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .checkpoint_files import read_manifest, remove_archive, verified
from .errors import FileError, PodmanError, ResponseModelError
from .files import NewFile, read_file, reason
from .models import project_document, read_project

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from .checkpoint_files import ArchiveFile
    from .models.project_manifest import ProjectManifest, SavedContainer

NAME = "project.json"


def archive_of(container: str) -> str:
    """The name of its file."""
    return f"{container}.tar"


def make_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder, which is for its owner only if it has to be made. Raises FileError."""
    path = Path(folder)
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except (OSError, ValueError) as error:
        message = f"cannot make the folder {path}: {reason(error)}"
        raise FileError(message, path=str(path)) from error
    return path


def commit(
    folder: Path,
    files: Mapping[str, ArchiveFile],
    manifest: ProjectManifest,
) -> ProjectManifest:
    """All archives are written: give them their names, and then write the manifest.

    An older set in the folder is one no more. If it fails, no archive stays. Raises FileError.
    """
    done: list[SavedContainer] = []
    try:
        _remove(folder / NAME)
        for each in manifest.containers:
            file = files[each.checkpoint.name]
            done += [each]
            done[-1] = replace(each, checkpoint=file.commit(each.checkpoint))
        manifest = replace(manifest, containers=done)
        with NewFile(folder / NAME) as new:
            new.write([project_document(manifest), b"\n"])
    except PodmanError:
        for each in done:
            remove_archive(folder / each.archive)
        raise
    return manifest


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"cannot remove {path}: {reason(error)}", path=str(path)) from error


def read_folder(folder: str | os.PathLike[str]) -> ProjectManifest:
    """The manifest of a saved project. Raises FileError: then the set is not complete."""
    path = Path(folder) / NAME
    text = read_file(path)
    try:
        manifest = read_project(text)
    except ResponseModelError as error:
        raise FileError(f"{path} is no manifest of a project: {error}", path=str(path)) from error
    if any(Path(each.archive).name != each.archive for each in manifest.containers):
        raise FileError(f"{path} names files outside of its folder", path=str(path))
    return manifest


def check_archive(folder: Path, container: SavedContainer) -> None:
    """Read an archive to its end: it must be that of both manifests. Raises FileError."""
    path = folder / container.archive
    found = read_manifest(path)
    if found != container.checkpoint:
        message = f"{path} is not the archive that the project's manifest describes"
        raise FileError(message, path=str(path))
    for _ in verified(path, found):
        pass
