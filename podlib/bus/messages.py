"""What goes over the Events API, and what is kept of it: models of all envelopes and payloads.

Zero values of Go (``""``, ``null``, ``0``) stand for what was left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

ErrorType: TypeAlias = Literal[
    "bad_request", "not_found", "timeout", "backend_unavailable", "internal"
]
Payload: TypeAlias = dict[str, Any]
P = TypeVar("P", bound=BaseModel)

_PROBLEMS = 3
"""How many of a payload's problems its answer names."""
_OWNERS = ("identity_id", "identityId", "account_id", "accountId", "account", "owner")
"""The members by which Events APIs say whose event it is: they take it from the token."""

_CORRELATION = re.compile(rb'"correlationId"\s*:\s*"([^"\\]{1,256})"')
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = (
    rf"^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{{1,5}})?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$"
)

Text: TypeAlias = Annotated[str, Field(pattern=r"^[^\x00]*$")]
RunId: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
ImageName: TypeAlias = Annotated[str, Field(pattern=_IMAGE, max_length=512)]
Variable: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class RefusalError(Exception):
    """A request that is answered with an error. It never leaves the worker."""

    def __init__(self, kind: ErrorType, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorType = kind

    @property
    def payload(self) -> Payload:
        """The answer."""
        return {"error": {"type": self.kind, "message": str(self)}}


def _none_if_zero(value: object) -> object:
    return None if value is None or value in ("", 0) else value


Zero = BeforeValidator(_none_if_zero)


class Envelope(BaseModel):
    """One event, as the Events API tells it. What else it has is kept."""

    model_config = ConfigDict(extra="allow", strict=True)

    id: Annotated[str, Field(min_length=1, max_length=256)]
    name: str
    correlation_id: Annotated[str, Field(alias="correlationId", min_length=1, max_length=256)]
    payload: Annotated[Payload, BeforeValidator(lambda value: {} if value is None else value)] = {}

    @property
    def owner(self) -> str:
        """Whose event it is; ``""`` where the API does not say."""
        extra = self.model_extra or {}
        return next((str(extra[name]) for name in _OWNERS if extra.get(name)), "")


class Accepted(BaseModel):
    """What the Events API says of an event that was published."""

    model_config = ConfigDict(extra="allow")

    accepted: bool = True
    id: str = ""
    name: str = ""


class RunPayload(BaseModel):
    """What can be asked of a run, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)

    profile: Annotated[str | None, Zero] = None
    image: Annotated[ImageName | None, Zero] = None
    command: list[Text] | None = None
    args: list[Text] | None = None
    """Stands for ``command`` when that is missing."""
    timeout_seconds: Annotated[Annotated[float, Field(gt=0, allow_inf_nan=False)] | None, Zero] = (
        None
    )
    env: dict[Variable, Text] | None = None
    run_id: Annotated[RunId | None, Zero] = None

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        if (self.profile is None) == (self.image is None):
            raise ValueError("say either profile or image")
        return self


class DeletePayload(BaseModel):
    """Which run is to go."""

    model_config = ConfigDict(extra="forbid", strict=True)

    run_id: RunId


class Run(BaseModel):
    """One run, as the worker keeps it. ``started`` is a Unix time; 0: it has not begun."""

    run_id: str
    image: str
    profile: str = ""
    """By which the image was asked for; ``""`` if it was by its name."""
    args: list[str]
    env: dict[str, str]
    timeout: float
    owner: str
    started: float = 0


class Entry(BaseModel):
    """What a worker owes: the event ``name`` with ``correlation_id``, as the answer.

    ``key`` is its name in the store, ``podman`` the socket of the service. ``answer`` is there once
    it is known. Of a run, ``run`` says what was asked for.
    """

    key: str
    worker: str
    name: str
    correlation_id: str
    podman: str = ""
    run: Run | None = None
    answer: Payload | None = None


def read(model: type[P], payload: object) -> P:
    """A payload as its model. Raises RefusalError, which repeats nothing of what was sent."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise RefusalError("bad_request", _problems(error)) from None


def envelope(line: bytes) -> Envelope:
    """One line of a stream. Raises RefusalError."""
    try:
        return Envelope.model_validate_json(line)
    except ValidationError as error:
        raise RefusalError("bad_request", f"no envelope of an event: {_problems(error)}") from None


def request_of(run: Run) -> Payload:
    """The payload that asks for a run."""
    image = {"profile": run.profile} if run.profile else {"image": run.image}
    rest = {"command": run.args, "timeout_seconds": run.timeout, "env": run.env}
    return {**image, **rest, "run_id": run.run_id}


def correlation_of(line: bytes) -> str:
    """What an answer to a line that is no envelope can refer to; ``""`` if there is nothing."""
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        said = _CORRELATION.search(line)
        return said[1].decode("utf-8", "replace") if said else ""
    if not isinstance(found, dict):
        return ""
    members = cast("dict[str, object]", found)
    for name in ("correlationId", "id"):
        value = members.get(name)
        if isinstance(value, str) and value:
            return value.encode("utf-8", "replace").decode()[:256]
    return ""


def run_id_of(event: Envelope) -> str:
    """The id of a run whose request names none: the same for each delivery of the event."""
    return f"e-{hashlib.sha256(event.id.encode()).hexdigest()[:32]}"


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    texts = [": ".join([*filter(None, [_place(each["loc"])]), each["msg"]]) for each in found]
    more = f"; and {len(texts) - _PROBLEMS} more" if len(texts) > _PROBLEMS else ""
    return "; ".join(texts[:_PROBLEMS]) + more


def _place(location: tuple[int | str, ...]) -> str:
    """Where in a payload it is. A key may be as long, and as odd, as the sender likes."""
    return ".".join(map(str, location))[:80].encode("ascii", "replace").decode()
