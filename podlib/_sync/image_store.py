# Generated from podlib/_async/image_store.py: edit there.
"""Images in the store: found, looked at, named, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.errors import NotFoundError, ParameterError
from podlib.ids import LEAST, check_meant, may_be_id

from .verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ImageList: TypeAlias = "list[models.ImageSummary]"
ChangeList: TypeAlias = "list[models.FileChange]"
HistoryList: TypeAlias = "list[models.ImageHistory]"
PruneList: TypeAlias = "list[models.PruneReport]"
Filters: TypeAlias = "Mapping[str, Sequence[str]] | None"


class ImageStore(Verbs):
    """What is done with the images that are there."""

    __slots__ = ()

    def list(self, *, all: bool = False, filters: models.ImageFilters | None = None) -> ImageList:
        """The images of the store; ``all`` with those that are but layers of others.

        ``GET /libpod/images/json``. ``filters``: such as ``{"reference": "alpine"}``; a list of
        values stands for several.
        """
        kind = list[models.ImageSummary]
        return self._get(
            kind, "images/json", all=all, filters=query.filters(filters, models.ImageFilters)
        )

    def inspect(self, name: str) -> models.ImageInspect:
        """Everything Podman knows about one image, by name or id. Raises NotFoundError.

        ``GET /libpod/images/{name}/json``.
        """
        return self._get(models.ImageInspect, "images/{}/json", name)

    def exists(self, name: str) -> bool:
        """Whether the store has an image. ``GET /libpod/images/{name}/exists``."""
        return self._exists("images/{}/exists", name)

    def history(self, name: str) -> HistoryList:
        """The steps of an image's build, the last one first. Raises NotFoundError.

        ``GET /libpod/images/{name}/history``.
        """
        return self._get(list[models.ImageHistory], "images/{}/history", name)

    def changes(self, name: str, *, parent: str | None = None) -> ChangeList:
        """What an image's uppermost layer changes. Raises NotFoundError.

        ``GET /libpod/images/{name}/changes``. ``parent``: what differs from this image instead.
        """
        return self._get(
            list[models.FileChange],
            "images/{}/changes",
            name,
            parent=parent,
            diffType="image",  # else a container of that name would do, too
        )

    def tree(self, name: str, *, what_requires: bool = False) -> models.ImageTree:
        """The layers of an image, drawn as text. Raises NotFoundError.

        ``GET /libpod/images/{name}/tree``. ``what_requires`` draws those that build on it instead.
        """
        return self._get(models.ImageTree, "images/{}/tree", name, whatrequires=what_requires)

    def resolve(self, name: str) -> models.ResolvedNames:
        """The full names that a short name may stand for, by the server's configuration.

        ``GET /libpod/images/{name}/resolve``. Podman 5.0 or newer. Raises BadRequestError if there
        are none.
        """
        return self._get(models.ResolvedNames, "images/{}/resolve", name)

    def tag(self, name: str, repo: str, tag: str = "latest") -> None:
        """Give an image another name, ``repo:tag``. ``POST /libpod/images/{name}/tag``."""
        self._unit("POST", "images/{}/tag", meant(self, name), repo=repo, tag=tag)

    def untag(self, name: str, repo: str | None = None, tag: str = "latest") -> None:
        """Take the name ``repo:tag`` from an image, or without ``repo`` all its names.

        ``POST /libpod/images/{name}/untag``. The image stays. Raises NotFoundError, also for a
        name that it does not have.
        """
        self._unit(
            "POST",
            "images/{}/untag",
            meant(self, name),
            repo=repo,
            tag=None if repo is None else tag,
        )

    def remove(
        self, name: str, *, force: bool = False, ignore: bool = False, lookup_manifest: bool = False
    ) -> models.ImageRemoved:
        """Remove a name of an image, and with its last name the image.

        ``DELETE /libpod/images/{name}``. ``force`` removes its containers too; ``ignore`` allows
        that it is not there (Podman 4.4 or newer); ``lookup_manifest`` removes a manifest list
        rather than the image that it leads to. Raises NotFoundError; ConflictError while a
        container uses it.
        """
        return self._delete(
            models.ImageRemoved,
            "images/{}",
            meant(self, name),
            force=force,
            ignore=ignore,
            lookupManifest=lookup_manifest,
        )

    def remove_several(
        self,
        *names: str,
        all: bool = False,
        force: bool = False,
        ignore: bool = False,
        lookup_manifest: bool = False,
        no_prune: bool = False,
    ) -> models.ImageRemoved:
        """Remove several images, or ``all`` that there are.

        ``DELETE /libpod/images/remove``. It goes on after a failure: see ``errors`` of the answer.
        ``no_prune`` keeps the layers without names that they were built on; the rest as for
        :meth:`remove`.
        """
        # For a name that is empty, as without any, the server removes all that nothing uses.
        if all == bool(names) or "" in names:
            raise ParameterError("remove_several: say which images, or all=True")
        wanted: dict[str, None] = {}
        for name in names:
            try:
                wanted[meant(self, name)] = None
            except NotFoundError:
                if not ignore:
                    raise
        if names and not wanted:
            return models.ImageRemoved()
        return self._delete(
            models.ImageRemoved,
            "images/remove",
            images=[*wanted],
            all=all,
            force=force,
            ignore=ignore,
            lookupManifest=lookup_manifest,
            noprune=no_prune,
        )

    def prune(
        self,
        *,
        all: bool = False,
        external: bool = False,
        build_cache: bool = False,
        filters: models.ImagePruneFilters | None = None,
    ) -> PruneList:
        """Remove the images that have no name, with ``all`` also the others that nothing uses.

        ``POST /libpod/images/prune``. ``all`` removes those of the steps of a build, too, which
        serve as its cache. ``external``: even if containers of other programs use them,
        such as those of builds; ``build_cache`` removes what ``RUN --mount=type=cache`` left, too
        (Podman 5.3 or newer). The answer is what was removed, and what could not be: ``error``.
        """
        chosen = check_one_value(query.filters(filters, models.ImagePruneFilters))
        return self._post(
            list[models.PruneReport],
            "images/prune",
            all=all,
            external=external,
            buildcache=build_cache,
            filters=chosen,
        )


def check_one_value(filters: Filters) -> Filters:
    """``filters`` of a prune; ParameterError for one of several values.

    The server reads the first, and removes more than it should.
    """
    for name, values in (filters or {}).items():
        if len(values) > 1:
            raise ParameterError(f"filters: {name}: a prune of images takes one value")
    return filters


def meant(verbs: Verbs, name: str) -> str:
    """``name``; NotFoundError if the server would take it for a few digits of some image's id."""
    if may_be_id(name) and len(name) < LEAST:
        every = verbs._get(list[models.ImageSummary], "images/json")
        names = {full.rpartition("/")[2].partition(":")[0] for each in every for full in each.names}
        check_meant(name, name if name in names else "", "", "images/{}/json")
    return name
