"""docker-py on Podman: what it would else do otherwise there than on Docker.

Its ``run(remove=True)`` begins to follow the output, waits for the end, removes the container, and
only then reads. Podman follows no log whose container is gone: the output would be lost.
"""

from __future__ import annotations

from typing import Any

from docker import DockerClient
from docker.errors import ContainerError
from docker.models.containers import ContainerCollection


class _OneRun(ContainerCollection):  # type: ignore[misc]  # the library ships no types
    """The containers of a client, for one run: it knows which one that made."""

    made: Any = None

    def create(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- as docker-py has it
        self.made = super().create(*args, **kwargs)
        return self.made


class _Containers(ContainerCollection):  # type: ignore[misc]  # likewise
    """The containers of a client."""

    def run(
        self,
        image: Any,  # noqa: ANN401 -- likewise
        command: Any = None,  # noqa: ANN401 -- likewise
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        **kwargs: Any,  # noqa: ANN401 -- likewise
    ) -> Any:  # noqa: ANN401 -- likewise
        if not remove or kwargs.get("detach"):
            usual: Any = super().run
            return usual(image, command, stdout, stderr, remove, **kwargs)
        once: Any = _OneRun(client=self.client)
        try:
            output = once.run(image, command, stdout, stderr, **kwargs)
            if kwargs.get("stream") and output is not None:
                lines = list(output)
                output = (line for line in lines)
        except ContainerError:
            once.made.remove()
            raise
        once.made.remove()
        return output


class PodmanDockerClient(DockerClient):  # type: ignore[misc]  # likewise
    """A client of docker-py."""

    @property
    def containers(self) -> ContainerCollection:
        """Containers, whose output is read before they are removed."""
        return _Containers(client=self)
