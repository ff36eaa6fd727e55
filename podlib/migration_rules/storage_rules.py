"""Of its files: image, volumes, and what is mounted from the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import blocker, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models.container_inspect import ContainerInspect, ContainerMount
    from podlib.models.migration_plan import Finding

    from .facts import Facts


def overlaid(container: ContainerInspect) -> list[str]:
    """Where an image, or a folder with an overlay, is mounted in it.

    Podman makes these anew, each time at another path, and CRIU looks for the one that was: so no
    host can restore the container, not even the one where it was frozen.
    """
    return list(dict.fromkeys(each.destination for each in container.mounts if _lies_over(each)))


def _lies_over(mount: ContainerMount) -> bool:
    overlay = any(each == "O" or each.startswith("lowerdir=") for each in mount.options)
    return mount.type == "image" or overlay


def _root_fs(facts: Facts) -> Iterator[Finding]:
    if facts.container.rootfs:
        yield blocker(
            "no-image",
            f"its files are a folder of the source, {facts.container.rootfs}",
            "Only a container that was made from an image can move.",
        )


def _volumes(facts: Facts) -> Iterator[Finding]:
    if facts.options.get("ignore_volumes"):
        return
    for name in facts.volumes_taken:
        yield blocker(
            "volume-taken",
            f"the target has a volume {name!r} already, and would not replace it",
            "Remove it there, or use its content with `ignore_volumes`.",
        )
    for mount in facts.container.mounts:
        if mount.type == "volume" and mount.driver not in {"local", ""}:
            yield warning(
                "volume-driver",
                f"the volume {mount.name!r} is of the driver {mount.driver}",
                "The target must have that driver; the content is copied.",
            )


def _overlays(facts: Facts) -> Iterator[Finding]:
    for destination in overlaid(facts.container):
        yield blocker(
            "overlay",
            f"an image, or a folder with an overlay (:O), is mounted at {destination}",
            "No host can restore that, not even the source: create it with a folder or a volume.",
        )


def _mounts(facts: Facts) -> Iterator[Finding]:
    for mount in facts.container.mounts:
        if _lies_over(mount):
            continue
        if mount.type == "bind":
            yield warning(
                "bind-mount",
                f"{mount.source} of the source is mounted at {mount.destination}",
                f"The target must have {mount.source}, with the same content: it does not travel. "
                "If it is a symbolic link, no host can restore it: mount what it leads to.",
            )
        elif mount.type not in {"volume", "tmpfs", "devpts"}:
            yield warning(
                "other-mount",
                f"a mount of type {mount.type} is at {mount.destination}",
                "The target must have what it is made from.",
            )


RULES = (_root_fs, _volumes, _overlays, _mounts)
