"""A typed model for every response, one module per noun of the API.

Each noun's module, and pydantic with it, is loaded when one of its names is first used:
``import podlib.models`` loads neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._switch import is_strict, set_strict

if TYPE_CHECKING:
    from ._base import Model as Model
    from ._base import decode as decode
    from ._shared import GraphDriver as GraphDriver
    from ._shared import HealthConfig as HealthConfig
    from .archives import CheckpointArchive as CheckpointArchive
    from .container_inspect import ContainerConfig as ContainerConfig
    from .container_inspect import ContainerDevice as ContainerDevice
    from .container_inspect import ContainerIdMappings as ContainerIdMappings
    from .container_inspect import ContainerInspect as ContainerInspect
    from .container_inspect import ContainerMount as ContainerMount
    from .container_inspect import ContainerNetwork as ContainerNetwork
    from .container_inspect import ContainerSecret as ContainerSecret
    from .container_inspect import ContainerState as ContainerState
    from .container_inspect import ContainerUlimit as ContainerUlimit
    from .container_inspect import HealthLogEntry as HealthLogEntry
    from .container_inspect import HealthState as HealthState
    from .container_inspect import HostConfig as HostConfig
    from .container_inspect import HostPort as HostPort
    from .container_inspect import LogConfig as LogConfig
    from .container_inspect import NetworkAddress as NetworkAddress
    from .container_inspect import NetworkEndpoint as NetworkEndpoint
    from .container_inspect import NetworkSettings as NetworkSettings
    from .container_inspect import RestartPolicy as RestartPolicy
    from .container_inspect import StartupHealthConfig as StartupHealthConfig
    from .container_inspect import ThrottleDevice as ThrottleDevice
    from .container_inspect import WeightDevice as WeightDevice
    from .container_options import ContainerOptions as ContainerOptions
    from .container_options import container_spec as container_spec
    from .container_parts import Device as Device
    from .container_parts import Health as Health
    from .container_parts import Mount as Mount
    from .container_parts import NetworkAttachment as NetworkAttachment
    from .container_parts import Port as Port
    from .container_parts import Secret as Secret
    from .container_parts import Ulimit as Ulimit
    from .containers import CheckpointReport as CheckpointReport
    from .containers import CheckpointStatistics as CheckpointStatistics
    from .containers import ContainerCreated as ContainerCreated
    from .containers import ContainerFilters as ContainerFilters
    from .containers import ContainerNamespaces as ContainerNamespaces
    from .containers import ContainerRemoved as ContainerRemoved
    from .containers import ContainerSize as ContainerSize
    from .containers import ContainerSummary as ContainerSummary
    from .containers import PortMapping as PortMapping
    from .containers import RestoreReport as RestoreReport
    from .containers import RestoreStatistics as RestoreStatistics
    from .images import BlobProgress as BlobProgress
    from .images import BuildErrorDetail as BuildErrorDetail
    from .images import BuildLine as BuildLine
    from .images import BuiltImage as BuiltImage
    from .images import ImageConfig as ImageConfig
    from .images import ImageFilters as ImageFilters
    from .images import ImageHistoryEntry as ImageHistoryEntry
    from .images import ImageInspect as ImageInspect
    from .images import ImageLayers as ImageLayers
    from .images import ImageLoaded as ImageLoaded
    from .images import ImageRemoved as ImageRemoved
    from .images import ImageSummary as ImageSummary
    from .images import PulledImage as PulledImage
    from .images import PullProgress as PullProgress
    from .logs import LogLine as LogLine
    from .migration import Migration as Migration
    from .migration import MigrationProgress as MigrationProgress
    from .system import ContainerCounts as ContainerCounts
    from .system import CpuUtilization as CpuUtilization
    from .system import DistributionInfo as DistributionInfo
    from .system import HostInfo as HostInfo
    from .system import IdMap as IdMap
    from .system import IdMappings as IdMappings
    from .system import ImageCounts as ImageCounts
    from .system import Info as Info
    from .system import LibpodVersion as LibpodVersion
    from .system import NetworkBackendInfo as NetworkBackendInfo
    from .system import Ping as Ping
    from .system import Plugins as Plugins
    from .system import ProgramInfo as ProgramInfo
    from .system import RemoteSocket as RemoteSocket
    from .system import SecurityInfo as SecurityInfo
    from .system import StoreInfo as StoreInfo
    from .system import Version as Version
    from .system import VersionComponent as VersionComponent
    from .system import VersionPlatform as VersionPlatform

_MODULES = {
    "_base": ["Model", "decode"],
    "_shared": ["GraphDriver", "HealthConfig"],
    "archives": ["CheckpointArchive"],
    "container_inspect": [
        "ContainerConfig",
        "ContainerDevice",
        "ContainerIdMappings",
        "ContainerInspect",
        "ContainerMount",
        "ContainerNetwork",
        "ContainerSecret",
        "ContainerState",
        "ContainerUlimit",
        "HealthLogEntry",
        "HealthState",
        "HostConfig",
        "HostPort",
        "LogConfig",
        "NetworkAddress",
        "NetworkEndpoint",
        "NetworkSettings",
        "RestartPolicy",
        "StartupHealthConfig",
        "ThrottleDevice",
        "WeightDevice",
    ],
    "container_options": ["ContainerOptions", "container_spec"],
    "container_parts": [
        "Device",
        "Health",
        "Mount",
        "NetworkAttachment",
        "Port",
        "Secret",
        "Ulimit",
    ],
    "containers": [
        "CheckpointReport",
        "CheckpointStatistics",
        "ContainerCreated",
        "ContainerFilters",
        "ContainerNamespaces",
        "ContainerRemoved",
        "ContainerSize",
        "ContainerSummary",
        "PortMapping",
        "RestoreReport",
        "RestoreStatistics",
    ],
    "images": [
        "BlobProgress",
        "BuildErrorDetail",
        "BuildLine",
        "BuiltImage",
        "ImageConfig",
        "ImageFilters",
        "ImageHistoryEntry",
        "ImageInspect",
        "ImageLayers",
        "ImageLoaded",
        "ImageRemoved",
        "ImageSummary",
        "PullProgress",
        "PulledImage",
    ],
    "logs": ["LogLine"],
    "migration": ["Migration", "MigrationProgress"],
    "system": [
        "ContainerCounts",
        "CpuUtilization",
        "DistributionInfo",
        "HostInfo",
        "IdMap",
        "IdMappings",
        "ImageCounts",
        "Info",
        "LibpodVersion",
        "NetworkBackendInfo",
        "Ping",
        "Plugins",
        "ProgramInfo",
        "RemoteSocket",
        "SecurityInfo",
        "StoreInfo",
        "Version",
        "VersionComponent",
        "VersionPlatform",
    ],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["is_strict", "set_strict", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll] -- a test holds it to the imports


if not TYPE_CHECKING:  # for checkers, only the imports above: a misspelt name is an error

    def __getattr__(name: str) -> object:
        if (module := _HOME.get(name)) is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
