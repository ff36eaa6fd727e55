"""The worker's log: one JSON object a line, without commands, output, variables and tokens."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

LOGGER = logging.getLogger("podlib.bus")


def info(event: str, **fields: object) -> None:
    """Something happened as it should."""
    LOGGER.info(event, extra={"fields": fields})


def warning(event: str, **fields: object) -> None:
    """Something did not, and goes on."""
    LOGGER.warning(event, extra={"fields": fields})


def failure(event: str, error: BaseException, **fields: object) -> None:
    """Something that nobody expected: with its traceback."""
    LOGGER.error(event, exc_info=error, extra={"fields": fields})


class JsonFormatter(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields: dict[str, object] = getattr(record, "fields", {})
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        document = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps({**document, **fields}, default=str)


def to_stderr() -> None:
    """Write the log there, from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
