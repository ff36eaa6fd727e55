"""Of a checkpoint that goes as an image through a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import blocker, networks_of, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models.migration_plan import Finding

    from .facts import Facts


def _image(facts: Facts) -> Iterator[Finding]:
    for side in facts.images_taken:
        name = facts.registry.reference if facts.registry else ""
        yield blocker(
            "image-taken",
            f"the {side} has an image {name} already",
            "Give another tag: that image would lose its name.",
        )


def _address(facts: Facts) -> Iterator[Finding]:
    if facts.registry is None:
        return
    if facts.options.get("tcp_established"):
        yield blocker(
            "connections-lost",
            "its address does not travel through a registry, and connections need it",
            "Close them with `tcp_close`, or go from socket to socket.",
        )
    elif networks_of(facts.container):
        yield warning(
            "address-stays",
            "its address does not travel through a registry",
            "The target chooses another; who knows it by its old address must be told.",
        )


def _pod(facts: Facts) -> Iterator[Finding]:
    if facts.registry and "pod" in facts.options:
        yield blocker(
            "pod-out-of-reach",
            "what comes through a registry goes into no pod",
            "Go from socket to socket, or through a file.",
        )


RULES = (_image, _address, _pod)
"""Asked of every move; of one that goes another way they find nothing."""
