# Generated from tests/live/_async/test_pods.py: edit there.
"""Pods on real services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError

from .pod_steps import is_4, pod_of, sleeping, states
from .steps import said, until

if TYPE_CHECKING:
    from podlib import Podman
    from podlib.models import PodFilters

OBEDIENT = ("sh", "-c", "trap 'echo usr1' USR1; while :; do sleep 0.05; done")


# -- create ----------------------------------------------------------------------------------


def test_create_inspect_and_exists(podman: Podman) -> None:
    created = podman.pods.create(
        name="web",
        labels={"tier": "1"},
        hostname="inside",
        exit_policy="stop",
        infra_name="web-base",
        create_command=["make", "web"],
        shared_namespaces=["net", "uts", "pid"],
        ports=["8080:80"],
        dns=["10.0.0.53"],
        dns_search=["example.com"],
        dns_options=["ndots:2"],
        hosts={"db": "10.0.0.9"},
        pidns="private",
    )
    assert podman.pods.exists("web")
    found = podman.pods.inspect(created.id)
    assert (found.id, found.name, found.hostname) == (created.id, "web", "inside")
    assert found.labels == {"tier": "1"}
    assert (found.exit_policy, found.state, found.num_containers) == ("stop", "Created", 1)
    assert found.create_command == ["make", "web"]
    assert set(found.shared_namespaces) == {"net", "uts", "pid"}
    assert [(each.name, each.state) for each in found.containers] == [("web-base", "created")]
    assert found.create_infra
    infra = found.infra_config
    assert infra
    assert infra.port_bindings["80/tcp"][0].host_port == "8080"
    assert infra.dns_server == ["10.0.0.53"]
    assert infra.dns_search == ["example.com"]
    assert infra.dns_option == ["ndots:2"]
    assert infra.host_add == ["db:10.0.0.9"]
    assert (infra.pid_ns, infra.networks) == ("private", ["podman"])
    with pytest.raises(ConflictError, match="in use"):
        podman.pods.create(name="web")
    with pytest.raises(ParameterError, match="did you mean 'labels'"):
        podman.pods.create(label={"a": "b"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested


def test_what_does_not_exist(podman: Podman) -> None:
    assert not podman.pods.exists("nobody")
    for call in (
        podman.pods.inspect,
        podman.pods.start,
        podman.pods.stop,
        podman.pods.restart,
        podman.pods.kill,
        podman.pods.pause,
        podman.pods.unpause,
        podman.pods.remove,
        podman.pods.top,
        podman.pods.stats,
    ):
        with pytest.raises(NotFoundError, match="nobody"):
            call("nobody")


@pytest.mark.parametrize("name", ["%", "_", "web/json", ""])
def test_what_is_no_name(podman: Podman, name: str) -> None:
    podman.pods.create(name="web")
    for call in (podman.pods.exists, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(ParameterError, match="not the name or id of a pod"):
            call(name)


def test_the_beginning_of_an_id(podman: Podman) -> None:
    pod = (podman.pods.create(name="web")).id
    assert not podman.pods.exists(pod[:4])
    for call in (podman.pods.inspect, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(NotFoundError, match="nor an id"):
            call(pod[:4])
    assert (podman.pods.inspect(pod[:12])).name == "web"
    podman.pods.create(name="cafe")
    assert podman.pods.exists("cafe")
    podman.pods.remove("cafe")
    assert [found.name for found in podman.pods.list()] == ["web"]


# -- the life of a pod -----------------------------------------------------------------------


def test_start_stop_restart(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one", "two")
    assert states(podman, "web") == {"one": "running", "two": "running"}
    assert podman.pods.start("web") is None
    stopped = podman.pods.stop("web", timeout=0)
    assert stopped
    assert (stopped.id, stopped.errors) == (pod, [])
    assert states(podman, "web") == {"one": "exited", "two": "exited"}
    assert podman.pods.stop("web") is None
    started = podman.pods.start(pod)
    assert started
    assert started.id == pod
    before = (podman.containers.inspect("one")).state.started_at
    podman.pods.kill("web")
    assert (podman.pods.restart("web")).id == pod
    after = (podman.containers.inspect("one")).state.started_at
    assert before
    assert after
    assert after > before
    assert (podman.pods.inspect("web")).state == "Running"


def test_a_container_that_does_not_start(podman: Podman, image: str) -> None:
    podman.pods.create(name="web")
    sleeping(podman, image, "good", "web")
    podman.containers.create(image, name="bad", command=["/none/such"], pod="web")
    with pytest.raises(ConflictError, match=r"starting container .*/none/such"):
        podman.pods.start("web")
    assert (states(podman, "web"))["good"] == "running"
    assert (podman.pods.inspect("web")).state == "Degraded"
    with pytest.raises(ConflictError, match=r"restarting container .*/none/such"):
        podman.pods.restart("web")


def test_a_degraded_pod_is_not_stopped(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one", "two")
    podman.containers.kill("one")
    podman.containers.wait("one")
    assert podman.pods.stop("web", timeout=0) is None
    assert (states(podman, "web"))["two"] == "running"
    podman.pods.kill("web")
    assert podman.containers.wait("two") == 137


def test_kill_sends_signals(podman: Podman, image: str) -> None:
    podman.pods.create(name="web")
    podman.containers.create(image, name="one", command=OBEDIENT, pod="web")
    podman.pods.start("web")

    def heard() -> bool:
        # The shell may need a moment until it listens.
        podman.pods.kill("web", signal="SIGUSR1")
        return "usr1" in said(podman, "one")

    until(heard)
    assert (podman.pods.kill("web", signal=9)).errors == []
    assert podman.containers.wait("one") == 137

    def ended() -> bool:
        return (podman.pods.inspect("web")).state == "Exited"

    until(ended)
    with pytest.raises(ConflictError, match="no running containers"):
        podman.pods.kill("web")
    with pytest.raises(APIError, match="NOPE"):
        podman.pods.kill("web", signal="NOPE")


def test_pause_and_unpause(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one")
    assert (podman.pods.pause("web")).id == pod
    assert states(podman, "web") == {"one": "paused"}
    assert (podman.pods.pause("web")).errors == []
    assert (podman.pods.unpause("web")).id == pod
    assert states(podman, "web") == {"one": "running"}


def test_remove(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one")
    with pytest.raises(APIError, match="running or paused"):
        podman.pods.remove("web")
    container = (podman.containers.inspect("one")).id
    removed = podman.pods.remove("web", force=True, timeout=0)
    assert (removed.id, removed.error) == (pod, "")
    if not is_4(podman):
        assert removed.removed_containers[container] == ""
        assert len(removed.removed_containers) == 2
    assert not podman.pods.exists("web")
    assert not podman.containers.exists("one")


def test_prune(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")
    ended = podman.pods.create(name="ended")
    podman.pods.start("ended")
    podman.pods.stop("ended", timeout=0)
    [pruned] = podman.pods.prune()
    assert (pruned.id, pruned.error) == (ended.id, "")
    assert [pod.name for pod in podman.pods.list()] == ["web"]
    assert podman.pods.prune() == []


# -- list, top, stats ------------------------------------------------------------------------


def test_list_and_its_filters(podman: Podman, image: str) -> None:
    web = pod_of(podman, image, "one")
    bare = (podman.pods.create(name="bare", no_infra=True, labels={"a": "b", "c": "d"})).id
    container = (podman.containers.inspect("one")).id

    def listed(filters: PodFilters) -> set[str]:
        return {pod.name for pod in podman.pods.list(filters=filters)}

    every = {pod.name: pod for pod in podman.pods.list()}
    assert every.keys() == {"web", "bare"}
    assert (every["web"].id, every["web"].status) == (web, "Running")
    assert {each.names: each.status for each in every["web"].containers}["one"] == "running"
    assert every["web"].networks == ["podman"]
    assert every["bare"].labels == {"a": "b", "c": "d"}
    assert listed({"name": "we"}) == {"web"}
    assert listed({"name": ["^web$", "^ba"]}) == {"web", "bare"}
    assert listed({"id": bare[:12]}) == {"bare"}
    assert listed({"label": "a"}) == {"bare"}
    assert listed({"label": ["a=b", "c=x"]}) == set()
    assert listed({"status": "running"}) == {"web"}
    assert listed({"status": ["running", "created"]}) == {"web", "bare"}
    assert listed({"network": "podman"}) == {"web"}
    assert listed({"ctr-ids": [container, every["web"].infra_id]}) == {"web"}
    assert listed({"ctr-names": ["one", "infra"]}) == {"web"}
    assert listed({"ctr-names": "nobody"}) == set()
    assert listed({"ctr-number": [1, 2]}) == {"web"}
    assert listed({"ctr-number": 0}) == {"bare"}
    assert listed({"ctr-status": ["running", "paused"]}) == {"web"}
    assert listed({"until": every["web"].created}) == set()
    assert listed({"until": "2100-01-01T00:00:00Z"}) == {"web", "bare"}
    with pytest.raises(ParameterError, match="no 'lable'; did you mean 'label'"):
        listed({"lable": "a"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore -- the point of the test
    if is_4(podman):
        with pytest.raises(APIError, match="label! is an invalid filter"):
            listed({"label!": "a"})
    else:
        assert listed({"label!": "a"}) == {"web"}


def test_top(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")

    def sleeps() -> bool:  # it is the runtime's own process at first
        found = podman.pods.top("web")
        return "sleep 60" in {process[-1] for process in found.processes}

    until(sleeps)
    found = podman.pods.top("web")
    assert found.titles == ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]
    found = podman.pods.top("web", ps_args="comm,user")
    assert found.titles == ["COMMAND", "USER"]
    assert ["sleep", "0"] in found.processes
    if not is_4(podman):
        with pytest.raises(APIError, match="unknown descriptor"):
            podman.pods.top("web", ps_args="nonsense")
    podman.pods.kill("web")
    podman.containers.wait("one")
    podman.pods.stop("web", timeout=0)
    assert (podman.pods.top("web")).processes == []


def test_top_again_and_again(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")
    seen = 0
    with podman.pods.top_stream("web", delay=1, ps_args="comm") as found:
        for top in found:
            assert top.titles == ["COMMAND"]
            seen += ["sleep"] in top.processes  # the first may see the runtime still
            if seen == 2:
                break
    assert seen == 2
    with pytest.raises(NotFoundError), podman.pods.top_stream("nobody"):
        pass


def test_stats(podman: Podman, image: str) -> None:
    pod = pod_of(podman, image, "one")
    podman.pods.create(name="idle")
    for stats in (podman.pods.stats("web"), podman.pods.stats()):
        [one] = [each for each in stats if each.name == "one"]
        assert one.pod == pod[:12]
        assert one.cpu.endswith("%")
        assert int(one.pids) >= 1  # while it starts, the OCI runtime is in there too
        assert one.mem_usage_bytes.endswith("GiB")
    assert len(podman.pods.stats("web")) == 2
    assert len(podman.pods.stats("web", "idle")) == 3
    [idle] = podman.pods.stats("idle")
    assert idle.pids == "--"
    assert len(podman.pods.stats()) == 3


def test_stats_again_and_again(podman: Podman, image: str) -> None:
    pod_of(podman, image, "one")
    with podman.pods.stats_stream("web", delay=1) as found:
        every = [next(found), next(found)]
    assert [len(stats) for stats in every] == [2, 2]
    with pytest.raises(NotFoundError), podman.pods.stats_stream("nobody"):
        pass
