"""What can go wrong with the test hosts."""

from __future__ import annotations


class TestbedError(Exception):
    """A test host could not be made or used; the message says why."""

    __test__ = False  # not a test class, whatever its name makes pytest think


class MissingError(TestbedError):
    """The machine lacks something that real hosts need; the message says what, in one line."""
