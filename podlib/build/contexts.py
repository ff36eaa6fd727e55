"""What a build sends: its context, what its options add to that, and further contexts."""

from __future__ import annotations

import io
import json
import os
import re
import secrets as random
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeGuard, cast

from podlib import versions
from podlib.errors import ParameterError
from podlib.files import cannot_read, open_for_reading, read_file
from podlib.forms import form_of
from podlib.http.common import Readable
from podlib.tar import END, tar_bytes, tar_folder

from .ignore import NOTHING, literally, patterns_of
from .trees import Place, Tree, tree_of_contents, tree_of_folder, tree_of_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podlib.models import BuildOptions

    Blocks: TypeAlias = "Iterator[bytes] | Readable"

Context: TypeAlias = "Place | Sequence[Place] | Mapping[str, bytes | str] | Readable"
"""A folder or a URL; files and folders, by their own names; contents, by name; an open archive."""

_URLS = ("http://", "https://", "git://")
_BLOCK = 65_536
_MAGIC = slice(257, 262)
"""Where an archive says ``ustar``, if it is not compressed."""
_CONTEXT_NAME = re.compile(r"[\w.-]+")
_FROM_HERE = "secrets, and Containerfiles from here,"


class Sending(NamedTuple):
    """What the request of a build carries."""

    body: Blocks
    kind: str
    """The body's Content-Type."""
    query: dict[str, object]


def is_url(source: object) -> TypeGuard[str]:
    """Whether it is a text that names what the server fetches by itself."""
    return isinstance(source, str) and source.startswith(_URLS)


def sending(
    server: str, context: Context, options: BuildOptions, query: Mapping[str, object]
) -> Sending:
    """What is sent for a build by ``server``, a version; ``query`` is that of the options.

    What the context has is read when the body is. Raises FileError, ParameterError,
    NotSupportedError.
    """
    added: dict[str, object] = {"remote": context} if is_url(context) else {}
    tree = None if is_url(context) else _tree(context)
    patterns = _given_patterns(options)
    own = [*_secrets(options), *_containerfiles(options)]
    if tree is None:
        body = _archive(own, context)
    else:
        patterns = patterns or tree.patterns(_named(options))
        body = chain(own, tree.blocks(patterns, _within(options)), [END])
        patterns = [*patterns, *(literally(name) for name, _ in _sent(options))]
    if patterns:
        added["excludes"] = json.dumps(patterns)
    return _with_folders(server, Sending(body, "application/x-tar", {**query, **added}), options)


# -- the context -----------------------------------------------------------------------------


def _tree(context: object) -> Tree | None:
    """The context, if its files are known here."""
    if isinstance(context, Mapping):
        return tree_of_contents(cast("Mapping[object, object]", context))
    if isinstance(context, str | os.PathLike):
        return tree_of_folder(cast("Place", context))
    if isinstance(context, Readable):
        if isinstance(context, io.TextIOBase):
            raise ParameterError("context: an archive must be open in binary mode")
        return None
    if isinstance(context, Sequence) and not isinstance(context, bytes | bytearray):
        return tree_of_places(cast("Sequence[object]", context))
    raise ParameterError(f"context: {type(context).__name__} is nothing that can be built from")


def _archive(own: list[bytes], context: object) -> Blocks:
    """A context whose files are not known here, and what goes before it."""
    if is_url(context):
        if own:
            raise ParameterError(f"{_FROM_HERE} cannot go with a URL")
        return iter([END])
    archive = cast("Readable", context)
    if not own:
        return archive
    first = _read(archive)
    while len(first) < _MAGIC.stop and (more := _read(archive)):
        first += more
    if first[_MAGIC] != b"ustar":
        raise ParameterError(f"{_FROM_HERE} need an archive that is not compressed")
    return chain(own, [first], _rest(archive))


def _rest(archive: Readable) -> Iterator[bytes]:
    while block := _read(archive):
        yield block


def _read(archive: Readable) -> bytes:
    try:
        return archive.read(_BLOCK)
    except (OSError, ValueError) as error:  # of a closed file it is a ValueError
        name = str(getattr(archive, "name", type(archive).__name__))
        raise cannot_read(name, error) from error


# -- what options add ------------------------------------------------------------------------


def _given_patterns(options: BuildOptions) -> list[str]:
    """Those that the options tell: then the context's own ignore files do not matter."""
    patterns = [*options.get("excludes", ())]
    if file := options.get("ignorefile"):
        text = read_file(file).decode("utf-8", "surrogateescape")
        patterns = [*patterns_of(text), *patterns] or [NOTHING]
    return patterns


def _secrets(options: BuildOptions) -> Iterator[bytes]:
    from podlib.models.build_query import secret_file

    for number, secret in enumerate(options.get("secrets", {}).values()):
        data = secret if isinstance(secret, bytes) else read_file(secret)
        yield tar_bytes(secret_file(number), data, 0o600)


def _containerfiles(options: BuildOptions) -> Iterator[bytes]:
    for name, file in _sent(options):
        yield tar_bytes(name, file.encode() if isinstance(file, str) else read_file(file))


def _sent(options: BuildOptions) -> list[tuple[str, str | os.PathLike[str]]]:
    from podlib.models.build_query import sent_containerfiles

    return sent_containerfiles(options)


def _named(options: BuildOptions) -> list[Place]:
    """The Containerfiles that may have ignore files of their own."""
    given = options.get("containerfile", ())
    return [given] if isinstance(given, str | os.PathLike) else [*given]


def _within(options: BuildOptions) -> list[str]:
    return [each for each in _named(options) if isinstance(each, str)]


# -- further contexts ------------------------------------------------------------------------


def _with_folders(server: str, main: Sending, options: BuildOptions) -> Sending:
    """The same, with the folders among the further contexts: then it is a form."""
    contexts = options.get("build_contexts", {})
    folders = {name: each for name, each in contexts.items() if is_place(each)}
    if not folders:
        return main
    versions.check("POST build", {"build-context": folders}, server)
    for name in folders:
        if not _CONTEXT_NAME.fullmatch(name):
            raise ParameterError(f"build_contexts: {name!r} cannot be the name of a folder")
    boundary = random.token_hex(16)
    parts = [('name="MainContext"; filename="MainContext.tar"', _blocks(main.body))]
    parts += [
        (f'name="build-context-{name}"; filename="{name}"', _further(Path(place)))
        for name, place in folders.items()
    ]
    others = cast("list[str]", main.query["additionalbuildcontexts"])
    left = [each for each in others if each.partition("=")[0] not in folders]
    return Sending(
        form_of(boundary, parts),
        f"multipart/form-data; boundary={boundary}",
        {**main.query, "additionalbuildcontexts": left},
    )


def is_place(context: object) -> bool:
    """Whether a further context is a folder, or an archive, and neither an image nor a URL."""
    return isinstance(context, os.PathLike) or str(context).startswith("/")


def _further(place: Path) -> Iterator[bytes]:
    if os.path.isdir(place):  # noqa: PTH112 -- that of a Path may raise
        yield from tar_folder(place)
        return
    with open_for_reading(place) as file:
        yield from _rest(file)


def _blocks(body: Blocks) -> Iterator[bytes]:
    return _rest(body) if isinstance(body, Readable) else body
