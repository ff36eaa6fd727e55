"""One run of the command ``podlib``, from its arguments to its exit status."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from . import streams
from .call import Call, Ended, Items
from .commands import command
from .failures import CommandError, UsageError, failure
from .parser import HelpWanted, Parser, global_options
from .signals import stopping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .call import Command


def run(arguments: Sequence[str], came: Sequence[int] = ()) -> int:
    """Run a command; what it gives, or why it failed, is written.

    ``came`` are signals that asked it to end before it began.
    """
    has_output = streams.keep_open()
    options = argparse.Namespace(
        socket=None, connection=None, transient=False, output=None, debug=False
    )
    try:
        with stopping(came):
            return _run([*arguments], options, has_output=has_output)
    except BaseException as error:  # noqa: BLE001 -- whatever happened, the caller gets one message in the shape that it reads
        return _fail(error, options)


def _run(arguments: list[str], options: argparse.Namespace, *, has_output: bool) -> int:
    if not has_output:
        raise CommandError("the standard output is closed, so nothing was done")
    try:
        chosen, parser, words = _chosen(arguments, options)
        if chosen.own_words is not None:
            words, options.words = parser.words_of_another(words, chosen.own_words)
        parser.parse_args(words, options)
    except HelpWanted as wanted:
        _write(wanted.text, options, always_text=True)
        return 0
    as_json = _as_json(options, always_text=chosen.always_text)
    with Call(options, json=as_json) as call:
        result = chosen.run(call)
        if isinstance(result, Items):
            for item in result.items:
                _show(chosen, item, as_json=as_json)
            return 0
    if isinstance(result, Ended):
        return result.status
    _show(chosen, result, as_json=as_json)
    return 0


def _chosen(arguments: list[str], options: argparse.Namespace) -> tuple[Command, Parser, list[str]]:
    """The command, the parser of its options, and its arguments."""
    first = Parser("podlib", "")
    global_options(first)
    try:
        ours, words = first.words_of_another(arguments, 0)
        first.parse_args(ours, options)
    except HelpWanted:
        from .overview import overview

        raise HelpWanted(overview()) from None
    if not words:
        raise UsageError("which command?", advice="`podlib --help` lists the commands")
    name, *rest = words
    chosen = command(name)
    parser = Parser(f"podlib {name}", chosen.summary, chosen.examples)
    if chosen.options is not None:
        chosen.options(parser)
    global_options(parser)
    if chosen.own_words == 1:
        parser.expect_command()
    return chosen, parser, rest


def _as_json(options: argparse.Namespace, *, always_text: bool = False) -> bool:
    if options.output is not None:
        return bool(options.output == "json")
    return not (always_text or streams.is_terminal(streams.STDOUT))


def _show(chosen: Command, data: object, *, as_json: bool) -> None:
    if as_json:
        _write_document({"success": True, "data": data}, streams.STDOUT)
        return
    shown = chosen.show(data)
    if not isinstance(shown, str):
        from .tables import render

        shown = render(shown)
    if shown and not shown.endswith("\n"):
        shown += "\n"
    streams.write_text(streams.STDOUT, shown)


def _write(text: str, options: argparse.Namespace, *, always_text: bool) -> None:
    if _as_json(options, always_text=always_text):
        _write_document({"success": True, "data": text}, streams.STDOUT)
    else:
        streams.write_text(streams.STDOUT, text)


def _write_document(document: dict[str, Any], fd: int) -> None:
    # In ASCII, so that no locale matters; in one piece, so that a part is never taken for all.
    streams.write(fd, f"{json.dumps(document)}\n".encode("ascii"))


def _fail(error: BaseException, options: argparse.Namespace) -> int:
    if options.debug:
        from traceback import format_exception

        streams.try_to_write("".join(format_exception(error)))
    found = failure(error)
    if _as_json(options):
        document = {"success": False, "error": found.message, "exit_code": found.status}
        streams.try_to_write(f"{json.dumps(document)}\n")
        return found.status
    prefix = streams.coloured("podlib:", "31", streams.STDERR)
    advice = f"\n        {found.advice}" if found.advice else ""
    streams.try_to_write(f"{prefix} {found.message}{advice}\n")
    return found.status
