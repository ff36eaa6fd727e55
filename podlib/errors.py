"""Every exception that podlib raises.

::

    PodmanError
    ├── ConnectError               nothing answers at the socket (says what was tried)
    ├── TimedOutError              a limit that the caller set ran out (a TimeoutError too)
    ├── ClosedError                the client was closed
    ├── ProtocolError              what answered does not speak HTTP, or is no Podman
    │   └── TruncatedError         the answer ended before it was complete
    ├── APIError                   the server answered with an error status
    │   ├── BadRequestError        400
    │   ├── NotFoundError          404, or a 500 whose cause is that
    │   └── ConflictError          409, or a 500 whose cause is a conflict
    ├── ResponseModelError         an answer does not fit its model
    ├── StreamError                an error inside a stream that began with 200
    │   ├── BuildError             with the end of the build's log
    │   ├── PullError
    │   └── PushError
    ├── NotSupportedError          the server's version lacks the operation or the parameter
    ├── ParameterError             a parameter is wrong (a ValueError too)
    ├── MissingPackageError        a package that podlib can use is not installed
    ├── FileError                  a file on the caller's machine could not be read or written
    ├── CheckpointArchiveError     a file is no checkpoint archive, or a broken one
    ├── CheckpointUnsupportedError the engine cannot checkpoint: known before anything is touched
    ├── CheckpointFailedError      this checkpoint failed (with CRIU's own lines)
    ├── RestoreFailedError         this restore failed (with CRIU's own lines)
    ├── MigrationError             says where the container is now, and what to do
    └── BusError                   a Bus Events API does not answer, or refuses

``except PodmanError`` catches all that podlib raises by itself.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; to import typing costs 10 ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import BuildStep
    from .models.migration_group import GroupPlan
    from .models.migration_plan import MigrationPlan

__all__ = [
    "APIError",
    "BadRequestError",
    "BuildError",
    "BusError",
    "CheckpointArchiveError",
    "CheckpointFailedError",
    "CheckpointUnsupportedError",
    "ClosedError",
    "ConflictError",
    "ConnectError",
    "FileError",
    "MigrationError",
    "MissingPackageError",
    "NotFoundError",
    "NotSupportedError",
    "ParameterError",
    "PodmanError",
    "ProtocolError",
    "PullError",
    "PushError",
    "ResponseModelError",
    "RestoreFailedError",
    "StreamError",
    "TimedOutError",
    "TruncatedError",
]

LOG_TAIL = 20
"""How many of the last lines of a build's log its error shows."""


class PodmanError(Exception):
    """The base of all errors of podlib."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by what it holds: errors cross process pools, whatever their signature."""
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[PodmanError], args: tuple[object, ...], state: dict[str, object]) -> object:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConnectError(PodmanError):
    """No Podman service answers, or there is no way to it.

    The message lists what was tried and how to start a service; for another host, what ssh, TCP
    or TLS say; for a name that no connection has, what is known. Where nothing answers, ``tried``
    has a line for each place, and ``transient_helps`` tells whether podlib could run a service.
    """

    def __init__(
        self, message: str, *, tried: Sequence[str] = (), transient_helps: bool = False
    ) -> None:
        super().__init__(message)
        self.tried = tuple(tried)
        self.transient_helps = transient_helps


class TimedOutError(PodmanError, TimeoutError):
    """A limit ran out. ``limit`` is its name: connect, head, idle or total."""

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class ClosedError(PodmanError):
    """The client was closed, before the call or while it was under way."""


class ProtocolError(PodmanError):
    """What answers at the socket does not speak HTTP/1.1, or is not Podman."""


class TruncatedError(ProtocolError):
    """The connection ended before the answer was complete."""


class APIError(PodmanError):
    """The server answered with an error.

    ``status`` is HTTP's, ``message`` what the server says happened, ``cause`` its root cause
    (``""`` if it names none), ``method`` and ``path`` the route.
    """

    def __init__(self, status: int, message: str, *, cause: str, method: str, path: str) -> None:
        super().__init__(f"{message} ({status} for {method} {path})")
        self.status = status
        self.message = message
        self.cause = cause
        self.method = method
        self.path = path


class BadRequestError(APIError):
    """400: the server refuses a parameter."""


class NotFoundError(APIError):
    """There is no such container, image or other object: 404, in places 500."""


class ConflictError(APIError):
    """A name is taken, or the state does not allow the operation: 409, in places 500."""


class ResponseModelError(PodmanError):
    """An answer does not fit its model: ``model``, its ``problems``, the body's beginning."""

    def __init__(self, model: str, problems: str, body_excerpt: bytes) -> None:
        super().__init__(f"the answer does not fit {model}: {problems}")
        self.model = model
        self.problems = problems
        self.body_excerpt = body_excerpt


class StreamError(PodmanError):
    """The server reported an error inside a stream that had begun with status 200.

    ``log`` holds the lines of its report that came before the error, where it has lines.
    """

    def __init__(self, message: str, log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log = [*log]


class BuildError(StreamError):
    """An image build failed. ``log`` holds the lines that came before the error.

    ``step`` is the step that failed, and ``exit_code`` that of its command; None if there is none.
    """

    def __init__(
        self,
        message: str,
        log: list[str],
        *,
        step: BuildStep | None = None,
        exit_code: int | None = None,
    ) -> None:
        tail = "".join(f"\n  {line}" for line in log[-LOG_TAIL:])
        super().__init__(f"{message}{tail and f'; the log ends with:{tail}'}", log)
        self.message = message
        self.step = step
        self.exit_code = exit_code


class PullError(StreamError):
    """An image could not be pulled."""


class PushError(StreamError):
    """An image or a manifest list could not be pushed."""


class NotSupportedError(PodmanError):
    """The server's version lacks what was asked for. Nothing was sent.

    ``feature`` is the operation or parameter, ``server`` the server's version, ``needs`` the
    versions that have it, as a text such as ``5.6.0 or newer``.
    """

    def __init__(self, feature: str, *, needs: str, server: str) -> None:
        super().__init__(f"{feature} needs Podman {needs}; this service is Podman {server}")
        self.feature = feature
        self.needs = needs
        self.server = server


class ParameterError(PodmanError, ValueError):
    """A parameter is unknown, or its value cannot be right. Nothing was sent."""


class MissingPackageError(PodmanError):
    """What was asked for needs ``package``, which is not there; podlib's ``extra`` brings it."""

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'podlib[{extra}]'")
        self.package = package
        self.extra = extra


class FileError(PodmanError):
    """A file or folder on the caller's machine could not be read or written: ``path``."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class CheckpointArchiveError(PodmanError):
    """What was read is no archive of a checkpoint, or a broken one, or one that lies."""


class CheckpointUnsupportedError(PodmanError):
    """The engine cannot checkpoint and restore, which was known up front. Nothing was touched."""


class CheckpointFailedError(PodmanError):
    """A checkpoint failed. ``stderr`` is what libpod and CRIU said.

    ``id`` is the container, as it was called: its id or its name.
    """

    def __init__(self, id: str, stderr: str) -> None:  # noqa: A002 -- orchestrators say so
        super().__init__(f"checkpoint of container {id!r} failed: {stderr}")
        self.id = id
        self.stderr = stderr


class RestoreFailedError(PodmanError):
    """A restore failed. ``stderr`` is what libpod and CRIU said.

    ``source`` says what was to be restored. ``archive_path`` is its path, if it is an archive on
    the caller's disk; else None.
    """

    def __init__(self, source: str, stderr: str, *, archive_path: str | None = None) -> None:
        super().__init__(f"restore of {source} failed: {stderr}")
        self.source = source
        self.stderr = stderr
        self.archive_path = archive_path


class MigrationError(PodmanError):
    """A container, or a group of them, was not migrated.

    ``phase`` is where it failed; ``location`` says where the container is now: ``"source"`` (it
    runs there as before), ``"frozen"`` (stopped on the source, its checkpoint kept there),
    ``"target"`` (it runs there) or ``"unknown"`` (the hosts could not be asked). The message says
    what to do. ``__cause__`` is the error that ended it. ``plan`` is what was found, where that is
    why it was refused. Of a group, ``locations`` says it for each container by name, and
    ``location`` is the worst of these.
    """

    def __init__(self, message: str, *, phase: str, location: str) -> None:
        super().__init__(message)
        self.phase = phase
        self.location = location
        self.plan: MigrationPlan | GroupPlan | None = None
        self.locations: dict[str, str] = {}


class BusError(PodmanError):
    """A Bus Events API does not answer, or refuses: ``status`` is HTTP's, 0 without an answer."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def denied(self) -> bool:
        """Whether it is the token that is refused: another try would be, too."""
        return self.status in (401, 403)

    @property
    def passes(self) -> bool:
        """Whether it may be different in a while: no answer, too many requests, its own trouble."""
        return self.status in (0, 408, 425, 429) or self.status >= 500
