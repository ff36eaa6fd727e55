"""Credentials of image registries: those that a caller passes, and those of the user's auth files.

They are found here and sent in a header, so that the service needs no files of the user. Reading
the files blocks; so does asking a credential helper that one of them names.

The files are those that ``podman`` reads, and the first that knows a registry counts:

- ``$REGISTRY_AUTH_FILE``, alone, if that is set;
- ``$DOCKER_CONFIG/config.json``, alone, if it is there;
- ``$XDG_RUNTIME_DIR/containers/auth.json``, or ``/run/containers/UID/auth.json`` without that
  variable; ``$XDG_CONFIG_HOME/containers/auth.json``; ``~/.docker/config.json``; ``~/.dockercfg``.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .errors import FileError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["Credentials", "auth_header", "config_header"]

HELPER_SECONDS = 30.0
"""How long a credential helper may take."""
_DOCKER_HUB = "docker.io"
_HUB_NAMES = frozenset({_DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})
_HUB_IN_STORES = "https://index.docker.io/v1/"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a registry knows a user by: a password, or an identity token. Neither is ever shown."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what no registry could take."""
        for name in ("username", "password", "identity_token"):
            if not isinstance(getattr(self, name), str):
                raise ParameterError(f"credentials: {name} is no text")
        if not (self.username or self.identity_token):
            raise ParameterError("credentials: there is neither a username nor an identity_token")
        if ":" in self.username:
            raise ParameterError("credentials: a username cannot have a colon")

    def _document(self) -> dict[str, str]:
        found = {"username": self.username, "password": self.password}
        return found | ({"identitytoken": self.identity_token} if self.identity_token else {})


def auth_header(reference: str, credentials: Credentials | None) -> Sequence[tuple[str, str]]:
    """The header with the credentials of the registry of ``reference``, and of no other.

    None for ``credentials`` stands for the user's auth files; a registry that they do not know
    gets no header. A reference that names no registry is one of docker.io. Raises FileError.
    """
    repository = _repository(reference)
    credentials = credentials or _find(_auth_files(), repository)
    if credentials is None:
        return ()
    # The service sends credentials without a registry's name to any registry that it comes to
    # ask; but with the name, it loses the identity token.
    document = credentials._document()
    named = {repository.partition("/")[0]: document}
    return [("X-Registry-Auth", _encoded(document if credentials.identity_token else named))]


def config_header(credentials: Mapping[str, Credentials] | None) -> Sequence[tuple[str, str]]:
    """The header with the credentials of several registries, by their names.

    None stands for all that the user's auth files have, but for identity tokens, which the
    service does not take here. Raises FileError, and ParameterError for such a token.
    """
    if credentials is None:
        found = _all()
        if not found:
            return ()
    else:
        found = {_normal(key): each for key, each in credentials.items()}
        for registry, each in found.items():
            if not registry:  # the service would send them to any
                raise ParameterError("credentials: a registry's name is empty")
            if each.identity_token:
                raise ParameterError(f"credentials: {registry}: an identity_token has no way there")
    documents = {registry: each._document() for registry, each in found.items()}
    return [("X-Registry-Config", _encoded(documents))]


def _encoded(document: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).decode()


def _repository(reference: str) -> str:
    """``quay.io/org/box`` for ``docker://quay.io/org/box:1``; of docker.io if it names none."""
    name = reference.removeprefix("docker://").partition("@")[0]
    folder, slash, last = name.rpartition("/")
    name = folder + slash + last.partition(":")[0]
    registry, slash, rest = name.partition("/")
    if not (slash and ("." in registry or ":" in registry or registry == "localhost")):
        return f"{_DOCKER_HUB}/{name}"
    return f"{_DOCKER_HUB}/{rest}" if registry in _HUB_NAMES else name


def _normal(key: str) -> str:
    """The registry, or the namespace in one, that an entry of an auth file is for."""
    stripped = key.removeprefix("http://").removeprefix("https://")
    if stripped != key:
        stripped = stripped.partition("/")[0]
    return _DOCKER_HUB if stripped in _HUB_NAMES else stripped


# -- auth files ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _AuthFile:
    """One auth file. ``entries`` and ``helpers`` are by registry; ``store`` is for all others."""

    path: Path
    entries: Mapping[str, object] = field(repr=False)
    helpers: Mapping[str, object] = field(repr=False)
    store: object = ""

    def find(self, repository: str) -> Credentials | None:
        registry = repository.partition("/")[0]
        if helper := self.helpers.get(registry):
            return self._ask(helper, registry)
        if found := self._entry(repository, registry):
            return found
        if self.store and _installed(self.store):  # podman does not know it: it may be missing
            return self._ask(self.store, _HUB_IN_STORES if registry == _DOCKER_HUB else registry)
        return None

    def _entry(self, repository: str, registry: str) -> Credentials | None:
        key = repository
        while key:
            if key in self.entries:
                return self._decoded(self.entries[key])
            key = key.rpartition("/")[0]
        for key, entry in self.entries.items():
            if _normal(key) == registry:
                return self._decoded(entry)
        return None

    def _decoded(self, entry: object) -> Credentials | None:
        members = _mapping(entry, self.path)
        text = _unpacked(members.get("auth") or "")
        token = members.get("identitytoken") or ""
        if text is None or not isinstance(token, str):
            raise _malformed(self.path)
        username, colon, password = text.partition(":")
        if not colon or not (username or token):
            return None
        return Credentials(username, password.strip("\0"), token)

    def _ask(self, helper: object, registry: str) -> Credentials | None:
        """Ask a credential helper, a program that keeps the secrets elsewhere."""
        import subprocess

        program = f"docker-credential-{helper}"
        error = f"{program}, which {self.path} names for the credentials of {registry},"
        try:
            with subprocess.Popen(  # noqa: S603 -- the user's own file names it
                [program, "get"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process:
                try:
                    output, _ = process.communicate(registry.encode(), HELPER_SECONDS)
                except BaseException:
                    process.kill()
                    raise
        except subprocess.TimeoutExpired:
            error += f" did not answer in {HELPER_SECONDS:g} s"
            raise FileError(error, path=str(self.path)) from None
        except OSError as reason:
            error += f" cannot be run: {reason.strerror}"
            raise FileError(error, path=str(self.path)) from reason
        return self._told(output, process.returncode, error)

    def _told(self, output: bytes, code: int, error: str) -> Credentials | None:
        """What a helper said; it is not shown, as it may be secret."""
        if code:
            if output.strip() == b"credentials not found in native keychain":
                return None
            raise FileError(f"{error} failed with exit code {code}", path=str(self.path))
        answer = _json(output)
        name, secret = (answer or {}).get("Username"), (answer or {}).get("Secret")
        if not isinstance(name, str) or not isinstance(secret, str):
            raise FileError(f"{error} answered something else", path=str(self.path))
        if name == "<token>":
            return Credentials(identity_token=secret) if secret else None
        return Credentials(name, secret) if name else None


def _find(files: Iterable[_AuthFile], repository: str) -> Credentials | None:
    return next((found for file in files if (found := file.find(repository))), None)


def _all() -> dict[str, Credentials]:
    files = [*_auth_files()]
    keys = {_normal(key) for file in files for key in (*file.helpers, *file.entries)}
    found = {key: _find(files, key) for key in sorted(keys)}
    return {key: each for key, each in found.items() if each and not each.identity_token}


def _auth_files() -> Iterator[_AuthFile]:
    """The user's auth files, each read when its turn comes."""
    for path in _paths():
        if (file := _read(path)) is not None:
            yield file


def _paths() -> list[Path]:
    environ = os.environ
    if named := environ.get("REGISTRY_AUTH_FILE"):
        return [Path(named)]
    if (docker := environ.get("DOCKER_CONFIG")) and Path(docker, "config.json").exists():
        return [Path(docker, "config.json")]
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 -- pathlib's raises for a user without one
    runtime = environ.get("XDG_RUNTIME_DIR")
    running = Path(runtime, "containers") if runtime else Path(f"/run/containers/{os.getuid()}")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [
        running / "auth.json",
        config / "containers" / "auth.json",
        home / ".docker" / "config.json",
        home / ".dockercfg",
    ]


def _read(path: Path) -> _AuthFile | None:
    """An auth file; None if it is not there. No error may show, or carry, what it holds."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}", path=str(path)) from error
    document = _json(data)
    if document is None:
        raise _malformed(path)
    if path.name == ".dockercfg":  # the entries alone, by addresses of all kinds
        hosts = {key.rpartition("://")[2].partition("/")[0]: document[key] for key in document}
        return _AuthFile(path, hosts, {})
    return _AuthFile(
        path,
        entries=_mapping(document.get("auths") or {}, path),
        helpers=_mapping(document.get("credHelpers") or {}, path),
        store=document.get("credsStore"),
    )


def _mapping(value: object, path: Path) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _malformed(path)
    return cast("dict[str, object]", value)


def _malformed(path: Path) -> FileError:
    return FileError(f"{path} is no auth file of containers", path=str(path))


# These two answer None instead of raising: Python's errors carry what was decoded.


def _json(data: bytes) -> dict[str, object] | None:
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", document) if isinstance(document, dict) else None


def _unpacked(text: object) -> str | None:
    try:
        return b64decode(text, validate=True).decode() if isinstance(text, str) else None
    except ValueError:
        return None


def _installed(helper: object) -> bool:
    from shutil import which

    return which(f"docker-credential-{helper}") is not None
