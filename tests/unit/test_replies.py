from __future__ import annotations

import json

import pytest

from podlib import errors
from podlib.errors import APIError
from podlib.http.common import Reply
from podlib.http.wire import Head
from podlib.replies import api_error, stream_error


def error(status: int, body: bytes) -> APIError:
    reply = Reply(Head(status, b"\r\n", True), body)
    return api_error(reply, "POST", "/v5.4.2/libpod/containers/web/start?a=b")


def answer(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequestError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (401, APIError),
        (500, APIError),
        (503, APIError),
    ],
)
def test_a_status_has_its_class(status: int, kind: type[APIError]) -> None:
    found = error(status, answer(cause="the cause", message="what happened", response=status))
    assert type(found) is kind
    assert (found.status, found.message, found.cause) == (status, "what happened", "the cause")
    assert (found.method, found.path) == ("POST", "/v5.4.2/libpod/containers/web/start")
    assert str(found) == f"what happened ({status} for POST /v5.4.2/libpod/containers/web/start)"


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("that name is already in use", errors.ConflictError),
        ("container state improper", errors.ConflictError),
        ("image not known", errors.NotFoundError),
    ],
)
def test_causes_that_the_server_reports_as_its_own_failure(
    cause: str, kind: type[APIError]
) -> None:
    found = error(500, answer(cause=cause, message="x: " + cause, response=500))
    assert type(found) is kind
    assert found.status == 500


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the server gave no reason"),
        (b"  \n", "the server gave no reason"),
        (b"404 page not found\n", "404 page not found"),
        (b"<html>\xff</html>", "<html>\ufffd</html>"),
        (b"[1, 2]", "[1, 2]"),
        (b"null", "null"),
        (b"{}", "the server gave no reason"),
        (b'{"message": null, "cause": null}', "the server gave no reason"),
        (b'{"message": "", "cause": "only a cause"}', "only a cause"),
        (b'{"message": ["odd"]}', "['odd']"),
        (b'{"message": "cut o', '{"message": "cut o'),
    ],
)
def test_bodies_that_are_no_libpod_error(body: bytes, message: str) -> None:
    assert error(500, body).message == message


@pytest.mark.parametrize("body", [b"x" * 10_000_000, b"[" * 1_000_000, b'{"a":' * 200_000])
def test_a_huge_body_makes_a_short_message(body: bytes) -> None:
    assert len(str(error(500, body))) < 1_000


def test_a_report_with_errors_tells_them() -> None:
    found = error(409, answer(Errs=["starting a: no", "starting b: neither"], Id="1234"))
    assert type(found) is errors.ConflictError
    assert found.message == "starting a: no; starting b: neither"


def test_a_report_of_a_manifest_list_tells_them_too() -> None:
    found = error(400, answer(Id="1234", errors=["no such digest"]))
    assert type(found) is errors.BadRequestError
    assert found.message == "no such digest"


@pytest.mark.parametrize("odd", ["x", 5, {}, []])
def test_errors_that_are_no_list(odd: object) -> None:
    assert error(409, answer(Errs=odd)).message == "the server gave no reason"


def test_a_line_of_a_stream_that_is_an_error() -> None:
    found = stream_error(b'{"cause":"bogus","message":"failed to parse: bogus","response":500}\n')
    assert str(found) == "the server ended the stream: failed to parse: bogus"
    assert "no reason" in str(stream_error(b'{"cause":"","message":""}'))
    assert '"cause":' in str(stream_error(b'{"cause":"cut'))
    assert stream_error(b'{"Action":"start","cause":"none"}') is None
