from __future__ import annotations

from datetime import UTC, datetime, timedelta

from podlib.event_places import OVERLAP, EventPlace, date_of
from podlib.http.common import Reply
from podlib.http.wire import Head
from podlib.models import Event

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(seconds: float, action: str = "start") -> Event:
    """What happened so many seconds after the beginning."""
    nano = int(BEGIN.timestamp()) * 10**9 + int(seconds * 1e9)
    return Event(type="container", action=action, time_nano=nano)


def test_at_the_beginning() -> None:
    assert EventPlace(BEGIN).since == BEGIN


def test_the_next_connection_begins_before_the_newest_event() -> None:
    place = EventPlace(BEGIN)
    assert place.is_new(event(100.25))
    assert place.is_new(event(99))
    assert place.since == BEGIN + timedelta(seconds=100 - OVERLAP)


def test_it_never_begins_before_the_beginning() -> None:
    place = EventPlace(BEGIN)
    place.is_new(event(1))
    assert place.since == BEGIN


def test_what_was_told_is_not_new() -> None:
    place = EventPlace(BEGIN)
    told = [event(1), event(1, "died"), event(1.000000001), event(8)]
    assert all(place.is_new(each) for each in told)
    assert not any(place.is_new(each) for each in told)
    assert place.is_new(event(1, "init"))


def test_only_what_may_be_told_again_is_remembered() -> None:
    place = EventPlace(BEGIN)
    for number in range(1000):
        assert place.is_new(event(number))
    assert len(place._told) == len(place._order) == OVERLAP + 3
    kept = [event(number) for number in range(1000) if event(number).time_nano > to_nano(place)]
    assert kept
    assert not any(place.is_new(each) for each in kept)


def to_nano(place: EventPlace) -> int:
    """From where on it asks."""
    return int(place.since.timestamp() * 1e9)


def test_the_services_clock() -> None:
    def date(field: bytes) -> datetime:
        return date_of(Reply(Head(200, b"\r\n" + field + b"\r\n", True), b"OK"))

    assert date(b"Date: Fri, 02 Jan 2026 03:04:05 GMT") == BEGIN
    now = datetime.now(UTC)
    for field in (b"X: y", b"Date: soon"):
        assert timedelta(seconds=-1) <= date(field) - now <= timedelta(seconds=60)
        assert date(field).microsecond == 0
