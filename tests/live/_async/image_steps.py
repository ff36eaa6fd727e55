"""Steps of the tests of images and manifest lists."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import subprocess
import tarfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from typing import Unpack

    from podlib import AsyncPodman, models
    from tests.testbed import Host

LAYERS = """\
FROM {image}
COPY one /one
COPY two /two
LABEL layers=3
"""
"""An image of three layers, the base image's with them."""

OCI = "application/vnd.oci.image"
DOCKER = "application/vnd.docker.distribution.manifest"
MANIFESTS = f"{OCI}.manifest.v1+json, {OCI}.index.v1+json, {DOCKER}.v2+json, {DOCKER}.list.v2+json"


async def build_from(
    podman: AsyncPodman, folder: Path, text: str, **options: Unpack[models.BuildOptions]
) -> models.BuiltImage:
    """Build an image from a Containerfile of this text, in a folder that may be new."""
    write(folder, Containerfile=text)
    return await podman.images.build(folder, **options)


async def ran(
    podman: AsyncPodman,
    folder: Path,
    image: str,
    script: str,
    *,
    before: str = "",
    **options: Unpack[models.BuildOptions],
) -> list[str]:
    """What a script writes in a step of a build, after the steps ``before``."""
    options["no_cache"] = True
    text = f"FROM {image}\n{before}\nRUN {script}; echo END OF IT\n"
    log = (await build_from(podman, folder, text, **options)).log
    end = log.index("END OF IT")
    begin = max(at for at, line in enumerate(log[:end]) if line.startswith("STEP"))
    return log[begin + 1 : end]


def write(folder: Path, **files: str) -> None:
    """Write files by their names, in a folder that may be new."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


async def build_layers(podman: AsyncPodman, folder: Path, image: str, *names: str) -> str:
    """An image of several layers; its id."""
    write(folder, one="one", two="two")
    built = await build_from(podman, folder, LAYERS.format(image=image), tags=names)
    return built.id


def in_registry(host: Host, reference: str) -> dict[str, Any]:
    """The manifest that the host's registry has under a name such as ``127.0.0.1:5000/a:1``."""
    repository, _, tag = reference.rpartition(":")
    registry, _, path = repository.partition("/")
    command = ["busybox", "wget", "-q", "-O", "-", "--header", f"Accept: {MANIFESTS}"]
    answer = host.run(*command, f"http://{registry}/v2/{path}/manifests/{tag}")
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def random_layers(name: str, *sizes: int) -> bytes:
    """A docker-archive of an image whose layers have so many bytes, which nothing compresses."""
    layers = [tar_of({"file": secrets.token_bytes(size)}) for size in sizes]
    config = {
        "created": "2026-01-02T03:04:05Z",
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers],
        },
    }
    files = {f"{at}.tar": layer for at, layer in enumerate(layers)}
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": [*files]}]
    files["config.json"] = json.dumps(config).encode()
    files["manifest.json"] = json.dumps(manifest).encode()
    return tar_of(files)


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of a tar archive to a new folder."""
    folder.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)


@contextmanager
def trusting(host: Host, address: str) -> Generator[None]:
    """Meanwhile, the service asks a registry without TLS by itself."""
    host.run("mkdir", "-p", "/etc/containers/registries.conf.d")
    file = "/etc/containers/registries.conf.d/trusted.conf"
    text = f'[[registry]]\nlocation = "{address}"\ninsecure = true\n'
    host.run("sh", "-c", f"cat > {file}", stdin=text)
    host.restart_service()
    yield
    host.run("rm", file)
    host.restart_service()


def tar_of(files: dict[str, bytes]) -> bytes:
    """An archive of files with these contents."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return archive.getvalue()
