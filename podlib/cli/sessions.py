"""Commands that speak with processes: exec, attach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .call import Command, Ended
from .failures import CommandError, UsageError
from .parser import pairs
from .streams import standard_input

if TYPE_CHECKING:
    from podlib import models
    from podlib._sync.sessions import Session

    from .call import Call
    from .parser import Parser

_TAIL = 2_000


def _exec_options(parser: Parser) -> None:
    add = parser.add_argument
    add("container", metavar="CONTAINER", help="its name or id; COMMAND follows it")
    parser.flag("--interactive", "-i", help="pass the standard input on")
    parser.flag("--tty", "-t", help="give the command a terminal")
    add("--env", "-e", action="append", default=[], metavar="KEY=VALUE", help="a variable")
    add("--user", "-u", metavar="USER[:GROUP]", help="who runs it")
    add("--workdir", "-w", metavar="FOLDER", help="where in the container it runs")
    parser.flag("--privileged", help="with all capabilities")


def _exec(call: Call) -> object:
    options = call.options
    if not options.words:
        raise CommandError("exec: which command?", advice="podlib exec CONTAINER COMMAND …")
    given: models.ExecOptions = {"tty": options.tty, "privileged": options.privileged}
    if options.env:
        given["env"] = pairs("--env", options.env)
    if options.user:
        given["user"] = options.user
    if options.workdir:
        given["workdir"] = options.workdir
    stdin = options.interactive
    if stdin and options.tty and call.json:
        raise UsageError("exec: with -t, nobody can type -i into a document: leave out one of both")
    with call.podman.containers.exec(
        options.container, options.words, stdin=stdin, **given
    ) as session:
        return _session(call, session, "the command")


def _attach_options(parser: Parser) -> None:
    parser.add_argument("container", metavar="CONTAINER", help="its name or id")
    parser.flag("--no-stdin", help="do not pass the standard input on")
    parser.flag("--logs", help="begin with what was written so far")


def _attach(call: Call) -> object:
    options = call.options
    containers = call.podman.containers
    stdin = not (options.no_stdin or call.json)
    if stdin:
        stdin = containers.inspect(options.container).config.open_stdin
    with containers.attach(options.container, stdin=stdin, logs=options.logs) as session:
        return _session(call, session, f"container {options.container!r}")


def _session(call: Call, session: Session, who: str) -> object:
    """For people the session itself; for programs what was written, when it has ended."""
    if not call.json:
        return Ended(session.interact() or 0)
    reads = getattr(call.options, "interactive", False)
    result = session.communicate(standard_input().read() if reads else None)
    if result.exit_code:
        tail = result.stderr.decode("utf-8", "replace").rstrip()[-_TAIL:]
        message = f"{who} exited with code {result.exit_code}"
        raise CommandError(f"{message}: {tail}" if tail else message, status=result.exit_code)
    return {
        "container": call.options.container,
        "exit_code": result.exit_code,
        "stdout": result.stdout.decode("utf-8", "replace"),
        "stderr": result.stderr.decode("utf-8", "replace"),
    }


COMMANDS = {
    "exec": Command(
        "run a further command in a container",
        _exec,
        options=_exec_options,
        examples=(
            "  podlib exec -it web sh\n"
            "  podlib exec web cat /etc/hostname\n"
            "  echo hello | podlib exec -i web cat\n\n"
            "The exit status is the command's."
        ),
        own_words=1,
    ),
    "attach": Command(
        "be connected to a container's process",
        _attach,
        options=_attach_options,
        examples="  podlib attach web\n  podlib attach --logs --no-stdin web",
    ),
}
