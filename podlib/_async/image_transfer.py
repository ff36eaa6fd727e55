"""Images between the store and registries, or other hosts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from podlib import models, query
from podlib.credentials import auth_header
from podlib.errors import ParameterError, ProtocolError, PullError, PushError
from podlib.http.flow_async import in_thread

from .image_store import meant
from .verbs import AsyncVerbs, Sent

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

        ``POST /libpod/images/pull``. Parameters as for :meth:`pull`. ``compat_mode``: the report
        is that of Docker's API (Podman 4.8 or newer). Iterating raises PullError. Leaving early
        ends the pull.
        """
        fields = await in_thread(lambda: auth_header(reference, credentials))
        async with self._lines(
            models.PullProgress,
            "POST",
            "images/pull",
            send=Sent(fields=fields),
            reference=reference,
            policy=policy,
            allTags=all_tags or None,
            **_platform(platform, arch=arch, os=os, variant=variant),
            quiet=quiet or None,
            compatMode=compat_mode or None,
            pullProgress=None if quiet or compat_mode else True,
            retry=retry,
            retrydelay=query.duration(retry_delay),
            tlsVerify=tls_verify,
        ) as lines:
            yield without_errors(lines, PullError, f"cannot pull {reference}")

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
        """Pull an image from its registry.

        ``POST /libpod/images/pull``. ``policy`` says when to ask the registry at all; ``all_tags``
        pulls each image of the repository. ``platform`` is ``OS/ARCH[/VARIANT]``; its parts can
        be told one by one instead. ``retry`` is how often a failed attempt is repeated (default:
        3 times), ``retry_delay`` the seconds between (both: Podman 5). ``tls_verify=False`` allows
        a registry without TLS; ``credentials``: by default those of the user's auth files.
        ``progress`` is called with each line of the server's report; with ``quiet`` there is but
        the last. Raises PullError.
        """
        last: models.PullProgress | None = None
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
                last = line
        if last is None or not last.id:
            raise ProtocolError(f"the pull of {reference} ended without telling an image")
        return models.PulledImage(id=last.id, images=last.images)

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
        PushError. Leaving early ends the push.
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
            yield without_errors(lines, PushError, f"cannot push {name} to {target}")

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
        PushError; with ``quiet``, BadRequestError.
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
    lines: AsyncIterator[R], kind: type[PullError | PushError], failure: str
) -> AsyncIterator[R]:
    """The lines of a report; one that tells an error is raised as ``kind``."""
    async for line in lines:
        if line.error:
            raise kind(f"{failure}: {line.error}")
        yield line


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
