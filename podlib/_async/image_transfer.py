"""Images between the store and registries, or other hosts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from podlib import models, query, versions
from podlib.credentials import auth_header
from podlib.errors import (
    APIError,
    ParameterError,
    ProtocolError,
    PullError,
    PushError,
    TruncatedError,
)
from podlib.files import open_for_reading
from podlib.http.flow_async import in_thread
from podlib.transports import Local, local

from .image_store import meant
from .verbs import AsyncVerbs, Sent, as_tar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from datetime import timedelta

    from podlib.credentials import Credentials
    from podlib.models.build_options import PullPolicy

ManifestType: TypeAlias = Literal["oci", "v2s1", "v2s2"]
LayerCompression: TypeAlias = Literal["gzip", "zstd", "zstd:chunked"]
SearchList: TypeAlias = "list[models.SearchResult]"


class _Report(Protocol):
    @property
    def stream(self) -> str: ...
    @property
    def error(self) -> str: ...


R = TypeVar("R", bound=_Report)


class AsyncImageTransfer(AsyncVerbs):
    """What the server carries over the network."""

    __slots__ = ()

    @asynccontextmanager
    async def pull_stream(
        self,
        reference: str,
        *,
        policy: PullPolicy = "always",
        all_tags: bool = False,
        platform: str | None = None,
        arch: str | None = None,
        os: str | None = None,
        variant: str | None = None,
        quiet: bool = False,
        compat_mode: bool = False,
        retry: int | None = None,
        retry_delay: float | timedelta | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> AsyncGenerator[AsyncIterator[models.PullProgress]]:
        """Pull an image from its registry, and read the server's report as it comes.

        ``POST /libpod/images/pull``, or for a file or folder ``POST /libpod/images/load``.
        Parameters as for :meth:`pull`. ``compat_mode``: the report is that of Docker's API (Podman
        4.8 or newer). Iterating raises PullError, and TruncatedError for a report that breaks off.
        Leaving early ends the pull.
        """
        chosen = _platform(platform, arch=arch, os=os, variant=variant)
        if (source := local(reference)) is not None:
            if all_tags or any(chosen.values()):
                raise ParameterError(f"{reference} is loaded as it is: no all_tags, no platform")
            yield self._loading(reference, source, quiet=quiet)
            return
        fields = await in_thread(lambda: auth_header(reference, credentials))
        async with self._lines(
            models.PullProgress,
            "POST",
            "images/pull",
            send=Sent(fields=fields),
            reference=reference,
            policy=policy,
            allTags=all_tags or None,
            **chosen,
            quiet=quiet or None,
            compatMode=compat_mode or None,
            pullProgress=None if quiet or compat_mode else True,
            retry=retry,
            retrydelay=query.duration(retry_delay),
            tlsVerify=tls_verify,
        ) as lines:
            yield without_errors(
                lines,
                PullError,
                f"cannot pull {reference}",
                is_last=None if compat_mode else lambda line: line.id,
            )

    async def pull(
        self,
        reference: str,
        *,
        policy: PullPolicy = "always",
        all_tags: bool = False,
        platform: str | None = None,
        arch: str | None = None,
        os: str | None = None,
        variant: str | None = None,
        quiet: bool = False,
        retry: int | None = None,
        retry_delay: float | timedelta | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
        progress: Callable[[models.PullProgress], object] | None = None,
    ) -> models.PulledImage:
        """Pull an image from its registry, or load it from a file or folder of the caller.

        ``POST /libpod/images/pull``. ``policy`` says when to ask the registry at all; ``all_tags``
        pulls each image of the repository. ``platform`` is ``OS/ARCH[/VARIANT]``; its parts can
        be told one by one instead. ``retry`` is how often a failed attempt is repeated (default:
        3 times), ``retry_delay`` the seconds between (both: Podman 5). ``tls_verify=False`` allows
        a registry without TLS; ``credentials``: by default those of the user's auth files.
        ``progress`` is called with each line of the server's report, such as by
        :class:`podlib.ProgressDisplay`; with ``quiet`` there is but the last.

        ``POST /libpod/images/load``, for a ``reference`` such as ``oci-archive:PATH`` or
        ``docker-archive:PATH``, all of whose images are loaded; ``oci:PATH``, a layout, of which
        ``oci:PATH:NAME`` is one image; ``dir:PATH``, which has one and no name. Of the
        other parameters, all but ``progress`` and ``quiet`` are for registries only.

        Raises PullError, whose ``log`` is what the server told before; TruncatedError if its report
        breaks off; FileError; ParameterError for ``docker-daemon:`` and ``containers-storage:``,
        which only the command line on the server's host can read.
        """
        pulled = models.PulledImage(id="", images=[])
        async with self.pull_stream(
            reference,
            policy=policy,
            all_tags=all_tags,
            platform=platform,
            arch=arch,
            os=os,
            variant=variant,
            quiet=quiet,
            retry=retry,
            retry_delay=retry_delay,
            tls_verify=tls_verify,
            credentials=credentials,
        ) as lines:
            async for line in lines:
                if progress is not None:
                    progress(line)
                if line.id:  # the last one
                    pulled = models.PulledImage(id=line.id, images=line.images)
        return pulled

    async def _loading(
        self, reference: str, source: Local, *, quiet: bool
    ) -> AsyncIterator[models.PullProgress]:
        """Load an archive or folder; the report that a pull would give."""
        if not quiet:
            yield models.PullProgress(stream=f"Loading {reference}\n")
        try:
            if source.is_archive:
                with open_for_reading(source.path) as file:
                    loaded = await self._post(models.ImageLoaded, "images/load", send=as_tar(file))
            else:
                blocks = await in_thread(source.blocks)
                loaded = await self._post(models.ImageLoaded, "images/load", send=as_tar(blocks))
        except APIError as error:
            raise PullError(f"cannot pull {reference}: {error.message}") from error
        if not loaded.names:
            raise ProtocolError(f"{reference} was loaded, but the server names no image")
        found = [
            await self._get(models.ImageInspect, "images/{}/json", name) for name in loaded.names
        ]
        ids = [*dict.fromkeys(image.id for image in found)]
        yield models.PullProgress(images=ids, id=ids[-1])

    @asynccontextmanager
    async def push_stream(
        self,
        name: str,
        destination: str | None = None,
        *,
        all: bool = False,
        format: ManifestType | None = None,
        compression_format: LayerCompression | None = None,
        compression_level: int | None = None,
        force_compression_format: bool = False,
        remove_signatures: bool = False,
        quiet: bool = False,
        retry: int | None = None,
        retry_delay: float | timedelta | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> AsyncGenerator[AsyncIterator[models.PushProgress]]:
        """Push an image to a registry, and read the server's report as it comes.

        ``POST /libpod/images/{name}/push``. Parameters as for :meth:`push`. Iterating raises
        PushError, and TruncatedError for a report that breaks off. Leaving early ends the push.
        """
        target = destination or name
        fields = await in_thread(lambda: auth_header(target, credentials))
        async with self._lines(
            models.PushProgress,
            "POST",
            "images/{}/push",
            await meant(self, name),
            send=Sent(fields=fields),
            destination=destination,
            all=all or None,
            format=format,
            compressionFormat=compression_format,
            compressionLevel=compression_level,
            forceCompressionFormat=force_compression_format or None,
            removeSignatures=remove_signatures or None,
            quiet=quiet,
            retry=retry,
            retryDelay=query.duration(retry_delay),
            tlsVerify=tls_verify,
        ) as lines:
            tells = versions._number(self._link.version) >= (4, 8) and not quiet
            yield without_errors(
                lines,
                PushError,
                f"cannot push {name} to {target}",
                is_last=(lambda line: line.manifest_digest) if tells else None,
            )

    async def push(
        self,
        name: str,
        destination: str | None = None,
        *,
        all: bool = False,
        format: ManifestType | None = None,
        compression_format: LayerCompression | None = None,
        compression_level: int | None = None,
        force_compression_format: bool = False,
        remove_signatures: bool = False,
        quiet: bool = False,
        retry: int | None = None,
        retry_delay: float | timedelta | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
        progress: Callable[[models.PushProgress], object] | None = None,
    ) -> models.PushedImage:
        """Push an image to a registry: where its name says, or to ``destination``.

        ``POST /libpod/images/{name}/push``. ``all`` is handed on, but of a manifest list, all
        servers that were tried push just one image: ``podman.manifests.push`` pushes the list.
        ``format`` is the manifest's, by default that of the image. ``compression_format`` is for
        layers that the registry does not have yet; ``force_compression_format`` sends the others
        anew (Podman 4.7 or newer). ``progress`` is called with each line of the server's report;
        with ``quiet`` there is none, and no digest. The rest as for :meth:`pull`. Raises
        PushError, whose ``log`` is what the server told before; TruncatedError if its report breaks
        off; with ``quiet``, BadRequestError.
        """
        digest = ""
        async with self.push_stream(
            name,
            destination,
            all=all,
            format=format,
            compression_format=compression_format,
            compression_level=compression_level,
            force_compression_format=force_compression_format,
            remove_signatures=remove_signatures,
            quiet=quiet,
            retry=retry,
            retry_delay=retry_delay,
            tls_verify=tls_verify,
            credentials=credentials,
        ) as lines:
            async for line in lines:
                if progress is not None:
                    progress(line)
                digest = line.manifest_digest
        return models.PushedImage(digest=digest)

    async def search(
        self,
        term: str,
        *,
        limit: int | None = None,
        list_tags: bool = False,
        filters: models.SearchFilters | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> SearchList:
        """Search registries for repositories, or with ``list_tags`` one repository for images.

        ``GET /libpod/images/search``. A ``term`` such as ``quay.io/podman`` asks that registry
        alone; else all are asked that the server's configuration names for short names. ``limit``:
        so many of each (default: 25). ``filters``: such as ``{"is-official": True}``.
        """
        fields = await in_thread(lambda: auth_header(term, credentials))
        reply = await self._call(
            "GET",
            "images/search",
            send=Sent(fields=fields),
            term=term,
            limit=limit,
            listTags=list_tags,
            filters=query.filters(filters, models.SearchFilters),
            tlsVerify=tls_verify,
        )
        return models.decode(list[models.SearchResult], reply.body)

    async def scp(
        self, name: str, destination: str | None = None, *, quiet: bool = False
    ) -> models.ImageCopied:
        """Copy an image between the server and another host, over ssh.

        ``POST /libpod/images/scp/{name}``. Of ``name`` and ``destination``, one begins with a
        connection that the server knows (``podman system connection``) and ``::``:
        ``scp("alpine", "build::")`` or ``scp("build::alpine")``.
        """
        return await self._post(
            models.ImageCopied, "images/scp/{}", name, destination=destination, quiet=quiet
        )


async def without_errors(
    lines: AsyncIterator[R],
    kind: type[PullError | PushError],
    failure: str,
    *,
    is_last: Callable[[R], object] | None = None,
) -> AsyncIterator[R]:
    """The lines of a report; one that tells an error is raised as ``kind``.

    ``is_last`` knows the last line. Without one, the report was cut: TruncatedError.
    """
    log: list[str] = []
    complete = is_last is None
    async for line in lines:
        if line.error:
            raise kind(f"{failure}: {line.error}", log)
        if is_last is not None and is_last(line):
            complete = True
        # Lines about the bytes of a blob come by the hundred.
        if line.stream and not getattr(line, "pull_progress", None):
            log.append(line.stream.rstrip("\n"))
        yield line
    if not complete:
        raise TruncatedError(f"{failure}: the server's report broke off; it may be done, or not")


def _platform(platform: str | None, **parts: str | None) -> dict[str, str | None]:
    """The query's parts of ``OS/ARCH[/VARIANT]``, or of what was told one by one."""
    if platform is None:
        return {"OS": parts["os"], "Arch": parts["arch"], "Variant": parts["variant"]}
    fields = platform.split("/")
    if len(fields) not in (2, 3) or not all(fields):
        raise ParameterError(f"platform: {platform!r} is not OS/ARCH or OS/ARCH/VARIANT")
    if any(parts.values()):
        raise ParameterError("platform: arch, os and variant say the same; give either")
    return dict(zip(("OS", "Arch", "Variant"), fields, strict=False))
