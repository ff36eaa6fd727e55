"""Further processes in containers: what they are made of, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from podlib.errors import ParameterError

from ._base import EMPTY_LIST, Listed, Model, PascalModel, wire
from ._parameters import Spec, check_options, renamed

__all__ = ["ExecCreated", "ExecInspect", "ExecOptions", "ExecProcess", "exec_spec"]


class ExecCreated(PascalModel):
    """A new session, whose process does not run yet."""

    id: str


class ExecProcess(Model):
    """What a session runs."""

    entrypoint: str = ""
    """The first word of the command."""
    arguments: Listed[str] = EMPTY_LIST
    user: str = ""
    tty: bool = False
    privileged: bool = False


class ExecInspect(PascalModel):
    """Everything Podman knows about one session."""

    id: Annotated[str, wire("ID")]
    container_id: Annotated[str, wire("ContainerID")] = ""
    running: bool = False
    """Of a detached one that has ended, Podman 4.3 learns so only after minutes."""
    exit_code: int = 0
    """0 also while it runs."""
    pid: int = 0
    """On the server's host."""
    process_config: ExecProcess | None = None
    open_stdin: bool = False
    open_stdout: bool = False
    open_stderr: bool = False
    detach_keys: str = ""
    can_remove: bool = False


@with_config(ConfigDict(extra="forbid", strict=True))
class ExecOptions(TypedDict, total=False):
    """What can be said of a further process, besides its container and its command."""

    env: Mapping[str, str]
    """Variables beside the container's own."""
    user: str
    """``USER[:GROUP]``, names or numbers."""
    workdir: str
    privileged: bool
    tty: bool
    detach_keys: str
    """Such as ``ctrl-p,ctrl-q``, the default. Podman 4.3 does not heed them."""


class _Config(ExecOptions, total=False):
    command: Sequence[str]


_adapter = TypeAdapter(_Config)


def exec_spec(command: Sequence[str], options: ExecOptions) -> Spec:
    """The body of a create. Raises ``ParameterError``."""
    given: _Config = {**options, "command": command}
    given = check_options("exec options", _adapter, given, _Config)
    if not command:
        raise ParameterError("exec options: the command is empty")
    env = options.get("env", {})
    for name in env:
        if not name or "=" in name:
            raise ParameterError(f"env: {name!r} is no variable's name")
    return {
        "Cmd": list(command),
        **renamed(
            options,
            {
                "user": "User",
                "workdir": "WorkingDir",
                "privileged": "Privileged",
                "tty": "Tty",
                "detach_keys": "DetachKeys",
            },
        ),
        **({"Env": [f"{name}={value}" for name, value in env.items()]} if env else {}),
    }
