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
    from ._shared import FileChange as FileChange
    from ._shared import GraphDriver as GraphDriver
    from ._shared import HealthConfig as HealthConfig
    from .archives import CheckpointArchive as CheckpointArchive
    from .artifacts import ArtifactBlob as ArtifactBlob
    from .artifacts import ArtifactDigest as ArtifactDigest
    from .artifacts import ArtifactInspect as ArtifactInspect
    from .artifacts import ArtifactManifest as ArtifactManifest
    from .artifacts import ArtifactsRemoved as ArtifactsRemoved
    from .artifacts import ArtifactSummary as ArtifactSummary
    from .build_options import BuildOptions as BuildOptions
    from .build_options import BuildResultOptions as BuildResultOptions
    from .build_options import BuildRunOptions as BuildRunOptions
    from .build_query import build_parts_sent as build_parts_sent
    from .build_query import build_spec as build_spec
    from .checkpoint_archive import CheckpointContents as CheckpointContents
    from .checkpoint_archive import CheckpointDumpStatistics as CheckpointDumpStatistics
    from .checkpoint_archive import CheckpointMount as CheckpointMount
    from .checkpoint_archive import CheckpointNetwork as CheckpointNetwork
    from .checkpoint_archive import CheckpointProcess as CheckpointProcess
    from .checkpoint_archive import CheckpointSizes as CheckpointSizes
    from .checkpoint_manifest import CheckpointManifest as CheckpointManifest
    from .checkpoint_manifest import ThroughFile as ThroughFile
    from .checkpoint_manifest import ThroughRegistry as ThroughRegistry
    from .container_files import CommitLine as CommitLine
    from .container_files import CommittedImage as CommittedImage
    from .container_files import ContainerChange as ContainerChange
    from .container_files import PathStat as PathStat
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
    from .container_options import LifeOptions as LifeOptions
    from .container_options import ProcessOptions as ProcessOptions
    from .container_options import container_spec as container_spec
    from .container_parts import Device as Device
    from .container_parts import DeviceRule as DeviceRule
    from .container_parts import IdRange as IdRange
    from .container_parts import Rdma as Rdma
    from .container_parts import Secret as Secret
    from .container_parts import Ulimit as Ulimit
    from .container_stats import ContainerNetworkStats as ContainerNetworkStats
    from .container_stats import ContainerStats as ContainerStats
    from .container_stats import ContainerStatsReport as ContainerStatsReport
    from .container_stats import ContainerTop as ContainerTop
    from .container_stats import DockerBlkioEntry as DockerBlkioEntry
    from .container_stats import DockerBlkioStats as DockerBlkioStats
    from .container_stats import DockerContainerStats as DockerContainerStats
    from .container_stats import DockerCpuStats as DockerCpuStats
    from .container_stats import DockerCpuUsage as DockerCpuUsage
    from .container_stats import DockerMemoryStats as DockerMemoryStats
    from .container_stats import DockerNetworkStats as DockerNetworkStats
    from .container_stats import DockerPidsStats as DockerPidsStats
    from .container_stats import DockerStats as DockerStats
    from .container_stats import DockerStorageStats as DockerStorageStats
    from .container_stats import DockerThrottling as DockerThrottling
    from .container_update import ContainerUpdateOptions as ContainerUpdateOptions
    from .container_update import container_update_spec as container_update_spec
    from .containers import CheckpointReport as CheckpointReport
    from .containers import CheckpointStatistics as CheckpointStatistics
    from .containers import ContainerCreated as ContainerCreated
    from .containers import ContainerFilters as ContainerFilters
    from .containers import ContainerNamespaces as ContainerNamespaces
    from .containers import ContainerPruneFilters as ContainerPruneFilters
    from .containers import ContainerRemoved as ContainerRemoved
    from .containers import ContainerSize as ContainerSize
    from .containers import ContainerSummary as ContainerSummary
    from .containers import PortMapping as PortMapping
    from .containers import RestoreReport as RestoreReport
    from .containers import RestoreStatistics as RestoreStatistics
    from .disk_usage import ContainerUsage as ContainerUsage
    from .disk_usage import DiskUsage as DiskUsage
    from .disk_usage import ImageUsage as ImageUsage
    from .disk_usage import VolumeUsage as VolumeUsage
    from .docker_container_inspect import DockerConfig as DockerConfig
    from .docker_container_inspect import DockerContainer as DockerContainer
    from .docker_container_inspect import DockerContainerState as DockerContainerState
    from .docker_container_inspect import DockerHostConfig as DockerHostConfig
    from .docker_container_inspect import DockerLogConfig as DockerLogConfig
    from .docker_container_inspect import DockerNetworkSettings as DockerNetworkSettings
    from .docker_container_options import DockerContainerOptions as DockerContainerOptions
    from .docker_container_options import DockerPlaceOptions as DockerPlaceOptions
    from .docker_container_options import DockerProcessOptions as DockerProcessOptions
    from .docker_container_options import docker_container_spec as docker_container_spec
    from .docker_container_options import docker_endpoint as docker_endpoint
    from .docker_containers import DockerChange as DockerChange
    from .docker_containers import DockerContainerFilters as DockerContainerFilters
    from .docker_containers import DockerContainerPruneFilters as DockerContainerPruneFilters
    from .docker_containers import DockerContainersPruned as DockerContainersPruned
    from .docker_containers import DockerContainerSummary as DockerContainerSummary
    from .docker_containers import DockerEndpoint as DockerEndpoint
    from .docker_containers import DockerMountPoint as DockerMountPoint
    from .docker_containers import DockerPort as DockerPort
    from .docker_containers import DockerSummaryHostConfig as DockerSummaryHostConfig
    from .docker_containers import DockerSummaryNetworks as DockerSummaryNetworks
    from .docker_containers import DockerUpdated as DockerUpdated
    from .docker_containers import DockerWaited as DockerWaited
    from .docker_containers import DockerWaitError as DockerWaitError
    from .docker_images import DockerCommitted as DockerCommitted
    from .docker_images import DockerImage as DockerImage
    from .docker_images import DockerImageChange as DockerImageChange
    from .docker_images import DockerImageFilters as DockerImageFilters
    from .docker_images import DockerImageMetadata as DockerImageMetadata
    from .docker_images import DockerImagePruneFilters as DockerImagePruneFilters
    from .docker_images import DockerImagesPruned as DockerImagesPruned
    from .docker_images import DockerImageSummary as DockerImageSummary
    from .docker_images import DockerProgressLine as DockerProgressLine
    from .docker_network_options import DockerNetworkOptions as DockerNetworkOptions
    from .docker_network_options import DockerVolumeOptions as DockerVolumeOptions
    from .docker_network_options import docker_network_spec as docker_network_spec
    from .docker_network_options import docker_volume_spec as docker_volume_spec
    from .docker_networks import DockerConnectedContainer as DockerConnectedContainer
    from .docker_networks import DockerIpam as DockerIpam
    from .docker_networks import DockerIpamConfig as DockerIpamConfig
    from .docker_networks import DockerNetwork as DockerNetwork
    from .docker_networks import DockerNetworkCreated as DockerNetworkCreated
    from .docker_networks import DockerNetworkFilters as DockerNetworkFilters
    from .docker_networks import DockerNetworkPruneFilters as DockerNetworkPruneFilters
    from .docker_networks import DockerNetworkReference as DockerNetworkReference
    from .docker_networks import DockerNetworksPruned as DockerNetworksPruned
    from .docker_resource_options import DockerLimitOptions as DockerLimitOptions
    from .docker_resource_options import DockerResourceOptions as DockerResourceOptions
    from .docker_resource_options import DockerUpdateOptions as DockerUpdateOptions
    from .docker_resource_options import docker_resources as docker_resources
    from .docker_resource_options import docker_update_spec as docker_update_spec
    from .docker_system import DockerAuthResult as DockerAuthResult
    from .docker_system import DockerCommit as DockerCommit
    from .docker_system import DockerDiskUsage as DockerDiskUsage
    from .docker_system import DockerInfo as DockerInfo
    from .docker_system import DockerPlugins as DockerPlugins
    from .docker_system import DockerRuntime as DockerRuntime
    from .docker_system import DockerSwarm as DockerSwarm
    from .docker_system import DockerVersion as DockerVersion
    from .docker_volumes import DockerSecret as DockerSecret
    from .docker_volumes import DockerSecretVersion as DockerSecretVersion
    from .docker_volumes import DockerVolume as DockerVolume
    from .docker_volumes import DockerVolumeFilters as DockerVolumeFilters
    from .docker_volumes import DockerVolumeList as DockerVolumeList
    from .docker_volumes import DockerVolumePruneFilters as DockerVolumePruneFilters
    from .docker_volumes import DockerVolumesPruned as DockerVolumesPruned
    from .docker_volumes import DockerVolumeUsage as DockerVolumeUsage
    from .events import Event as Event
    from .events import EventActor as EventActor
    from .events import EventFilters as EventFilters
    from .exec import ExecCreated as ExecCreated
    from .exec import ExecInspect as ExecInspect
    from .exec import ExecOptions as ExecOptions
    from .exec import ExecProcess as ExecProcess
    from .exec import exec_spec as exec_spec
    from .health_parts import Health as Health
    from .health_parts import StartupHealth as StartupHealth
    from .image_building import BuildErrorDetail as BuildErrorDetail
    from .image_building import BuildLine as BuildLine
    from .image_building import BuildLogLine as BuildLogLine
    from .image_building import BuildStep as BuildStep
    from .image_building import BuiltImage as BuiltImage
    from .image_transfer import BlobProgress as BlobProgress
    from .image_transfer import DockerProgress as DockerProgress
    from .image_transfer import ImageCopied as ImageCopied
    from .image_transfer import ImageImported as ImageImported
    from .image_transfer import ImageLoaded as ImageLoaded
    from .image_transfer import PulledImage as PulledImage
    from .image_transfer import PullProgress as PullProgress
    from .image_transfer import PushedImage as PushedImage
    from .image_transfer import PushProgress as PushProgress
    from .image_transfer import SearchFilters as SearchFilters
    from .image_transfer import SearchResult as SearchResult
    from .images import ImageConfig as ImageConfig
    from .images import ImageFilters as ImageFilters
    from .images import ImageHistory as ImageHistory
    from .images import ImageHistoryEntry as ImageHistoryEntry
    from .images import ImageInspect as ImageInspect
    from .images import ImageLayers as ImageLayers
    from .images import ImagePruneFilters as ImagePruneFilters
    from .images import ImageRemoved as ImageRemoved
    from .images import ImageSummary as ImageSummary
    from .images import ImageTree as ImageTree
    from .images import ResolvedNames as ResolvedNames
    from .kube import KubePod as KubePod
    from .kube import KubePodRemoved as KubePodRemoved
    from .kube import KubePodStopped as KubePodStopped
    from .kube import KubeReport as KubeReport
    from .kube import KubeSecret as KubeSecret
    from .kube import KubeSecretCreated as KubeSecretCreated
    from .kube import KubeSecretRemoved as KubeSecretRemoved
    from .kube import KubeVolume as KubeVolume
    from .kube import KubeVolumeRemoved as KubeVolumeRemoved
    from .logs import LogLine as LogLine
    from .manifests import ManifestCreated as ManifestCreated
    from .manifests import ManifestEntry as ManifestEntry
    from .manifests import ManifestList as ManifestList
    from .manifests import ManifestModified as ManifestModified
    from .manifests import ManifestOptions as ManifestOptions
    from .manifests import ManifestPlatform as ManifestPlatform
    from .manifests import ManifestPushed as ManifestPushed
    from .manifests import ManifestPushProgress as ManifestPushProgress
    from .manifests import manifest_spec as manifest_spec
    from .migration import Migration as Migration
    from .migration import MigrationProgress as MigrationProgress
    from .migration import MigrationRecovery as MigrationRecovery
    from .migration_group import GroupMigration as GroupMigration
    from .migration_group import GroupPlan as GroupPlan
    from .migration_options import EveryMoveOptions as EveryMoveOptions
    from .migration_options import GroupOptions as GroupOptions
    from .migration_options import MoveOptions as MoveOptions
    from .migration_options import at_a_time as at_a_time
    from .migration_options import group_options as group_options
    from .migration_options import move_options as move_options
    from .migration_plan import Finding as Finding
    from .migration_plan import MigrationPlan as MigrationPlan
    from .mount_parts import Mount as Mount
    from .network_create import LeaseRange as LeaseRange
    from .network_create import NetworkOptions as NetworkOptions
    from .network_create import Route as Route
    from .network_create import Subnet as Subnet
    from .network_create import network_spec as network_spec
    from .network_create import network_update as network_update
    from .network_options import ContainerNetworkOptions as ContainerNetworkOptions
    from .network_options import NetworkingOptions as NetworkingOptions
    from .network_parts import NetworkAttachment as NetworkAttachment
    from .network_parts import Port as Port
    from .networks import ConnectedAddress as ConnectedAddress
    from .networks import ConnectedContainer as ConnectedContainer
    from .networks import ConnectedInterface as ConnectedInterface
    from .networks import Network as Network
    from .networks import NetworkFilters as NetworkFilters
    from .networks import NetworkInspect as NetworkInspect
    from .networks import NetworkLeaseRange as NetworkLeaseRange
    from .networks import NetworkPruneFilters as NetworkPruneFilters
    from .networks import NetworkRemoved as NetworkRemoved
    from .networks import NetworkRoute as NetworkRoute
    from .networks import NetworkSubnet as NetworkSubnet
    from .pod_options import PodOptions as PodOptions
    from .pod_options import pod_spec as pod_spec
    from .pods import PodContainer as PodContainer
    from .pods import PodCreated as PodCreated
    from .pods import PodFilters as PodFilters
    from .pods import PodInfraConfig as PodInfraConfig
    from .pods import PodInspect as PodInspect
    from .pods import PodRemoved as PodRemoved
    from .pods import PodReport as PodReport
    from .pods import PodStats as PodStats
    from .pods import PodSummary as PodSummary
    from .pods import PodSummaryContainer as PodSummaryContainer
    from .pods import PodTop as PodTop
    from .project_manifest import LoadedProject as LoadedProject
    from .project_manifest import ProjectManifest as ProjectManifest
    from .project_manifest import SavedContainer as SavedContainer
    from .project_manifest import project_document as project_document
    from .project_manifest import read_project as read_project
    from .prune import NetworkPruneReport as NetworkPruneReport
    from .prune import PodPruneReport as PodPruneReport
    from .prune import PruneReport as PruneReport
    from .prune import SystemPruneFilters as SystemPruneFilters
    from .prune import SystemPruneReport as SystemPruneReport
    from .quadlets import Quadlet as Quadlet
    from .quadlets import QuadletFilters as QuadletFilters
    from .quadlets import QuadletsInstalled as QuadletsInstalled
    from .quadlets import QuadletsRemoved as QuadletsRemoved
    from .recreation import network_like as network_like
    from .recreation import pod_like as pod_like
    from .recreation import volume_like as volume_like
    from .resource_options import LimitOptions as LimitOptions
    from .resource_options import ResourceOptions as ResourceOptions
    from .runtime import BuildEvent as BuildEvent
    from .runtime import BuildSpec as BuildSpec
    from .runtime import Capabilities as Capabilities
    from .runtime import CheckpointRef as CheckpointRef
    from .runtime import CheckpointSpec as CheckpointSpec
    from .runtime import Container as Container
    from .runtime import ContainerDetails as ContainerDetails
    from .runtime import HealthProbe as HealthProbe
    from .runtime import HealthReport as HealthReport
    from .runtime import ImageDetails as ImageDetails
    from .runtime import ImageRef as ImageRef
    from .runtime import MountPoint as MountPoint
    from .runtime import NetworkPlace as NetworkPlace
    from .runtime import PullEvent as PullEvent
    from .runtime import RestoreSpec as RestoreSpec
    from .runtime import RunSpec as RunSpec
    from .secrets import SecretCreated as SecretCreated
    from .secrets import SecretDriver as SecretDriver
    from .secrets import SecretFilters as SecretFilters
    from .secrets import SecretInfo as SecretInfo
    from .secrets import SecretOptions as SecretOptions
    from .secrets import SecretSpec as SecretSpec
    from .secrets import secret_spec as secret_spec
    from .security_options import ConfinementOptions as ConfinementOptions
    from .security_options import ContainerSecurityOptions as ContainerSecurityOptions
    from .security_options import NamespaceOptions as NamespaceOptions
    from .sessions import ExecResult as ExecResult
    from .sessions import Output as Output
    from .storage_options import ContainerStorageOptions as ContainerStorageOptions
    from .storage_options import MountOptions as MountOptions
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
    from .system import SystemCheckReport as SystemCheckReport
    from .system import Version as Version
    from .system import VersionComponent as VersionComponent
    from .system import VersionPlatform as VersionPlatform
    from .volumes import Volume as Volume
    from .volumes import VolumeFilters as VolumeFilters
    from .volumes import VolumeOptions as VolumeOptions
    from .volumes import VolumePruneFilters as VolumePruneFilters
    from .volumes import volume_spec as volume_spec

_MODULES = {
    "_base": ["Model", "decode"],
    "_shared": ["FileChange", "GraphDriver", "HealthConfig"],
    "archives": ["CheckpointArchive"],
    "artifacts": [
        "ArtifactBlob",
        "ArtifactDigest",
        "ArtifactInspect",
        "ArtifactManifest",
        "ArtifactSummary",
        "ArtifactsRemoved",
    ],
    "build_options": ["BuildOptions", "BuildResultOptions", "BuildRunOptions"],
    "build_query": ["build_parts_sent", "build_spec"],
    "checkpoint_archive": [
        "CheckpointContents",
        "CheckpointDumpStatistics",
        "CheckpointMount",
        "CheckpointNetwork",
        "CheckpointProcess",
        "CheckpointSizes",
    ],
    "checkpoint_manifest": ["CheckpointManifest", "ThroughFile", "ThroughRegistry"],
    "container_files": ["CommitLine", "CommittedImage", "ContainerChange", "PathStat"],
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
    "container_options": ["ContainerOptions", "LifeOptions", "ProcessOptions", "container_spec"],
    "container_parts": ["Device", "DeviceRule", "IdRange", "Rdma", "Secret", "Ulimit"],
    "container_stats": [
        "ContainerNetworkStats",
        "ContainerStats",
        "ContainerStatsReport",
        "ContainerTop",
        "DockerBlkioEntry",
        "DockerBlkioStats",
        "DockerContainerStats",
        "DockerCpuStats",
        "DockerCpuUsage",
        "DockerMemoryStats",
        "DockerNetworkStats",
        "DockerPidsStats",
        "DockerStats",
        "DockerStorageStats",
        "DockerThrottling",
    ],
    "container_update": ["ContainerUpdateOptions", "container_update_spec"],
    "containers": [
        "CheckpointReport",
        "CheckpointStatistics",
        "ContainerCreated",
        "ContainerFilters",
        "ContainerNamespaces",
        "ContainerPruneFilters",
        "ContainerRemoved",
        "ContainerSize",
        "ContainerSummary",
        "PortMapping",
        "RestoreReport",
        "RestoreStatistics",
    ],
    "disk_usage": ["ContainerUsage", "DiskUsage", "ImageUsage", "VolumeUsage"],
    "docker_container_inspect": [
        "DockerConfig",
        "DockerContainer",
        "DockerContainerState",
        "DockerHostConfig",
        "DockerLogConfig",
        "DockerNetworkSettings",
    ],
    "docker_container_options": [
        "DockerContainerOptions",
        "DockerPlaceOptions",
        "DockerProcessOptions",
        "docker_container_spec",
        "docker_endpoint",
    ],
    "docker_containers": [
        "DockerChange",
        "DockerContainerFilters",
        "DockerContainerPruneFilters",
        "DockerContainerSummary",
        "DockerContainersPruned",
        "DockerEndpoint",
        "DockerMountPoint",
        "DockerPort",
        "DockerSummaryHostConfig",
        "DockerSummaryNetworks",
        "DockerUpdated",
        "DockerWaitError",
        "DockerWaited",
    ],
    "docker_images": [
        "DockerCommitted",
        "DockerImage",
        "DockerImageChange",
        "DockerImageFilters",
        "DockerImageMetadata",
        "DockerImagePruneFilters",
        "DockerImageSummary",
        "DockerImagesPruned",
        "DockerProgressLine",
    ],
    "docker_network_options": [
        "DockerNetworkOptions",
        "DockerVolumeOptions",
        "docker_network_spec",
        "docker_volume_spec",
    ],
    "docker_networks": [
        "DockerConnectedContainer",
        "DockerIpam",
        "DockerIpamConfig",
        "DockerNetwork",
        "DockerNetworkCreated",
        "DockerNetworkFilters",
        "DockerNetworkPruneFilters",
        "DockerNetworkReference",
        "DockerNetworksPruned",
    ],
    "docker_resource_options": [
        "DockerLimitOptions",
        "DockerResourceOptions",
        "DockerUpdateOptions",
        "docker_resources",
        "docker_update_spec",
    ],
    "docker_system": [
        "DockerAuthResult",
        "DockerCommit",
        "DockerDiskUsage",
        "DockerInfo",
        "DockerPlugins",
        "DockerRuntime",
        "DockerSwarm",
        "DockerVersion",
    ],
    "docker_volumes": [
        "DockerSecret",
        "DockerSecretVersion",
        "DockerVolume",
        "DockerVolumeFilters",
        "DockerVolumeList",
        "DockerVolumePruneFilters",
        "DockerVolumeUsage",
        "DockerVolumesPruned",
    ],
    "events": ["Event", "EventActor", "EventFilters"],
    "exec": ["ExecCreated", "ExecInspect", "ExecOptions", "ExecProcess", "exec_spec"],
    "health_parts": ["Health", "StartupHealth"],
    "image_building": ["BuildErrorDetail", "BuildLine", "BuildLogLine", "BuildStep", "BuiltImage"],
    "image_transfer": [
        "BlobProgress",
        "DockerProgress",
        "ImageCopied",
        "ImageImported",
        "ImageLoaded",
        "PullProgress",
        "PulledImage",
        "PushProgress",
        "PushedImage",
        "SearchFilters",
        "SearchResult",
    ],
    "images": [
        "ImageConfig",
        "ImageFilters",
        "ImageHistory",
        "ImageHistoryEntry",
        "ImageInspect",
        "ImageLayers",
        "ImagePruneFilters",
        "ImageRemoved",
        "ImageSummary",
        "ImageTree",
        "ResolvedNames",
    ],
    "kube": [
        "KubePod",
        "KubePodRemoved",
        "KubePodStopped",
        "KubeReport",
        "KubeSecret",
        "KubeSecretCreated",
        "KubeSecretRemoved",
        "KubeVolume",
        "KubeVolumeRemoved",
    ],
    "logs": ["LogLine"],
    "manifests": [
        "ManifestCreated",
        "ManifestEntry",
        "ManifestList",
        "ManifestModified",
        "ManifestOptions",
        "ManifestPlatform",
        "ManifestPushProgress",
        "ManifestPushed",
        "manifest_spec",
    ],
    "migration": ["Migration", "MigrationProgress", "MigrationRecovery"],
    "migration_group": ["GroupMigration", "GroupPlan"],
    "migration_options": [
        "EveryMoveOptions",
        "GroupOptions",
        "MoveOptions",
        "at_a_time",
        "group_options",
        "move_options",
    ],
    "migration_plan": ["Finding", "MigrationPlan"],
    "mount_parts": ["Mount"],
    "network_create": [
        "LeaseRange",
        "NetworkOptions",
        "Route",
        "Subnet",
        "network_spec",
        "network_update",
    ],
    "network_options": ["ContainerNetworkOptions", "NetworkingOptions"],
    "network_parts": ["NetworkAttachment", "Port"],
    "networks": [
        "ConnectedAddress",
        "ConnectedContainer",
        "ConnectedInterface",
        "Network",
        "NetworkFilters",
        "NetworkInspect",
        "NetworkLeaseRange",
        "NetworkPruneFilters",
        "NetworkRemoved",
        "NetworkRoute",
        "NetworkSubnet",
    ],
    "pod_options": ["PodOptions", "pod_spec"],
    "pods": [
        "PodContainer",
        "PodCreated",
        "PodFilters",
        "PodInfraConfig",
        "PodInspect",
        "PodRemoved",
        "PodReport",
        "PodStats",
        "PodSummary",
        "PodSummaryContainer",
        "PodTop",
    ],
    "project_manifest": [
        "LoadedProject",
        "ProjectManifest",
        "SavedContainer",
        "project_document",
        "read_project",
    ],
    "prune": [
        "NetworkPruneReport",
        "PodPruneReport",
        "PruneReport",
        "SystemPruneFilters",
        "SystemPruneReport",
    ],
    "quadlets": ["Quadlet", "QuadletFilters", "QuadletsInstalled", "QuadletsRemoved"],
    "recreation": ["network_like", "pod_like", "volume_like"],
    "resource_options": ["LimitOptions", "ResourceOptions"],
    "runtime": [
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
    ],
    "secrets": [
        "SecretCreated",
        "SecretDriver",
        "SecretFilters",
        "SecretInfo",
        "SecretOptions",
        "SecretSpec",
        "secret_spec",
    ],
    "security_options": ["ConfinementOptions", "ContainerSecurityOptions", "NamespaceOptions"],
    "sessions": ["ExecResult", "Output"],
    "storage_options": ["ContainerStorageOptions", "MountOptions"],
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
        "SystemCheckReport",
        "Version",
        "VersionComponent",
        "VersionPlatform",
    ],
    "volumes": ["Volume", "VolumeFilters", "VolumeOptions", "VolumePruneFilters", "volume_spec"],
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
