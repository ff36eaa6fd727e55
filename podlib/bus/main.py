"""The command: ``bus-integration-podman``, which is ``podlib bus`` too."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from podlib.errors import PodmanError

from . import log, names, options
from .options import is_readable_on_the_way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .options import Settings
    from .store import Store
    from .worker import Worker


def main(argv: Sequence[str] | None = None, program: str = options.PROGRAM) -> int:
    """Run the worker: the exit status. 0 after SIGTERM or SIGINT, 1 after an error."""
    command = options.parse(argv, os.environ, program)
    try:
        if command.show == "events":
            print(_events(command.settings.prefix, command.format))
        elif command.show == "self-test":
            from .self_test import check

            asyncio.run(check(command.settings))
            print("bus-integration-podman self-test OK")
        else:
            log.to_stderr()
            asyncio.run(_until_signalled(command.settings))
    except PodmanError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the worker minds signals
        return 130
    return 0


def _events(prefix: str, form: str) -> str:
    found = names.events(prefix)
    if form == "json":
        return json.dumps([each._asdict() for each in found], indent=2)
    return "\n".join(f"{each.direction:8} {each.name:40} {each.scope}" for each in found)


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(settings, os.environ, stop)


async def work(settings: Settings, environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Be a worker, until ``stop`` is set. The token may be in ``environ``."""
    from .events_api import EventsAPI
    from .readiness import Readiness
    from .store import Store
    from .tokens import TokenSource
    from .worker import Worker

    token = TokenSource(settings.token_file, environ)
    token.token()
    store = Store(settings.state, settings.consumer)
    await asyncio.to_thread(store.enter)
    async with AsyncExitStack() as stack:
        stack.callback(store.leave)
        readiness = Readiness(required=settings.retry.required)
        port = await stack.enter_async_context(readiness.served(settings.health))
        api = EventsAPI(settings.events_url, token)
        stack.push_async_callback(api.close)
        worker = Worker(settings, api, store, readiness, stop)
        if is_readable_on_the_way(settings.events_url):
            log.warning("the token goes unencrypted: use https", url=settings.events_url)
        log.info("worker begins", consumer=settings.consumer, group=settings.group, port=port)
        await _run(worker, settings, store, stack)


async def _run(worker: Worker, settings: Settings, store: Store, stack: AsyncExitStack) -> None:
    from .containers import Box
    from .podman_provider import PodmanProvider
    from .runs import Runs
    from .service import podman_service
    from .static_provider import StaticProvider

    if settings.provider == "static":
        await worker.run(StaticProvider(settings))
        return
    service = podman_service(settings.socket, settings.podman_bin)
    podman = await stack.enter_async_context(service)
    box = Box(podman, settings.consumer, settings.limits)
    where = (settings.socket or "").removeprefix("unix://")
    runs = Runs(box, store, worker.answers, most=settings.max_runs, podman=where)
    await worker.run(PodmanProvider(settings, box, runs, worker.answers, where))


if __name__ == "__main__":
    sys.exit(main())
