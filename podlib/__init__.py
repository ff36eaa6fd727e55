"""podlib: the Python client for Podman.

``Podman`` and ``AsyncPodman`` are clients of one service, ``Runtime`` and ``AsyncRuntime`` what
orchestrators hold of one; ``migrate`` and ``async_migrate`` move a running container from one to
another, ``migrate_project`` and ``migrate_pod`` all that belong together; ``read_checkpoint`` looks
into a checkpoint's archive; ``find_connections`` tells where services may be; ``models`` holds the
types of what they answer, ``errors`` all that they raise. Names are loaded when they are first
used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; to import typing costs 10 ms

if TYPE_CHECKING:
    from . import errors as errors
    from . import models as models
    from ._async.checkpoint_saving import async_load_checkpoint as async_load_checkpoint
    from ._async.checkpoint_saving import async_save_checkpoint as async_save_checkpoint
    from ._async.client import AsyncPodman as AsyncPodman
    from ._async.group_plan import async_plan_pod_migration as async_plan_pod_migration
    from ._async.group_plan import async_plan_project_migration as async_plan_project_migration
    from ._async.migration import async_migrate as async_migrate
    from ._async.migration_plan import async_plan_migration as async_plan_migration
    from ._async.project_loading import async_load_project as async_load_project
    from ._async.project_migration import async_migrate_pod as async_migrate_pod
    from ._async.project_migration import async_migrate_project as async_migrate_project
    from ._async.project_saving import async_save_project as async_save_project
    from ._async.recovery import async_recover_migration as async_recover_migration
    from ._async.runtime import AsyncRuntime as AsyncRuntime
    from ._sync.checkpoint_saving import load_checkpoint as load_checkpoint
    from ._sync.checkpoint_saving import save_checkpoint as save_checkpoint
    from ._sync.client import Podman as Podman
    from ._sync.group_plan import plan_pod_migration as plan_pod_migration
    from ._sync.group_plan import plan_project_migration as plan_project_migration
    from ._sync.migration import migrate as migrate
    from ._sync.migration_plan import plan_migration as plan_migration
    from ._sync.project_loading import load_project as load_project
    from ._sync.project_migration import migrate_pod as migrate_pod
    from ._sync.project_migration import migrate_project as migrate_project
    from ._sync.project_saving import save_project as save_project
    from ._sync.recovery import recover_migration as recover_migration
    from ._sync.runtime import Runtime as Runtime
    from .checkpoint_archive.reading import read_checkpoint as read_checkpoint
    from .connection.found import Connection as Connection
    from .connection.order import find_connections as find_connections
    from .credentials import Credentials as Credentials
    from .errors import APIError as APIError
    from .errors import BadRequestError as BadRequestError
    from .errors import BuildError as BuildError
    from .errors import BusError as BusError
    from .errors import CheckpointArchiveError as CheckpointArchiveError
    from .errors import CheckpointFailedError as CheckpointFailedError
    from .errors import CheckpointUnsupportedError as CheckpointUnsupportedError
    from .errors import ClosedError as ClosedError
    from .errors import ConflictError as ConflictError
    from .errors import ConnectError as ConnectError
    from .errors import FileError as FileError
    from .errors import MigrationError as MigrationError
    from .errors import MissingPackageError as MissingPackageError
    from .errors import NotFoundError as NotFoundError
    from .errors import NotSupportedError as NotSupportedError
    from .errors import ParameterError as ParameterError
    from .errors import PodmanError as PodmanError
    from .errors import ProtocolError as ProtocolError
    from .errors import PullError as PullError
    from .errors import PushError as PushError
    from .errors import ResponseModelError as ResponseModelError
    from .errors import RestoreFailedError as RestoreFailedError
    from .errors import StreamError as StreamError
    from .errors import TimedOutError as TimedOutError
    from .errors import TruncatedError as TruncatedError
    from .progress import ProgressDisplay as ProgressDisplay

__version__ = "0.1.0"

_MODULES = {
    "_async.checkpoint_saving": "async_load_checkpoint async_save_checkpoint",
    "_async.client": "AsyncPodman",
    "_async.group_plan": "async_plan_pod_migration async_plan_project_migration",
    "_async.migration": "async_migrate",
    "_async.migration_plan": "async_plan_migration",
    "_async.project_loading": "async_load_project",
    "_async.project_migration": "async_migrate_pod async_migrate_project",
    "_async.project_saving": "async_save_project",
    "_async.recovery": "async_recover_migration",
    "_async.runtime": "AsyncRuntime",
    "_sync.checkpoint_saving": "load_checkpoint save_checkpoint",
    "_sync.client": "Podman",
    "_sync.group_plan": "plan_pod_migration plan_project_migration",
    "_sync.migration": "migrate",
    "_sync.migration_plan": "plan_migration",
    "_sync.project_loading": "load_project",
    "_sync.project_migration": "migrate_pod migrate_project",
    "_sync.project_saving": "save_project",
    "_sync.recovery": "recover_migration",
    "_sync.runtime": "Runtime",
    "checkpoint_archive.reading": "read_checkpoint",
    "connection.found": "Connection",
    "connection.order": "find_connections",
    "credentials": "Credentials",
    "errors": (
        "APIError BadRequestError BuildError BusError CheckpointArchiveError CheckpointFailedError "
        "CheckpointUnsupportedError ClosedError ConflictError ConnectError FileError "
        "MigrationError MissingPackageError NotFoundError NotSupportedError ParameterError "
        "PodmanError ProtocolError PullError PushError ResponseModelError RestoreFailedError "
        "StreamError TimedOutError TruncatedError"
    ),
    "progress": "ProgressDisplay",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = ["errors", "models", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll] -- a test holds the table against the imports above


if not TYPE_CHECKING:  # checkers would take any name for one that exists

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in {"errors", "models"}:
            return import_module(f".{name}", __name__)
        if (module := _HOME.get(name)) is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(f".{module}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
