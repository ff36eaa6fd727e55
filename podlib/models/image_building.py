"""What builds of images answer."""

from __future__ import annotations

from ._base import EMPTY_DICT, EMPTY_LIST, CamelModel, Dicted, Model


class BuildErrorDetail(CamelModel):
    """The error of a build once more."""

    message: str = ""
    code: int = 0


class BuildLine(CamelModel):
    """A piece of a build's log, as it comes. Podman's last ``stream`` is the new image's id."""

    stream: str = ""
    """Text, mostly a line with its end."""
    error: str = ""
    """Not empty: the build has failed."""
    error_detail: BuildErrorDetail | None = None
    aux: Dicted[str] = EMPTY_DICT
    """``{"ID": …}``: the new image's id, from the Docker-compatible build."""


class BuildStep(Model):
    """A step of a build: ``number`` of ``total`` in its stage, ``stage`` of ``stages``."""

    number: int
    total: int
    """0 if it was not told."""
    instruction: str
    """Such as ``RUN make``."""
    stage: int = 1
    stages: int = 1


class BuildLogLine(Model):
    """One line of a build's log. ``str()`` gives its text."""

    text: str
    """Without its line end."""
    step: BuildStep | None = None
    """The step that was announced last. Of stages that are built at once (``jobs``), it may be
    another one's."""

    def __str__(self) -> str:
        return self.text


class BuiltImage(Model):
    """The image that was built, and the lines of the log without their line ends.

    Of several platforms it is the one that was ready last.
    """

    id: str
    tags: list[str] = EMPTY_LIST
    """Its names, as the log tells them: none of a build that is ``quiet``."""
    log: list[str]
