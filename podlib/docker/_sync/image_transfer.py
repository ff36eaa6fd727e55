# Generated from podlib/docker/_async/image_transfer.py: edit there.
"""Images between the store and registries, through Docker's API."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, query
from podlib._sync.image_store import meant
from podlib._sync.image_transfer import without_errors
from podlib._sync.verbs import Sent, documents
from podlib.credentials import auth_header
from podlib.errors import APIError, PullError, PushError
from podlib.http.flow_sync import in_thread

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from podlib._sync.image_transfer import ManifestType
    from podlib._sync.link import Fields
    from podlib.credentials import Credentials

SearchList: TypeAlias = "list[models.SearchResult]"


class DockerImageTransfer(DockerVerbs):
    """What the server carries over the network."""

    __slots__ = ()

    @contextmanager
    def pull_stream(
        self,
        reference: str,
        *,
        platform: str | None = None,
        credentials: Credentials | None = None,
    ) -> Generator[Iterator[models.DockerProgressLine]]:
        """Pull an image from its registry, and read the server's report as it comes.

        ``POST /images/create``. Parameters as for :meth:`pull`. Iterating raises PullError. Leaving
        early ends the pull.
        """
        fields = in_thread(lambda: auth_header(reference, credentials))
        failure = f"cannot pull {reference}"
        query = {"fromImage": reference, "platform": platform}
        with self._report(PullError, failure, "images/create", (), query, fields) as lines:
            yield lines

    @contextmanager
    def _report(
        self,
        kind: type[PullError | PushError],
        failure: str,
        route: str,
        names: Sequence[str],
        query: Mapping[str, object],
        fields: Fields,
    ) -> Generator[Iterator[models.DockerProgressLine]]:
        try:
            response = self._response("POST", route, names, query, Sent(fields=fields))
        except APIError as error:  # newer servers answer with an error what older ones report
            if error.status == 400 or (error.status == 404 and names):  # the store lacks it
                raise
            raise kind(f"{failure}: {error.message}") from error
        with response:
            lines = documents(models.DockerProgressLine, response)
            yield without_errors(lines, kind, failure)

    def pull(
        self,
        reference: str,
        *,
        platform: str | None = None,
        credentials: Credentials | None = None,
        progress: Callable[[models.DockerProgressLine], object] | None = None,
    ) -> models.DockerImage:
        """Pull an image from its registry: the image.

        ``POST /images/create`` and ``GET /images/{name}/json``. Without a tag or digest it is
        ``latest``. ``platform`` is ``OS/ARCH[/VARIANT]``; ``credentials``: by default those of the
        user's auth files. ``progress`` is called with each line of the server's report. Raises
        PullError, whose ``log`` is what the server told before.
        """
        with self.pull_stream(reference, platform=platform, credentials=credentials) as lines:
            for line in lines:
                if progress is not None:
                    progress(line)
        return self._get(models.DockerImage, "images/{}/json", reference)

    @contextmanager
    def push_stream(
        self,
        name: str,
        destination: str | None = None,
        *,
        tag: str | None = None,
        format: ManifestType | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
    ) -> Generator[Iterator[models.DockerProgressLine]]:
        """Push an image to a registry, and read the server's report as it comes.

        ``POST /images/{name}/push``. Parameters as for :meth:`push`. Iterating raises PushError.
        Leaving early ends the push.
        """
        target = destination or name
        fields = in_thread(lambda: auth_header(target, credentials))
        names = [meant(self, name)]
        failure = f"cannot push {name} to {target}"
        query = {
            "tag": tag,
            "destination": destination,
            "format": format,
            "tlsVerify": tls_verify,
        }
        with self._report(
            PushError, failure, "images/{}/push", names, query, fields or _NOBODY
        ) as lines:
            yield lines

    def push(
        self,
        name: str,
        destination: str | None = None,
        *,
        tag: str | None = None,
        format: ManifestType | None = None,
        tls_verify: bool | None = None,
        credentials: Credentials | None = None,
        progress: Callable[[models.DockerProgressLine], object] | None = None,
    ) -> models.PushedImage:
        """Push an image to a registry: where its name says, or to ``destination``.

        ``POST /images/{name}/push``. ``tag`` is added to the name; ``format`` is
        the manifest's, by default that of the image. ``tls_verify=False`` allows a registry without
        TLS; ``credentials``: by default those of the user's auth files.
        ``progress`` is called with each line of the server's report. Raises PushError, whose
        ``log`` is what the server told before.
        """
        digest = ""
        with self.push_stream(
            name,
            destination,
            tag=tag,
            format=format,
            tls_verify=tls_verify,
            credentials=credentials,
        ) as lines:
            for line in lines:
                if progress is not None:
                    progress(line)
                if match := _DIGEST.search(line.status):
                    digest = match[1]
        return models.PushedImage(digest=digest)

    def search(
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

        ``GET /images/search``. All as for ``search`` of the libpod side.
        """
        fields = in_thread(lambda: auth_header(term, credentials))
        reply = self._call(
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


_DIGEST = re.compile(r" digest: (sha256:[0-9a-f]{64})\b")
"""In the last line of a push, ``latest: digest: sha256:… size: 498``."""
_NOBODY = (("X-Registry-Auth", "e30="),)
"""No credentials, as Docker's clients say it: an empty JSON object."""
