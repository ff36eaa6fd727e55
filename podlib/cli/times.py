"""Times as programs write them, and as people say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .failures import UsageError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([dhms])", re.ASCII)
_SPANS = re.compile(rf"(?:{_SPAN.pattern})+", re.ASCII)
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")


def moment(text: str) -> datetime:
    """From RFC 3339, also with nanoseconds. Raises ValueError."""
    found = datetime.fromisoformat(_NANOSECONDS.sub(r"\1", text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def rfc3339(seconds: float) -> str:
    """Seconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def when(text: str) -> datetime:
    """A time as options take it: RFC 3339, seconds since 1970, or how long ago (``1h30m``)."""
    if _SPANS.fullmatch(text):
        ago = sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(text))
        return datetime.now(UTC) - timedelta(seconds=ago)
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        return moment(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time, such as 2026-01-31T12:00:00Z, 1769860800 or 10m (ago)"
        ) from None


def span(text: str) -> float:
    """A span of time in seconds: ``90``, or ``1m30s``. Raises UsageError."""
    if _SPANS.fullmatch(text):
        return sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(text))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise UsageError(f"{text!r} is no span of time, such as 90 or 1m30s")
    return seconds
