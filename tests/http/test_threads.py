"""The blocking client: many threads, closing while calls are under way, forks, Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from podlib.errors import ClosedError
from podlib.http.unix_sync import UnixClient

from .conftest import open_sockets
from .servers import OK, Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Serve

pytestmark = pytest.mark.timeout(60)


def echo(peer: Peer) -> None:
    """Answers with the request's target, in a length or in chunks."""
    while True:
        head = peer.head()
        peer.body(head)
        target = head.split(b" ")[1]
        if len(target) % 2:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target))
        else:
            start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            peer.send(start + b"%x\r\n%b\r\n0\r\n\r\n" % (len(target), target))


def test_many_threads_get_their_own_answers(serve: Serve) -> None:
    server = serve(echo)
    client = UnixClient(server.path)

    def calls(thread: int) -> list[str]:
        targets = [f"/{thread}/{'x' * (i % 7)}{i}" for i in range(200)]
        return [t for t in targets if client.request("GET", t).body != t.encode()]

    with ThreadPoolExecutor(16) as threads:
        assert [*threads.map(calls, range(16))] == [[]] * 16
    assert server.connections <= 16
    assert len(server.requests) == 16 * 200
    client.close()


# -- closing while calls are under way -----------------------------------------------------------


def waits_for_the_head(client: UnixClient) -> object:
    return client.request("GET", "/silent")


def reads_a_body(client: UnixClient) -> object:
    return client.request("GET", "/body")


def uploads(client: UnixClient) -> object:
    return client.request("POST", "/silent", body=bytes(20_000_000))


def uploads_blocks(client: UnixClient) -> object:
    return client.request("POST", "/silent", body=iter(lambda: bytes(65_536), b""))


CALLS = [waits_for_the_head, reads_a_body, uploads, uploads_blocks]


class Standing:
    """A server in which every call but `/ok` gets stuck; ``stuck`` is set once one is."""

    def __init__(self) -> None:
        self.stuck = threading.Event()
        self.over = threading.Event()

    def __call__(self, peer: Peer) -> None:
        head = peer.head()
        while b"/ok" in head:
            peer.send(OK)
            head = peer.head()
        if b"/body" in head:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        self.stuck.set()
        self.over.wait(20)


@pytest.fixture
def standing() -> Iterator[Standing]:
    script = Standing()
    yield script
    script.over.set()


@pytest.mark.parametrize("call", CALLS)
def test_closing_the_client_ends_calls_of_other_threads(
    serve: Serve, standing: Standing, call: Callable[[UnixClient], object]
) -> None:
    before = open_sockets()
    client = UnixClient(serve(standing).path)
    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(call, client)
        assert standing.stuck.wait(10)
        client.close()
        with pytest.raises(ClosedError, match="closed"):
            under_way.result(10)
    standing.over.set()
    assert open_sockets() - before <= 2, "the listener, and the server's end: none of the client's"


# -- Ctrl-C --------------------------------------------------------------------------------------


class Interrupted(BaseException):
    """What the handler of a signal raises, as KeyboardInterrupt is raised."""


@pytest.fixture
def interrupting() -> Iterator[Callable[[threading.Event], threading.Thread]]:
    """Sends a signal to this process as soon as an event is set."""

    def handler(*_: object) -> None:
        raise Interrupted

    def send_when(event: threading.Event) -> threading.Thread:
        def wait_and_send() -> None:
            event.wait(10)
            os.kill(os.getpid(), signal.SIGUSR1)

        thread = threading.Thread(target=wait_and_send)
        thread.start()
        return thread

    old = signal.signal(signal.SIGUSR1, handler)
    yield send_when
    signal.signal(signal.SIGUSR1, old)


@pytest.mark.parametrize("call", CALLS)
def test_an_interrupted_call_leaves_no_connection(
    serve: Serve,
    standing: Standing,
    interrupting: Callable[[threading.Event], threading.Thread],
    call: Callable[[UnixClient], object],
) -> None:
    server = serve(standing)
    client = UnixClient(server.path)
    thread = interrupting(standing.stuck)
    with pytest.raises(Interrupted):
        call(client)
    thread.join()
    standing.over.set()
    assert client.request("GET", "/ok").body == b"ok"
    assert server.connections == 2
    client.close()


def test_ctrl_c_is_a_keyboard_interrupt(serve: Serve, standing: Standing) -> None:
    client = UnixClient(serve(standing).path)

    def press() -> None:
        standing.stuck.wait(10)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        client.request("GET", "/silent")
    thread.join()
    client.close()


# -- forks ---------------------------------------------------------------------------------------


def in_a_child(work: Callable[[], bool]) -> bool:
    """Whether ``work`` says yes in a forked child."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_parent_and_child_go_on_after_a_fork(serve: Serve) -> None:
    server = serve(echo)
    client = UnixClient(server.path)
    assert client.request("GET", "/before").body == b"/before"

    def child() -> bool:
        return all(client.request("GET", f"/child{i}").body == b"/child%d" % i for i in range(50))

    assert in_a_child(child)
    for i in range(50):
        assert client.request("GET", f"/parent{i}").body == b"/parent%d" % i
    assert server.connections == 2, "the parent keeps its own, the child made its own"
    client.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_that_closes_the_client_leaves_the_parents_streams(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf ")
        child_ended.wait(10)
        peer.send(b"rest")

    child_ended = threading.Event()
    client = UnixClient(serve(script).path)
    with client.stream("GET", "/") as answer:
        blocks = answer.iter_bytes()
        assert next(blocks) == b"half "

        def child() -> bool:
            client.close()
            return True

        assert in_a_child(child)
        child_ended.set()
        assert b"".join(blocks) == b"rest"
    client.close()
