"""Health checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from podlib.errors import ParameterError

from ._parameters import Count, Duration, Part, Spec, nanoseconds

__all__ = ["Health", "StartupHealth"]

Command = str | Sequence[str]


def _test(command: Command) -> list[str]:
    return ["CMD-SHELL", command] if isinstance(command, str) else ["CMD", *command]


class StartupHealth(Part):
    """A check that has to succeed before the regular one begins. Podman 4.4 or newer."""

    command: Command
    interval: Duration = 30
    timeout: Duration = 30
    retries: Count = 0
    """After so many failures the container is restarted; 0 is never."""
    successes: Count = 0
    """How many make it pass; 0 is one."""

    def wire(self) -> Spec:
        """The entry ``startupHealthConfig``."""
        return {
            "Test": _test(self.command),
            "Interval": nanoseconds("health: startup: interval", self.interval),
            "Timeout": nanoseconds("health: startup: timeout", self.timeout),
            "Retries": self.retries,
            "Successes": self.successes,
        }


class Health(Part):
    """A health check. The defaults are those of Podman's command line.

    A ``command`` of several words is run as it is, a single text by the container's shell; None is
    the image's own check, as it is. Times are in seconds, or such as ``"1m30s"``.
    """

    command: Command | None = None
    interval: Duration = 30
    """0: no timer; the check runs only when it is asked for."""
    timeout: Duration = 30
    start_period: Duration = 0
    retries: Annotated[int, Field(ge=1, le=2**32 - 1)] = 3
    on_failure: Literal["none", "kill", "restart", "stop"] = "none"
    startup: StartupHealth | None = None
    log_destination: str | None = None
    """``local`` (the default), ``events_logger``, or a folder of the server's host. Podman 5.3 or
    newer, like the next two."""
    max_log_count: Count | None = None
    """How many runs are kept; 0 is all. 5 unless said."""
    max_log_size: Count | None = None
    """How many characters of a run's output are kept; 0 is all. 500 unless said."""

    def wire(self) -> Spec:
        """The entries of the specification."""
        # The server counts the actions; its 1 is "invalid".
        action = {"none": 0, "kill": 2, "restart": 3, "stop": 4}[self.on_failure]
        entries = {
            "healthconfig": self._config(),
            "health_check_on_failure_action": action,
            "startupHealthConfig": self.startup and self.startup.wire(),
            "healthLogDestination": self.log_destination,
            "healthMaxLogCount": self.max_log_count,
            "healthMaxLogSize": self.max_log_size,
        }
        return {name: value for name, value in entries.items() if value is not None}

    def _config(self) -> Spec | None:
        if self.command is None:
            for name in ("interval", "timeout", "start_period", "retries"):
                if name in self.model_fields_set:
                    raise ParameterError(f"health: {name}: this needs a command")
            return None
        return {
            "Test": _test(self.command),
            "Interval": nanoseconds("health: interval", self.interval),
            "Timeout": nanoseconds("health: timeout", self.timeout),
            "StartPeriod": nanoseconds("health: start_period", self.start_period),
            "Retries": self.retries,
        }
