"""What builds of images answer."""

from __future__ import annotations

from ._base import EMPTY_DICT, CamelModel, Dicted, Model


class BuildErrorDetail(CamelModel):
    """The error of a build once more."""

    message: str = ""
    code: int = 0


class BuildLine(CamelModel):
    """One line of a build. Podman's last ``stream`` is the new image's id."""

    stream: str = ""
    """Text, with its line end."""
    error: str = ""
    """Not empty: the build has failed."""
    error_detail: BuildErrorDetail | None = None
    aux: Dicted[str] = EMPTY_DICT
    """``{"ID": …}``: the new image's id, from the Docker-compatible build."""


class BuiltImage(Model):
    """The image that was built, and the lines of the log without their line ends.

    Of several platforms it is the one that was ready last.
    """

    id: str
    log: list[str]
