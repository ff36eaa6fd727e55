"""``run``: a container from its beginning to its end, and what it wrote."""

from __future__ import annotations

import json
import math
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from podlib.errors import APIError, ConflictError, NotFoundError, PodmanError
from podlib.http.flow_sync import uninterrupted
from podlib.replies import NOT_STARTED

from . import streams
from .call import Command, Ended
from .failures import CommandError
from .run_options import add_options, container_options, timeout

if TYPE_CHECKING:
    from collections.abc import Generator

    from podlib import Podman, models
    from podlib._sync.sessions import Session

    from .call import Call

_GRACE = 5
"""Seconds after the limit in which the server ends a container whose command was killed itself."""
_PATIENCE = 30
"""Seconds that the server has to kill the container, and to remove it."""
_PAUSE = 0.02
_TAIL = 2_000
"""Characters of the standard error that a failure shows."""


def _run(call: Call) -> object:
    options = call.options
    container = _Container(call.podman, timeout(options), remove=not options.no_auto_remove)
    wanted = container_options(options)
    image = _image(call)
    written = _Written(live=not call.json)
    try:
        # Uninterrupted, or a container could be there that nobody knows of.
        uninterrupted(lambda: container.create(options.image, wanted))
        code = container.to_the_end(written)
    finally:
        uninterrupted(container.end)
    if code:
        raise _failed(container.name, code, written)
    if not call.json:
        return Ended()
    return {
        "container_id": container.id,
        "name": container.name,
        "status": "exited",
        "exit_code": code,
        "image": image["RepoTags"] or [options.image],
        "auto_remove": not options.no_auto_remove,
        "stdout": document_or_text(written.text("stdout")),
        "stderr": written.text("stderr"),
    }


def _image(call: Call) -> dict[str, Any]:
    name = call.options.image
    try:
        image: dict[str, Any] = call.get("images/{}/json", name)
    except NotFoundError:
        raise CommandError(
            f"Image {name!r} is not on this host", advice=f"fetch it: podlib pull {name}"
        ) from None
    return image


class _Written:
    """What the container wrote: kept, or with ``live`` passed on."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._kept = {"stdout": bytearray(), "stderr": bytearray()}

    def take(self, piece: models.Output) -> None:
        """One more piece."""
        if self._live:
            fd = streams.STDERR if piece.stream == "stderr" else streams.STDOUT
            streams.write(fd, piece.data)
        else:
            self._kept[piece.stream] += piece.data

    def text(self, stream: str) -> str:
        """All of it; what is not UTF-8 is U+FFFD. It is kept no longer."""
        return self._kept.pop(stream, bytearray()).decode("utf-8", "replace")


class _Container:
    """One container, for as long as the command runs."""

    def __init__(self, podman: Podman, limit: float | None, *, remove: bool) -> None:
        self._containers = podman.containers
        self._ending = podman.with_timeouts(total=_PATIENCE).containers
        self._limit = limit
        self._remove = remove
        self._timed_out = False
        self.id = ""
        self.name = ""

    def create(self, image: str, options: models.ContainerOptions) -> None:
        """Make it. Raises CommandError for a name that is taken."""
        if self._limit is not None:
            options["timeout"] = math.ceil(self._limit) + _GRACE
        self.name = options.get("name", "")
        try:
            self.id = self._containers.create(image, **options).id
        except ConflictError as error:
            if not self.name:
                raise
            raise CommandError(
                f"Container name {self.name!r} is taken, nothing was touched: {error.message}",
                advice=f"choose another name, or remove that container: podlib rm {self.name}",
            ) from None

    def to_the_end(self, written: _Written) -> int:
        """Let it run, and take what it writes; its exit code."""
        self.name = self.name or self._containers.inspect(self.id).name
        with self._started() as session:
            with self._limited(session):
                for piece in session.output():
                    written.take(piece)
            if self._timed_out:
                raise CommandError(
                    f"Container {self.name!r} exceeded timeout of {self._limit:g}s and was killed"
                )
            code = session.exit_code()
        if not self._remove:
            self._wait_until_exited()
        return code

    @contextmanager
    def _started(self) -> Generator[Session]:
        """Let it run, attached before: nothing is missed."""
        try:
            with self._containers.attach(self.id) as session:  # which makes it ready to run
                self._containers.start(self.id)
                yield session
        except APIError as error:
            if error.cause not in NOT_STARTED:
                raise
            message = f"Container {self.name!r} was not started: {error.message}"
            raise CommandError(message, status=NOT_STARTED[error.cause]) from None

    def _wait_until_exited(self) -> None:
        """Until it is put in order, too. The server's own wait takes stopped for exited."""
        end = time.monotonic() + _GRACE
        with suppress(NotFoundError):
            while self._containers.inspect(self.id).state.status == "stopped":
                if time.monotonic() > end:
                    return
                time.sleep(_PAUSE)

    @contextmanager
    def _limited(self, session: Session) -> Generator[None]:
        if self._limit is None:
            yield
            return
        timer = threading.Timer(self._limit, lambda: self._kill_for_time(session))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _kill_for_time(self, session: Session) -> None:
        """Kill it, which ends its output too."""
        try:
            self._ending.kill(self.id)
        except APIError:  # it has ended by itself
            return
        except PodmanError:  # nothing will come from this service any more
            session.abort()
            return
        self._timed_out = True

    def end(self) -> None:
        """Let nothing of it run on, and unless it is to be kept, let nothing be left."""
        if not self.id:
            return
        try:
            if self._remove:
                self._ending.remove(self.id, force=True, volumes=True, timeout=0)
            else:
                self._ending.kill(self.id)
        except (NotFoundError, ConflictError):  # it is gone, or has ended
            return


def _failed(name: str, code: int, written: _Written) -> CommandError:
    tail = written.text("stderr").rstrip()[-_TAIL:]
    message = f"Container {name!r} exited with code {code}"
    return CommandError(f"{message}: {tail}" if tail else message, status=code)


def document_or_text(text: str) -> object:
    """What a JSON document says, or the text, if it is none."""
    try:
        return json.loads(text, parse_constant=_no_json, parse_float=_number)
    except (ValueError, RecursionError):
        return text


def _no_json(word: str) -> NoReturn:
    raise ValueError(word)  # NaN and the infinities: Python writes them, JSON has none


def _number(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError(digits)
    return number


COMMANDS = {
    "run": Command(
        "run a container to its end, and tell what it wrote",
        _run,
        options=add_options,
        examples=(
            "  podlib run alpine echo hello\n"
            "  podlib run localhost/my-function --name test --timeout 10 -e KEY=VALUE\n"
            "  podlib run alpine --volume data:/data:Z --memory 64m --network bridge ls /data\n\n"
            "Options stand before or behind IMAGE; with the first word of COMMAND they end. The\n"
            "exit status is the container's; 127: it has no such command, 126: it cannot be run."
        ),
        own_words=1,
    )
}
