"""Real Podman hosts for the whole run, empty but for one image when a test begins."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.conftest import OPERATIONS
from tests.live.recorder import Recorder
from tests.testbed import Host, TestbedError, session
from tests.testbed.image import BaseImage, install
from tests.testbed.suites import HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator


_RECORDER = pytest.StashKey[Recorder]()


@pytest.fixture(scope="package", autouse=True)
def _recorder(request: pytest.FixtureRequest) -> Iterator[None]:
    """All answers are held against their models, and all operations written down.

    Not those of scripted servers, whose tests may run in this process afterwards.
    """
    recorder = request.config.stash[_RECORDER] = Recorder(request.config.stash[OPERATIONS])
    with pytest.MonkeyPatch.context() as patch:
        recorder.install(patch)
        yield


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what was answered."""
    recorder = session.config.stash.get(_RECORDER, None)
    if recorder is not None and session.config.getoption("--record"):
        recorder.answers.write()


@pytest.fixture(scope="session")
def hosts() -> Iterator[dict[str, Host]]:
    """All hosts."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(session())
        except TestbedError as error:
            pytest.exit(f"no live hosts: {error}; LIVE=0 leaves out what needs them", returncode=1)
        yield made


@pytest.fixture(scope="session")
def base_image(hosts: dict[str, Host]) -> BaseImage:
    """The image that is on all hosts, under the same id, when a test begins."""
    return install(list(hosts.values()))


@pytest.fixture(autouse=True)
def _empty_hosts(base_image: BaseImage, request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: services run again, and what the test made is gone, also if it failed."""
    yield
    for used in request.node.funcargs.values():
        if isinstance(used, Host):
            used.empty(keep=base_image)


@pytest.fixture
def host_a(hosts: dict[str, Host]) -> Host:
    """The older of those that checkpoint."""
    return hosts["host-a"]


@pytest.fixture
def host_b(hosts: dict[str, Host]) -> Host:
    """The newer of those that checkpoint."""
    return hosts["host-b"]


@pytest.fixture
def host_c(hosts: dict[str, Host]) -> Host:
    """The oldest, which cannot checkpoint."""
    return hosts["host-c"]


@pytest.fixture(params=list(HOSTS))
def host(hosts: dict[str, Host], request: pytest.FixtureRequest) -> Host:
    """Each host in turn, or what the test's mark says: see ``marks.py``."""
    return hosts[request.param]


@pytest.fixture
def image(base_image: BaseImage) -> str:
    """The name of the base image (busybox), which is on all hosts."""
    return base_image.name
