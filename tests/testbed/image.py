"""A base image made of nothing but a static busybox: no registry is needed."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from .host import Host

IMAGE = "localhost/podlib-busybox:latest"
CONTAINERFILE = b"""\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
CMD ["sh"]
"""


def build(host: Host, name: str = IMAGE) -> str:
    """Build the image on ``host`` under ``name``, which is returned."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        tar.add(host.busybox.resolve(), "busybox")
        containerfile = tarfile.TarInfo("Containerfile")
        containerfile.size = len(CONTAINERFILE)
        tar.addfile(containerfile, io.BytesIO(CONTAINERFILE))
    query = urlencode({"t": name, "dockerfile": "Containerfile"})
    host.api("POST", f"/build?{query}", context.getvalue(), "application/x-tar")
    return name


def copy(source: Host, target: Host, name: str = IMAGE) -> None:
    """Bring the image ``name`` from one host to another; it keeps its id."""
    archive = source.api("GET", f"/images/{name}/get?format=oci-archive")
    target.api("POST", "/images/load", archive, "application/x-tar")
