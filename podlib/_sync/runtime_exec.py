# Generated from podlib/_async/runtime_exec.py: edit there.
"""Commands that a runtime runs in its containers: through the Docker-compatible API."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import ClosedError, FileError, ParameterError
from podlib.files import WriterFile, reason
from podlib.http.flow_sync import alongside, in_thread

from .runtime_core import RuntimeCore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from podlib.files import Writer
    from podlib.http.common import Readable

    from .sessions import Session

_BLOCK = 65_536


class RuntimeExec(RuntimeCore):
    """The part of a runtime that runs commands."""

    def exec_container(
        self,
        id: str,
        command: Sequence[str],
        *,
        input: bytes | Readable | None = None,
        stdout: Writer | None = None,
        stderr: Writer | None = None,
        **options: Unpack[models.ExecOptions],
    ) -> models.ExecResult:
        """Run a command in a running container, to its end: what it wrote, and its exit code.

        ``POST /containers/{id}/exec`` and ``POST /exec/{id}/start``. ``input`` is what it reads:
        bytes, or an open binary file that is read while the command runs (and that the call waits
        for, if reading it takes longer). ``stdout`` and ``stderr`` get what it writes as it comes:
        open binary files, or what takes bytes like one; what has no writer is in the result. With
        a terminal (``tty``) all output is stdout, and there is no ``input``. The options are those
        of :class:`podlib.models.ExecOptions`. Raises NotFoundError, ConflictError for a container
        that does not run, FileError for what cannot be read or written; that the command fails is
        no error.
        """
        if input is not None and options.get("tty"):
            raise ParameterError("input: that of a terminal has no end")
        sessions = self._docker.exec
        created = sessions.create(id, command, stdin=input is not None, **options)
        with sessions.start(created.id) as session:
            if input is None:
                return _collected(session, stdout, stderr)
            feed = Feed(session, input)
            try:
                return alongside(
                    lambda: _collected(session, stdout, stderr), feed.run, session.abort
                )
            finally:
                feed.raise_failure()


class Feed:
    """What is written to a process while its output is read."""

    def __init__(self, session: Session, source: bytes | Readable) -> None:
        self._session = session
        self._source = io.BytesIO(source) if isinstance(source, bytes) else source
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Write all of it. If it cannot be read, end the session."""
        try:
            while block := in_thread(self._read):
                self._session.write(block)
            self._session.close_write()
        except ClosedError:  # the process ended without reading all of it
            return
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the caller gets it
            self._failure = error
            self._session.abort()

    def _read(self) -> bytes:
        try:
            return self._source.read(_BLOCK)
        except OSError as error:
            name = str(getattr(self._source, "name", "input"))
            raise FileError(f"cannot read {name}: {reason(error)}", path=name) from error

    def raise_failure(self) -> None:
        """Raise why it could not be read, if that is so."""
        if self._failure is not None:
            raise self._failure


def _collected(session: Session, stdout: Writer | None, stderr: Writer | None) -> models.ExecResult:
    """All output, to where it belongs, and the exit code."""
    kept: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    files = {"stdout": stdout and WriterFile(stdout), "stderr": stderr and WriterFile(stderr)}
    for stream, data in session.output():
        if file := files[stream]:
            in_thread(partial(file.write, [data]))
        else:
            kept[stream].append(data)
    code = session.exit_code()
    return models.ExecResult(code, b"".join(kept["stdout"]), b"".join(kept["stderr"]))
