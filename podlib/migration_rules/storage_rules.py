"""Of its files: image, volumes, and what is mounted from the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import blocker, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models.migration_plan import Finding

    from .facts import Facts


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


def _mounts(facts: Facts) -> Iterator[Finding]:
    for mount in facts.container.mounts:
        if mount.type == "bind":
            yield warning(
                "bind-mount",
                f"{mount.source} of the source is mounted at {mount.destination}",
                f"The target must have {mount.source}, with the same content: it does not travel.",
            )
        elif mount.type not in {"volume", "tmpfs", "devpts"}:
            yield warning(
                "other-mount",
                f"a mount of type {mount.type} is at {mount.destination}",
                "The target must have what it is made from.",
            )


RULES = (_root_fs, _volumes, _mounts)
