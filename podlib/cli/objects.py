"""Commands that list what else there is: pods, networks, volumes, secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .call import Command
from .documents import listed
from .tables import Table, ago, short

if TYPE_CHECKING:
    from .call import Call


def _pods(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": each["Id"],
            "name": each["Name"],
            "status": each["Status"],
            "containers": [one["Names"] for one in listed(each.get("Containers"))],
            "created": each["Created"],
        }
        for each in call.get("pods/json")
    ]


def _show_pods(data: list[dict[str, Any]]) -> Table:
    rows = [
        (
            *(short(each["id"]), each["name"], each["status"]),
            len(each["containers"]),
            ago(each["created"]),
        )
        for each in data
    ]
    return Table(("ID", "NAME", "STATUS", "CONTAINERS", "CREATED"), rows, "there are no pods")


def _networks(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": each["id"],
            "name": each["name"],
            "driver": each["driver"],
            "subnets": [one["subnet"] for one in listed(each.get("subnets"))],
            "internal": each.get("internal", False),
            "created": each.get("created", ""),
        }
        for each in call.get("networks/json")
    ]


def _show_networks(data: list[dict[str, Any]]) -> Table:
    rows = [
        (short(each["id"]), each["name"], each["driver"], ", ".join(each["subnets"]))
        for each in data
    ]
    return Table(("ID", "NAME", "DRIVER", "SUBNETS"), rows, "there are no networks")


def _volumes(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "name": each["Name"],
            "driver": each["Driver"],
            "mountpoint": each["Mountpoint"],
            "created": each.get("CreatedAt", ""),
        }
        for each in call.get("volumes/json")
    ]


def _show_volumes(data: list[dict[str, Any]]) -> Table:
    rows = [
        (each["name"], each["driver"], ago(each["created"]), each["mountpoint"]) for each in data
    ]
    return Table(("NAME", "DRIVER", "CREATED", "MOUNTPOINT"), rows, "there are no volumes")


def _secrets(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": each["ID"],
            "name": each["Spec"]["Name"],
            "driver": each["Spec"]["Driver"]["Name"],
            "created": each["CreatedAt"],
            "updated": each["UpdatedAt"],
        }
        for each in call.get("secrets/json")
    ]


def _show_secrets(data: list[dict[str, Any]]) -> Table:
    rows = [
        (each["id"], each["name"], each["driver"], ago(each["created"]), ago(each["updated"]))
        for each in data
    ]
    headings = ("ID", "NAME", "DRIVER", "CREATED", "UPDATED")
    return Table(headings, rows, "there are no secrets")


COMMANDS = {
    "pods": Command("the pods that are there", _pods, _show_pods, examples="  podlib pods"),
    "networks": Command(
        "the networks that are there", _networks, _show_networks, examples="  podlib networks"
    ),
    "volumes": Command(
        "the volumes that are there", _volumes, _show_volumes, examples="  podlib volumes"
    ),
    "secrets": Command(
        "the secrets that are there, without what they hold",
        _secrets,
        _show_secrets,
        examples="  podlib secrets",
    ),
}
