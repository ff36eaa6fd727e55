"""What can go wrong, as one message, what to do next, and an exit status."""

from __future__ import annotations

from typing import NamedTuple

from podlib.errors import APIError, BadRequestError, ConnectError, NotFoundError, PodmanError

OWN = 125
"""The exit status of failures that are podlib's own, not a container's."""


class CommandError(Exception):
    """A command failed: ``status`` is the exit status, ``advice`` what to do next."""

    def __init__(self, message: str, *, status: int = OWN, advice: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.advice = advice


class UsageError(CommandError):
    """The arguments are wrong. Nothing was done."""


class Stopped(KeyboardInterrupt):
    """A signal asked the command to end: ``number``."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Failure(NamedTuple):
    """What is to be said of an error."""

    message: str
    status: int
    advice: str = ""


_SIGINT = 2


def failure(error: BaseException) -> Failure:
    """What is to be said of ``error``."""
    if isinstance(error, CommandError):
        return Failure(_noted(error), error.status, error.advice)
    if isinstance(error, KeyboardInterrupt):
        number = error.number if isinstance(error, Stopped) else _SIGINT
        return Failure(_noted(error, "interrupted"), 128 + number)
    if isinstance(error, PodmanError):
        return Failure(_noted(error, _message(error)), OWN, _advice(error))
    if isinstance(error, BrokenPipeError):
        return Failure("nobody reads the output any more", OWN)
    if isinstance(error, OSError):
        named = f"{error.filename}: " if error.filename else ""
        return Failure(f"{named}{error.strerror or error}", OWN)
    if interrupt := _interrupt(error):
        return failure(interrupt)
    return Failure(
        f"podlib failed by itself: {type(error).__name__}: {error}",
        OWN,
        "run it again with --debug, and report what it shows",
    )


def _interrupt(error: BaseException) -> KeyboardInterrupt | None:
    """What an import that was cut made another error of, as ``__set_name__`` in Python 3.11."""
    cause = error.__cause__ or error.__context__
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__ or cause.__context__
    return cause


def _noted(error: BaseException, message: str = "") -> str:
    """With the notes of the error, which tell where a container is now."""
    return "; ".join([message or str(error), *getattr(error, "__notes__", [])])


def _message(error: PodmanError) -> str:
    if isinstance(error, ConnectError) and error.tried:  # its text is for those who write Python
        return f"no Podman service answers: {'; '.join(error.tried)}"
    return error.message if isinstance(error, APIError) else str(error)


def _advice(error: PodmanError) -> str:
    if isinstance(error, NotFoundError):
        for noun in ("containers", "images", "pods", "volumes", "networks", "secrets"):
            if f"/{noun}/" in error.path:
                command = {"containers": "ps --all"}.get(noun, noun)
                return f"`podlib {command}` lists what there is"
    if isinstance(error, BadRequestError):
        return "the command's --help shows what it takes"
    if isinstance(error, ConnectError):
        looks = "`podlib connections` shows where podlib looks"
        return (
            f"--transient runs a service for this command; {looks}"
            if error.transient_helps
            else looks
        )
    return ""
