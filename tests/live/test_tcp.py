"""Services of real Podman at TCP ports, with TLS and without."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme

import podlib
from podlib.errors import ConnectError, ProtocolError

from .far import Server, survives_a_restart, use, use_with_asyncio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host

SERVICE = ("podman", "system", "service", "--time=0")


def test_all_of_it_over_tcp(host: Host, image: str) -> None:
    with (
        Server(host, 8080, *SERVICE, "tcp://127.0.0.1:8080") as service,
        podlib.Podman(f"tcp://127.0.0.1:{service.port}") as podman,
    ):
        use(podman, image)
        assert podman.server_version == host.version
        assert podman.docker.system.version().version == host.version
        survives_a_restart(podman, service)
        assert podman.docker.system.version().version == host.version


class Keys:
    """An authority, and what it vouches for; the host sees the files in /mnt/share/keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(folder / "ca.pem"))

    def issue(self, name: str, identity: str, **more: Any) -> None:
        """``NAME.pem`` and ``NAME.key``."""
        issued = more.pop("by", self.authority).issue_cert(identity, **more)
        issued.cert_chain_pems[0].write_to_path(str(self.folder / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(self.folder / f"{name}.key"))

    def of(self, name: str) -> dict[str, Any]:
        """The files of a client."""
        files = {"tls_ca": "ca.pem", "tls_cert": f"{name}.pem", "tls_key": f"{name}.key"}
        return {option: self.folder / file for option, file in files.items()}


@pytest.fixture
def keys(host_b: Host) -> Keys:
    return Keys(host_b.share / "keys")


@pytest.fixture
def tls(host_b: Host, keys: Keys, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A service that asks for certificates, of a Podman that can do so."""
    keys.issue("server", "127.0.0.1", **getattr(request, "param", {}))
    options = ("--tls-cert=server.pem", "--tls-key=server.key", "--tls-client-ca=ca.pem")
    words = [each.replace("=", "=/mnt/share/keys/") for each in options]
    with Server(host_b, 8443, *SERVICE, *words, "tcp://127.0.0.1:8443") as server:
        yield server


def test_all_of_it_over_tls(
    tls: Server, keys: Keys, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.issue("client", "client@podlib.invalid")
    files = {name.replace("_", ""): str(file) for name, file in keys.of("client").items()}
    known = {"tls": {"URI": f"tcp://127.0.0.1:{tls.port}", **files}}  # but for capitals, Podman's
    file = keys.folder / "connections.json"
    file.write_text(json.dumps({"Connection": {"Default": "tls", "Connections": known}}))
    monkeypatch.setenv("PODMAN_CONNECTIONS_CONF", str(file))
    with podlib.Podman(connection="tls") as podman:
        use(podman, image)
        survives_a_restart(podman, tls)


async def test_who_refuses_whom(tls: Server, keys: Keys, image: str) -> None:
    url = f"tcp://127.0.0.1:{tls.port}"

    async def refusal(**options: Any) -> str:
        async with podlib.AsyncPodman(url, **options) as podman:
            with pytest.raises((ConnectError, ProtocolError)) as caught:
                await podman.system.ping()
            return str(caught.value)

    keys.issue("client", "client@podlib.invalid")
    keys.issue("other", "client@podlib.invalid", by=trustme.CA())
    async with podlib.AsyncPodman(url, **keys.of("client")) as podman:
        await use_with_asyncio(podman, image)
    ca = keys.folder / "ca.pem"
    assert "the server refuses this client: certificate required; " in await refusal(tls_ca=ca)
    assert "the server refuses this client: " in await refusal(**keys.of("other"))
    trustme.CA().cert_pem.write_to_path(str(keys.folder / "stranger.pem"))
    stranger = await refusal(tls_ca=keys.folder / "stranger.pem")
    assert "the server's certificate is not trusted here: unable to get local" in stranger
    assert "; it speaks TLS: name the authority" in await refusal()


EXPIRED = {
    "not_before": datetime(2020, 1, 1, tzinfo=UTC),
    "not_after": datetime(2021, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("tls", [EXPIRED], indirect=True, ids=["expired"])
def test_a_certificate_that_has_expired(tls: Server, keys: Keys) -> None:
    url = f"tcp://127.0.0.1:{tls.port}"
    with (
        podlib.Podman(url, tls_ca=keys.folder / "ca.pem") as podman,
        pytest.raises(ConnectError, match="not trusted here: certificate has expired"),
    ):
        podman.system.ping()
