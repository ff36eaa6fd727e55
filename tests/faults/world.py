"""Two hosts, a container that counts, one fault, and what is true afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import podlib
from podlib import APIError, MigrationError, NotFoundError, Podman
from tests.faults.proxy import Proxy
from tests.live.counter import COMMAND, Count, missing
from tests.testbed.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.kinds import Fault
    from tests.testbed import Host
    from tests.testbed.image import BaseImage

NAME = "counter"
OTHER_NAME = "moved"
PORT = 8080
PATIENCE = 60.0
TEMPORARY = ("/var/tmp", "/tmp")


@dataclass
class Verdict:
    """What became of the container."""

    fault: Fault
    outcome: str = ""
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    leftovers: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        wrong = [f"LOST {each}" for each in self.lost]
        wrong += [f"DOUBLED {each}" for each in self.doubled]
        wrong += [f"LEFT {each}" for each in self.leftovers]
        return f"{self.fault} {self.outcome} {'; '.join(wrong)}".rstrip()


class World:
    """The hosts and the folder that the faults come over."""

    def __init__(self, source: Host, target: Host, base: BaseImage, folder: Path) -> None:
        self._source = source
        self._target = target
        self._base = base
        self._folder = folder
        self._archive = folder / "archive"

    def suffer(self, fault: Fault) -> Verdict:
        """Move a counter, let the fault come, settle what is open, and look."""
        verdict = Verdict(fault)
        journal = self._folder / "journal"
        with Podman(self._source.socket) as here, Podman(self._target.socket) as there:
            container = self._start(here)
            before = self._state()
            end = self._migrate(fault, journal if fault.journal else None)
            self._bring_up()
            verdict.outcome = end
            if end not in {"moved", "source"}:
                verdict.outcome += f", {self._recover(fault, here, there, container, journal)}"
            self._judge(verdict, here, there, container)
            self._look_for_leftovers(verdict, before)
        for host in (self._source, self._target):
            host.empty(keep=self._base)
        for left in self._folder.iterdir():
            left.unlink()
        return verdict

    def _start(self, here: Podman) -> str:
        made = here.containers.create(
            self._base.name, name=NAME, command=[*COMMAND], ports=[f"{PORT}:80"]
        )
        here.containers.start(made.id)
        self._counted(here, made.id, 2)
        return made.id

    # -- the fault -------------------------------------------------------------------------------

    def _migrate(self, fault: Fault, journal: Path | None) -> str:
        """Run the client under the fault: how it ended."""
        with ExitStack() as stack:
            source = stack.enter_context(Proxy(self._folder / "a.sock", self._source.socket))
            target = stack.enter_context(Proxy(self._folder / "b.sock", self._target.socket))
            if fault.kind == "fill-target":
                size = 4096 * (1 + fault.count // 8192)
                self._target.run("mount", "-t", "tmpfs", "-o", f"size={size}", "none", "/var/tmp")
                stack.callback(self._target.run, "umount", "-l", "/var/tmp")
            words = [sys.executable, "-m", "tests.faults.client", str(source.path)]
            words += [str(target.path), NAME, str(journal or "-")]
            words += [OTHER_NAME if fault.renamed else "-", fault.through, str(self._archive)]
            if fault.through == "registry":
                words[-1] = f"{self._source.registry()}/counter:{fault.number}"
                stack.enter_context(Relay(self._target, to=self._source, at=5000))
            client = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            timers: list[threading.Timer] = []
            end = self._follow(
                client, fault, lambda: self._act(fault, client, source, target), timers
            )
            for timer in timers:
                timer.join(PATIENCE)
        return end

    def _follow(
        self,
        client: subprocess.Popen[str],
        fault: Fault,
        act: Callable[[], None],
        timers: list[threading.Timer],
    ) -> str:
        end = "killed"
        assert client.stdout
        with client.stdout as lines:
            for line in lines:
                said: dict[str, str] = json.loads(line) if line.endswith("\n") else {}
                end = said.get("end", end)
                if said.get("phase") == fault.phase and not timers:
                    timers.append(threading.Timer(fault.delay, act))
                    timers[0].start()
        client.wait(PATIENCE)
        return end

    def _act(
        self, fault: Fault, client: subprocess.Popen[str], source: Proxy, target: Proxy
    ) -> None:
        side, proxy, host = "source", source, self._source
        if "target" in fault.kind:
            side, proxy, host = "target", target, self._target
        match fault.kind.replace(side, "SIDE"):
            case "kill-client":
                client.kill()
            case "interrupt-client":
                client.send_signal(signal.SIGINT)
            case "kill-SIDE":
                host.kill_service()
                time.sleep(0.3)
                host.start_service()
            case "cut-SIDE":
                proxy.cut()
            case "cut-SIDE-at-byte":
                proxy.cut_after(fault.count)
            case "garble-SIDE":
                proxy.garble(fault.count)
            case "hold-SIDE":
                proxy.hold(1.0)
            case "take-name" | "take-port":
                self._take(fault)
            case _:  # fill-target is there from the beginning
                pass

    def _take(self, fault: Fault) -> None:
        name = OTHER_NAME if fault.renamed else NAME
        words = ["podman", "create", "--name", name]
        if fault.kind == "take-port":
            words = ["podman", "run", "-d", "--name", "other", "-p", f"{PORT}:80"]
        self._target.run(*words, self._base.name, "sleep", "1000", check=False)

    def _bring_up(self) -> None:
        for host in (self._source, self._target):
            try:
                host.api("GET", "/_ping")
            except OSError:
                host.start_service()

    # -- afterwards ------------------------------------------------------------------------------

    def _recover(
        self, fault: Fault, here: Podman, there: Podman, container: str, journal: Path
    ) -> str:
        """What an operator does after an error that says so, or after a crash."""
        by = journal if journal.exists() else None
        name = OTHER_NAME if fault.renamed and not by else None
        for _ in range(2):
            try:
                recovered = podlib.recover_migration(here, there, container, name=name, journal=by)
            except MigrationError as error:
                if "are alive on the target" in str(error):
                    self._target.run("runc", "delete", "--force", container, check=False)
                elif "podman container restore" in str(error):
                    self._source.run("podman", "container", "restore", container)
                else:
                    return f"not recovered: {error}"
            else:
                return f"recovered: {recovered.location}"
        return "not recovered"

    def _judge(self, verdict: Verdict, here: Podman, there: Podman, container: str) -> None:
        arrived = OTHER_NAME if verdict.fault.renamed else container
        names = {"source": container, "target": arrived}
        runs = {
            side: podman
            for side, podman in (("source", here), ("target", there))
            if _running(podman, names[side])
        }
        if len(runs) > 1:
            verdict.doubled.append("it runs on both")
        if not runs:
            verdict.lost.append("it runs nowhere")
            return
        [(side, podman), *_] = runs.items()
        seen = self._counted(podman, names[side], 2)
        if gone := missing(seen):
            verdict.lost.append(f"counts {sorted(gone)[:5]}")
        # Through a registry, the log that was written on the source stays there.
        anew = side == "target" and verdict.fault.through == "registry"
        if len(seen) != seen[-1].number - (seen[0].number - 1 if anew else 0):
            verdict.doubled.append(f"{len(seen)} counts up to {seen[-1].number}")
        if side == "target" and here.containers.exists(container):
            verdict.leftovers.append("a frozen container on the source")
        taken = verdict.fault.renamed and verdict.fault.kind == "take-name"
        if side == "source" and not taken and there.containers.exists(arrived):
            verdict.leftovers.append("a container on the target")

    def _counted(self, podman: Podman, container: str, more: int) -> list[Count]:
        """Wait until it has counted on; all counts."""
        first = len(_counts(podman, container))
        end = time.monotonic() + PATIENCE
        while len(seen := _counts(podman, container)) < first + more:
            if time.monotonic() > end:
                raise AssertionError(f"it does not count on: {seen[-1:]}")
            time.sleep(0.1)
        return seen

    def _state(self) -> dict[str, set[str]]:
        """What there is beside the container, by host."""
        found: dict[str, set[str]] = {}
        for host in (self._source, self._target):
            images = {f"image {each['Id'][:12]}" for each in host.api("GET", "/images/json?all=1")}
            files = {
                f"file {folder}/{name}"
                for folder in TEMPORARY
                for name in _listed(host.root / folder.lstrip("/"))
                if not name.startswith("registry-")  # the host's own
            }
            found[host.name] = images | files
        return found

    def _look_for_leftovers(self, verdict: Verdict, before: dict[str, set[str]]) -> None:
        # Nobody can know of an archive or image that a killed client has left without a journal.
        known = verdict.fault.journal or "killed" not in verdict.outcome
        for left in self._folder.iterdir():
            if known:
                verdict.leftovers.append(f"the file {left.name}")
        for host in (self._source, self._target):
            killed = verdict.fault.kind == f"kill-{'source' if host is self._source else 'target'}"
            through_registry = verdict.fault.through == "registry"
            extra = self._extra(host, before)
            end = time.monotonic() + 10
            while extra and time.monotonic() < end:  # the service may be at it still
                time.sleep(0.2)
                extra = self._extra(host, before)
            # What a killed service had in work, nobody clears away; and a service forgets what
            # it has packed of an image when the client leaves meanwhile.
            verdict.leftovers += [
                f"{host.name}: {each}"
                for each in sorted(extra)
                if not (killed and (each.startswith("file") or through_registry))
                and "/api.tar" not in each
                and (known or not each.startswith("image"))
            ]
            for each in host.api("GET", "/containers/json?all=true"):
                if each["Names"][0] not in {NAME, OTHER_NAME, "other"}:
                    verdict.leftovers.append(f"{host.name}: container {each['Names'][0]}")

    def _extra(self, host: Host, before: dict[str, set[str]]) -> set[str]:
        return self._state()[host.name] - before[host.name]


def _listed(folder: Path) -> list[str]:
    with suppress(OSError):
        return [each.name for each in folder.iterdir()]
    return []


def _running(podman: Podman, container: str) -> bool:
    try:
        return podman.containers.inspect(container).state.running
    except NotFoundError:
        return False


def _counts(podman: Podman, container: str) -> list[Count]:
    try:
        with podman.containers.logs(container, stderr=False) as lines:
            return [Count.parse(line.text) for line in lines]
    except APIError:
        return []
