"""Real Podman hosts on this machine, for tests and demonstrations.

    from tests.testbed import session

    with session() as hosts:
        hosts["host-a"].socket  # Podman 5.4
        hosts["host-b"].socket  # Podman 5.8
        hosts["host-c"].socket  # Podman 4.3, which cannot checkpoint on kernels of today

``python -m tests.testbed up`` brings them up until Ctrl-C. It needs root and nothing but the
standard library.
"""

from __future__ import annotations

from .errors import MissingError, TestbedError
from .host import Host
from .relay import Relay
from .sessions import session
from .suites import CHECKPOINTING

__all__ = ["CHECKPOINTING", "Host", "MissingError", "Relay", "TestbedError", "session"]
