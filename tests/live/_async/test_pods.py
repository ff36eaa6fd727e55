"""Pods on real services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ConflictError, NotFoundError, ParameterError

from .pod_steps import is_4, pod_of, sleeping, states
from .steps import said, until

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from podlib.models import PodFilters

OBEDIENT = ("sh", "-c", "trap 'echo usr1' USR1; while :; do sleep 0.05; done")


# -- create ----------------------------------------------------------------------------------


async def test_create_inspect_and_exists(podman: AsyncPodman) -> None:
    created = await podman.pods.create(
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
    assert await podman.pods.exists("web")
    found = await podman.pods.inspect(created.id)
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
        await podman.pods.create(name="web")
    with pytest.raises(ParameterError, match="did you mean 'labels'"):
        await podman.pods.create(label={"a": "b"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake that is tested


async def test_what_does_not_exist(podman: AsyncPodman) -> None:
    assert not await podman.pods.exists("nobody")
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
            await call("nobody")


@pytest.mark.parametrize("name", ["%", "_", "web/json", ""])
async def test_what_is_no_name(podman: AsyncPodman, name: str) -> None:
    await podman.pods.create(name="web")
    for call in (podman.pods.exists, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(ParameterError, match="not the name or id of a pod"):
            await call(name)


async def test_the_beginning_of_an_id(podman: AsyncPodman) -> None:
    pod = (await podman.pods.create(name="web")).id
    assert not await podman.pods.exists(pod[:4])
    for call in (podman.pods.inspect, podman.pods.remove, podman.pods.kill, podman.pods.stats):
        with pytest.raises(NotFoundError, match="nor an id"):
            await call(pod[:4])
    assert (await podman.pods.inspect(pod[:12])).name == "web"
    await podman.pods.create(name="cafe")
    assert await podman.pods.exists("cafe")
    await podman.pods.remove("cafe")
    assert [found.name for found in await podman.pods.list()] == ["web"]


# -- the life of a pod -----------------------------------------------------------------------


async def test_start_stop_restart(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one", "two")
    assert await states(podman, "web") == {"one": "running", "two": "running"}
    assert await podman.pods.start("web") is None
    stopped = await podman.pods.stop("web", timeout=0)
    assert stopped
    assert (stopped.id, stopped.errors) == (pod, [])
    assert await states(podman, "web") == {"one": "exited", "two": "exited"}
    assert await podman.pods.stop("web") is None
    started = await podman.pods.start(pod)
    assert started
    assert started.id == pod
    before = (await podman.containers.inspect("one")).state.started_at
    await podman.pods.kill("web")
    assert (await podman.pods.restart("web")).id == pod
    after = (await podman.containers.inspect("one")).state.started_at
    assert before
    assert after
    assert after > before
    assert (await podman.pods.inspect("web")).state == "Running"


async def test_a_container_that_does_not_start(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="web")
    await sleeping(podman, image, "good", "web")
    await podman.containers.create(image, name="bad", command=["/none/such"], pod="web")
    with pytest.raises(ConflictError, match=r"starting container .*/none/such"):
        await podman.pods.start("web")
    assert (await states(podman, "web"))["good"] == "running"
    assert (await podman.pods.inspect("web")).state == "Degraded"
    with pytest.raises(ConflictError, match=r"restarting container .*/none/such"):
        await podman.pods.restart("web")


async def test_a_degraded_pod_is_not_stopped(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one", "two")
    await podman.containers.kill("one")
    await podman.containers.wait("one")
    assert await podman.pods.stop("web", timeout=0) is None
    assert (await states(podman, "web"))["two"] == "running"
    await podman.pods.kill("web")
    assert await podman.containers.wait("two") == 137


async def test_kill_sends_signals(podman: AsyncPodman, image: str) -> None:
    await podman.pods.create(name="web")
    await podman.containers.create(image, name="one", command=OBEDIENT, pod="web")
    await podman.pods.start("web")

    async def heard() -> bool:
        # The shell may need a moment until it listens.
        await podman.pods.kill("web", signal="SIGUSR1")
        return "usr1" in await said(podman, "one")

    await until(heard)
    assert (await podman.pods.kill("web", signal=9)).errors == []
    assert await podman.containers.wait("one") == 137

    async def ended() -> bool:
        return (await podman.pods.inspect("web")).state == "Exited"

    await until(ended)
    with pytest.raises(ConflictError, match="no running containers"):
        await podman.pods.kill("web")
    with pytest.raises(APIError, match="NOPE"):
        await podman.pods.kill("web", signal="NOPE")


async def test_pause_and_unpause(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one")
    assert (await podman.pods.pause("web")).id == pod
    assert await states(podman, "web") == {"one": "paused"}
    assert (await podman.pods.pause("web")).errors == []
    assert (await podman.pods.unpause("web")).id == pod
    assert await states(podman, "web") == {"one": "running"}


async def test_remove(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one")
    with pytest.raises(APIError, match="running or paused"):
        await podman.pods.remove("web")
    container = (await podman.containers.inspect("one")).id
    removed = await podman.pods.remove("web", force=True, timeout=0)
    assert (removed.id, removed.error) == (pod, "")
    if not is_4(podman):
        assert removed.removed_containers[container] == ""
        assert len(removed.removed_containers) == 2
    assert not await podman.pods.exists("web")
    assert not await podman.containers.exists("one")


async def test_prune(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")
    ended = await podman.pods.create(name="ended")
    await podman.pods.start("ended")
    await podman.pods.stop("ended", timeout=0)
    [pruned] = await podman.pods.prune()
    assert (pruned.id, pruned.error) == (ended.id, "")
    assert [pod.name for pod in await podman.pods.list()] == ["web"]
    assert await podman.pods.prune() == []


# -- list, top, stats ------------------------------------------------------------------------


async def test_list_and_its_filters(podman: AsyncPodman, image: str) -> None:
    web = await pod_of(podman, image, "one")
    bare = (await podman.pods.create(name="bare", no_infra=True, labels={"a": "b", "c": "d"})).id
    container = (await podman.containers.inspect("one")).id

    async def listed(filters: PodFilters) -> set[str]:
        return {pod.name for pod in await podman.pods.list(filters=filters)}

    every = {pod.name: pod for pod in await podman.pods.list()}
    assert every.keys() == {"web", "bare"}
    assert (every["web"].id, every["web"].status) == (web, "Running")
    assert {each.names: each.status for each in every["web"].containers}["one"] == "running"
    assert every["web"].networks == ["podman"]
    assert every["bare"].labels == {"a": "b", "c": "d"}
    assert await listed({"name": "we"}) == {"web"}
    assert await listed({"name": ["^web$", "^ba"]}) == {"web", "bare"}
    assert await listed({"id": bare[:12]}) == {"bare"}
    assert await listed({"label": "a"}) == {"bare"}
    assert await listed({"label": ["a=b", "c=x"]}) == set()
    assert await listed({"status": "running"}) == {"web"}
    assert await listed({"status": ["running", "created"]}) == {"web", "bare"}
    assert await listed({"network": "podman"}) == {"web"}
    assert await listed({"ctr-ids": [container, every["web"].infra_id]}) == {"web"}
    assert await listed({"ctr-names": ["one", "infra"]}) == {"web"}
    assert await listed({"ctr-names": "nobody"}) == set()
    assert await listed({"ctr-number": [1, 2]}) == {"web"}
    assert await listed({"ctr-number": 0}) == {"bare"}
    assert await listed({"ctr-status": ["running", "paused"]}) == {"web"}
    assert await listed({"until": every["web"].created}) == set()
    assert await listed({"until": "2100-01-01T00:00:00Z"}) == {"web", "bare"}
    with pytest.raises(ParameterError, match="no 'lable'; did you mean 'label'"):
        await listed({"lable": "a"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore -- the point of the test
    if is_4(podman):
        with pytest.raises(APIError, match="label! is an invalid filter"):
            await listed({"label!": "a"})
    else:
        assert await listed({"label!": "a"}) == {"web"}


async def test_top(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")

    async def sleeps() -> bool:  # it is the runtime's own process at first
        found = await podman.pods.top("web")
        return "sleep 60" in {process[-1] for process in found.processes}

    await until(sleeps)
    found = await podman.pods.top("web")
    assert found.titles == ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]
    found = await podman.pods.top("web", ps_args="comm,user")
    assert found.titles == ["COMMAND", "USER"]
    assert ["sleep", "0"] in found.processes
    if not is_4(podman):
        with pytest.raises(APIError, match="unknown descriptor"):
            await podman.pods.top("web", ps_args="nonsense")
    await podman.pods.kill("web")
    await podman.containers.wait("one")
    await podman.pods.stop("web", timeout=0)
    assert (await podman.pods.top("web")).processes == []


async def test_top_again_and_again(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")
    seen = 0
    async with podman.pods.top_stream("web", delay=1, ps_args="comm") as found:
        async for top in found:
            assert top.titles == ["COMMAND"]
            seen += ["sleep"] in top.processes  # the first may see the runtime still
            if seen == 2:
                break
    assert seen == 2
    with pytest.raises(NotFoundError):
        async with podman.pods.top_stream("nobody"):
            pass


async def test_stats(podman: AsyncPodman, image: str) -> None:
    pod = await pod_of(podman, image, "one")
    await podman.pods.create(name="idle")
    for stats in (await podman.pods.stats("web"), await podman.pods.stats()):
        [one] = [each for each in stats if each.name == "one"]
        assert one.pod == pod[:12]
        assert one.cpu.endswith("%")
        assert int(one.pids) >= 1  # while it starts, the OCI runtime is in there too
        assert one.mem_usage_bytes.endswith("GiB")
    assert len(await podman.pods.stats("web")) == 2
    assert len(await podman.pods.stats("web", "idle")) == 3
    [idle] = await podman.pods.stats("idle")
    assert idle.pids == "--"
    assert len(await podman.pods.stats()) == 3


async def test_stats_again_and_again(podman: AsyncPodman, image: str) -> None:
    await pod_of(podman, image, "one")
    async with podman.pods.stats_stream("web", delay=1) as found:
        every = [await anext(found), await anext(found)]
    assert [len(stats) for stats in every] == [2, 2]
    with pytest.raises(NotFoundError):
        async with podman.pods.stats_stream("nobody"):
            pass
