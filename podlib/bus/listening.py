"""One stream of events, taken up again whenever it ends."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podlib.errors import BusError

from . import log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .events_api import Delivery, EventsAPI
    from .options import Retry
    from .readiness import Readiness


@dataclass(frozen=True)
class Place:
    """Where a worker listens."""

    group: str
    consumer: str
    retry: Retry
    replay: bool = False


async def listen(
    api: EventsAPI,
    place: Place,
    readiness: Readiness,
    name: str,
    delivery: Delivery,
    receive: Callable[[bytes], Awaitable[None]],
) -> None:
    """Hand on each event called ``name``, for ever.

    Raises BusError when the token is refused, or the API says that the request is wrong; without
    retries also when the stream ends.
    """
    stream = f"{name} {delivery}"
    readiness.streams[stream] = False
    pause = place.retry.least
    while True:
        try:
            async with api.listen(
                name,
                delivery=delivery,
                group=place.group,
                consumer=place.consumer,
                replay=place.replay and delivery == "unicast",
            ) as lines:
                readiness.streams[stream] = True
                log.info("listening", name=name, delivery=delivery)
                pause = place.retry.least
                async for line in lines:
                    await receive(line)
            error = BusError(f"the stream of {name} ended", status=0)
        except BusError as failure:
            error = failure
        finally:
            readiness.streams[stream] = False
        if not place.retry.enabled or not error.passes:
            raise error
        wait = min(pause * random.uniform(1.0, 1.25), place.retry.most)
        log.warning("stream lost", name=name, error=str(error), again_in=round(wait, 2))
        await asyncio.sleep(wait)
        pause = min(2 * pause, place.retry.most)
