# Generated from tests/live/_async/test_runtime.py: edit there.
"""A runtime for orchestrators: each of its guarantees, on the hosts that checkpoint."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from podlib import (
    BuildError,
    ConflictError,
    FileError,
    NotFoundError,
    ParameterError,
    PullError,
    Runtime,
)
from podlib.models import (
    BuildEvent,
    BuildSpec,
    ExecOptions,
    HealthProbe,
    ImageRef,
    MountPoint,
    PullEvent,
    RunSpec,
)
from tests.live.marks import checkpointing

from .steps import read
from .test_image_transfer import trusted as trusted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed import Host

pytestmark = checkpointing

LABELS = {"com.example.project": "shop"}
OTHERS = {"com.example.project": "other"}
FOREVER = ("sh", "-c", "while :; do sleep 1; done")


@pytest.fixture
def runtime(host: Host) -> Iterator[Runtime]:
    with Runtime(host.socket) as opened:
        yield opened


def started(runtime: Runtime, image: str, *command: str) -> str:
    """A container that runs; its id."""
    spec = RunSpec(image=image, command=command or FOREVER, labels=LABELS, stop_timeout=0)
    container = runtime.run_container(spec)
    runtime.start_container(container.id)
    return container.id


# -- containers ------------------------------------------------------------------------------


def test_run_container_creates_and_does_not_start(runtime: Runtime, image: str) -> None:
    network = runtime.create_network("lab")
    assert network
    volume = runtime.create_volume("data")
    spec = RunSpec(
        image=image,
        name="web",
        command=["sh", "-c", "exit 3"],
        env={"COLOUR": "blue"},
        labels=LABELS,
        user="1000:1000",
        workdir="/tmp",
        mounts=[f"{volume}:/data:ro"],
        network="lab:alias=front",
        ports=["127.0.0.1:8080:80"],
    )
    container = runtime.run_container(spec)
    assert (container.name, container.image, container.state) == ("web", image, "created")
    assert LABELS.items() <= container.labels.items()
    details = runtime.inspect_container("web")
    assert (details.id, details.user, details.env["COLOUR"]) == (container.id, "1000:1000", "blue")
    assert details.mounts == (MountPoint("volume", "data", "/data", read_only=True),)
    assert "front" in details.networks["lab"].aliases
    assert (details.started, details.finished, details.exit_code, details.pid) == (None,) * 3 + (0,)
    with pytest.raises(ConflictError, match="in use"):
        runtime.run_container(spec)
    with pytest.raises(NotFoundError):
        runtime.run_container(RunSpec(image="localhost/nobody"))


def test_exit_codes(runtime: Runtime, image: str) -> None:
    ended = started(runtime, image, "sh", "-c", "exit 7")
    assert runtime.wait_container(ended) == 7
    details = runtime.inspect_container(ended)
    assert (details.state, details.exit_code) == ("exited", 7)
    assert details.started
    assert details.finished
    running = started(runtime, image, "sh", "-c", "trap '' TERM; while :; do sleep 1; done")
    details = runtime.inspect_container(running)
    assert (details.state, details.exit_code, details.finished) == ("running", None, None)
    assert details.pid > 0
    runtime.start_container(running)  # it runs already
    runtime.stop_container(running, timeout=0)
    assert runtime.wait_container(running) == 137
    runtime.stop_container(running)  # it has stopped already
    with pytest.raises(NotFoundError):
        runtime.wait_container("nobody")


def test_removal_of_what_is_absent_is_no_error(runtime: Runtime, image: str) -> None:
    runtime.remove_image("localhost/nobody")
    runtime.remove_container("nobody")
    runtime.remove_network("nobody")
    runtime.remove_volume("nobody")
    container = started(runtime, image)
    with pytest.raises(ConflictError):
        runtime.remove_container(container)
    runtime.remove_container(container, force=True)
    runtime.remove_container(container, force=True)


def test_removal_of_what_is_used_is_an_error(runtime: Runtime, image: str) -> None:
    runtime.create_network("lab")
    runtime.create_volume("data")
    spec = RunSpec(image=image, name="web", network="lab", mounts=["data:/data"])
    runtime.run_container(spec)
    with pytest.raises(ConflictError):
        runtime.remove_network("lab")
    with pytest.raises(ConflictError):
        runtime.remove_volume("data")
    with pytest.raises(ConflictError):
        runtime.remove_image(image)
    runtime.remove_container("web")
    runtime.remove_network("lab")
    runtime.remove_volume("data")


def test_the_newest_container_is_found(runtime: Runtime, image: str) -> None:
    assert runtime.find_container_by_label(LABELS) is None
    for number in range(4):  # more than one within a second
        spec = RunSpec(image=image, name=f"web-{number}", labels={**LABELS, "number": str(number)})
        runtime.run_container(spec)
    newest = runtime.find_container_by_label(LABELS)
    assert newest
    assert newest.name == "web-3"
    third = runtime.find_container_by_label({**LABELS, "number": "2"})
    assert third
    assert third.name == "web-2"
    assert runtime.find_container_by_label(OTHERS) is None
    found = runtime.list_containers(LABELS)
    assert sorted(each.name for each in found) == ["web-0", "web-1", "web-2", "web-3"]
    assert newest in found


def test_an_empty_filter_is_refused(runtime: Runtime, image: str) -> None:
    runtime.run_container(RunSpec(image=image, labels=LABELS))
    with pytest.raises(ParameterError, match="at least one"):
        runtime.list_containers({})
    with pytest.raises(ParameterError, match="at least one"):
        runtime.find_container_by_label({})


def test_an_empty_value_is_a_value(runtime: Runtime, image: str) -> None:
    """A name that an orchestrator does not know stands for nobody, not for all."""
    runtime.run_container(RunSpec(image=image, name="web", labels=LABELS))
    spec = RunSpec(image=image, name="bare", labels={"com.example.project": ""})
    bare = runtime.run_container(spec)
    assert runtime.list_containers({"com.example.project": ""}) == [bare]
    assert runtime.find_container_by_label({"com.example.project": ""}) == bare
    assert runtime.list_containers({"com.example.*": "shop"}) == []


def test_logs(runtime: Runtime, image: str) -> None:
    container = started(runtime, image, "sh", "-c", "echo one; echo two >&2; echo three")
    followed = read(runtime.container_logs(container, follow=True))
    assert sorted((line.stream, line.text) for line in followed) == [
        ("stderr", "two"),
        ("stdout", "one"),
        ("stdout", "three"),
    ]
    assert len(read(runtime.container_logs(container, tail=1))) == 1
    with pytest.raises(NotFoundError):
        read(runtime.container_logs("nobody"))


# -- exec ------------------------------------------------------------------------------------


def test_exec_captures_stdout_and_stderr_apart_and_the_exit_code(
    runtime: Runtime, image: str
) -> None:
    container = started(runtime, image)
    script = 'echo "$COLOUR in $(pwd) as $(id -u)"; echo oops >&2; exit 3'
    options: ExecOptions = {"env": {"COLOUR": "blue"}, "workdir": "/bin", "user": "1000"}
    result = runtime.exec_container(container, ["sh", "-c", script], **options)
    assert (result.exit_code, result.stdout, result.stderr) == (
        3,
        b"blue in /bin as 1000\n",
        b"oops\n",
    )
    result = runtime.exec_container(container, ["cat"], input=b"typed")
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"typed", b"")
    result = runtime.exec_container(container, ["/nothing"])
    assert result.exit_code in (126, 127)
    result = runtime.exec_container(container, ["tty"], tty=True)
    assert result.exit_code == 0
    with pytest.raises(ParameterError, match="no end"):
        runtime.exec_container(container, ["cat"], tty=True, input=b"typed")
    with pytest.raises(NotFoundError):
        runtime.exec_container("nobody", ["true"])
    runtime.stop_container(container)
    with pytest.raises(ConflictError):
        runtime.exec_container(container, ["true"])


class Broken:
    """A file whose disk is full, and cannot be read either."""

    def read(self, _: int, /) -> bytes:
        raise OSError(5, "Input/output error")

    def write(self, _: bytes, /) -> int:
        raise OSError(28, "No space left on device")


def test_exec_streams_from_files_and_to_writers(
    runtime: Runtime, image: str, tmp_path: Path
) -> None:
    container = started(runtime, image)
    data = bytes(range(256)) * 8_000
    source = tmp_path / "source"
    source.write_bytes(data)
    errors = io.BytesIO()
    script = "echo begun >&2; cat; exit 4"
    with source.open("rb") as given, (tmp_path / "copy").open("wb") as copy:
        result = runtime.exec_container(
            container, ["sh", "-c", script], input=given, stdout=copy, stderr=errors
        )
    assert (result.exit_code, result.stdout, result.stderr) == (4, b"", b"")
    assert (tmp_path / "copy").read_bytes() == data
    assert errors.getvalue() == b"begun\n"
    with pytest.raises(FileError, match="No space left"):
        runtime.exec_container(container, ["echo", "x"], stdout=Broken())
    with pytest.raises(FileError, match="Input/output error"):
        runtime.exec_container(container, ["cat"], input=Broken())


# -- health ----------------------------------------------------------------------------------


def probe(script: str, *, retries: int = 3, timeout: float = 10, wait: float = 0) -> HealthProbe:
    return HealthProbe(
        command=script, interval=0.05, retries=retries, timeout=timeout, start_period=wait
    )


def test_self_probed_health(runtime: Runtime, image: str) -> None:
    assert runtime.prefer_self_probed_health() is True
    spec = RunSpec(image=image, command=FOREVER, user="1000", stop_timeout=0)
    container = (runtime.run_container(spec)).id
    report = runtime.probe_health(container, probe("true"))
    assert (report.healthy, report.exit_code) == (False, None)  # it does not run yet
    runtime.start_container(container)
    report = runtime.probe_health(container, probe("id -u"))
    assert (report.healthy, report.exit_code, report.output) == (True, 0, "1000\n")
    third = "echo . >> /dev/shm/tries; test $(wc -l < /dev/shm/tries) = 3"
    report = runtime.wait_healthy(container, probe(third))
    assert (report.healthy, report.tries) == (True, 3)
    report = runtime.wait_healthy(container, probe("echo ill >&2; exit 5", retries=2))
    assert (report.healthy, report.tries, report.exit_code) == (False, 2, 5)
    assert report.output == "ill\n"
    report = runtime.probe_health(container, probe("sleep 60", timeout=0.2))
    assert (report.healthy, report.exit_code) == (False, None)
    assert "0.2 seconds" in report.output
    processes = runtime.exec_container(container, ["ps"])
    assert "sleep 60" not in processes.text


def test_health_of_a_container_that_ends(runtime: Runtime, image: str) -> None:
    container = started(runtime, image, "sh", "-c", "sleep 0.3")
    report = runtime.wait_healthy(container, probe("false", retries=1, wait=60))
    assert not report.healthy
    with pytest.raises(NotFoundError):
        runtime.wait_healthy("nobody", probe("true"))


# -- networks and volumes --------------------------------------------------------------------


def test_create_network_is_idempotent_on_name_and_labels(runtime: Runtime) -> None:
    first = runtime.create_network("lab", labels=LABELS)
    assert runtime.create_network("lab", labels=LABELS) == first
    assert runtime.create_network("lab") == first
    with pytest.raises(ConflictError, match="without the labels"):
        runtime.create_network("lab", labels=OTHERS)
    assert runtime.create_network("other", labels=LABELS) != first
    runtime.remove_network("lab")
    assert runtime.create_network("lab", labels=OTHERS) != first
    with pytest.raises(ParameterError, match="another"):
        runtime.create_network("")


def test_create_volume_is_idempotent(runtime: Runtime, image: str) -> None:
    assert runtime.create_volume("data", labels=LABELS) == "data"
    spec = RunSpec(image=image, command=["touch", "/data/kept"], mounts=["data:/data"])
    writer = (runtime.run_container(spec)).id
    runtime.start_container(writer)
    assert runtime.wait_container(writer) == 0
    assert runtime.create_volume("data", labels=LABELS) == "data"
    reader = runtime.run_container(
        RunSpec(image=image, command=["test", "-e", "/data/kept"], mounts=["data:/data"])
    )
    runtime.start_container(reader.id)
    assert runtime.wait_container(reader.id) == 0
    with pytest.raises(ParameterError, match="another"):
        runtime.create_volume("")


def test_containers_find_each_other_by_name_and_alias(runtime: Runtime, image: str) -> None:
    assert (runtime.capabilities()).service_name_dns
    runtime.create_network("lab")
    serve = "mkdir /www; echo hello > /www/text; exec httpd -f -p 80 -h /www"
    spec = RunSpec(
        image=image, name="web", command=["sh", "-c", serve], network="lab:alias=front",
        stop_timeout=0,
    )  # fmt: skip
    runtime.start_container((runtime.run_container(spec)).id)
    spec = RunSpec(image=image, name="asker", command=FOREVER, network="lab", stop_timeout=0)
    runtime.start_container((runtime.run_container(spec)).id)
    for name in ("web", "front"):
        ask = f"for i in 1 2 3 4 5; do wget -q -T 2 -O - http://{name}/text && exit; done; exit 1"
        report = runtime.wait_healthy("asker", probe(ask))
        assert (report.healthy, report.output) == (True, "hello\n")
    assert (runtime.inspect_container("web")).networks["lab"].address


# -- images ----------------------------------------------------------------------------------


def test_build_image_returns_id_and_tags_and_forwards_the_log(runtime: Runtime, image: str) -> None:
    spec = BuildSpec(
        context={"Containerfile": f"FROM {image}\nARG COLOUR\nRUN echo $COLOUR\nUSER 1000"},
        tags=["localhost/built:1", "localhost/built:2"],
        build_args={"COLOUR": "blue"},
        labels=LABELS,
    )
    events: list[BuildEvent] = []
    built = runtime.build_image(spec, events.append)
    assert sorted(built.tags) == ["localhost/built:1", "localhost/built:2"]
    texts = [event.text for event in events]
    assert "blue" in texts
    assert texts[-1] == built.id
    found = runtime.inspect_image("localhost/built:1")
    assert (found.id, found.user) == (built.id, "1000")
    assert found.labels["com.example.project"] == "shop"
    assert [each.id for each in runtime.list_images(LABELS)] == [built.id]
    assert len(runtime.list_images()) > 1
    assert runtime.list_images(OTHERS) == []
    assert runtime.list_images({"com.example.project": ""}) == []
    with runtime.build_image_stream(spec) as build:
        lines = [event.text for event in build.events()]
        assert build.image() == built
    assert lines[-1] == built.id
    runtime.remove_image("localhost/built:1")
    runtime.remove_image(built.id, force=True)
    with pytest.raises(NotFoundError):
        runtime.inspect_image(built.id)


def test_build_that_fails(runtime: Runtime, image: str) -> None:
    spec = BuildSpec(context={"Containerfile": f"FROM {image}\nRUN echo ill; exit 3"})
    events: list[BuildEvent] = []
    with pytest.raises(BuildError) as caught:
        runtime.build_image(spec, events.append)
    assert caught.value.exit_code == 3
    assert "ill" in [event.text for event in events]
    with pytest.raises(FileError):
        runtime.build_image(BuildSpec(context="/nothing"))


def test_pull_image(runtime: Runtime, trusted: str, image: str) -> None:
    name = f"{trusted}/box:1"
    runtime.podman.images.push(image, name, tls_verify=False)
    events: list[PullEvent] = []
    pulled = runtime.pull_image(name, events.append)
    assert pulled == ImageRef((runtime.inspect_image(image)).id, pulled.tags)
    assert name in pulled.tags
    assert events
    with runtime.pull_image_stream(name) as lines:
        assert "" not in [event.text for event in lines]
    with pytest.raises(PullError):
        runtime.pull_image(name.replace("box", "nobody"))
