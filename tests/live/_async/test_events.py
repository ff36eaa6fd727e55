"""What real services tell of what happens on their hosts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podlib import ParameterError

from .steps import read, run, until
from .test_container_attach import left

if TYPE_CHECKING:
    from typing import Unpack

    from podlib import AsyncPodman
    from podlib.models import Event, EventFilters
    from tests.testbed import Host

LIFE = ["create", "init", "start", "died", "remove"]


@pytest.fixture
def begin() -> datetime:
    """When the test began: the log of events is not emptied between tests."""
    return datetime.now(UTC)


async def live(podman: AsyncPodman, image: str, name: str) -> str:
    """A container that lives for a moment; its id."""
    container = await run(
        podman, image, name=name, labels={"a": name}, command=["sh", "-c", "exit 3"], network="none"
    )
    assert await podman.containers.wait(container) == 3
    await podman.containers.remove(container, force=True)
    return container


async def test_what_was_before(podman: AsyncPodman, image: str, begin: datetime) -> None:
    container = await live(podman, image, "short")
    end = datetime.now(UTC)
    events = await read(podman.system.events(since=begin, stream=False))
    found = [event for event in events if event.actor.id == container]
    assert [each.action for each in found if each.action != "cleanup"] == LIFE
    for event in found:
        assert (event.type, event.scope) == ("container", "local")
        assert event.actor.attributes["name"] == "short"
        assert event.actor.attributes["image"] == image
        assert event.actor.attributes["a"] == "short"
        assert (event.id, event.status, event.from_) == (container, event.action, image)
        assert event.time
        assert int(event.time.timestamp()) == event.time_nano // 10**9
        assert begin.timestamp() * 1e9 <= event.time_nano <= end.timestamp() * 1e9
    [died] = [event for event in found if event.action == "died"]
    assert died.actor.attributes["containerExitCode"] == "3"
    assert [event.time_nano for event in events] == sorted(event.time_nano for event in events)


async def test_between_two_times(podman: AsyncPodman, image: str, begin: datetime) -> None:
    """The service itself loses events before an end that has passed."""
    first = await live(podman, image, "first")
    between = datetime.now(UTC)
    second = await live(podman, image, "second")

    async def ids(since: datetime, until: datetime) -> set[str]:
        events = await read(podman.system.events(since=since, until=until))
        return {event.actor.id for event in events if event.type == "container"}

    for _ in range(5):
        assert await ids(begin, between) == {first}
    assert await ids(between, datetime.now(UTC)) == {second}
    assert await ids(begin - timedelta(hours=1), begin - timedelta(minutes=59)) == set()
    with pytest.raises(ParameterError, match="no time zone"):
        await ids(begin, datetime(2026, 1, 1))
    with pytest.raises(ParameterError, match="no time zone"):
        await ids(datetime(2026, 1, 1), begin)


async def test_as_they_come(podman: AsyncPodman, image: str, begin: datetime) -> None:
    seen: list[str] = []
    async with podman.system.events(since=begin, filters={"type": "container"}) as events:
        created = await podman.containers.create(image, network="none")
        async for event in events:
            assert event.actor.id == created.id
            seen.append(event.action)
            if event.action == "create":
                await podman.containers.start(created.id)
            if event.action == "cleanup":
                await podman.containers.remove(created.id)
            if event.action == "remove":
                break
    assert seen == [*LIFE[:-1], "cleanup", "remove"]
    assert (await podman.system.ping()).os


async def test_until_a_time_to_come(podman: AsyncPodman, image: str, begin: datetime) -> None:
    start = time.monotonic()
    end = datetime.now(UTC) + timedelta(seconds=1)
    async with podman.system.events(since=begin, until=end) as events:
        created = await podman.containers.create(image, network="none")
        found: list[Event] = []
        async for event in events:
            found += [event]
    assert 0.9 < time.monotonic() - start < 10
    assert (found[-1].actor.id, found[-1].action) == (created.id, "create")


async def test_filters(podman: AsyncPodman, host: Host, image: str, begin: datetime) -> None:
    pod = host.run("podman", "pod", "create", "--infra=false", "group").stdout.strip()
    host.run("podman", "volume", "create", "data")
    host.run("podman", "network", "create", "net")
    await podman.images.tag(image, "localhost/other")
    await podman.containers.create(image, name="one", labels={"a": "b"}, pod="group")
    await podman.containers.create(image, name="two", labels={"a": "c"}, network="none")

    async def told(**filters: Unpack[EventFilters]) -> list[tuple[str, str]]:
        events = await read(podman.system.events(since=begin, filters=filters, stream=False))
        found = [(each.type, each.actor.attributes) for each in events]
        return [(kind, its["name"] or its.get("network", "")) for kind, its in found]

    one, two = ("container", "one"), ("container", "two")
    tagged = ("image", "localhost/other:latest")

    async def told_of_the_tag() -> bool:  # what happens to images is told a little later
        return await told(image="localhost/other:latest") == [tagged]

    await until(told_of_the_tag)
    assert await told(container="one") == [one]
    assert await told(container=["one", "two"]) == [one, two]
    assert await told(event="create", type="container") == [one, two]
    assert set(await told(event=["tag", "create"], type=["image", "pod"])) == {
        ("pod", "group"),
        tagged,
    }
    assert await told(label="a=b") == [one]
    assert await told(label="a") == ([one, two] if host.version >= "5.7" else [])
    assert await told(pod=pod) == await told(pod="group") == [("pod", "group")]
    assert await told(volume="data") == ([("volume", "data")] if host.version >= "4.6" else [])
    assert await told(type="network") == ([("network", "net")] if host.version >= "5.4" else [])
    assert await told(type="secret") == []
    with pytest.raises(ParameterError, match="did you mean 'container'"):
        await told(contaner="one")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- a misspelt name


async def test_follow_while_the_service_goes_away_and_comes_back(
    podman: AsyncPodman, host: Host, image: str, begin: datetime
) -> None:
    def create_without_the_service(name: str) -> None:
        host.run("podman", "create", "--name", name, "--network", "none", image)
        host.start_service()

    seen: list[str] = []
    created: EventFilters = {"type": "container", "event": "create"}
    async with podman.system.follow_events(since=begin, filters=created, give_up=60) as events:
        await podman.containers.create(image, name="one", network="none")
        async for event in events:
            seen.append(event.actor.attributes["name"])
            if seen[-1] == "one":
                host.stop_service()
                create_without_the_service("two")
            elif seen[-1] == "two":
                host.kill_service()
                create_without_the_service("three")
            elif seen[-1] == "three":
                await podman.containers.create(image, name="four", network="none")
            else:
                break
    assert seen == ["one", "two", "three", "four"]


async def test_follow_from_now_on(podman: AsyncPodman, image: str) -> None:
    async with podman.system.follow_events(filters={"type": "container"}) as events:
        created = await podman.containers.create(image, network="none")
        async for event in events:  # of the second before, something may be told too
            if event.actor.id == created.id:
                assert event.action == "create"
                break
    with pytest.raises(ParameterError, match="no time zone"):
        await left(podman.system.follow_events(since=datetime(2026, 1, 1)))
