"""Quadlets: unit files from which systemd makes containers."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.errors import FileError, ParameterError

from .tars import opened
from .verbs import AsyncVerbs, Sent, as_tar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podlib.http.unix_async import Body

_SUFFIXES = frozenset(
    {".artifact", ".build", ".container", ".image", ".kube", ".network", ".pod", ".volume"}
)
_FILE_NAME = re.compile(r'[^/\\"\x00-\x1f\x7f]+')
QuadletList: TypeAlias = "list[models.Quadlet]"


class AsyncQuadlets(AsyncVerbs):
    """``podman.quadlets``. All but ``exists`` and ``file`` need systemd on the server's host.

    Names are those of the files: ``web.container``.
    """

    __slots__ = ()

    async def list(self, *, filters: models.QuadletFilters | None = None) -> QuadletList:
        """The quadlets, and how their units are. ``GET /libpod/quadlets/json``.

        Podman 5.7 or newer. ``filters``: such as ``{"name": "web.*"}``.
        """
        return await self._get(
            list[models.Quadlet],
            "quadlets/json",
            filters=query.filters(filters, models.QuadletFilters),
        )

    async def exists(self, name: str) -> bool:
        """Whether there is such a quadlet. ``GET /libpod/quadlets/{name}/exists``.

        Podman 5.8 or newer. Raises APIError for a name that is none of a quadlet.
        """
        return await self._exists("quadlets/{}/exists", name)

    async def file(self, name: str) -> str:
        """The text of a quadlet. Raises NotFoundError.

        ``GET /libpod/quadlets/{name}/file``. Podman 5.8 or newer.
        """
        reply = await self._call("GET", "quadlets/{}/file", name)
        return reply.body.decode("utf-8", "replace")

    async def install(
        self,
        source: str | os.PathLike[str] | Mapping[str, str | bytes],
        *,
        replace: bool = False,
        reload_systemd: bool = True,
    ) -> models.QuadletsInstalled:
        """Install one quadlet, alone or with further files that it needs.

        ``POST /libpod/quadlets``. Podman 5.8 or newer. ``source`` is a file, a folder with just
        these files, or their contents by name. ``replace`` allows that files of these names are
        there; ``reload_systemd`` lets systemd make the units at once. Raises BadRequestError for
        what is no quadlet, is several, or is there; FileError.
        """
        send = _as_form(_quadlet_first(_files(source)))
        return await self._install(send, replace=replace, reload_systemd=reload_systemd)

    async def install_archive(
        self,
        source: str | os.PathLike[str] | Body,
        *,
        replace: bool = False,
        reload_systemd: bool = True,
    ) -> models.QuadletsInstalled:
        """Install quadlets from a tar archive: a path, an open file, or its blocks.

        ``POST /libpod/quadlets``. Podman 5.8 or newer. The server takes the files in the order of
        their names, and the first must be the quadlet.
        """
        with opened(source) as archive:
            send = as_tar(archive)
            return await self._install(send, replace=replace, reload_systemd=reload_systemd)

    async def _install(
        self, send: Sent, *, replace: bool, reload_systemd: bool
    ) -> models.QuadletsInstalled:
        options = {"replace": replace, "reload-systemd": reload_systemd}
        reply = await self._request("POST", "quadlets", (), options, send)
        return models.decode(models.QuadletsInstalled, reply.body)

    async def remove(
        self, name: str, *, force: bool = False, ignore: bool = False, reload_systemd: bool = True
    ) -> models.QuadletsRemoved:
        """Remove a quadlet, and the files that were installed with it.

        ``DELETE /libpod/quadlets/{name}``. Podman 5.8 or newer. ``force`` stops its unit first;
        ``ignore`` allows that it is not there. Raises NotFoundError; BadRequestError while its
        unit runs. Other failures are in the report's ``errors``.
        """
        options = {"force": force, "ignore": ignore, "reload-systemd": reload_systemd}
        reply = await self._request("DELETE", "quadlets/{}", (name,), options)
        return models.decode(models.QuadletsRemoved, reply.body)

    async def remove_several(
        self,
        *names: str,
        all: bool = False,
        force: bool = False,
        ignore: bool = False,
        reload_systemd: bool = True,
    ) -> models.QuadletsRemoved:
        """Remove several quadlets, or ``all`` that there are.

        ``DELETE /libpod/quadlets``. Podman 5.8 or newer. What cannot be removed is no error here,
        but in the report's ``errors``. With ``all``, 5.8 removes the files of running units even
        without ``force``.
        """
        options = {
            "quadlets": [*names],
            "all": all,
            "force": force,
            "ignore": ignore,
            "reload-systemd": reload_systemd,
        }
        reply = await self._request("DELETE", "quadlets", (), options)
        return models.decode(models.QuadletsRemoved, reply.body)


def _quadlet_first(files: dict[str, bytes]) -> dict[str, bytes]:
    return dict(sorted(files.items(), key=lambda file: Path(file[0]).suffix not in _SUFFIXES))


def _files(source: str | os.PathLike[str] | Mapping[str, str | bytes]) -> dict[str, bytes]:
    """What is to be installed, by the names of the files."""
    if isinstance(source, str | os.PathLike):
        return _read(Path(source))
    for name in source:
        if not _FILE_NAME.fullmatch(name):
            raise ParameterError(f"source: {name!r} is not the name of a file")
    return {name: text.encode() if isinstance(text, str) else text for name, text in source.items()}


def _read(path: Path) -> dict[str, bytes]:
    try:
        paths = sorted(path.iterdir()) if path.is_dir() else [path]
        return {each.name: each.read_bytes() for each in paths}
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        raise FileError(f"cannot read {path}: {error}", path=str(path)) from error


def _as_form(files: Mapping[str, bytes]) -> Sent:
    """The files as a form: unlike in an archive, the server takes them in this order."""
    boundary = secrets.token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{{}}"\r\n\r\n'
    parts = [
        head.format(name).encode("utf-8", "surrogateescape") + data + b"\r\n"
        for name, data in files.items()
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Sent(body, (("Content-Type", f"multipart/form-data; boundary={boundary}"),))
