"""Bearer tokens: JWTs signed with HS256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any, cast

SECRET = "not-a-secret-local-development-hs256-key"  # noqa: S105 -- it guards nothing
AUDIENCE = "ai.hg.fi/api"
SCOPES = "events:send events:listen"


class TokenError(Exception):
    """The token is missing, forged or out of date."""


def make_token(
    secret: str = SECRET, *, subject: str = "local", scope: str = SCOPES, ttl: float = 3600
) -> str:
    """A token for ``subject`` that is good for ``ttl`` seconds."""
    claims = {"sub": subject, "aud": AUDIENCE, "scope": scope, "exp": time.time() + ttl}
    head = {"alg": "HS256", "typ": "JWT"}
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_encoded(_signature(secret, signed))}"


def claims_of(header: str, secret: str) -> dict[str, Any]:
    """The claims of an ``Authorization`` header. Raises TokenError."""
    kind, _, token = header.partition(" ")
    signed, _, signature = token.rpartition(".")
    if kind.lower() != "bearer" or signed.count(".") != 1:
        raise TokenError("no bearer token")
    try:
        if not hmac.compare_digest(_decoded(signature), _signature(secret, signed)):
            raise TokenError("the signature is wrong")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
    except ValueError as error:
        raise TokenError("no JWT") from error
    if head.get("alg") != "HS256" or claims.get("aud") != AUDIENCE:
        raise TokenError("another algorithm or audience")
    if claims.get("exp", 0) < time.time():
        raise TokenError("out of date")
    return cast("dict[str, Any]", claims)


def _signature(secret: str, signed: str) -> bytes:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
