"""The runtime: what an orchestrator holds of one Podman service, and never sees HTTP."""

from __future__ import annotations

from .runtime_building import AsyncRuntimeBuilding
from .runtime_checkpoints import AsyncRuntimeCheckpoints
from .runtime_exec import AsyncRuntimeExec
from .runtime_health import AsyncRuntimeHealth
from .runtime_images import AsyncRuntimeImages
from .runtime_networks import AsyncRuntimeNetworks
from .runtime_projects import AsyncRuntimeProjects


class AsyncRuntime(
    AsyncRuntimeImages,
    AsyncRuntimeBuilding,
    AsyncRuntimeHealth,
    AsyncRuntimeExec,
    AsyncRuntimeNetworks,
    AsyncRuntimeCheckpoints,
    AsyncRuntimeProjects,
):
    """A runtime for orchestrators, to be used as a context manager or closed by ``close``.

    One object for one service: images, containers, networks and volumes through its
    Docker-compatible API, builds and checkpoints through libpod's, over one socket. ``socket`` is
    a path or a URI, ``connection`` the name of a connection that Podman knows; by default it is
    found as by ``AsyncPodman``. ``connect_timeout`` is how many seconds it has to accept.

    ``checkpoint_probe`` says whether the host behind the socket can checkpoint, which no endpoint
    tells: whoever deploys knows whether CRIU works there. It is a function without parameters, for
    an asynchronous runtime perhaps a coroutine function. It is called once, when the runtime is
    opened: by the ``with`` block, or else by the first call that needs to know. Without it, a
    missing CRIU shows when something is to be checkpointed: CheckpointFailedError.

    Safe for many threads, or tasks, at once. What is called an id may also be a name.
    """
