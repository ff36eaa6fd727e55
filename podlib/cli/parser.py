"""argparse, with errors that are podlib's own and help that teaches by examples."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from .failures import CommandError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class HelpWanted(Exception):  # noqa: N818 -- it is no error
    """Somebody asked for the help ``text``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        raise HelpWanted(parser.format_help())


class Parser(argparse.ArgumentParser):
    """The options of one command, or those of all."""

    def __init__(self, name: str, summary: str, examples: str = "") -> None:
        super().__init__(
            prog=name,
            description=summary,
            epilog=f"examples:\n{examples}" if examples else None,
            # With a width of its own, it does not import shutil for that of the terminal.
            formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=79),
            add_help=False,
            allow_abbrev=False,
        )
        self.color = False  # Python 3.14: what is put together here must be plain
        self.add_argument("-h", "--help", action=_Help, nargs=0, help="show this")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message, advice=f"`{self.prog} --help` shows what it takes")

    def flag(self, *names: str, help: str) -> None:  # noqa: A002 -- argparse's own word
        """An option without a value."""
        self.add_argument(*names, action="store_true", help=help)

    def expect_command(self) -> None:
        """Say in the help that the command of a container follows."""
        usage = self.format_usage().removeprefix("usage: ").rstrip()
        self.usage = f"{usage} [COMMAND ...]"

    def options(self) -> list[str]:
        """All options, as they are written."""
        return [*self._option_string_actions]

    def option(self, word: str) -> argparse.Action | None:
        """The option that is written so."""
        return self._option_string_actions.get(word)

    def positionals(self) -> list[argparse.Action]:
        """The arguments that are no options, in their order."""
        return [action for action in self._actions if not action.option_strings]

    def words_of_another(self, arguments: Sequence[str], own: int) -> tuple[list[str], list[str]]:
        """The arguments that are for this parser, and the words of the command behind them.

        The command begins after ``own`` positional arguments, with -1 at once: what follows are
        its words, also what looks like an option.
        """
        if own < 0:
            return [], [*arguments]
        ours: list[str] = []
        left = [*arguments]
        while left:
            word = left.pop(0)
            if word == "--":
                return (ours, left) if own <= 0 else ([*ours, word, *left[:own]], left[own:])
            if word.startswith("-") and len(word) > 1:
                ours += [word, *_values(self.option(word), left)]
            elif own <= 0:
                return ours, [word, *left]
            else:
                own -= 1
                ours.append(word)
        return ours, []


def _values(action: argparse.Action | None, left: list[str]) -> list[str]:
    """What follows an option as its value, taken from ``left``."""
    if action is None or action.nargs == 0:
        return []
    taken = [left.pop(0)] if left else []
    while action.nargs == "+" and left and not left[0].startswith("-"):
        taken.append(left.pop(0))
    return taken


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """``KEY=VALUE`` texts as a mapping. Raises UsageError."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise UsageError(f"{option}: {text!r} is not KEY=VALUE")
        found[key] = value
    return found


def global_options(parser: argparse.ArgumentParser) -> None:
    """What every command takes, before its name or behind it."""
    group = parser.add_argument_group("options of all commands")
    quiet = argparse.SUPPRESS  # what was said before the command's name stays
    group.add_argument(
        "--socket", metavar="PATH_OR_URI", default=quiet, help="where the Podman service is"
    )
    group.add_argument(
        "--connection", metavar="NAME", default=quiet, help="likewise, as Podman's files name it"
    )
    group.add_argument(
        "--transient",
        action="store_true",
        default=quiet,
        help="where none of the usual sockets answers, run a service for this command",
    )
    group.add_argument(
        "--output",
        choices=("json", "text"),
        default=quiet,
        help="for programs or for people (default: text on a terminal, json elsewhere)",
    )
    group.add_argument(
        "--debug", action="store_true", default=quiet, help="show tracebacks of errors"
    )


def no_such_command(name: str, known: Iterable[str]) -> CommandError:
    """The error for a command that does not exist."""
    from podlib.spelling import unknown

    advice = "`podlib --help` lists the commands"
    return UsageError(f"command: {unknown(name, known)}", advice=advice)
