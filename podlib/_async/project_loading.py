"""The containers of a saved project, made from their archives: all come up, or none stays."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podlib import models
from podlib.checkpoint_archive.sources import blocks_of
from podlib.errors import APIError, NotFoundError, PodmanError, RestoreFailedError
from podlib.http.flow_async import gathered, in_thread, sleep, uninterrupted
from podlib.project_files import check_archive, read_folder

from .checkpoint_saving import blocks
from .checkpoints import patiently
from .fences import AsyncFence, late
from .places import AsyncMadePlaces, Places
from .tars import read_apart
from .unloading import AsyncUnloading

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator

    from .client import AsyncPodman

_SETTLE = 0.2


async def async_load_project(
    directory: str | os.PathLike[str],
    podman: AsyncPodman,
    *,
    tcp_close: bool = False,
    ignore_root_fs: bool = False,
    ignore_volumes: bool = False,
    ignore_static_ip: bool = False,
    ignore_static_mac: bool = False,
    at_once: int = 4,
) -> models.LoadedProject:
    """Make all containers of a project from the archives that :func:`async_save_project` wrote.

    Networks and volumes that are not there are created as they were. A stopped container that has
    the name of one is removed, for its state is in the archive; one that runs is refused, and so
    is a volume that is there already, unless ``ignore_volumes`` says to use it as it is. They go
    on in the order in which they start, ``at_once`` of them at a time where none depends on
    another. All come up, or none stays: the archives are left as they are. TCP connections and
    file locks are as they were saved; ``tcp_close`` closes the connections.

    The images must be in the store. Raises FileError for a set that is not complete or was changed,
    RestoreFailedError.
    """
    options = models.group_options(
        {
            "tcp_close": tcp_close,
            "ignore_root_fs": ignore_root_fs,
            "ignore_volumes": ignore_volumes,
            "ignore_static_ip": ignore_static_ip,
            "ignore_static_mac": ignore_static_mac,
        }
    )
    at_once = models.at_a_time(at_once)
    folder = Path(directory)
    manifest = await in_thread(lambda: read_folder(folder))
    for each in manifest.containers:
        await in_thread(partial(check_archive, folder, each))
    loading = AsyncProjectLoading(manifest, podman, folder, options, at_once)
    await loading.check()
    return await uninterrupted(loading.run, loading.interrupt)


class AsyncProjectLoading:
    """One project that comes up."""

    def __init__(
        self,
        manifest: models.ProjectManifest,
        podman: AsyncPodman,
        folder: Path,
        options: models.MoveOptions,
        at_once: int,
    ) -> None:
        self._manifest = manifest
        self._podman = podman
        self._folder = folder
        self._options = options
        self._at_once = at_once
        self._made = AsyncMadePlaces(podman)
        self._places = Places()
        self._tried: dict[str, bool] = {}
        """By container: whether the server has said what became of its restore."""
        self._interrupted = False

    def interrupt(self) -> None:
        """Let none stay."""
        self._interrupted = True

    def _stop_if_interrupted(self) -> None:
        if self._interrupted:
            raise PodmanError("it was interrupted")

    async def check(self) -> None:
        """What stands in its way, before anything is touched. Raises RestoreFailedError."""
        networks = {each.name: each for each in await self._podman.networks.list()}
        volumes = {each.name for each in await self._podman.volumes.list()}
        problems = [
            *await self._containers_in_the_way(),
            *self._networks_in_the_way(networks),
            *self._volumes_in_the_way(volumes),
        ]
        if problems:
            raise self._failure("; ".join(problems))
        self._places = Places(
            [each for each in self._manifest.networks if each.name not in networks],
            [each for each in self._manifest.volumes if each.name not in volumes],
        )

    async def _containers_in_the_way(self) -> list[str]:
        found: list[str] = []
        for each in self._manifest.containers:
            image, name = each.checkpoint.image, each.checkpoint.name
            if not await self._podman.images.exists(image):
                found += [f"the image {each.checkpoint.image_name} ({image[:12]}) is not there"]
            if (there := await self._there(name)) and there.state.status in {"running", "paused"}:
                found += [f"container {name!r} is there, and {there.state.status}"]
        return found

    def _networks_in_the_way(self, networks: dict[str, models.Network]) -> list[str]:
        if self._options.get("ignore_static_ip"):
            return []
        return [
            f"the network {each.name!r} is there with other subnets"
            for each in self._manifest.networks
            if each.name in networks
            and {one.subnet for one in each.subnets}
            != {one.subnet for one in networks[each.name].subnets}
        ]

    def _volumes_in_the_way(self, volumes: set[str]) -> list[str]:
        if self._options.get("ignore_volumes"):
            return []
        return [
            f"the volume {each.name!r} is there already: remove it, or use its content with "
            "`ignore_volumes`"
            for each in self._manifest.volumes
            if each.name in volumes
        ]

    async def _there(self, name: str) -> models.ContainerInspect | None:
        try:
            return await self._podman.containers.inspect(name)
        except NotFoundError:
            return None

    async def run(self) -> models.LoadedProject:
        """Make what they need, and then them. Runs to its end whatever happens."""
        try:
            await self._made.make(self._places, _nobody_notes)
            for each in self._manifest.containers:
                await self._fill(each)
            for wave in self._waves():
                await gathered([partial(self._restore, each) for each in wave], self._at_once)
            await self._confirm()
        except BaseException as error:  # also when the event loop ends all tasks
            await self._undo(error)
            raise
        return models.LoadedProject(
            self._manifest.project,
            {each.checkpoint.name: each.checkpoint.container_id for each in self._saved},
            tuple(self._made.networks),
            tuple(self._made.volumes),
        )

    @property
    def _saved(self) -> list[models.SavedContainer]:
        return self._manifest.containers

    def _waves(self) -> list[list[models.SavedContainer]]:
        numbers = sorted({each.wave for each in self._saved})
        return [[each for each in self._saved if each.wave == number] for number in numbers]

    async def _fill(self, saved: models.SavedContainer) -> None:
        self._stop_if_interrupted()
        wanted = [name for name in saved.volumes if name in self._made.volumes]
        if wanted:
            image = saved.checkpoint.image
            unloading = AsyncUnloading(self._podman, wanted, image, saved.command)
            with blocks_of(self._folder / saved.archive) as archive:
                async for _ in unloading.unpacked(read_apart(archive)):
                    self._stop_if_interrupted()

    async def _restore(self, saved: models.SavedContainer) -> None:
        self._stop_if_interrupted()
        checkpoint, options = saved.checkpoint, self._options
        await self._clear(checkpoint.name)
        self._tried[checkpoint.name] = False
        tcp_close = options.get("tcp_close", False)
        try:
            await self._podman.containers.restore_from(
                self._watched(blocks(self._folder / saved.archive, checkpoint)),
                tcp_established=checkpoint.tcp_established and not tcp_close,
                tcp_close=tcp_close,
                ignore_root_fs=options.get("ignore_root_fs", False),
                ignore_volumes=True,  # they are there by now
                ignore_static_ip=options.get("ignore_static_ip", False),
                ignore_static_mac=options.get("ignore_static_mac", False),
                file_locks=checkpoint.file_locks,
            )
        except (RestoreFailedError, APIError):
            self._tried[checkpoint.name] = True
            raise
        self._tried[checkpoint.name] = True

    async def _watched(
        self, archive: AsyncIterator[list[memoryview]]
    ) -> AsyncIterator[list[memoryview]]:
        async for pieces in archive:
            self._stop_if_interrupted()
            yield pieces

    async def _clear(self, name: str) -> None:
        """What has the name, and does not run, makes room: its state is in the archive."""
        try:
            await self._podman.containers.remove(name)
        except NotFoundError:
            return

    async def _confirm(self) -> None:
        for pause in (0, _SETTLE):
            await sleep(pause)
            for each in self._saved:
                name = each.checkpoint.name
                facts = await patiently(
                    partial(self._podman.containers.inspect, each.checkpoint.container_id)
                )
                if not facts.state.running:
                    raise self._failure(f"{name!r} did not go on running: {facts.state.status}")

    async def _undo(self, error: BaseException) -> None:
        calls = [
            partial(self._take_back, each, error)
            for each in self._saved
            if each.checkpoint.name in self._tried
        ]
        await gathered(calls, self._at_once)
        for problem in await self._made.unmake():
            error.add_note(problem)

    async def _take_back(self, saved: models.SavedContainer, error: BaseException) -> None:
        checkpoint = saved.checkpoint
        fence = AsyncFence(
            self._podman,
            there=checkpoint.container_id,
            name=checkpoint.name,
            image=checkpoint.image,
        )
        try:
            if self._tried[checkpoint.name]:
                await fence.evict()
            else:  # it may come up late
                await fence.close(evict=True)
                await fence.lift(late(checkpoint.size))
        except PodmanError as problem:
            error.add_note(f"container {checkpoint.name!r} may be left: {problem}")

    def _failure(self, problem: str) -> RestoreFailedError:
        return RestoreFailedError(f"project {self._manifest.project!r}", problem)


async def _nobody_notes() -> None:
    """There is no journal: what is saved stays saved."""
