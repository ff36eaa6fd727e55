"""OCI artifacts: files kept beside images, and carried by registries."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib.credentials import auth_header
from podlib.errors import NotFoundError, ParameterError
from podlib.http.flow_async import in_thread
from podlib.ids import check_meant, may_be_id
from podlib.untar import Files

from .tars import commit, complete, opened
from .verbs import AsyncVerbs, Sent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping
    from datetime import timedelta
    from pathlib import Path

    from podlib.credentials import Credentials
    from podlib.http.unix_async import Body

_BYTES = (("Content-Type", "application/octet-stream"),)
ArtifactList: TypeAlias = "list[models.ArtifactSummary]"
Paths: TypeAlias = "list[Path]"


class AsyncArtifacts(AsyncVerbs):
    """``podman.artifacts``. A digest, or its first 12 digits, can stand for a name."""

    __slots__ = ()

    async def list(self) -> ArtifactList:
        """The artifacts of the store. ``GET /libpod/artifacts/json``. Podman 5.6 or newer."""
        return await self._get(list[models.ArtifactSummary], "artifacts/json")

    async def inspect(self, name: str) -> models.ArtifactInspect:
        """Everything Podman knows about one artifact. Raises NotFoundError.

        ``GET /libpod/artifacts/{name}/json``. Podman 5.6 or newer.
        """
        name = _plain(name)
        found = await self._get(models.ArtifactInspect, "artifacts/{}/json", name)
        check_meant(name, found.name, _plain(found.digest), "artifacts/{}/json")
        return found

    async def _meant(self, name: str) -> str:
        """The name as the server takes it. Raises NotFoundError if it would take it for another."""
        name = _plain(name)
        if may_be_id(name):
            await self.inspect(name)
        return name

    async def add(
        self,
        name: str,
        source: str | os.PathLike[str] | Body,
        *,
        file_name: str | None = None,
        file_mime_type: str | None = None,
        artifact_mime_type: str | None = None,
        annotations: Mapping[str, str] | None = None,
        append: bool = False,
        replace: bool = False,
    ) -> models.ArtifactDigest:
        """Make an artifact of a file: a path, an open file, or its blocks.

        ``POST /libpod/artifacts/add``. Podman 5.6 or newer. ``file_name`` is the file's name in
        the artifact, by default that of the path; the server finds ``file_mime_type`` by itself.
        ``append`` adds the file to an artifact that is there; ``replace`` removes such a one
        first, even if the upload fails then (Podman 5.7 or newer). Raises NotFoundError,
        FileError; ConflictError if the artifact, or its file of that name, is there already.
        """
        options = {
            "name": await self._meant(name) if append or replace else name,
            "fileName": file_name or _file_name(source),
            "fileMIMEType": file_mime_type,
            "artifactMIMEType": artifact_mime_type,
            **_added(annotations, append=append, replace=replace),
        }
        with opened(source) as body:
            reply = await self._request("POST", "artifacts/add", (), options, Sent(body, _BYTES))
        return models.decode(models.ArtifactDigest, reply.body)

    async def add_local(
        self,
        name: str,
        path: str | os.PathLike[str],
        *,
        file_name: str | None = None,
        file_mime_type: str | None = None,
        artifact_mime_type: str | None = None,
        annotations: Mapping[str, str] | None = None,
        append: bool = False,
        replace: bool = False,
    ) -> models.ArtifactDigest:
        """Make an artifact of a file that is on the server's host already.

        ``POST /libpod/artifacts/local/add``. Podman 5.8 or newer. ``path`` is absolute; the rest
        as for :meth:`add`. Raises NotFoundError for a path that is not there, too.
        """
        options = {
            "name": await self._meant(name) if append or replace else name,
            "path": os.fspath(path),
            "fileName": file_name or _file_name(path),
            "fileMIMEType": file_mime_type,
            "artifactMIMEType": artifact_mime_type,
            **_added(annotations, append=append, replace=replace),
        }
        reply = await self._request("POST", "artifacts/local/add", (), options)
        return models.decode(models.ArtifactDigest, reply.body)

    @asynccontextmanager
    async def extract_stream(
        self,
        name: str,
        *,
        title: str | None = None,
        digest: str | None = None,
        exclude_title: bool = False,
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The files of an artifact as a tar archive, in blocks as they come.

        ``GET /libpod/artifacts/{name}/extract``. Podman 5.6 or newer. ``title`` or ``digest`` is
        that of the only file wanted; by its digest, it is called ``sha256-…``, and with
        ``exclude_title`` it has no name. The modes in the archive mean nothing. Raises
        NotFoundError; StreamError, after the last block, if the server could not read a file.
        """
        async with self._stream(
            "GET",
            "artifacts/{}/extract",
            await self._meant(name),
            title=title,
            digest=digest,
            excludeTitle=exclude_title or None,
        ) as response:
            yield complete(response.iter_bytes())

    async def extract_to(
        self,
        name: str,
        folder: str | os.PathLike[str],
        *,
        title: str | None = None,
        digest: str | None = None,
    ) -> Paths:
        """Write the files of an artifact to a folder that is there; their paths.

        ``GET /libpod/artifacts/{name}/extract``. Podman 5.6 or newer. ``title`` or ``digest`` is
        that of the only file wanted (by its digest, it is called ``sha256-…``). A file appears
        under its name only when it is complete, and replaces one of that name. Raises
        NotFoundError, FileError; StreamError if the server could not read a file.
        """
        with Files(folder) as files:
            async with self.extract_stream(name, title=title, digest=digest) as blocks:
                async for block in blocks:
                    for file in files.feed(block):
                        await commit(file)
            files.end()
        return files.paths

    async def pull(
        self,
        name: str,
        *,
        retry: int | None = None,
        retry_delay: float | timedelta | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> models.ArtifactDigest:
        """Pull an artifact from its registry.

        ``POST /libpod/artifacts/pull``. Podman 5.6 or newer. ``retry`` is how often a failed
        attempt is repeated (default: 3 times), ``retry_delay`` the seconds between (default: 1);
        ``tls_verify=False`` allows a registry without TLS; ``credentials``: by default those of
        the user's auth files. Raises NotFoundError if the registry does not have it.
        """
        fields = await in_thread(lambda: auth_header(name, credentials))
        return await self._post(
            models.ArtifactDigest,
            "artifacts/pull",
            send=Sent(fields=fields),
            name=name,
            retry=retry,
            retryDelay=query.duration(retry_delay),
            tlsVerify=tls_verify,
        )

    async def push(
        self,
        name: str,
        *,
        retry: int | None = None,
        retry_delay: float | timedelta | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> models.ArtifactDigest:
        """Push an artifact to the registry that its name says.

        ``POST /libpod/artifacts/{name}/push``. Podman 5.6 or newer. The parameters are those of
        :meth:`pull`. Raises NotFoundError.
        """
        fields = await in_thread(lambda: auth_header(name, credentials))
        return await self._post(
            models.ArtifactDigest,
            "artifacts/{}/push",
            name,
            send=Sent(fields=fields),
            retry=retry,
            retryDelay=query.duration(retry_delay),
            tlsVerify=tls_verify,
        )

    async def remove(self, name: str) -> models.ArtifactsRemoved:
        """Remove an artifact. Raises NotFoundError.

        ``DELETE /libpod/artifacts/{name}``. Podman 5.6 or newer.
        """
        name = await self._meant(name)
        return await self._delete(models.ArtifactsRemoved, "artifacts/{}", name)

    async def remove_several(
        self, *names: str, all: bool = False, ignore: bool = False
    ) -> models.ArtifactsRemoved:
        """Remove several artifacts, or ``all`` that there are.

        ``DELETE /libpod/artifacts/remove``. Podman 5.7 or newer. ``ignore`` passes over those that
        are not there; else the first such raises NotFoundError, when those before it are gone.
        """
        wanted: dict[str, None] = {}
        for name in names:
            try:
                wanted[await self._meant(name)] = None
            except NotFoundError:
                if not ignore:
                    raise
        if names and not wanted:
            return models.ArtifactsRemoved()
        return await self._delete(
            models.ArtifactsRemoved,
            "artifacts/remove",
            artifacts=[*wanted],
            all=all,
            ignore=ignore,
        )


def _plain(name: str) -> str:
    return name.removeprefix("sha256:")  # with it, the server finds none by its digest


def _file_name(source: object) -> str:
    if not isinstance(source, str | os.PathLike):
        raise ParameterError("file_name: what is no path needs a name")
    return os.path.basename(source)  # noqa: PTH119 -- it is right for a path on the server, too


def _added(
    annotations: Mapping[str, str] | None, *, append: bool, replace: bool
) -> dict[str, object]:
    if append and replace:  # the server would remove the artifact, and then not find it
        raise ParameterError("append and replace exclude each other")
    pairs = [f"{key}={value}" for key, value in (annotations or {}).items()]
    return {"annotations": pairs, "append": append, "replace": replace}
