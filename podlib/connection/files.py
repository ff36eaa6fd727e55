"""Podman's own files: ``podman-connections.json``, and ``containers.conf`` with its drop-ins.

Podman 4.4 to 5.8 merge all of them. That is what happens here too, from the file that counts most
downwards, so that what is settled early spares the files below it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from podlib.errors import FileError

from .found import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Table: TypeAlias = "Mapping[str, object]"

ETC = Path("/etc/containers")
VENDOR = Path("/usr/share/containers")

_NEEDED = rb"(?im)^(?![ \t]*#).*(?:active_service|service_destinations)"
"""What a containers.conf without connections does not have outside its comments."""


class Layer(NamedTuple):
    """What one file says. ``active`` is None where it does not say which connection that is."""

    path: Path
    active: str | None
    connections: Mapping[str, Connection]


class Layers:
    """What all files say, those first that count most; each is read once, when its turn comes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._unread = _layers(environ)
        self._read: list[Layer] = []

    def __iter__(self) -> Iterator[Layer]:
        yield from self._read
        for layer in self._unread:
            self._read.append(layer)
            yield layer


def _layers(environ: Mapping[str, str]) -> Iterator[Layer]:
    folder = _user_folder(environ)
    file = environ.get("PODMAN_CONNECTIONS_CONF", str(folder / "podman-connections.json"))
    if file:  # the variable set to nothing stands for no file
        yield from _connections_json(Path(file))
    if override := environ.get("CONTAINERS_CONF_OVERRIDE"):
        yield from _containers_conf(Path(override), "CONTAINERS_CONF_OVERRIDE")
    if only := environ.get("CONTAINERS_CONF"):
        yield from _containers_conf(Path(only), "CONTAINERS_CONF")
        return
    for path in _usual_confs(folder):
        yield from _containers_conf(path)


def _user_folder(environ: Mapping[str, str]) -> Path:
    if config := environ.get("XDG_CONFIG_HOME"):
        return Path(config, "containers")
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 -- pathlib's raises for a user without one
    return Path(home, ".config", "containers")


def _usual_confs(user: Path) -> Iterator[Path]:
    yield from _with_drop_ins(user / "containers.conf")
    if uid := os.getuid():
        rootless = ETC / "containers.rootless.conf"
        yield from _drop_ins(ETC / f"{rootless.name}.d" / str(uid))
        yield from _with_drop_ins(rootless)
    yield from _with_drop_ins(ETC / "containers.conf")
    yield VENDOR / "containers.conf"


def _with_drop_ins(path: Path) -> Iterator[Path]:
    yield from _drop_ins(path.with_name(f"{path.name}.d"))
    yield path


def _drop_ins(folder: Path) -> Iterator[Path]:
    """The files of a folder of drop-ins; the last by name counts most."""
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if not each.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unreadable(folder, error) from error
    for name in sorted(names, reverse=True):
        if name.endswith(".conf"):
            yield folder / name


# -- single files ----------------------------------------------------------------------------


def _connections_json(path: Path) -> Iterator[Layer]:
    data = _bytes(path)
    if data is None:
        return
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _malformed(path, str(error)) from error
    table = _table(path, _table(path, {"file": document}, "file"), "connection")
    active = _text(path, table, "default") or None
    yield Layer(path, active, _connections(path, _table(path, table, "connections")))


def _containers_conf(path: Path, variable: str = "") -> Iterator[Layer]:
    """``variable`` names the file, which then has to be there."""
    data = _bytes(path)
    if data is None and variable:
        raise FileError(f"{variable} names {path}, but there is no such file", path=str(path))
    if data is None or not re.search(_NEEDED, data):  # as with most, and tomllib takes its time
        return
    import tomllib

    try:
        document = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise _malformed(path, str(error)) from error
    engine = _table(path, document, "engine")
    destinations = _table(path, engine, "service_destinations")
    yield Layer(path, _text(path, engine, "active_service"), _connections(path, destinations))


def _connections(path: Path, tables: Table) -> dict[str, Connection]:
    return {name: _connection(path, name, _table(path, tables, name)) for name in tables}


def _connection(path: Path, name: str, table: Table) -> Connection:
    machine = _member(table, "is_machine")
    if not isinstance(machine, bool | None):
        raise _malformed(path, f"is_machine of {name!r} is neither true nor false")
    return Connection(
        name=name,
        uri=_text(path, table, "uri") or "",
        source=str(path),
        identity=_text(path, table, "identity") or "",
        is_machine=bool(machine),
        tls_cert=_text(path, table, "tls_cert") or "",
        tls_key=_text(path, table, "tls_key") or "",
        tls_ca=_text(path, table, "tls_ca") or "",
    )


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _member(table: Table, key: str) -> object:
    """A member by its name, as Podman finds it: in any case, and JSON's names have no ``_``."""
    names = {key, key.replace("_", "")}
    return next((value for name, value in table.items() if name.lower() in names), None)


def _text(path: Path, table: Table, key: str) -> str | None:
    value = _member(table, key)
    if not isinstance(value, str | None):
        raise _malformed(path, f"{key} is no text")
    return value


def _table(path: Path, table: Table, key: str) -> Table:
    value = table[key] if key in table else _member(table, key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed(path, f"{key} is no table")
    return cast("Table", value)


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"cannot read {path}: {error.strerror}", path=str(path))


def _malformed(path: Path, reason: str) -> FileError:
    return FileError(f"{path} is malformed: {reason}", path=str(path))
