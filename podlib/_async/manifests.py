"""Manifest lists: one name for the images of several platforms."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models, query
from podlib.credentials import auth_header
from podlib.errors import ProtocolError, PushError
from podlib.forms import form
from podlib.http.flow_async import in_thread

from .image_store import meant
from .image_transfer import without_errors
from .verbs import AsyncVerbs, Sent, as_json

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from typing import Unpack

    from podlib.credentials import Credentials

    from .image_transfer import LayerCompression, ManifestType

ManifestOperation: TypeAlias = Literal["update", "remove", "annotate"]


class AsyncManifests(AsyncVerbs):
    """``podman.manifests``. The options are those of :class:`podlib.models.ManifestOptions`.

    Podman 4.3 looks for the images of a list in registries only, unless their names begin with
    ``containers-storage:``.
    """

    __slots__ = ()

    async def create(
        self,
        name: str,
        images: Sequence[str] = (),
        *,
        amend: bool = False,
        **options: Unpack[models.ManifestOptions],
    ) -> models.ManifestCreated:
        """Create a manifest list, with ``images`` in it.

        ``POST /libpod/manifests/{name}``. ``amend`` allows that there is such a list, to which
        the images are added. Raises ConflictError if there is. Where an image cannot be added,
        the list stays.
        """
        spec = models.manifest_spec(options)
        if images:
            spec["images"] = list(images)
        return await self._post(
            models.ManifestCreated,
            "manifests/{}",
            name,
            send=as_json(spec) if spec else None,
            amend=amend or None,
        )

    async def exists(self, name: str) -> bool:
        """Whether there is such a manifest list. ``GET /libpod/manifests/{name}/exists``."""
        return await self._exists("manifests/{}/exists", name)

    async def inspect(
        self,
        name: str,
        *,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> models.ManifestList:
        """A manifest list, be it here or in a registry. Raises NotFoundError.

        ``GET /libpod/manifests/{name}/json``. ``tls_verify=False`` allows a registry without TLS
        (Podman 4.4 or newer); ``credentials``: by default those of the user's auth files.
        """
        fields = await in_thread(lambda: auth_header(name, credentials))
        reply = await self._call(
            "GET",
            "manifests/{}/json",
            name,
            send=Sent(fields=fields),
            tlsVerify=query.flag(tls_verify),
        )
        return models.decode(models.ManifestList, reply.body)

    async def modify(
        self,
        name: str,
        operation: ManifestOperation,
        images: Sequence[str] = (),
        *,
        files: Sequence[str | os.PathLike[str]] = (),
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
        **options: Unpack[models.ManifestOptions],
    ) -> models.ManifestModified:
        """Add images to a manifest list, remove some, or change what is said of them.

        ``PUT /libpod/manifests/{name}``. ``update`` adds ``images``, and ``files`` of the caller's
        machine as an artifact (Podman 4.9 or newer); ``remove`` and ``annotate`` take digests,
        ``annotate`` also none, for the list itself. ``credentials`` are for the registry of the
        first image; by default those of the user's auth files. Raises NotFoundError;
        BadRequestError with the server's reasons, ConflictError if it could change a part only;
        FileError.
        """
        spec = models.manifest_spec(options)
        spec |= {"operation": operation, "images": list(images)}
        reference = images[0] if images else name
        fields = await in_thread(lambda: auth_header(reference, credentials))
        reply = await self._call(
            "PUT",
            "manifests/{}",
            await meant(self, name),
            send=_as_form(spec, files, fields) if files else as_json(spec, fields),
            tlsVerify=tls_verify,
        )
        return models.decode(models.ManifestModified, reply.body)

    async def add(
        self, name: str, images: Sequence[str], **options: Unpack[models.ManifestOptions]
    ) -> models.ManifestCreated:
        """Add images to a manifest list. Deprecated: :meth:`modify` does it, too.

        ``POST /libpod/manifests/{name}/add``. Raises NotFoundError.
        """
        spec = models.manifest_spec(options) | {"images": list(images)}
        return await self._post(
            models.ManifestCreated, "manifests/{}/add", await meant(self, name), send=as_json(spec)
        )

    async def delete(self, name: str, *, ignore: bool = False) -> models.ImageRemoved:
        """Remove a manifest list, not its images.

        ``DELETE /libpod/manifests/{name}``. ``ignore`` allows that it is not there (Podman 5.4 or
        newer). Raises NotFoundError; APIError for what is no manifest list.
        """
        return await self._delete(
            models.ImageRemoved, "manifests/{}", await meant(self, name), ignore=ignore
        )

    async def push(
        self,
        name: str,
        destination: str,
        *,
        all: bool = True,
        format: ManifestType | None = None,
        compression_format: LayerCompression | None = None,
        compression_level: int | None = None,
        force_compression_format: bool = False,
        add_compression: Sequence[LayerCompression] = (),
        remove_signatures: bool = False,
        quiet: bool = False,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
        progress: Callable[[models.ManifestPushProgress], object] | None = None,
    ) -> models.ManifestPushed:
        """Push a manifest list to a registry, with ``all`` its images too.

        ``POST /libpod/manifests/{name}/registry/{destination}``. ``add_compression`` adds further
        copies of the images to the list, compressed so (Podman 4.7 or newer). ``progress`` is
        called with each line of the server's report. The rest as for ``podman.images.push``.
        Raises PushError.
        """
        fields = await in_thread(lambda: auth_header(destination, credentials))
        last: models.ManifestPushProgress | None = None
        async with self._lines(
            models.ManifestPushProgress,
            "POST",
            "manifests/{}/registry/{}",
            await meant(self, name),
            destination,
            send=Sent(fields=fields),
            all=all,
            format=format,
            compressionFormat=compression_format,
            compressionLevel=compression_level,
            forceCompressionFormat=force_compression_format or None,
            addCompression=[*add_compression],
            removeSignatures=remove_signatures or None,
            quiet=quiet,
            tlsVerify=tls_verify,
        ) as lines:
            failure = f"cannot push {name} to {destination}"
            async for line in without_errors(lines, PushError, failure):
                if progress is not None:
                    progress(line)
                last = line
        if last is None or not last.id:
            raise ProtocolError(f"the push of {name} ended without telling a digest")
        return models.ManifestPushed(digest=last.id)

    async def push_v3(
        self,
        name: str,
        destination: str,
        *,
        all: bool = True,
        remove_signatures: bool = False,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> models.ManifestPushed:
        """Push a manifest list to a registry. Deprecated: :meth:`push` does it, too.

        ``POST /libpod/manifests/{name}/push``. Raises NotFoundError, BadRequestError.
        """
        fields = await in_thread(lambda: auth_header(destination, credentials))
        return await self._post(
            models.ManifestPushed,
            "manifests/{}/push",
            await meant(self, name),
            send=Sent(fields=fields),
            destination=destination,
            all=all,
            removeSignatures=remove_signatures or None,
            tlsVerify=tls_verify,
        )


def _as_form(
    spec: Mapping[str, object],
    files: Sequence[str | os.PathLike[str]],
    fields: Sequence[tuple[str, str]],
) -> Sent:
    """The document and the files as one form."""
    boundary = secrets.token_hex(16)
    kind = ("Content-Type", f"multipart/form-data; boundary={boundary}")
    document = json.dumps(spec).encode()
    return Sent(form(boundary, document, files), (*fields, kind), spec)
