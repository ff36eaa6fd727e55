"""In the place of a Kubernetes cluster: it takes what it is to make, and writes it down.

Run as a program, it is that server; it prints its address, then a JSON line for each request. It
forbids all in the namespace ``forbidden``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.testbed import Host

KUBE_CONFIG = "kube.json"


@dataclass
class Cluster:
    """A server in a host's network. ``kube_config`` is the host's file that says where it is."""

    kube_config: str
    _output: IO[str]

    def made(self) -> tuple[str, str]:
        """The path of the next request that it took, and the YAML."""
        path, text = json.loads(self._output.readline())
        return path, text


@contextmanager
def cluster(host: Host) -> Generator[Cluster]:
    """Have one in the network of ``host``."""
    network = host.root.parent / "ns" / "net"
    command = ["nsenter", f"--net={network}", sys.executable, __file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            server = {"server": process.stdout.readline().strip()}
            config: dict[str, object] = {
                "clusters": [{"name": "it", "cluster": server}],
                "users": [{"name": "me", "user": {}}],
            }
            (host.share / KUBE_CONFIG).write_text(json.dumps(config))  # JSON is YAML
            yield Cluster(f"/mnt/share/{KUBE_CONFIG}", process.stdout)
        finally:
            process.kill()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_POST(self) -> None:
        """Something is to be made."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        forbidden = "/forbidden/" in self.path
        if not forbidden:
            print(json.dumps([self.path, text]), flush=True)
        answer = b"you may not do that" if forbidden else b"{}"
        self.send_response(403 if forbidden else 201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
