"""Wrong proofs of who a client is: another secret; an assertion of another key, time, audience, or used before."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.oauth.client_authentication import client_assertion
from conformance.oauth.pkce import urlsafe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.oauth.request import Code
    from conformance.oauth.token_endpoint import TokenAnswer

    Exchanging = Callable[[OwnAuthorization, Code], TokenAnswer]

LONG_AGO = 3600
UNSIGNED = b'{"alg":"none","typ":"JWT"}'
ELSEWHERE = "https://elsewhere.example/token"


def wrong_proofs(authentication: str) -> Mapping[str, Exchanging]:
    """The ways to fail at a client authentication method, by what is wrong; none for clients without a proof."""
    if authentication in {"client_secret_basic", "client_secret_post"}:
        return {"an exchange with a wrong client secret": _wrong_secret}
    if authentication == "private_key_jwt":
        return {f"an exchange with a client assertion {what}": _asserted(make) for what, make in _ASSERTIONS.items()}
    return {}


def _wrong_secret(own: OwnAuthorization, code: Code) -> TokenAnswer:
    wrong = replace(own.authorizations.client(), client_secret=secrets.token_urlsafe(24))
    return own.endpoint().as_client(wrong).exchange(code)


def _asserted(make: Callable[[OwnAuthorization], str]) -> Exchanging:
    return lambda own, code: own.endpoint().exchange(code, parameters={"client_assertion": make(own)})


def _of_another_key(own: OwnAuthorization) -> str:
    head, _, signature = _assertion(own).rpartition(".")
    return f"{head}.{urlsafe(secrets.token_bytes(len(signature) * 3 // 4))}"


def _unsigned(own: OwnAuthorization) -> str:
    _, payload, _ = _assertion(own).split(".")
    return f"{urlsafe(UNSIGNED)}.{payload}."


def _expired(own: OwnAuthorization) -> str:
    now = int(time.time())
    return _assertion(own, claims={"iat": now - LONG_AGO - 300, "exp": now - LONG_AGO})


def _for_another_server(own: OwnAuthorization) -> str:
    return _assertion(own, audience=ELSEWHERE)


def _used_before(own: OwnAuthorization) -> str:
    """One that has just proved the client in a request about a refresh token that does not exist."""
    assertion = _assertion(own)
    own.endpoint().refresh(secrets.token_urlsafe(32), parameters={"client_assertion": assertion})
    return assertion


def _assertion(own: OwnAuthorization, *, audience: str = "", claims: Mapping[str, int] | None = None) -> str:
    endpoint = own.endpoint()
    return client_assertion(endpoint.client, audience or endpoint.url, claims=claims)


_ASSERTIONS: Mapping[str, Callable[[OwnAuthorization], str]] = {
    "signed by another key": _of_another_key,
    "without a signature": _unsigned,
    "that has expired": _expired,
    "for another server": _for_another_server,
    "that was used before": _used_before,
}
