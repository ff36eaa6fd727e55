"""Which Podman service a worker uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import ConnectError
from podlib.bus.service import podman_service

if TYPE_CHECKING:
    from pathlib import Path


async def test_without_a_program_it_begins_without_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with podman_service(str(tmp_path / "none.sock"), None) as podman:
        with pytest.raises(ConnectError):
            await podman.system.ping()
    assert "podman does not answer" in caplog.text


async def test_a_program_that_cannot_serve_says_why(tmp_path: Path) -> None:
    program = tmp_path / "podman"
    program.write_text("#!/bin/sh\necho the disk is full >&2; exit 3\n")
    program.chmod(0o700)
    with pytest.raises(ConnectError, match="the disk is full"):
        async with podman_service(str(tmp_path / "none.sock"), str(program)):
            pass
