from __future__ import annotations

import pytest

from podlib import models
from podlib.build.log import BuildLog
from podlib.errors import BuildError, ProtocolError

ID = "0f9b" * 16


def fed(log: BuildLog, *pieces: str) -> list[models.BuildLogLine]:
    return [line for piece in pieces for line in log.feed(models.BuildLine(stream=piece))]


def test_lines_know_their_step() -> None:
    log = BuildLog()
    lines = fed(
        log,
        "STEP 1/2: FROM busybox\n",
        "STEP 2/2: RUN a &&     b\n",
        "one\ntw",
        "o\n",
        "COMMIT localhost/x\n",
        "--> 0f9b\n",
        "Successfully tagged localhost/x:latest\n",
        "Successfully tagged localhost/y:1\n",
        f"{ID}\n",
    )
    first = models.BuildStep(number=1, total=2, instruction="FROM busybox")
    second = models.BuildStep(number=2, total=2, instruction="RUN a &&     b")
    assert [(str(line), line.step) for line in lines[:4]] == [
        ("STEP 1/2: FROM busybox", first),
        ("STEP 2/2: RUN a &&     b", second),
        ("one", second),
        ("two", second),
    ]
    image = log.image()
    assert (image.id, image.tags) == (ID, ["localhost/x:latest", "localhost/y:1"])
    assert image.log == [line.text for line in lines]


def test_stages() -> None:
    lines = fed(BuildLog(), "Trying to pull\n", "[1/3] STEP 2/4: COPY a b\n", "STEP 7: FROM c\n")
    assert [line.step for line in lines] == [
        None,
        models.BuildStep(number=2, total=4, instruction="COPY a b", stage=1, stages=3),
        models.BuildStep(number=7, total=0, instruction="FROM c"),
    ]


@pytest.mark.parametrize("own", ["STEP 2/2: RUN b", "[2/2] STEP 1/1: FROM b", "COMMIT", "--> 0f"])
def test_output_without_a_line_end(own: str) -> None:
    assert [str(line) for line in fed(BuildLog(), "no end", f"{own}\n")] == ["no end", own]
    assert [str(line) for line in fed(BuildLog(), "no end", ": more\n")] == ["no end: more"]


def test_a_failure() -> None:
    log = BuildLog()
    fed(log, "[1/2] STEP 1/2: FROM a\n", "[1/2] STEP 2/2: RUN b\n", "[2/2] STEP 1/1: FROM c\n")
    fed(log, "rest")
    error = 'building at STEP "RUN b": while running runtime: exit status 3\n'
    lines = log.feed(models.BuildLine(error=error))
    assert next(lines).text == "rest"
    with pytest.raises(BuildError, match="the build failed: building at STEP") as caught:
        next(lines)
    assert caught.value.log[-2:] == ["[2/2] STEP 1/1: FROM c", "rest"]
    assert caught.value.exit_code == 3
    assert caught.value.step is not None
    assert caught.value.step.instruction == "RUN b"


@pytest.mark.parametrize(
    ("error", "step"),
    [
        ("no FROM", None),
        ('building at STEP "COPY a b": no such file', None),
        ("exit status 3 of something", "FROM a"),
    ],
)
def test_failures_that_say_less(error: str, step: str | None) -> None:
    log = BuildLog()
    if step:
        fed(log, f"STEP 1/1: {step}\n")
    with pytest.raises(BuildError) as caught:
        list(log.feed(models.BuildLine(error=error)))
    assert caught.value.exit_code is None
    assert (caught.value.step and caught.value.step.instruction) == step


def test_a_log_that_keeps_its_end() -> None:
    log = BuildLog(2)
    assert [str(line) for line in fed(log, "one\ntwo\n", f"{ID}\n")] == ["one", "two", ID]
    assert log.image().log == ["two", ID]


@pytest.mark.parametrize(
    "pieces", [(), ("STEP 1/1: FROM a\n",), (ID,), (f"{ID}\n", "more\n"), (f"{ID}\n", "more")]
)
def test_logs_that_tell_no_image(pieces: tuple[str, ...]) -> None:
    log = BuildLog()
    fed(log, *pieces)
    with pytest.raises(ProtocolError, match="without telling an image"):
        log.image()
