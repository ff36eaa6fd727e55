"""What real servers answered, by their version: ``make record`` writes, the unit tests replay.

A file is named after what it is decoded to: ``ContainerInspect.json``, and
``ContainerSummary.list.json`` for a list of them. Where one answer does not show all that a
server sends, a second one (``ContainerInspect.2.json``) shows more, and further ones what models
there are besides.
"""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from podlib import models
from podlib.errors import ResponseModelError

FOLDER = Path(__file__).parent
MOST_BYTES = 40_000
"""Longer answers are not kept where there are shorter ones."""


_PRIVATE = re.compile(
    rf'pytest-of-|/home/|{re.escape(str(FOLDER.parents[1]))}/|"{re.escape(socket.gethostname())}"'
    "|PRIVATE KEY"
)


def is_private(data: bytes) -> bool:
    """Whether an answer tells of the machine that it was made on, rather than of its hosts."""
    return bool(_PRIVATE.search(data.decode("utf-8", "replace")))


@dataclass(frozen=True)
class Recording:
    """One answer that was recorded."""

    path: Path

    @property
    def name(self) -> str:
        """``5.8.6/ContainerSummary.list``."""
        return f"{self.path.parent.name}/{self.kind}"

    @property
    def kind(self) -> str:
        """``ContainerSummary.list``."""
        return re.sub(r"\.\d+$", "", self.path.stem)

    @property
    def model(self) -> Any:
        """What it is decoded to."""
        name, *shapes = self.kind.split(".")
        model: Any = getattr(models, name)
        for shape in shapes:
            model = list[model] if shape == "list" else dict[str, model]
        return model

    def decoded(self) -> object:
        """The answer, as its model."""
        value: object = models.decode(self.model, self.path.read_bytes())
        return value

    def fits(self) -> bool:
        """Whether the models still have what it is decoded to."""
        try:
            self.decoded()
        except (AttributeError, ResponseModelError):
            return False
        return True


def recordings(folder: Path = FOLDER) -> list[Recording]:
    """All that were recorded."""
    return [Recording(path) for path in sorted(folder.glob("*/*.json"))]


def kind_of(model: Any) -> str:
    """``ContainerSummary.list`` for ``list[ContainerSummary]``; "" for what has no model."""
    if isinstance(model, type) and issubclass(model, models.Model):
        return model.__name__
    shape, arguments = get_origin(model), get_args(model)
    inner = kind_of(arguments[-1]) if shape in (list, dict) else ""
    return inner and f"{inner}.{cast('type', shape).__name__}"


def on_the_wire(value: object) -> object:
    """A decoded value as the JSON that it came from."""
    if isinstance(value, models.Model):
        return value.model_dump(by_alias=True)
    if isinstance(value, list):
        return [on_the_wire(each) for each in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: on_the_wire(each) for name, each in cast("dict[str, object]", value).items()}
    return value


def features(value: object, path: str = "") -> frozenset[str]:
    """What a decoded value has: the paths of its fields, each with the type of what is there."""
    own = f"{path}: {type(value).__name__}"
    if isinstance(value, models.Model):
        parts = [(f"{path}.{name}", getattr(value, name)) for name in value.model_fields_set]
    elif isinstance(value, list):
        parts = [(f"{path}[]", each) for each in cast("list[object]", value)]
    elif isinstance(value, dict):
        parts = [(f"{path}{{}}", each) for each in cast("dict[str, object]", value).values()]
    else:
        parts = []
    return frozenset({own}).union(*(features(each, inner) for inner, each in parts))


class Recorded:
    """The answers of a run, of which those are kept that show most."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[frozenset[str], bytes]] = {}
        """By ``5.8.6/ContainerInspect``, and by what they show: the shortest answer."""

    def add(self, version: str, model: object, value: object, data: bytes) -> None:
        """Keep an answer, if it is a model and shows what none before it did."""
        if not (kind := kind_of(model)) or is_private(data):
            return
        found = self._answers.setdefault(f"{version}/{kind}", {})
        shown = features(value)
        found[shown] = min(found.get(shown, data), data, key=len)

    def write(self, folder: Path = FOLDER) -> None:
        """Write them to files. What is recorded already stays, unless others show more."""
        for recording in recordings(folder):
            if not recording.fits():
                recording.path.unlink()
        for name, answers in self._answers.items():
            old = [each for each in recordings(folder) if each.name == name]
            candidates = [(features(each.decoded()), each.path.read_bytes()) for each in old]
            candidates += sorted(answers.items(), key=lambda answer: len(answer[1]))
            for each in old:
                each.path.unlink()
            for number, data in enumerate(_best(candidates), 1):
                path = folder / (f"{name}.json" if number == 1 else f"{name}.{number}.json")
                path.parent.mkdir(parents=True, exist_ok=True)
                text = json.dumps(json.loads(data), indent=1, ensure_ascii=False)
                path.write_text(f"{text}\n")


def _best(candidates: list[tuple[frozenset[str], bytes]]) -> list[bytes]:
    """The answer that shows most, the one that adds most to it, and what has further models."""
    short = [each for each in candidates if len(each[1]) <= MOST_BYTES] or candidates
    chosen = [max(short, key=lambda answer: len(answer[0]))]
    while True:
        shown = frozenset[str]().union(*(each for each, _ in chosen))
        if len(chosen) > 1:
            shown |= {each for answer, _ in short for each in answer if not _is_model(each)}
        best = max(short, key=lambda answer: len(answer[0] - shown))
        if not best[0] - shown:
            return [data for _, data in chosen]
        chosen.append(best)


def _is_model(feature: str) -> bool:
    return feature.rpartition(": ")[2] in models.__all__
