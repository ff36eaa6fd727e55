"""What the operations on Kubernetes YAML answer."""

from __future__ import annotations

from typing import Annotated

from ._base import EMPTY_DICT, EMPTY_LIST, Dicted, Listed, PascalModel, wire
from ._shared import Reason


class KubePod(PascalModel):
    """A pod that was made, with its containers' ids."""

    id: Annotated[str, wire("ID")] = ""
    containers: Listed[str] = EMPTY_LIST
    init_containers: Listed[str] = EMPTY_LIST
    logs: Listed[str] = EMPTY_LIST
    """What went wrong on the way, and did no harm."""
    container_errors: Listed[str] = EMPTY_LIST
    """Why containers did not start."""


class KubeVolume(PascalModel):
    """A volume that was made."""

    name: str = ""


class KubeSecretCreated(PascalModel):
    """The id of a secret that was made."""

    id: Annotated[str, wire("ID")] = ""


class KubeSecret(PascalModel):
    """A secret that was made."""

    create_report: KubeSecretCreated | None = None


class KubePodStopped(PascalModel):
    """A pod that was to be stopped, and what went wrong."""

    id: str = ""
    raw_input: str = ""
    """What it is called in the YAML."""
    errors: Annotated[Listed[Reason], wire("Errs")] = EMPTY_LIST


class KubePodRemoved(PascalModel):
    """A pod that was to be removed. ``error`` says why it was not, else it is empty."""

    id: str = ""
    error: Annotated[Reason, wire("Err")] = ""
    removed_containers: Annotated[Dicted[Reason], wire("RemovedCtrs")] = EMPTY_DICT
    """Why each of its containers, by id, was not removed, else empty."""


class KubeVolumeRemoved(PascalModel):
    """A volume that was to be removed. ``error`` says why it was not, else it is empty."""

    id: str = ""
    error: Annotated[Reason, wire("Err")] = ""


class KubeSecretRemoved(PascalModel):
    """A secret that was to be removed. ``error`` says why it was not, else it is empty."""

    id: Annotated[str, wire("ID")] = ""
    error: Annotated[Reason, wire("Err")] = ""


class KubeReport(PascalModel):
    """What was made of a YAML, and what of an earlier one was removed."""

    pods: Listed[KubePod] = EMPTY_LIST
    volumes: Listed[KubeVolume] = EMPTY_LIST
    secrets: Listed[KubeSecret] = EMPTY_LIST
    stop_report: Listed[KubePodStopped] = EMPTY_LIST
    rm_report: Listed[KubePodRemoved] = EMPTY_LIST
    volume_rm_report: Listed[KubeVolumeRemoved] = EMPTY_LIST
    secret_rm_report: Listed[KubeSecretRemoved] = EMPTY_LIST
    service_container_id: Annotated[str, wire("ServiceContainerID")] = ""
    """The container that was started before all pods, if one was wanted."""
    exit_code: int | None = None
    """That of the service container, if the server has waited for it."""
