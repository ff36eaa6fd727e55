# Generated from tests/live/_async/test_versions.py: edit there.
"""The tables of versions, held against real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import APIError, NotSupportedError, versions

from .steps import lacks

if TYPE_CHECKING:
    from podlib import Podman
    from tests.testbed import Host


def routed(podman: Podman, operation: str) -> bool:
    """Whether the server itself knows an operation. It is asked past podlib's tables."""
    method, route = operation.split()
    try:
        podman.request(method, route, *["nobody"] * route.count("{}"))
    except APIError as error:  # the server's router answers in plain words, its handlers in JSON
        return error.message not in {"Not Found", "Method Not Allowed"}
    return True


def test_operations(podman: Podman, host: Host) -> None:
    every = versions.SINCE.items()
    libpod = {each: first for each, first in every if not each.startswith("docker ")}
    known = {each for each in libpod if routed(podman, each)}
    number = versions._number(host.version)
    assert known == {each for each, first in libpod.items() if versions._number(first) <= number}
    for operation in libpod.keys() - known:
        with pytest.raises(NotSupportedError) as caught:
            versions.check(operation, {}, podman.server_version)
        assert caught.value.feature == operation


def test_an_operation_that_the_server_lacks(podman: Podman, host: Host) -> None:
    if not lacks(podman, "5.2.0", podman.system.check):
        return
    with pytest.raises(NotSupportedError) as caught:
        podman.system.check()
    message = (
        f"POST system/check needs Podman 5.2.0 or newer; this service is Podman {host.version}"
    )
    assert str(caught.value) == message


def test_a_parameter_that_the_server_lacks(podman: Podman, host: Host) -> None:
    if not lacks(podman, "5.4.0", lambda: podman.system.prune(build=True)):
        return
    with pytest.raises(NotSupportedError) as caught:
        podman.system.prune(build=True)
    assert "parameter 'build' of POST system/prune needs Podman 5.4.0" in str(caught.value)
    assert f"this service is Podman {host.version}" in str(caught.value)
    podman.system.prune(build=False)
