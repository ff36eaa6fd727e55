from __future__ import annotations

import ast
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import podlib.models
from podlib import models
from podlib.errors import ResponseModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY: dict[str, Any] = {
    "AutoRemove": False,
    "Command": ["sleep", "60"],
    "Created": "2026-11-22T07:13:33.499540349Z",
    "CreatedAt": "",
    "CIDFile": "",
    "Exited": False,
    "ExitedAt": -62135596800,
    "ExitCode": 0,
    "ExposedPorts": {"8080": ["tcp"]},
    "Id": "5f25",
    "Image": "localhost/counter:latest",
    "ImageID": "0fa1",
    "IsInfra": False,
    "Labels": {"tier": "web"},
    "Mounts": ["/data"],
    "Names": ["counter"],
    "Namespaces": {"Mnt": "4026532462", "Pidns": "4026532465"},
    "Networks": ["podman"],
    "Pid": 4884,
    "Pod": "",
    "PodName": "",
    "Ports": [
        {"host_ip": "", "container_port": 80, "host_port": 8080, "range": 1, "protocol": "tcp"}
    ],
    "Restarts": 0,
    "Size": {"rootFsSize": 2188174, "rwSize": 12494},
    "StartedAt": 1795331613,
    "State": "running",
    "Status": "healthy",
}

INSPECT: dict[str, Any] = {
    "Id": "5f25",
    "Name": "counter",
    "Created": "2026-11-22T07:13:33.49954034Z",
    "State": {
        "Status": "created",
        "StartedAt": "0001-01-01T00:00:00Z",
        "FinishedAt": "0001-01-01T00:00:00Z",
        "Health": {"Status": "", "FailingStreak": 0, "Log": None},
    },
    "Config": {"Env": ["A=b"], "Entrypoint": None, "StopSignal": "SIGTERM"},
    "HostConfig": {"PortBindings": {}, "CgroupConf": None},
    "NetworkSettings": {
        "Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "81/tcp": None},
        "Networks": {"podman": {"NetworkID": "2f25", "Links": None}},
    },
}


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def changed(document: dict[str, Any], **changes: object) -> bytes:
    return body({**document, **changes})


@pytest.fixture
def _tolerant() -> Iterator[None]:
    models.set_strict(False)
    yield
    models.set_strict(True)


def test_a_summary_has_every_field_under_its_own_name() -> None:
    (container,) = models.decode(list[models.ContainerSummary], body([SUMMARY]))
    assert (container.id, container.names, container.image_id) == ("5f25", ["counter"], "0fa1")
    assert container.ports[0].host_port == 8080
    assert container.exposed_ports == {"8080": ["tcp"]}
    assert container.namespaces is not None
    assert container.namespaces.pid == "4026532465"
    without = models.decode(models.ContainerSummary, changed(SUMMARY, Namespaces={}))
    assert without.namespaces is None
    assert container.size is not None
    assert container.size.rw_size == 12494


def test_null_and_absent_lists_and_mappings_are_empty() -> None:
    null = changed(SUMMARY, Ports=None, Labels=None, Command=None)
    few = {name: SUMMARY[name] for name in ("Id", "Created")}
    for document in (null, body(few)):
        container = models.decode(models.ContainerSummary, document)
        assert container.ports == []
        assert container.labels == {}
        assert container.command == []


def test_an_empty_default_is_not_shared() -> None:
    few = body({name: SUMMARY[name] for name in ("Id", "Created")})
    first, second = (models.decode(models.ContainerSummary, few) for _ in range(2))
    first.labels["a"] = "b"
    assert second.labels == {}


def test_null_values_of_a_mapping_are_empty_lists() -> None:
    ports = models.decode(models.ContainerInspect, body(INSPECT)).network_settings.ports
    assert ports["81/tcp"] == []
    assert ports["80/tcp"][0].host_port == "8080"


@pytest.mark.parametrize("strict", [False, True])
def test_go_s_zero_time_is_none(strict: bool) -> None:
    models.set_strict(strict)
    try:
        state = models.decode(models.ContainerInspect, body(INSPECT)).state
        summary = models.decode(models.ContainerSummary, body(SUMMARY))
    finally:
        models.set_strict(True)
    assert state.started_at is None
    assert summary.exited_at is None
    assert summary.started_at == datetime(2026, 11, 22, 7, 13, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("", None),
        (None, None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T01:00:00+01:00", None),
        ("2026-11-22T07:13:33.499540999Z", datetime(2026, 11, 22, 7, 13, 33, 499540, tzinfo=UTC)),
        (
            "2026-11-22T07:13:33+01:00",
            datetime(2026, 11, 22, 7, 13, 33, tzinfo=timezone(timedelta(hours=1))),
        ),
    ],
)
def test_time_stamps_are_aware_and_cut_to_microseconds(text: str, time: datetime | None) -> None:
    state = models.decode(models.ContainerState, body({"Status": "", "StartedAt": text}))
    assert state.started_at == time
    assert state.started_at is None or state.started_at.tzinfo is not None


@pytest.mark.parametrize("wrong", ["yesterday", "2026-11-22T07:13:33", 12, [], {}, False])
def test_what_is_no_time_stamp_is_refused(wrong: object) -> None:
    with pytest.raises(ResponseModelError, match="StartedAt"):
        models.decode(models.ContainerState, body({"Status": "", "StartedAt": wrong}))


def test_durations_are_in_seconds() -> None:
    report = models.decode(
        models.CheckpointReport,
        body(
            {
                "Id": "5f25",
                "runtime_checkpoint_duration": 133285,
                "criu_statistics": {"frozen_time": 66026, "pages_written": 33},
            }
        ),
    )
    assert report.runtime_checkpoint_duration == 0.133285
    assert report.criu_statistics is not None
    assert report.criu_statistics.frozen_time == 0.066026
    health = models.decode(models.HealthConfig, body({"Interval": 5_000_000_000}))
    assert health.interval == 5


def test_a_report_without_statistics() -> None:
    plain = {"Id": "5f25", "runtime_restore_duration": 0, "criu_statistics": None}
    assert models.decode(models.RestoreReport, body(plain)).criu_statistics is None


def test_podman_4_sends_the_entrypoint_as_text_and_the_signal_as_a_number() -> None:
    config = {"Entrypoint": "/bin/sh -c", "StopSignal": 15}
    inspect = models.decode(models.ContainerInspect, changed(INSPECT, Config=config))
    assert inspect.config.entrypoint == ["/bin/sh", "-c"]
    assert inspect.config.stop_signal == "SIGTERM"
    inspect = models.decode(models.ContainerInspect, changed(INSPECT, Config={"StopSignal": 37}))
    assert inspect.config.stop_signal == "37"


@pytest.mark.usefixtures("_tolerant")
def test_production_keeps_unknown_fields() -> None:
    container = models.decode(models.ContainerSummary, changed(SUMMARY, Novelty={"a": 1}))
    assert container.model_extra == {"Novelty": {"a": 1}}


@pytest.mark.usefixtures("_tolerant")
def test_production_takes_a_value_that_converts() -> None:
    assert models.decode(models.ContainerSummary, changed(SUMMARY, Pid="7")).pid == 7


def test_the_strict_mode_names_every_unknown_field_with_its_path() -> None:
    deep = changed(
        INSPECT,
        Novelty=1,
        NetworkSettings={"Networks": {"podman": {"Speed": 9}}},
        Mounts=[{"Type": "bind"}, {"Type": "bind", "Colour": "red"}],
    )
    with pytest.raises(ResponseModelError) as caught:
        models.decode(models.ContainerInspect, deep)
    assert caught.value.problems == (
        "unknown fields: Novelty, NetworkSettings.Networks['podman'].Speed, Mounts[1].Colour"
    )


def test_the_strict_mode_looks_into_lists() -> None:
    with pytest.raises(ResponseModelError, match=r"list\[ContainerSummary\].*\[1\]\.Novelty"):
        models.decode(list[models.ContainerSummary], body([SUMMARY, {**SUMMARY, "Novelty": 1}]))


def test_the_strict_mode_converts_nothing() -> None:
    with pytest.raises(ResponseModelError, match="Pid"):
        models.decode(models.ContainerSummary, changed(SUMMARY, Pid="7"))


@pytest.mark.usefixtures("_tolerant")
def test_a_wrong_type_is_one_clear_error() -> None:
    wrong = changed(SUMMARY, Pid="many", Ports=[{"container_port": "x"}], Labels=7)
    with pytest.raises(ResponseModelError) as caught:
        models.decode(models.ContainerSummary, wrong)
    error = caught.value
    assert error.model == "ContainerSummary"
    assert "Pid: Input should be a valid integer" in error.problems
    assert "Ports.0.container_port: Input should be a valid integer" in error.problems
    assert "Labels: Input should be an object" in error.problems
    assert error.problems.count(";") == 2
    assert wrong.startswith(error.body_excerpt)


def test_only_the_first_problems_are_named() -> None:
    with pytest.raises(ResponseModelError, match=r"; and 5 more$"):
        models.decode(list[models.ContainerRemoved], body([1] * 10))


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{", b"[]", b"null"])
def test_an_answer_of_another_kind_is_refused(answer: bytes) -> None:
    with pytest.raises(ResponseModelError, match="does not fit ContainerInspect"):
        models.decode(models.ContainerInspect, answer)


def test_the_excerpt_of_a_long_body_is_short() -> None:
    with pytest.raises(ResponseModelError) as caught:
        models.decode(models.Info, b"x" * 10_000)
    assert len(caught.value.body_excerpt) == 500


def test_a_plain_value() -> None:
    assert models.decode(int, b"137") == 137


def test_ping_reads_the_headers_whatever_their_case() -> None:
    headers = {"LIBPOD-API-VERSION": "5.4.2", "Api-Version": "1.41", "ostype": "linux"}
    ping = models.Ping.from_headers(headers)
    assert (ping.libpod_version, ping.api_version, ping.os) == ("5.4.2", "1.41", "linux")
    assert ping.buildah_version == ""


def test_info_has_the_engine_s_version() -> None:
    info = models.decode(
        models.Info,
        body(
            {
                "host": {"memTotal": 9, "ociRuntime": {"name": "runc"}, "slirp4netns": {}},
                "store": {"graphRoot": "/var/lib/containers/storage"},
                "registries": {"search": ["docker.io"]},
                "plugins": {"authorization": None},
                "version": {"APIVersion": "5.4.2", "Version": "5.4.2", "Built": 1766335321},
            }
        ),
    )
    assert info.version.api_version == "5.4.2"
    assert info.version.built == datetime(2025, 12, 21, 16, 42, 1, tzinfo=UTC)
    assert info.host.oci_runtime is not None
    assert info.host.oci_runtime.name == "runc"
    assert info.registries == {"search": ["docker.io"]}


@pytest.mark.parametrize(
    ("line", "stream", "error"),
    [
        (b'{"stream":"STEP 1/2: FROM scratch\\n"}', "STEP 1/2: FROM scratch\n", ""),
        (b'{"errorDetail":{"message":"no FROM"},"error":"no FROM"}', "", "no FROM"),
        (b'{"aux":{"ID":"sha256:0f9b"}}', "", ""),
    ],
)
def test_lines_of_a_build(line: bytes, stream: str, error: str) -> None:
    decoded = models.decode(models.BuildLine, line)
    assert (decoded.stream, decoded.error) == (stream, error)


def test_lines_of_a_pull_with_and_without_progress() -> None:
    line = b'{"status":"pulling","pullProgress":{"status":"pulling","total":-1,"progressComponentID":"sha256:de0e"}}'  # noqa: E501 -- one line of the wire
    progress = models.decode(models.PullProgress, line).pull_progress
    assert progress is not None
    assert (progress.total, progress.progress_component_id) == (-1, "sha256:de0e")
    last = models.decode(models.PullProgress, b'{"images":["0f9b"],"id":"0f9b"}')
    assert (last.images, last.id, last.pull_progress) == (["0f9b"], "0f9b", None)


def test_an_image_without_a_date_or_names() -> None:
    image = models.decode(models.ImageSummary, b'{"Id":"0f9b","RepoTags":null,"Created":0}')
    assert (image.repo_tags, image.created) == ([], None)


def test_models_can_be_built_by_name_and_written_as_json() -> None:
    removed = models.ContainerRemoved(id="5f25", error=None)
    assert removed.model_dump(by_alias=True) == {"Id": "5f25", "Err": None}
    container = models.decode(models.ContainerSummary, body(SUMMARY))
    assert json.loads(container.model_dump_json())["exited_at"] is None


def test_the_table_and_the_imports_for_checkers_are_the_same() -> None:
    tree = ast.parse(Path(podlib.models.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = {
        (node.module, name.asname)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert {(module, name) for name, module in podlib.models._HOME.items()} == imports


def test_every_public_model_is_in_the_table() -> None:
    folder = Path(podlib.models.__file__).parent
    defined = {
        node.name
        for file in folder.glob("*.py")
        if file.stem not in ("_base", "_parameters")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert defined <= set(models.__all__)
    for name in models.__all__:
        assert getattr(models, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'ContainerInspekt'"):
        _ = models.ContainerInspekt  # type: ignore[attr-defined]  # pyright: ignore -- the point of the test


def test_the_package_and_its_switch_need_no_pydantic() -> None:
    program = (
        "import sys, podlib.models as m; m.set_strict(True); assert m.is_strict();"
        "m.LogLine; assert not [name for name in sys.modules if 'pydantic' in name]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
