"""Commands that listen: logs, events, stats, top. Each ends by itself, unless it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .call import Command, Items
from .failures import UsageError
from .tables import Table, clean, short, size
from .times import when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib import models

    from .call import Call
    from .parser import Parser


def _container(parser: Parser) -> None:
    parser.add_argument("container", metavar="CONTAINER", help="its name or id")


def _follow(parser: Parser) -> None:
    parser.flag("--follow", "-f", help="go on with what comes: a document for each")


def _range(parser: Parser) -> None:
    for name, what in (("--since", "from then on"), ("--until", "up to then")):
        parser.add_argument(name, metavar="TIME", help=f"{what}: RFC 3339, or ago: 10m")


def _time(text: str | None) -> Any:  # noqa: ANN401 -- a time or None, as the options take both
    return None if text is None else when(text)


# -- logs ----------------------------------------------------------------------------------------


def _logs_options(parser: Parser) -> None:
    _container(parser)
    _follow(parser)
    _range(parser)
    parser.add_argument("--tail", "-n", type=int, metavar="LINES", help="only the last ones")
    parser.flag("--timestamps", "-t", help="tell when each line was written")


def _logs(call: Call) -> object:
    lines = _log_lines(call)
    return Items(lines) if call.options.follow or not call.json else [*lines]


def _log_lines(call: Call) -> Iterator[dict[str, Any]]:
    options = call.options
    with call.podman.containers.logs(
        options.container,
        follow=options.follow,
        since=_time(options.since),
        until=_time(options.until),
        tail=options.tail,
        timestamps=options.timestamps,
    ) as lines:
        for line in lines:
            time = {"time": line.time.isoformat()} if line.time else {}
            yield {"stream": line.stream, "text": line.text, **time}


def _show_log(line: dict[str, Any]) -> str:
    time = f"{line['time']} " if "time" in line else ""
    return f"{time}{line['text']}\n"


# -- events --------------------------------------------------------------------------------------


def _events_options(parser: Parser) -> None:
    _follow(parser)
    _range(parser)
    parser.add_argument(
        "--filter", action="append", default=[], metavar="KEY=VALUE", help="such as type=container"
    )


def _events(call: Call) -> object:
    options = call.options
    filters: dict[str, list[str]] = {}
    for text in options.filter:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--filter: {text!r} is not KEY=VALUE")
        filters.setdefault(key, []).append(value)
    events = _event_items(call, filters)
    return Items(events) if options.follow or not call.json else [*events]


def _event_items(call: Call, filters: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    options = call.options
    with call.podman.system.events(
        since=_time(options.since),
        until=_time(options.until),
        filters=cast("models.EventFilters", filters) or None,  # the call checks their names
        stream=options.follow,
    ) as events:
        for event in events:
            yield _event(event)


def _event(event: models.Event) -> dict[str, Any]:
    attributes = event.actor.attributes
    return {
        "time": event.time.isoformat() if event.time else "",
        "type": event.type,
        "action": event.action,
        "id": event.actor.id,
        "name": attributes.get("name", attributes.get("network", "")),
        "attributes": attributes,
    }


def _show_event(event: dict[str, Any]) -> str:
    who = event["name"] or short(event["id"])
    return clean(f"{event['time']} {event['type']} {event['action']} {who}") + "\n"


# -- stats, top ----------------------------------------------------------------------------------


def _stats_options(parser: Parser) -> None:
    parser.add_argument(
        "containers", nargs="*", metavar="CONTAINER", help="(default: all that run)"
    )
    _follow(parser)
    parser.add_argument(
        "--interval",
        type=int,
        default=5,
        metavar="SECONDS",
        help="between two samples (default: 5)",
    )


def _stats(call: Call) -> object:
    options = call.options
    if not options.follow:
        return [_stat(each) for each in call.podman.containers.stats(*options.containers)]
    return Items(_stats_items(call))


def _stats_items(call: Call) -> Iterator[list[dict[str, Any]]]:
    options = call.options
    with call.podman.containers.stats_stream(
        *options.containers, interval=options.interval
    ) as samples:
        for sample in samples:
            yield [_stat(each) for each in sample]


def _stat(stats: models.ContainerStats) -> dict[str, Any]:
    return {
        "id": stats.container_id,
        "name": stats.name,
        "cpu_percent": round(stats.cpu, 2),
        "memory": stats.mem_usage,
        "memory_limit": stats.mem_limit,
        "net_input": stats.net_input + sum(each.rx_bytes for each in stats.network.values()),
        "net_output": stats.net_output + sum(each.tx_bytes for each in stats.network.values()),
        "block_input": stats.block_input,
        "block_output": stats.block_output,
        "pids": stats.pids,
    }


def _show_stats(data: list[dict[str, Any]]) -> Table:
    rows = [
        (
            *(short(each["id"]), each["name"], f"{each['cpu_percent']:.1f} %"),
            f"{size(each['memory'])} of {size(each['memory_limit'])}",
            f"{size(each['net_input'])}, {size(each['net_output'])}",
            each["pids"],
        )
        for each in data
    ]
    headings = ("ID", "NAME", "CPU", "MEMORY", "NETWORK IN, OUT", "PIDS")
    return Table(headings, rows, "no container runs")


def _top(call: Call) -> object:
    top = call.podman.containers.top(call.options.container)
    return {"titles": top.titles, "processes": top.processes}


def _show_top(data: dict[str, Any]) -> Table:
    return Table(data["titles"], data["processes"])


COMMANDS = {
    "logs": Command(
        "what a container wrote",
        _logs,
        _show_log,
        _logs_options,
        "  podlib logs web --tail 20\n  podlib logs --follow web\n  podlib logs web --since 10m",
    ),
    "events": Command(
        "what happened on the host",
        _events,
        _show_event,
        _events_options,
        "  podlib events --since 1h\n"
        "  podlib events --follow --filter type=container --filter event=died",
    ),
    "stats": Command(
        "what containers use of their host",
        _stats,
        _show_stats,
        _stats_options,
        "  podlib stats\n  podlib stats web --follow --interval 2",
    ),
    "top": Command("the processes of a container", _top, _show_top, _container, "  podlib top web"),
}
