# Generated from podlib/_async/runtime_images.py: edit there.
"""Images of a runtime: through the Docker-compatible API."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from podlib import models, runtime_views
from podlib.errors import APIError, NotFoundError, PullError
from podlib.http.flow_sync import tell

from .runtime_core import RuntimeCore

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from podlib.credentials import Credentials

ImageList: TypeAlias = "list[models.ImageRef]"


class RuntimeImages(RuntimeCore):
    """The part of a runtime that has images."""

    def pull_image(
        self,
        reference: str,
        events: Callable[[models.PullEvent], object] | None = None,
        *,
        credentials: Credentials | None = None,
        platform: str | None = None,
    ) -> models.ImageRef:
        """Pull an image: its id and its tags.

        ``POST /images/create``. ``events`` is called with each line that the server reports.
        ``credentials`` are by default those of the user's auth files; ``platform`` is
        ``OS/ARCH[/VARIANT]``, the server's own unless said. Raises PullError.
        """
        stream = self.pull_image_stream(reference, credentials=credentials, platform=platform)
        with stream as lines:
            for event in lines:
                if events is not None:
                    tell(events, event)
        found = self.inspect_image(reference)
        return models.ImageRef(found.id, found.tags)

    @contextmanager
    def pull_image_stream(
        self,
        reference: str,
        *,
        credentials: Credentials | None = None,
        platform: str | None = None,
    ) -> Generator[Iterator[models.PullEvent]]:
        """Pull an image, and read what the server reports as it comes.

        ``POST /images/create``. Parameters as for :meth:`pull_image`. Iterating raises PullError.
        Leaving early ends the pull.
        """
        images = self._docker.images
        report = images.pull_stream(reference, platform=platform, credentials=credentials)
        with ExitStack() as stack:
            try:
                lines = stack.enter_context(report)
            except APIError as error:  # Podman 5.4 and newer say so before they report anything
                raise PullError(f"cannot pull {reference}: {error.message}") from error
            yield _events(lines)

    def inspect_image(self, name: str) -> models.ImageDetails:
        """An image, by its name or its id. Raises NotFoundError.

        ``GET /images/{name}/json``.
        """
        named = runtime_views.image_name(name)
        return runtime_views.image_details(self._docker.images.inspect(named))

    def list_images(self, labels: Mapping[str, str] | None = None) -> ImageList:
        """The images that have all these labels; without labels, all.

        ``GET /images/json``.
        """
        wanted = dict(labels or {})
        # One is enough to ask for: older servers mix up several, and an empty value is any value.
        asked = [f"{name}={value}" for name, value in wanted.items()][:1]
        found = self._docker.images.list(filters={"label": asked} if asked else None)
        return [
            runtime_views.image_ref(each) for each in found if wanted.items() <= each.labels.items()
        ]

    def remove_image(self, name: str, *, force: bool = False) -> None:
        """Remove an image; one that is not there is no error.

        ``DELETE /images/{name}``. ``force`` removes the containers that use it too. Raises
        ConflictError while containers use it.
        """
        with suppress(NotFoundError):
            self._docker.images.remove(runtime_views.image_name(name), force=force)


def _events(
    lines: Iterator[models.DockerProgressLine],
) -> Iterator[models.PullEvent]:
    for line in lines:
        text = f"{line.status}{line.stream} {line.progress}".strip()
        yield models.PullEvent(text, line.id)
