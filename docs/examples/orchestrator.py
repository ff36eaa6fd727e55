"""Services that need each other, brought up in order on one Podman host: a very small compose.

    python orchestrator.py SOCKET up
    python orchestrator.py SOCKET ask
    python orchestrator.py SOCKET checkpoint FOLDER
    python orchestrator.py SOCKET down
    python orchestrator.py SOCKET restore FOLDER

The project has three services. ``setup`` fills a volume and ends. ``counter`` counts, once that
has ended well, and serves its number. ``front`` serves what it gets from ``counter``, which it
finds by name, and waits until that is healthy. ``ask`` asks it for the number. After a
``checkpoint``, a ``down`` and a ``restore``, the counter goes on where it was. ``up`` begins
nothing twice: after Ctrl-C, or a service that failed, it goes on with what is there. Exit status:
0, 1 if a service does not come up, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Literal

import podlib
from podlib.models import Container, HealthProbe, RunSpec

PROJECT = "shop"
NETWORK = f"{PROJECT}_default"
VOLUME = f"{PROJECT}_data"
COMPOSE = "com.docker.compose"
LABELS = {f"{COMPOSE}.project": PROJECT}
ASK = "wget -q -T 2 -O - http://localhost/cgi-bin/number"

Condition = Literal["healthy", "completed"]


@dataclass(frozen=True)
class Service:
    """One container of the project."""

    name: str
    script: str
    needs: dict[str, Condition] = field(default_factory=dict[str, Condition])
    """What other services must be before this one begins."""
    probe: HealthProbe | None = None


def probe(script: str) -> HealthProbe:
    """A probe that does not take long."""
    return HealthProbe(command=script, interval=0.2, timeout=5, retries=50)


SERVICES = [
    Service("setup", "echo 1000 > /data/start"),
    Service(
        "counter",
        "httpd -p 80 -h /data; number=$(cat /data/start); "
        "while :; do number=$((number + 1)); echo $number > /data/next; "
        "mv /data/next /data/number; sleep 0.1; done",
        needs={"setup": "completed"},
        probe=probe("wget -q -T 2 -O - http://localhost/number"),
    ),
    Service(
        "front",
        "mkdir -p /www/cgi-bin; cd /www/cgi-bin; "
        "printf '#!/bin/sh\\necho; wget -q -T 2 -O - http://counter/number\\n' > number; "
        "chmod +x number; exec httpd -f -p 80 -h /www",
        needs={"counter": "healthy"},
        probe=probe(ASK),
    ),
]


class NotUpError(Exception):
    """A service is not what others need."""


class Orchestrator:
    """Knows the services; what runs and what does not, it asks the runtime."""

    def __init__(self, runtime: podlib.Runtime, image: str) -> None:
        self._runtime = runtime
        self._image = image
        self._services = {each.name: each for each in SERVICES}

    def up(self) -> None:
        """Make what is missing, and start the services, each when those that it needs are ready."""
        self._runtime.create_network(NETWORK, labels=LABELS)
        self._runtime.create_volume(VOLUME, labels=LABELS)
        order = TopologicalSorter({each.name: each.needs.keys() for each in SERVICES})
        for name in order.static_order():
            service = self._services[name]
            for needed, condition in service.needs.items():
                self._wait_for(self._services[needed], condition)
            self._start(service)
            print(f"{name}: started")
        for service in SERVICES:
            if service.probe:
                self._wait_for(service, "healthy")
        print("all services are up")

    def _start(self, service: Service) -> None:
        container = self._found(service.name) or self._runtime.run_container(self._spec(service))
        self._runtime.start_container(container.id)

    def _spec(self, service: Service) -> RunSpec:
        return RunSpec(
            image=self._image,
            name=f"{PROJECT}-{service.name}-1",
            command=["sh", "-c", service.script],
            labels={**LABELS, f"{COMPOSE}.service": service.name},
            network=f"{NETWORK}:alias={service.name}",
            mounts=[f"{VOLUME}:/data"],
            stop_timeout=0,
        )

    def _wait_for(self, service: Service, condition: Condition) -> None:
        if condition == "completed":
            code = self._runtime.wait_container(self._container(service.name))
            if code:
                raise NotUpError(f"{service.name} has ended with {code}")
        elif service.probe:
            report = self._runtime.wait_healthy(self._container(service.name), service.probe)
            if not report.healthy:
                raise NotUpError(f"{service.name} is not healthy: {report.output}")
        print(f"{service.name}: {condition}")

    def _found(self, service: str) -> Container | None:
        return self._runtime.find_container_by_label({**LABELS, f"{COMPOSE}.service": service})

    def _container(self, service: str) -> str:
        found = self._found(service)
        if found is None:
            raise NotUpError(f"{service} is not there")
        return found.id

    def ask(self) -> None:
        """What the front says."""
        answer = self._runtime.exec_container(self._container("front"), ["sh", "-c", ASK])
        if answer.exit_code:
            raise NotUpError(f"front does not answer: {answer.stderr.decode()}")
        print(f"front says {answer.text.strip()}")

    def down(self) -> None:
        """Remove all that the project has."""
        for container in self._runtime.list_containers(LABELS):
            self._runtime.remove_container(container.id, force=True)
        self._runtime.remove_network(NETWORK)
        self._runtime.remove_volume(VOLUME)
        print("all services are gone")

    def checkpoint(self, folder: str) -> None:
        """Freeze the project into a folder."""
        for archive in self._runtime.checkpoint_project(PROJECT, folder):
            print(f"{archive.archive_path}: {archive.size} bytes")

    def restore(self, folder: str) -> None:
        """Bring the project back from there."""
        for container in self._runtime.restore_project(folder):
            print(f"{container.name}: {container.state}")


def main() -> int:
    """Do what the arguments say; the exit status."""
    parser = argparse.ArgumentParser(description="a very small compose")
    parser.add_argument("socket")
    parser.add_argument("--image", default="busybox")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "ask", "down"):
        commands.add_parser(name)
    for name in ("checkpoint", "restore"):
        commands.add_parser(name).add_argument("folder")
    arguments = parser.parse_args()
    try:
        with podlib.Runtime(arguments.socket) as runtime:
            orchestrator = Orchestrator(runtime, arguments.image)
            command = getattr(orchestrator, arguments.command)
            command(*([arguments.folder] if "folder" in arguments else []))
    except (podlib.PodmanError, NotUpError) as error:
        print(f"{arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{arguments.command}: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
