# Generated from podlib/docker/_async/containers.py: edit there.
"""Containers through Docker's API: created, run, watched, removed.

``container_life`` starts, stops and changes them; ``container_watching`` inspects, lists and
measures; ``container_attach`` speaks with their processes; ``container_files`` copies in and out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib import models, query
from podlib._sync.verbs import as_json

from .container_attach import DockerContainerAttach
from .container_files import DockerContainerFiles

if TYPE_CHECKING:
    from typing import Unpack


class DockerContainers(DockerContainerAttach, DockerContainerFiles):
    """``podman.docker.containers``."""

    __slots__ = ()

    def create(
        self, image: str, **options: Unpack[models.DockerContainerOptions]
    ) -> models.ContainerCreated:
        """Create a container; it does not run yet.

        ``POST /containers/create``. The options are those of
        :class:`podlib.models.DockerContainerOptions`. Raises ParameterError for one that is unknown
        or cannot be right, NotFoundError for an image that is not in the store, ConflictError for a
        name that is taken.
        """
        spec = models.docker_container_spec(image, options)
        return self._post(
            models.ContainerCreated,
            "containers/create",
            send=as_json(spec),
            name=options.get("name"),
            platform=options.get("platform"),
        )

    def remove(
        self, name: str, *, force: bool = False, volumes: bool = False, link: bool = False
    ) -> None:
        """Remove a container.

        ``DELETE /containers/{name}``. ``force`` stops a running one; ``volumes`` removes its
        anonymous volumes; ``link`` would remove a link instead, which Podman refuses. Raises
        NotFoundError, ConflictError while it runs.
        """
        self._unit("DELETE", "containers/{}", name, force=force, v=volumes, link=link or None)

    def prune(
        self, *, filters: models.DockerContainerPruneFilters | None = None
    ) -> models.DockerContainersPruned:
        """Remove all containers that do not run: which, and what that freed.

        ``POST /containers/prune``. ``filters``: such as ``{"until": "24h"}``, only those that are
        older.
        """
        return self._post(
            models.DockerContainersPruned,
            "containers/prune",
            filters=query.filters(filters, models.DockerContainerPruneFilters),
        )
