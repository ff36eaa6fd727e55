"""Two real Podman hosts for the whole run, empty but for one image when a test begins."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.recorder import Recorder
from tests.testbed import Host, TestbedError, session
from tests.testbed.image import IMAGE, build, copy

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--operations", type=Path, help="write here which operations succeeded")


@pytest.fixture(scope="session", autouse=True)
def _recorder(request: pytest.FixtureRequest) -> Iterator[None]:
    """All answers are held against their models, and all operations written down."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        recorder.install(patch)
        yield
    if file := request.config.getoption("--operations"):
        recorder.write_operations(file)


@pytest.fixture(scope="session")
def hosts() -> Iterator[dict[str, Host]]:
    """``host-a`` and ``host-b``, with the base image on both under the same id."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(session())
            host_a, host_b = made.values()
            build(host_a)
            copy(host_a, host_b)
        except TestbedError as error:
            pytest.exit(f"no live hosts: {error}; LIVE=0 leaves out what needs them", returncode=1)
        yield made


@pytest.fixture(autouse=True)
def _empty_hosts(hosts: dict[str, Host]) -> Iterator[None]:
    """After each test: services run again, and what the test made is gone, also if it failed."""
    yield
    for host in hosts.values():
        host.empty(keep=IMAGE)


@pytest.fixture
def host_a(hosts: dict[str, Host]) -> Host:
    """The older host."""
    return hosts["host-a"]


@pytest.fixture
def host_b(hosts: dict[str, Host]) -> Host:
    """The newer host."""
    return hosts["host-b"]


@pytest.fixture(params=["host-a", "host-b"])
def host(hosts: dict[str, Host], request: pytest.FixtureRequest) -> Host:
    """Each host in turn."""
    return hosts[request.param]


@pytest.fixture
def image(hosts: dict[str, Host]) -> str:
    """The name of the base image (busybox), which is on both hosts."""
    assert hosts
    return IMAGE
