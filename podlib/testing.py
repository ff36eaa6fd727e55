"""Fixtures for pytest: a Podman service with an empty store of its own.

``pytest_plugins = ["podlib.testing"]`` in the ``conftest.py`` beside ``pyproject.toml`` gives the
fixtures ``podman`` and ``podman_service``. The service starts when a test first asks for it, and
serves until the last test has run; then it, its containers and its store are gone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from podlib import Podman

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def podman_options() -> dict[str, Any]:
    """Parameters for ``Podman.transient``, but for the store's; override this fixture."""
    return {}


@pytest.fixture(scope="session")
def podman(
    podman_options: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Podman]:
    """A client of a service that has no images and no containers when the run begins."""
    folder = tmp_path_factory.mktemp("podman")
    networks = f"--network-config-dir={folder / 'networks'}"  # else they are the machine's
    used: dict[str, Any] = {**podman_options, "root": folder / "root", "runroot": folder / "run"}
    used["options"] = [networks, *podman_options.get("options", ())]
    with Podman.transient(**used) as client:
        try:
            yield client
        finally:
            if client.socket:  # else nobody used it
                _empty(client)
    _remove(folder, podman_options.get("podman", "podman"))


@pytest.fixture(scope="session")
def podman_service(podman: Podman) -> str:
    """The path of the service's socket, for further clients: ``AsyncPodman(podman_service)``."""
    podman.system.ping()
    return podman.socket


def _empty(client: Podman) -> None:
    """Remove all that has mounts, or files of other users."""
    for pod in client.pods.list():
        client.pods.remove(pod.id, force=True)
    for container in client.containers.list(all=True):
        client.containers.remove(container.id, force=True, volumes=True, timeout=0)
    client.images.remove_several(all=True, force=True)
    for volume in client.volumes.list():
        client.volumes.remove(volume.name, force=True)


def _remove(folder: Path, program: str | os.PathLike[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    if os.getuid():  # some of it belongs to users of the user's namespace
        words = [os.fspath(program), "unshare", "rm", "-rf", str(folder)]
    else:  # Podman 4 leaves its store mounted
        words = ["umount", str(folder / "root" / "overlay")]
    subprocess.run(words, check=False, capture_output=True)  # noqa: S603 -- the caller's own program
    shutil.rmtree(folder, ignore_errors=True)
