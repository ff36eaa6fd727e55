"""Which places a client tries, and what to say if none can be spoken to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from podlib.errors import ConnectError, ParameterError

from .found import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .places import Far, Own


class Candidate(NamedTuple):
    """A place where Podman's service may be."""

    path: str
    """Its socket; ``""`` if that is made first, by a tunnel or by a service of podlib's own."""
    origin: str
    """What names it, for error messages."""
    beyond: Far | Own | None = None
    """What the socket that is made leads to."""
    is_usual: bool = False
    """Whether nobody chose it: what podlib starts may stand in for it."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path or getattr(self.beyond, "name", "the service that podlib started")


def candidates(
    url: str | os.PathLike[str] | None = None,
    connection: str | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    transient: bool = False,
    files: Mapping[str, str | os.PathLike[str] | None] | None = None,
) -> list[Candidate]:
    """The places to try, in their order: what is given, else what Podman itself would take.

    ``url`` is a path or a URI, ``connection`` a name. ``transient`` adds a service of podlib's
    own, where nothing but the usual sockets would be tried. ``files`` are ``identity``,
    ``tls_cert``, ``tls_key`` and ``tls_ca``, which count more than those of a connection.

    Raises ParameterError for what is no such URI; ConnectError for a name that is unknown, and
    for a place that podlib has no way to; FileError for a file of Podman that is needed and cannot
    be read or understood.
    """
    given = {name: os.fspath(file) for name, file in (files or {}).items() if file is not None}
    if url is not None:
        if connection is not None:
            raise ParameterError("give a url or a connection's name, not both")
        found = [Connection("", os.fspath(url), "as given")]
    else:
        from .order import chosen

        found = chosen(os.environ if environ is None else environ, connection)
    tried = [_candidate(_with_files(each, given)) for each in found]
    _check_files(given, tried)
    if transient and all(each.is_usual for each in found):
        tried.append(service()._replace(origin="transient=True"))
    return tried


def service(
    podman: str | os.PathLike[str] = "podman",
    root: str | os.PathLike[str] | None = None,
    runroot: str | os.PathLike[str] | None = None,
    auth_file: str | os.PathLike[str] | None = None,
    tmpdir: str | os.PathLike[str] | None = None,
    options: Sequence[str] = (),
) -> Candidate:
    """A service that podlib starts, with its own socket."""
    from .places import Own

    folders = {"--root": root, "--runroot": runroot}
    words = [f"{name}={os.fspath(folder)}" for name, folder in folders.items() if folder]
    variables = {"REGISTRY_AUTH_FILE": auth_file, "TMPDIR": tmpdir}
    environ = {name: os.fspath(value) for name, value in variables.items() if value}
    return Candidate(
        "", "the transient service", Own(os.fspath(podman), (*words, *options), environ)
    )


def brought(url: str | os.PathLike[str] | None, rest: Sequence[object]) -> Candidate:
    """The service behind a transport that the caller brings; the ``rest`` must not be given."""
    if any(rest):
        raise ParameterError("a transport knows where its service is: give it a url, or nothing")
    base = os.fspath(url or "http://podman").rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise ParameterError(f"the url of a transport is http://HOST:PORT, not {base!r}")
    return Candidate(base, "the transport")


def _with_files(found: Connection, given: Mapping[str, str]) -> Connection:
    files = ("identity", "tls_cert", "tls_key", "tls_ca")
    identity, cert, key, ca = (given.get(name, getattr(found, name)) for name in files)
    return found._replace(identity=identity, tls_cert=cert, tls_key=key, tls_ca=ca)


def _check_files(given: Mapping[str, str], tried: Sequence[Candidate]) -> None:
    """Refuse what would not be read."""
    for candidate in tried:
        scheme = getattr(candidate.beyond, "scheme", "unix")
        for name in given:
            if scheme != ("ssh" if name == "identity" else "tcp"):
                raise ParameterError(f"{candidate.origin}: {scheme}:// takes no {name}")


def _candidate(found: Connection) -> Candidate:
    uri, origin = found.uri, found.origin
    if not uri:
        raise ParameterError(f"{origin}: there is no URI and no socket's path")
    if not uri.startswith("unix:"):
        if "://" in uri:
            from .places import far

            return Candidate("", origin, far(uri, origin, found))
        return Candidate(uri, origin)
    path = uri.removeprefix("unix:").removeprefix("//")
    if not path.startswith("/"):
        raise ParameterError(
            f"{origin}: {uri!r} has no absolute path; write unix:///run/podman/podman.sock"
        )
    return Candidate(unquote(path), origin, is_usual=found.is_usual)


def nothing_answers(tried: Sequence[tuple[Candidate, ConnectError]]) -> ConnectError:
    """The error for when no candidate answered: what was tried, and how to start the service."""
    first, error = tried[0][0], tried[-1][1]
    if len(tried) == 1 and (first.beyond or "://" in first.path):
        failure = ConnectError(f"{first.origin}: {error}")
        failure.__cause__ = error
        return failure
    lines = [f"{candidate.origin}: {error}" for candidate, error in tried]
    by_user = "" if os.getuid() == 0 else "--user "
    own = _own_may_help(tried)
    failure = ConnectError(
        "\n  ".join(["no Podman service answers. Tried:", *lines])
        + f"\nStart one with `systemctl {by_user}start podman.socket`, or with "
        f"`podman system service --time=0 unix://{first.path}`;\n"
        + ("let podlib run one while it is needed: Podman(transient=True);\n" if own else "")
        + "or name another socket: Podman('/path/to/podman.sock') or CONTAINER_HOST.",
        tried=lines,
        transient_helps=own,
    )
    failure.__cause__ = error
    return failure


def _own_may_help(tried: Sequence[tuple[Candidate, ConnectError]]) -> bool:
    import shutil

    return all(each.is_usual for each, _ in tried) and shutil.which("podman") is not None
