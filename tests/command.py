"""What the command ``podlib`` wrote, and what its contract says of that."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Result(NamedTuple):
    """What a command wrote, and its exit status."""

    status: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        """That of a success."""
        assert (self.status, self.stderr) == (0, "")
        document = json.loads(self.stdout)
        assert document.keys() == {"success", "data"}
        assert document["success"] is True
        return document["data"]

    @property
    def error(self) -> str:
        """That of a failure."""
        assert self.status != 0
        assert self.stdout == ""
        document = json.loads(self.stderr)
        assert document.keys() == {"success", "error", "exit_code"}
        assert document["success"] is False
        assert document["exit_code"] == self.status
        return str(document["error"])
