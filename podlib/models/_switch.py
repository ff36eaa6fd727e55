"""The switch between tolerant and strict decoding. It must not cost an import of pydantic."""

from __future__ import annotations

__all__ = ["is_strict", "set_strict"]

_state = {"strict": False}


def set_strict(strict: bool) -> None:
    """Choose, for the whole process, what an answer that goes beyond its model does.

    ``True`` is for test suites: a field that a model lacks, and a value that merely converts
    to the type, raise ``ResponseModelError``. ``False``, the default, is for production: unknown
    fields are kept as they came.
    """
    _state["strict"] = strict


def is_strict() -> bool:
    """Whether decoding is strict."""
    return _state["strict"]
