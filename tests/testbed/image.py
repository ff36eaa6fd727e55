"""A base image made of nothing but a static busybox: no registry is needed."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .host import Host

IMAGE = "localhost/podlib-busybox:latest"
CONTAINERFILE = b"""\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
CMD ["sh"]
"""


@dataclass(frozen=True)
class BaseImage:
    """An image that hosts have, and how to give it to them again."""

    id: str
    archive: bytes = field(repr=False)
    name: str = IMAGE

    def load(self, host: Host) -> None:
        host.api("POST", "/images/load", self.archive, "application/x-tar")


def install(hosts: Sequence[Host]) -> BaseImage:
    """Build the image on the first host, and bring it to all others under the same id."""
    first, *others = hosts
    _build(first)
    id_ = first.api("GET", f"/images/{IMAGE}/json")["Id"]
    image = BaseImage(id_, first.api("GET", f"/images/{IMAGE}/get?format=oci-archive"))
    for other in others:
        image.load(other)
    return image


def _build(host: Host) -> None:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        tar.add(host.busybox.resolve(), "busybox")
        containerfile = tarfile.TarInfo("Containerfile")
        containerfile.size = len(CONTAINERFILE)
        tar.addfile(containerfile, io.BytesIO(CONTAINERFILE))
    query = urlencode({"t": IMAGE, "dockerfile": "Containerfile"})
    host.api("POST", f"/build?{query}", context.getvalue(), "application/x-tar")
