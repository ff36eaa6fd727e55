"""What the worker can be told: arguments, and the variables that stand for them."""

from __future__ import annotations

import argparse
import ipaddress
import re
import socket
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from podlib.errors import ParameterError

from . import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CODEX_IMAGE: Final = "docker.io/library/alpine:3.20"
PROGRAM: Final = "bus-integration-podman"
GROUP: Final = PROGRAM
EVENTS_URL: Final = "http://127.0.0.1:8081"
MIB: Final = 1 << 20

_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+", re.ASCII)
_PART = re.compile(r"([0-9.]+)(ms|s|m|h)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_EPILOG = """\
The token is read from --token-file, else BUS_API_TOKEN, else the file auth/api-token below
BUS_CONFIG_DIR, $XDG_CONFIG_HOME/bus or ~/.config/bus; never from an argument. Further variables:
BUS_EVENTS_LISTENER_RETRY=1, BUS_EVENTS_LISTENER_RETRY_MIN=1s, BUS_EVENTS_LISTENER_RETRY_MAX=30s,
BUS_EVENTS_LISTENER_REQUIRED=1.

examples:
  %(prog)s --self-test
  %(prog)s --events --format json
  %(prog)s --token-file worker.token --allow-image 'docker.io/library/*'
"""


@dataclass(frozen=True)
class Retry:
    """How a stream that ended is taken up again: pauses between two tries, in seconds."""

    enabled: bool = True
    least: float = 1.0
    most: float = 30.0
    required: bool = True
    """Whether the worker is ready only while all streams stand."""


@dataclass(frozen=True)
class Limits:
    """What each run is kept to."""

    memory: str = "512m"
    cpus: float = 1.0
    pids: int = 256
    network: str = "none"
    read_only: bool = True
    timeout: float = 300.0
    """Seconds of a run that names none; ``most_timeout`` is the longest that one may ask for."""
    most_timeout: float = 3600.0
    most_output: int = 16 * MIB
    """Bytes of stdout, and of stderr, that an answer carries."""
    images: tuple[str, ...] = ()
    """Patterns of the images that may be asked for by name; none: all."""

    def allows(self, image: str) -> bool:
        """Whether a request may name ``image``."""
        return not self.images or any(_matches(image, each) for each in self.images)


def _matches(image: str, pattern: str) -> bool:
    """The registry by itself: what stands for its name may not reach into that of the image."""
    parts = zip(image.partition("/"), pattern.partition("/"), strict=True)
    return all(fnmatchcase(part, wanted) for part, wanted in parts)


@dataclass(frozen=True)
class Settings:
    """All that a worker is told."""

    provider: str
    events_url: str
    prefix: str
    group: str
    consumer: str
    token_file: Path | None
    socket: str | None
    podman_bin: str | None
    codex_image: str
    state: Path
    health: tuple[str, int] | None
    retry: Retry
    limits: Limits
    max_runs: int
    stop_timeout: float
    replay: bool

    @property
    def profiles(self) -> Mapping[str, str]:
        """Images by the names under which they can be asked for."""
        return {"codex": self.codex_image}


@dataclass(frozen=True)
class Command:
    """What the command is to do: ``show`` is ``"self-test"``, ``"events"``, or ``""`` to work."""

    show: str
    format: str
    settings: Settings


def parse(
    argv: Sequence[str] | None, environ: Mapping[str, str], program: str = PROGRAM
) -> Command:
    """The command line, and the environment. Whatever is wrong ends the program with status 2."""
    parser = _parser(environ, program)
    given = parser.parse_args(argv)
    try:
        retry = _retry(environ)
    except ValueError as error:
        parser.error(str(error))
    show = "self-test" if given.self_test else "events" if given.events else ""
    limits = Limits(
        memory=given.memory,
        cpus=given.cpus,
        pids=given.pids_limit,
        network=given.network,
        read_only=not given.writable_root,
        timeout=min(given.default_timeout, given.max_timeout),
        most_timeout=given.max_timeout,
        most_output=given.max_output,
        images=tuple(given.allow_image),
    )
    settings = Settings(
        provider=given.provider,
        events_url=given.events_url,
        prefix=given.event_prefix,
        group=given.group,
        consumer=given.consumer,
        token_file=given.token_file,
        socket=given.socket,
        podman_bin=given.podman_bin,
        codex_image=given.container_codex_image,
        state=given.state_dir,
        health=given.health_addr,
        retry=retry,
        limits=limits,
        max_runs=given.max_runs,
        stop_timeout=given.stop_timeout,
        replay=given.replay,
    )
    return Command(show, given.format, settings)


def _parser(environ: Mapping[str, str], program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Runs containers for the events of a Bus Events API.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_modes(parser)
    _add_events(parser, environ)
    _add_podman(parser, environ)
    _add_limits(parser)
    _add_life(parser, environ)
    return parser


def _add_modes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--self-test", action="store_true", help="check the worker, without Podman")
    parser.add_argument("--events", action="store_true", help="print the events, and end")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of --events")
    parser.add_argument(
        "--provider",
        choices=("podman", "static"),
        default="podman",
        help="static answers the same to all, for checks",
    )


def _add_events(parser: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = parser.add_argument_group("the Events API")
    url = environ.get("BUS_EVENTS_API_URL") or EVENTS_URL
    group.add_argument(
        "--events-url", type=_url, default=url, help=f"BUS_EVENTS_API_URL; else {EVENTS_URL}"
    )
    group.add_argument("--event-prefix", type=_event, default=names.PREFIX, help="bus.podman")
    group.add_argument("--token-file", type=Path, help="a file with the bearer token")
    group.add_argument("--group", type=_short, default=GROUP, help=f"of workers: {GROUP}")
    group.add_argument(
        "--consumer", type=_short, default=_host_name(), help="this worker's name: the host's"
    )
    group.add_argument(
        "--replay",
        action="store_true",
        help="ask for earlier events too; for APIs that know what a group was given",
    )


def _add_podman(parser: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = parser.add_argument_group("Podman")
    group.add_argument("--socket", help="path or URI; else what podman --remote would take")
    group.add_argument(
        "--podman-bin",
        default=environ.get("PODMAN_BIN") or None,
        help="PODMAN_BIN: the program to start a service with, where no socket answers",
    )
    group.add_argument(
        "--container-codex-image",
        default=environ.get("PODMAN_CONTAINER_CODEX_IMAGE") or CODEX_IMAGE,
        help=f"PODMAN_CONTAINER_CODEX_IMAGE: the image of profile codex; else {CODEX_IMAGE}",
    )


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group, usual = parser.add_argument_group("limits of each run"), Limits()
    group.add_argument("--memory", type=_size, default=usual.memory, help=usual.memory)
    group.add_argument("--cpus", type=_positive(float), default=usual.cpus, help=f"{usual.cpus}")
    group.add_argument(
        "--pids-limit", type=_positive(int), default=usual.pids, help=f"{usual.pids}"
    )
    group.add_argument(
        "--network", type=_network, default=usual.network, help="none, private, or a network's name"
    )
    group.add_argument("--writable-root", action="store_true", help="it is read-only otherwise")
    group.add_argument(
        "--default-timeout", type=_positive(float), default=usual.timeout, help="300 seconds"
    )
    group.add_argument(
        "--max-timeout", type=_positive(float), default=usual.most_timeout, help="3600 seconds"
    )
    group.add_argument(
        "--max-output", type=_positive(int), default=usual.most_output, help="bytes: 16 MiB"
    )
    group.add_argument(
        "--allow-image",
        action="append",
        default=[],
        metavar="PATTERN",
        help="images that may be asked for by name, as docker.io/library/*; repeatable; else all",
    )


def _add_life(parser: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = parser.add_argument_group("the worker")
    group.add_argument("--max-runs", type=_positive(int), default=4, help="at once: 4")
    group.add_argument(
        "--stop-timeout", type=_positive(float), default=30.0, help="for what runs at a stop: 30 s"
    )
    group.add_argument(
        "--state-dir", type=Path, default=_state(environ), help="$XDG_STATE_HOME/podlib/bus"
    )
    group.add_argument(
        "--health-addr", type=_loopback, help="HOST:PORT on loopback for /healthz and /readyz"
    )


def _retry(environ: Mapping[str, str]) -> Retry:
    def flag(name: str) -> bool:
        text = environ.get(name, "").lower() or "1"
        if text not in ("0", "1", "false", "true"):
            raise ValueError(f"{name}: {text!r} is neither 1 nor 0")
        return text in ("1", "true")

    def span(name: str, usual: float) -> float:
        text = environ.get(name, "")
        return duration(name, text) if text else usual

    least = span("BUS_EVENTS_LISTENER_RETRY_MIN", Retry.least)
    return Retry(
        enabled=flag("BUS_EVENTS_LISTENER_RETRY"),
        least=least,
        most=max(least, span("BUS_EVENTS_LISTENER_RETRY_MAX", Retry.most)),
        required=flag("BUS_EVENTS_LISTENER_REQUIRED"),
    )


def duration(name: str, text: str) -> float:
    """Seconds of a text such as ``1m30s`` or ``500ms``. Raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{name}: {text!r} is no duration, such as 500ms, 1s or 1m30s")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if not 0 < seconds < 1e9:
        raise ValueError(f"{name}: {text!r} is out of range")
    return seconds


def is_readable_on_the_way(url: str) -> bool:
    """Whether what is sent there leaves this machine as it is."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# -- what single arguments may be -----------------------------------------------------------------


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no http:// or https:// URL")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError("it has a user, a query or a fragment: only a base goes")
    return text


def _event(text: str) -> str:
    if not names.is_event(text):
        raise argparse.ArgumentTypeError(f"{text!r}: names of events are such as bus.podman")
    return text


def _short(text: str) -> str:
    if not names.is_short(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not short and safe in a URL")
    return text


def _size(text: str) -> str:
    from podlib.models._parameters import size_in_bytes

    try:
        size_in_bytes("--memory", text)
    except ParameterError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, such as 512m") from None
    return text


def _network(text: str) -> str:
    if text in ("host", "pod") or not _NETWORK.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: none, private, or the name of a network")
    return text


def _loopback(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not _is_loopback(host) or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT with a loopback address")
    return host, int(port)


def _positive(kind: type[int | float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < 1e12:
            raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
        return value

    return convert


def _host_name() -> str:
    name = re.sub(r"[^A-Za-z0-9._~-]", "-", socket.gethostname())[:63].lstrip("._~-")
    return name or "worker"


def _state(environ: Mapping[str, str]) -> Path:
    if folder := environ.get("XDG_STATE_HOME"):
        return Path(folder) / "podlib" / "bus"
    return Path(environ.get("HOME", "/var/lib")) / ".local" / "state" / "podlib" / "bus"
