"""The typed options of an image build: what ``images.build`` takes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ._parameters import Duration
from .container_parts import Device, IdRange, Ulimit
from .resource_options import Cpus

__all__ = ["BuildOptions", "BuildResultOptions", "BuildRunOptions"]

PullPolicy = Literal["always", "missing", "newer", "never"]
"""When to ask the registry: ``newer`` pulls what is newer there than here."""


class BuildResultOptions(TypedDict, total=False):
    """What is built, and of what."""

    tags: Sequence[str]
    """Names of the new image."""
    containerfile: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
    """A text is a name within the context (``Containerfile`` unless said, else ``Dockerfile``), a
    path (``Path("…")``) a file of this machine, which goes with it. Several are read as if they
    were one."""
    containerfile_text: str
    """What the Containerfile says, instead of a file."""
    target: str
    """The stage to stop at."""
    from_: str
    """The image to take for the first ``FROM``."""
    build_args: Mapping[str, str]
    build_contexts: Mapping[str, str | os.PathLike[str]]
    """Further contexts, which the Containerfile knows by these names: ``docker-image://NAME``, a
    URL, or a folder: a path, or an absolute one as a text. Folders need Podman 5.6 or newer."""
    secrets: Mapping[str, bytes | str | os.PathLike[str]]
    """By id: what ``RUN --mount=type=secret,id=…`` finds. A text is the path of a file here."""
    excludes: Sequence[str]
    """Patterns of the context's files to leave out, instead of those of its ``.containerignore``
    or ``.dockerignore``."""
    ignorefile: str | os.PathLike[str]
    """Where such patterns are: a file of this machine."""
    cpp_flags: Sequence[str]
    """For the preprocessor of a ``Containerfile.in``."""
    ignore_unknown: bool
    """Pass over instructions that are not known."""

    format: Literal["oci", "docker"]
    """``oci`` unless said."""
    layers: bool
    """Keep the layer of each step, and use those of former builds. ``True`` unless said; otherwise
    the image has one new layer."""
    squash: bool
    """Only one layer altogether, the base image's with it."""
    compression: Literal["none", "bzip2", "gzip", "xz", "zstd"]
    labels: Mapping[str, str]
    layer_labels: Mapping[str, str]
    """Of the images that the steps leave. Podman 4.7 or newer."""
    unset_labels: Sequence[str]
    """Of the base image. Podman 4.8 or newer."""
    inherit_labels: bool
    """``True`` unless said. Podman 5.5 or newer."""
    identity_label: bool
    """The label with the builder's version. ``True`` unless said."""
    annotations: Mapping[str, str]
    unset_annotations: Sequence[str]
    """Podman 5.6 or newer, as the next two."""
    inherit_annotations: bool
    created_annotation: bool
    """``org.opencontainers.image.created``. ``True`` unless said."""
    env: Mapping[str, str]
    unset_env: Sequence[str]
    omit_history: bool
    os_version: str
    os_features: Sequence[str]
    timestamp: AwareDatetime
    """For the image, its history and the files of its new layers."""
    source_date_epoch: AwareDatetime
    """For the image and its history. Podman 5.6 or newer, as the next one."""
    rewrite_timestamp: bool
    """No file of a new layer is newer than ``source_date_epoch``."""

    platforms: Sequence[str]
    """``OS/ARCH[/VARIANT]``, for each of which an image is built."""
    all_platforms: bool
    """All those of the base image."""
    manifest: str
    """The manifest list that the images are added to."""


class BuildRunOptions(TypedDict, total=False):
    """How it is built. Sizes are bytes, or such as ``"64m"``; times are seconds, or ``"1m30s"``.

    Paths are those of the server's host.
    """

    no_cache: bool
    cache_from: Sequence[str]
    """Repositories whose layers may serve; those of ``cache_to`` are pushed new ones."""
    cache_to: Sequence[str]
    cache_ttl: Duration
    """Layers that are older do not serve."""
    pull: PullPolicy
    tls_verify: bool
    """False allows registries without TLS."""
    retry: int
    """How often a failed pull or push is repeated. Podman 5."""
    retry_delay: Duration
    jobs: int
    """How many stages may be built at once; 0 is any number. 1 unless said."""
    skip_unused_stages: bool
    """``True`` unless said."""
    quiet: bool
    """The log has the id alone."""
    rusage: bool
    """The log tells what each step used; the next one is a file to write it to instead."""
    rusage_log: str
    rm: bool
    """Remove the containers of the steps. ``True`` unless said, also of the next one."""
    force_rm: bool
    """Remove them after a failure, too."""

    isolation: Literal["oci", "rootless", "chroot"]
    network: str
    """Of the steps: ``host`` (unless said), ``private``, ``none``, ``ns:PATH``, or a network's
    name."""
    pidns: str
    """``private``, ``host`` or ``ns:PATH``; so the next three."""
    ipcns: str
    utsns: str
    cgroupns: str
    uid_map: Sequence[IdRange | str]
    """Texts are ``CONTAINER:HOST:SIZE``. ``gid_map`` is the same unless said."""
    gid_map: Sequence[IdRange | str]
    hosts: Mapping[str, str]
    """Addresses by host name, for /etc/hosts."""
    no_hosts: bool
    """Leave /etc/hosts as the image has it. Podman 5.4 or newer."""
    dns: Sequence[str]
    dns_search: Sequence[str]
    dns_options: Sequence[str]
    http_proxy: bool
    """Hand on the server's variables that name proxies."""
    volumes: Sequence[str]
    """``HOST:CONTAINER[:OPTIONS]``. Podman 4.4 or newer."""
    compat_volumes: bool
    """What ``RUN`` changes in a volume of the image is lost. Podman 5.2 or newer."""
    devices: Sequence[Device | str]
    cap_add: Sequence[str]
    cap_drop: Sequence[str]
    groups: Sequence[str]
    """Further groups of the user. Podman 4.4 or newer."""
    seccomp: str
    """``unconfined``, or the path of a profile."""
    apparmor: str
    selinux: Sequence[str]
    memory: int | str
    memory_swap: int | str
    """Memory and swap together. -1 is no limit."""
    cpus: Cpus
    cpu_period: Duration
    cpu_quota: Duration
    cpu_shares: int
    cpuset_cpus: str
    cpuset_mems: str
    shm_size: int | str
    ulimits: Sequence[Ulimit | str]
    cgroup_parent: str


@with_config(ConfigDict(extra="forbid", strict=True))
class BuildOptions(BuildResultOptions, BuildRunOptions, total=False):
    """All that can be said of a build besides its context."""
