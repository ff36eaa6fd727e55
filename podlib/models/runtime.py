"""What a runtime for orchestrators takes and gives. No pydantic: no answers of the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from podlib.build.contexts import Context
    from podlib.credentials import Credentials

    from .build_options import PullPolicy
    from .health_parts import Health
    from .image_building import BuildStep
    from .mount_parts import Mount
    from .network_parts import NetworkAttachment, Port

__all__ = [
    "BuildEvent",
    "BuildSpec",
    "Capabilities",
    "CheckpointRef",
    "CheckpointSpec",
    "Container",
    "ContainerDetails",
    "HealthProbe",
    "HealthReport",
    "ImageDetails",
    "ImageRef",
    "MountPoint",
    "NetworkPlace",
    "PullEvent",
    "RestoreSpec",
    "RunSpec",
]

# -- images ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image."""

    id: str
    """64 hexadecimal digits."""
    tags: tuple[str, ...] = ()
    """Its names, such as ``localhost/web:latest``."""


@dataclass(frozen=True, slots=True)
class ImageDetails(ImageRef):
    """An image, and what it says of the containers that are made of it."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = ""
    """``USER[:GROUP]``; ``""`` is root."""
    workdir: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    exposed_ports: tuple[str, ...] = ()
    """Such as ``80/tcp``."""
    architecture: str = ""
    os: str = ""
    size: int = 0
    """In bytes."""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class PullEvent:
    """A line of what the server reports of a pull."""

    text: str
    layer: str = ""
    """The layer that it is about, by the beginning of its digest; ``""`` if about all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSpec:
    """An image to be built. The words are those of :class:`BuildOptions`."""

    context: Context
    """A folder; files and folders; contents by name; an open archive; a URL."""
    tags: Sequence[str] = ()
    containerfile: str | os.PathLike[str] | None = None
    """A text is a name within the context, a path a file of this machine."""
    containerfile_text: str | None = None
    """What the Containerfile says, instead of a file."""
    target: str = ""
    """The stage to stop at; ``""`` is the last."""
    build_args: Mapping[str, str] = field(default_factory=dict[str, str])
    build_contexts: Mapping[str, str | os.PathLike[str]] = field(
        default_factory=dict[str, "str | os.PathLike[str]"]
    )
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, bytes | str | os.PathLike[str]] = field(
        default_factory=dict[str, "bytes | str | os.PathLike[str]"]
    )
    cache_from: Sequence[str] = ()
    no_cache: bool = False
    pull: PullPolicy | None = None
    """When to ask the registry for base images. By default if they are missing."""
    platform: str = ""
    """``OS/ARCH[/VARIANT]``; ``""`` is the server's own."""
    network: str = ""
    """Of the steps; ``""`` is the host's."""
    credentials: Mapping[str, Credentials] | None = None
    """By registry. By default those of the user's auth files."""


@dataclass(frozen=True, slots=True)
class BuildEvent:
    """A line of a build's log."""

    text: str
    """Without its line end."""
    step: BuildStep | None = None
    """The step that was announced last."""
    missed: int = 0
    """How many events just before this one were dropped, for the reader was too slow."""


# -- containers --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """A container to be made. Paths of mounts are those of the server's host."""

    image: str
    name: str = ""
    """``""``: the server chooses one."""
    command: Sequence[str] = ()
    """``()`` is the image's own."""
    entrypoint: Sequence[str] = ()
    """``()`` is the image's own."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = ""
    """``USER[:GROUP]``, names or numbers; ``""`` is the image's own."""
    workdir: str = ""
    hostname: str = ""
    tty: bool = False
    stdin: bool = False
    """Keep the standard input open."""
    init: bool = False
    """Run a small init as process 1, which reaps the others."""
    privileged: bool = False
    cap_add: Sequence[str] = ()
    cap_drop: Sequence[str] = ()
    security_opt: Sequence[str] = ()
    """Such as ``seccomp=unconfined``."""
    mounts: Sequence[Mount | str] = ()
    """Texts are ``[SOURCE:]TARGET[:OPTION,…]``, such as ``data:/var/lib/data:ro``: a volume's name
    or an absolute path. Binds, volumes and tmpfs."""
    network: str | NetworkAttachment | Sequence[NetworkAttachment | str] = ()
    """``none``, ``host``, ``container:NAME``; anything else is the name of a network, or of
    several: ``lab``, ``lab:alias=web,ip=10.99.0.7``. By its name and its aliases the containers of
    the network find it."""
    ports: Sequence[Port | str | int] = ()
    """Texts are ``[[IP:]HOST:]CONTAINER[/PROTOCOL]``; a bare number is a container's port."""
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Addresses by host name, for /etc/hosts."""
    restart: Literal["no", "on-failure", "always", "unless-stopped"] = "no"
    stop_signal: str | int = ""
    """``""`` is the image's own, usually SIGTERM."""
    stop_timeout: int | None = None
    """Seconds between the stop signal and SIGKILL; None is the server's default, usually 10."""
    health: Health | Literal["none"] | None = None
    """A check that Podman itself runs; ``"none"`` switches the image's own off. What an
    orchestrator should do instead: :class:`HealthProbe`."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container, in short."""

    id: str
    name: str
    image: str
    """The name by which its image was called."""
    state: str
    """``created``, ``running``, ``paused``, ``exited``, …, in Docker's words."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A volume or a path of the host in a container."""

    type: str
    """``volume``, ``bind``, …"""
    source: str
    """The volume's name, or the path on the host."""
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class NetworkPlace:
    """A container's place in a network."""

    address: str = ""
    """``""`` while it does not run."""
    aliases: tuple[str, ...] = ()
    """The names by which others of the network find it, besides its own."""


@dataclass(frozen=True, slots=True)
class ContainerDetails(Container):
    """A container, and how it is and was."""

    image_id: str = ""
    created: datetime | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = ""
    mounts: tuple[MountPoint, ...] = ()
    networks: Mapping[str, NetworkPlace] = field(default_factory=dict[str, NetworkPlace])
    """By the networks' names."""
    ports: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Where ``80/tcp`` is published: ``("127.0.0.1:8080",)``; ``:8080`` is all addresses."""
    pid: int = 0
    """On the server's host; 0 while it does not run."""
    exit_code: int | None = None
    """None before it has ended, and while it runs."""
    started: datetime | None = None
    """As Podman noted it: of a container that ends at once, perhaps after its end."""
    finished: datetime | None = None
    """None before it has ended, and while it runs."""
    health: str = ""
    """What a check that Podman runs has found: ``starting``, ``healthy``, ``unhealthy``; ``""``
    without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthProbe:
    """How to see whether a container is healthy: by a command that an orchestrator runs in it.

    The words and the defaults are those of Docker's health checks. Times are in seconds.
    """

    command: str | Sequence[str]
    """A text is run by the container's shell. 0 is healthy."""
    interval: float = 30.0
    """Between the end of one try and the next. The first one comes an interval after the call."""
    timeout: float = 30.0
    """A try that takes longer has failed, and its process is ended (Podman 4.8 or newer)."""
    retries: int = 3
    """So many failures in a row are unhealthy."""
    start_period: float = 0.0
    """For so long after the container's start failures do not count."""
    user: str = ""
    """``""`` is the container's own, not root."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What probes have found."""

    healthy: bool
    tries: int
    exit_code: int | None
    """Of the last try; None if it did not end in time, or could not be made: the container had
    ended."""
    output: str
    """What it wrote, both streams together; or why it could not be made."""


# -- checkpoints -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSpec:
    """How a container is frozen into an archive."""

    archive_path: str | os.PathLike[str]
    stop_after: bool = True
    """False: it runs on, and the archive is a copy of what it was."""
    tcp_established: bool = False
    """Allow processes that hold TCP connections."""


@dataclass(frozen=True, slots=True)
class CheckpointRef:
    """An archive of a checkpoint."""

    archive_path: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSpec:
    """How a container is made from an archive."""

    archive_path: str | os.PathLike[str]
    name: str = ""
    """``""``: its old name and id; else it has this name and a new id."""
    tcp_established: bool = False
    """Its processes may hold TCP connections."""
    ignore_volumes: bool = False
    """Leave the content of its volumes as it is on this host."""


# -- the engine --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do for an orchestrator."""

    healthchecks: bool
    """It runs health checks by itself. Whether to let it: ``prefer_self_probed_health``."""
    exit_codes: bool
    """It keeps the exit codes of containers that have ended."""
    service_name_dns: bool
    """Containers of a network find each other by name and alias."""
    checkpoint: bool
    """It freezes and restores containers: libpod's API answers, and the probe, if one was given,
    said yes."""
