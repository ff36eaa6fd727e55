"""Variables and files, and what ``podman --remote`` 5.4.2 and 5.8.6 connect to by them.

The unit tests hold podlib to all of them; a live test asks Podman again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NONE = "unix:///run/podman/podman.sock"
"""What root's Podman connects to when nothing says anything."""

USER = "home/.config/containers"
JSON = f"{USER}/podman-connections.json"


def uri(name: str) -> str:
    """Of a socket that is not there."""
    return f"unix:///none/{name}.sock"


def connections_json(default: str, *names: str, **more: object) -> str:
    """A podman-connections.json whose connections lead to sockets of their names and "json"."""
    found = {name: {"URI": uri(f"{name}-json"), **more} for name in names}
    return json.dumps({"Connection": {"Default": default, "Connections": found}, "Farm": {}})


def containers_conf(where: str, active: str | None = None, *names: str) -> str:
    """A containers.conf whose connections lead to sockets of their names and ``where``."""
    lines = ["[engine]", *([] if active is None else [f'active_service = "{active}"'])]
    for name in names:
        lines += [f"[engine.service_destinations.{name}]", f'uri = "{uri(f"{name}-{where}")}"']
    return "\n".join(lines)


@dataclass(frozen=True)
class Case:
    """``files`` by their paths, ``home/…``, ``etc/…`` for /etc/containers and ``usr/…`` for
    /usr/share/containers; ``environ`` with ``{top}`` for the folder that holds these three.
    """

    used: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    environ: dict[str, str] = field(default_factory=dict[str, str])

    def make(self, top: Path) -> None:
        """Write the files."""
        for folder in ("home", "etc", "usr"):
            (top / folder).mkdir(parents=True)
        for name, text in self.files.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text)

    def variables(self, top: str) -> dict[str, str]:
        """The environment, as seen where the folder is ``top``."""
        filled = {name: value.format(top=top) for name, value in self.environ.items()}
        return {"HOME": f"{top}/home", **filled}


def install(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have podlib look into the folder."""
    monkeypatch.setattr("podlib.connection.files.ETC", top / "etc")
    monkeypatch.setattr("podlib.connection.files.VENDOR", top / "usr")


CASES = {
    "nothing": Case(NONE),
    "json": Case(uri("a-json"), {JSON: connections_json("a", "a", "b")}),
    "json-without-default": Case(NONE, {JSON: connections_json("", "a")}),
    "json-before-conf": Case(
        uri("a-json"),
        {
            JSON: connections_json("a", "a", "b"),
            f"{USER}/containers.conf": containers_conf("user", "b", "a", "b"),
        },
    ),
    "json-names-a-connection-of-conf": Case(
        uri("b-user"),
        {
            JSON: connections_json("b", "a"),
            f"{USER}/containers.conf": containers_conf("user", "a", "a", "b"),
        },
    ),
    "conf-names-a-connection-of-json": Case(
        uri("b-json"),
        {
            JSON: connections_json("", "a", "b"),
            f"{USER}/containers.conf": containers_conf("user", "b", "b"),
        },
    ),
    "user-drop-ins": Case(
        uri("c-20"),
        {
            f"{USER}/containers.conf": containers_conf("user", "a", "a"),
            f"{USER}/containers.conf.d/10-x.conf": containers_conf("10", "b", "b"),
            f"{USER}/containers.conf.d/20-x.conf": containers_conf("20", "c", "c"),
            f"{USER}/containers.conf.d/30-x.txt": containers_conf("30", "d", "d"),
            f"{USER}/containers.conf.d/40-x.conf/x.conf": containers_conf("40", "e", "e"),
        },
    ),
    "user-before-etc": Case(
        uri("a-user"),
        {
            f"{USER}/containers.conf": containers_conf("user", "a", "a"),
            "etc/containers.conf.d/99.conf": containers_conf("99", "b", "b"),
            "etc/containers.conf": containers_conf("etc", "c", "c"),
        },
    ),
    "etc-drop-in-before-etc": Case(
        uri("b-99"),
        {
            "etc/containers.conf.d/99.conf": containers_conf("99", "b", "b"),
            "etc/containers.conf": containers_conf("etc", "c", "c"),
        },
    ),
    "etc-before-usr": Case(
        uri("a-etc"),
        {
            "etc/containers.conf": containers_conf("etc", "a", "a"),
            "usr/containers.conf": containers_conf("usr", "b", "b"),
            "usr/containers.conf.d/99.conf": containers_conf("99", "c", "c"),
        },
    ),
    "usr": Case(uri("a-usr"), {"usr/containers.conf": containers_conf("usr", "a", "a")}),
    "usr-has-no-drop-ins": Case(
        NONE, {"usr/containers.conf.d/99.conf": containers_conf("99", "c", "c")}
    ),
    "layers-are-merged": Case(
        uri("b-usr"),
        {
            f"{USER}/containers.conf": containers_conf("user", None, "a"),
            "etc/containers.conf": containers_conf("etc", "b"),
            "usr/containers.conf": containers_conf("usr", "a", "a", "b"),
        },
    ),
    "the-upper-of-two-of-one-name": Case(
        uri("a-user"),
        {
            f"{USER}/containers.conf": containers_conf("user", None, "a"),
            "etc/containers.conf": containers_conf("etc", "a", "a"),
        },
    ),
    "an-empty-name-takes-it-away": Case(
        NONE,
        {
            f"{USER}/containers.conf": containers_conf("user", ""),
            "etc/containers.conf": containers_conf("etc", "a", "a"),
        },
    ),
    "CONTAINERS_CONF": Case(
        uri("c-only"),
        {
            f"{USER}/containers.conf": containers_conf("user", "a", "a"),
            "home/only.conf": containers_conf("only", "c", "c"),
        },
        {"CONTAINERS_CONF": "{top}/home/only.conf"},
    ),
    "CONTAINERS_CONF-hides-the-others": Case(
        NONE,
        {
            f"{USER}/containers.conf": containers_conf("user", "a", "a"),
            "etc/containers.conf": containers_conf("etc", "b", "b"),
            "home/only.conf": containers_conf("only", None, "c"),
        },
        {"CONTAINERS_CONF": "{top}/home/only.conf"},
    ),
    "CONTAINERS_CONF-leaves-json": Case(
        uri("a-json"),
        {JSON: connections_json("a", "a"), "home/only.conf": containers_conf("only", "c", "c")},
        {"CONTAINERS_CONF": "{top}/home/only.conf"},
    ),
    "CONTAINERS_CONF_OVERRIDE": Case(
        uri("d-over"),
        {
            "home/only.conf": containers_conf("only", "c", "c"),
            "home/over.conf": containers_conf("over", "d", "d"),
        },
        {
            "CONTAINERS_CONF": "{top}/home/only.conf",
            "CONTAINERS_CONF_OVERRIDE": "{top}/home/over.conf",
        },
    ),
    "CONTAINER_HOST": Case(
        uri("host"), {JSON: connections_json("a", "a")}, {"CONTAINER_HOST": uri("host")}
    ),
    "CONTAINER_CONNECTION": Case(
        uri("b-json"),
        {JSON: connections_json("a", "a", "b")},
        {"CONTAINER_CONNECTION": "b", "CONTAINER_HOST": uri("host")},
    ),
    "CONTAINER_CONNECTION-of-conf": Case(
        uri("b-etc"),
        {
            JSON: connections_json("a", "a"),
            "etc/containers.conf": containers_conf("etc", None, "b"),
        },
        {"CONTAINER_CONNECTION": "b"},
    ),
    "empty-variables": Case(
        uri("a-json"),
        {JSON: connections_json("a", "a")},
        dict.fromkeys(
            [
                *("CONTAINER_CONNECTION", "CONTAINER_HOST", "CONTAINERS_CONF"),
                *("CONTAINERS_CONF_OVERRIDE", "XDG_CONFIG_HOME"),
            ],
            "",
        ),
    ),
    "PODMAN_CONNECTIONS_CONF": Case(
        uri("b-json"),
        {JSON: connections_json("a", "a"), "home/other.json": connections_json("b", "b")},
        {"PODMAN_CONNECTIONS_CONF": "{top}/home/other.json"},
    ),
    "PODMAN_CONNECTIONS_CONF-empty": Case(
        NONE, {JSON: connections_json("a", "a")}, {"PODMAN_CONNECTIONS_CONF": ""}
    ),
    "PODMAN_CONNECTIONS_CONF-not-there": Case(
        NONE,
        {JSON: connections_json("a", "a")},
        {"PODMAN_CONNECTIONS_CONF": "{top}/home/none.json"},
    ),
    "XDG_CONFIG_HOME": Case(
        uri("b-json"),
        {
            JSON: connections_json("a", "a"),
            "home/xdg/containers/podman-connections.json": connections_json("", "b"),
            "home/xdg/containers/containers.conf": containers_conf("xdg", "b", "b"),
        },
        {"XDG_CONFIG_HOME": "{top}/home/xdg"},
    ),
    "names-in-any-case": Case(
        uri("a"),
        {
            f"{USER}/containers.conf": '[Engine]\nActive_Service = "a"\n'
            f'[Engine.Service_Destinations.a]\nURI = "{uri("a")}"'
        },
    ),
    "one-line": Case(
        uri("a"),
        {
            f"{USER}/containers.conf": 'engine = {active_service = "a", '
            f'service_destinations = {{a = {{uri = "{uri("a")}"}}}}}} # a'
        },
    ),
    "comments": Case(
        NONE,
        {
            f"{USER}/containers.conf": '[engine]\n#active_service = "a"\n'
            f'  # [engine.service_destinations.a]\n#uri = "{uri("a")}"'
        },
    ),
}

FALLS_BACK = {
    "a-default-that-is-not-there": Case(NONE, {JSON: connections_json("b", "a")}),
    "an-active-service-that-is-not-there": Case(
        NONE, {f"{USER}/containers.conf": containers_conf("user", "b", "a")}
    ),
    "broken-json": Case(NONE, {JSON: '{"Connection": {"Default": "a"'}),
    "empty-json": Case(NONE, {JSON: ""}),
}
"""Where Podman goes on to root's socket without a word, and podlib raises."""
