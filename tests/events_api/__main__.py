"""``python -m tests.events_api serve | token | send``: an Events API to try the worker with."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
import urllib.request
from typing import Any, cast

from .server import ROUTE, EventsServer
from .tokens import SCOPES, SECRET, make_token


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.events_api", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="be an Events API, until Ctrl-C")
    serve.add_argument("--port", type=int, default=8081)
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--subject", default="local")
    token.add_argument("--scope", default=SCOPES)
    send = commands.add_parser("send", help="publish a request, and print its answer")
    send.add_argument("--url", default="http://127.0.0.1:8081")
    send.add_argument("name", help="such as bus.podman.run.request")
    send.add_argument("payload", nargs="?", default="{}", help="JSON")
    given = parser.parse_args()
    secret = os.environ.get("BUS_EVENTS_JWT_SECRET", SECRET)
    try:
        if given.command == "serve":
            asyncio.run(_serve(secret, given.port))
        elif given.command == "token":
            print(make_token(secret, subject=given.subject, scope=given.scope))
        else:
            answer = _send(given.url, make_token(secret), given.name, json.loads(given.payload))
            print(json.dumps(answer, indent=2))
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError) as error:  # no server, a port that is taken, no JSON
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(secret: str, port: int) -> None:
    async with EventsServer(secret=secret, port=port) as server:
        print(f"an Events API in memory at {server.url}; Ctrl-C ends it", flush=True)
        await asyncio.Event().wait()


def _send(url: str, token: str, name: str, payload: object) -> dict[str, Any]:
    """Listen first, so that the answer cannot be missed."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    response = name.removesuffix("request") + "response"
    stream = urllib.request.Request(f"{url}{ROUTE}/stream?name={response}", headers=headers)  # noqa: S310 -- the URL is the user's own
    correlation_id = secrets.token_hex(8)
    body = {"name": name, "correlationId": correlation_id, "payload": payload}
    with urllib.request.urlopen(stream) as lines:  # noqa: S310 -- likewise
        publish = urllib.request.Request(  # noqa: S310 -- likewise
            f"{url}{ROUTE}", data=json.dumps(body).encode(), headers=headers
        )
        urllib.request.urlopen(publish).close()  # noqa: S310 -- likewise
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if event["correlationId"] == correlation_id:
                return cast("dict[str, Any]", event["payload"])
    raise SystemExit("the stream ended before the answer came")


if __name__ == "__main__":
    sys.exit(main())
