# Generated from tests/live/_async/test_system.py: edit there.
"""What a real service says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podlib import Podman
    from tests.testbed import Host


def test_ping_tells_the_versions(podman: Podman, host: Host) -> None:
    assert podman.server_version == ""
    ping = podman.system.ping()
    assert ping.libpod_version == podman.server_version == host.version
    assert ping.os == "linux"
    assert ping.api_version
    assert ping.buildah_version


def test_version_tells_the_components(podman: Podman, host: Host) -> None:
    version = podman.system.version()
    assert version.version == host.version
    assert version.os == "linux"
    assert {"Podman Engine", "Conmon"} <= {part.name for part in version.components}
    assert version.kernel_version
    assert version.go_version.startswith("go")


def test_info_tells_of_host_and_store(podman: Podman, host: Host, image: str) -> None:
    assert podman.images.exists(image)
    info = podman.system.info()
    assert info.host.hostname == host.name
    assert info.host.oci_runtime
    assert info.host.oci_runtime.name == host.base.runtime
    assert info.host.remote_socket
    assert info.host.remote_socket.path.endswith("/podman.sock")
    assert info.host.mem_total > 1 << 20
    assert not info.host.security.rootless
    assert info.store.container_store.number == 0
    assert info.store.image_store.number >= 1
    assert info.store.graph_root == "/var/lib/containers/storage"
    assert info.version.version == host.version
    assert info.version.built
    assert "bridge" in info.plugins.network
