# Generated from podlib/_async/kube.py: edit there.
"""Kubernetes YAML: played, taken down, applied, generated."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from podlib import models, query, versions
from podlib.credentials import config_header
from podlib.errors import ParameterError
from podlib.http.flow_sync import in_thread
from podlib.tar import tar_folder

from .tars import opened, read_apart
from .verbs import Sent, Verbs, as_tar

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from podlib.credentials import Credentials
    from podlib.http.unix_sync import Body

Source: TypeAlias = "str | os.PathLike[str] | Body"
Kind: TypeAlias = Literal["pod", "deployment", "daemonset", "job"]
LogDriver: TypeAlias = Literal["k8s-file", "journald", "json-file", "none", "passthrough"]


class Kube(Verbs):
    """``podman.kube``.

    A YAML is given as text, as bytes, as a ``Path``, as an open file, or as its blocks.
    """

    __slots__ = ()

    def play(
        self,
        source: Source,
        *,
        tar: bool = False,
        build: bool | None = None,
        start: bool = True,
        replace: bool = False,
        wait: bool = False,
        service_container: bool = False,
        annotations: Mapping[str, str] | None = None,
        no_trunc: bool = False,
        network: Sequence[str] = (),
        static_ips: Sequence[str] = (),
        static_macs: Sequence[str] = (),
        publish_ports: Sequence[str] = (),
        publish_all_ports: bool = False,
        no_hosts: bool = False,
        no_hostname: bool = False,
        userns: str | None = None,
        log_driver: LogDriver | None = None,
        log_options: Mapping[str, str] | None = None,
        tls_verify: bool | None = None,
        credentials: Mapping[str, Credentials] | None = None,
    ) -> models.KubeReport:
        """Make the pods, volumes and secrets that a YAML describes, and start them.

        ``POST /libpod/play/kube``. A folder, or with ``tar`` an archive, has ``play.yaml`` and
        for images that are not there, folders of their names to build them from; with ``build``
        they are built in any case. ``replace`` removes pods of these names first. Raises
        ConflictError if a pod is there; a container that does not start is no error, but in the
        report: ``container_errors``.

        ``service_container`` starts a container before all pods, which ends with the last.
        ``wait`` is handed on, but no server that was tried waits. ``no_trunc`` allows annotations
        of more than 63 characters, as Podman 5 always does.

        ``network`` names networks, also with options (``"web:ip=10.89.0.5"``), or is a mode such
        as ``"none"``. ``static_ips`` and ``static_macs`` go to the pods in turn.
        ``publish_ports``: ``"8080:80/tcp"``; ``publish_all_ports`` publishes the YAML's
        ``containerPort`` too. ``no_hosts`` and ``no_hostname`` leave the image's /etc/hosts and
        /etc/hostname. ``credentials``: by registry; default: those of the user's auth files.
        """
        tar = tar or _is_folder(source)
        if tar:
            self._check_build()
        fields = in_thread(lambda: config_header(credentials))
        options = {
            "annotations": annotations or None,
            "build": build,
            "logDriver": log_driver,
            "logOptions": [f"{key}={value}" for key, value in (log_options or {}).items()],
            "network": network,
            "noHostname": no_hostname or None,
            "noHosts": no_hosts or None,
            "noTrunc": no_trunc or None,
            "publishAllPorts": publish_all_ports or None,
            "publishPorts": publish_ports,
            "replace": replace or None,
            "serviceContainer": service_container or None,
            "start": start,
            "staticIPs": static_ips,
            "staticMACs": static_macs,
            "tlsVerify": tls_verify,
            "userns": userns,
            "wait": wait or None,
        }
        with _opened(source) as body:
            send = as_tar(body, fields) if tar else _as_yaml(body, fields)
            reply = self._request("POST", "play/kube", (), options, send)
        return models.decode(models.KubeReport, reply.body)

    def _check_build(self) -> None:
        """Servers that cannot build what they play take no archives either."""
        self._link.connect(self._timeouts)
        versions.check("POST play/kube", {"build": True}, self._link.version)

    def down(self, source: Source, *, force: bool = False) -> models.KubeReport:
        """Remove the pods and secrets that a YAML describes, running or not.

        ``DELETE /libpod/play/kube``. ``force`` removes its volumes, too. What could not be removed
        is an error in the report only. Podman 4.3 raises NotFoundError for a pod that is not
        there.
        """
        with _opened(source) as body:
            options = {"force": force}
            reply = self._request("DELETE", "play/kube", (), options, _as_yaml(body))
        return models.decode(models.KubeReport, reply.body)

    def apply(
        self,
        source: Source,
        *,
        kube_config: str | os.PathLike[str],
        ca_cert_file: str | os.PathLike[str] | None = None,
        namespace: str | None = None,
    ) -> None:
        """Hand a YAML on to a Kubernetes cluster: its pods, volume claims and services.

        ``POST /libpod/kube/apply``. Podman 4.4 or newer. ``kube_config`` and ``ca_cert_file`` are
        files on the server's host; ``ca_cert_file="insecure"`` checks no certificate;
        ``namespace``: ``default`` unless told otherwise.
        """
        options = {
            "kubeConfig": os.fspath(kube_config),
            "caCertFile": None if ca_cert_file is None else os.fspath(ca_cert_file),
            "namespace": namespace,
        }
        with _opened(source) as body:
            self._request("POST", "kube/apply", (), options, _as_yaml(body))

    def generate(
        self,
        name: str,
        *names: str,
        service: bool = False,
        type: Kind | None = None,
        replicas: int | None = None,
        no_trunc: bool = False,
        podman_only: bool = False,
    ) -> str:
        """The YAML of containers, pods and volumes.

        ``GET /libpod/generate/kube``. ``type`` is what becomes of the pods, ``replicas`` how many
        of them a deployment has; ``service`` adds one for their ports. ``no_trunc`` keeps
        annotations of more than 63 characters, as Podman 5 always does; ``podman_only`` adds
        those that mean nothing to Kubernetes.
        """
        reply = self._call(
            "GET",
            "generate/kube",
            names=[query.container(each) for each in (name, *names)],
            service=service,
            type=type,
            replicas=replicas,
            noTrunc=no_trunc or None,
            podmanOnly=podman_only or None,
        )
        return reply.body.decode("utf-8", "replace")


@contextmanager
def _opened(source: Source) -> Generator[Body]:
    """What a YAML, or an archive with one, is read from."""
    if isinstance(source, str):
        yield _encoded(source)
    elif _is_folder(source):
        yield read_apart(tar_folder(source))
    else:
        with opened(source) as file:
            yield file


def _is_folder(source: Source) -> TypeGuard[os.PathLike[str]]:
    return isinstance(source, os.PathLike) and Path(source).is_dir()


def _encoded(text: str) -> bytes:
    if "\n" not in text and "{" not in text:
        raise ParameterError(f"source: {text!r} is no YAML of Kubernetes; name a file by a Path")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(f"source: this text cannot be sent: {error}") from error


def _as_yaml(body: Body, fields: Sequence[tuple[str, str]] = ()) -> Sent:
    return Sent(body, (*fields, ("Content-Type", "application/yaml")))
