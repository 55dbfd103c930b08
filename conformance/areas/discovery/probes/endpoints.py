"""One well-formed request to each endpoint that the SMART configuration advertises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange

_PURPOSE = "is anything there"


def authorization_endpoint(run: Run, authorizations: Authorizations) -> Exchange:
    """The answer to a well-formed authorization request that no browser sends."""
    return run.transport.request(
        "GET", authorizations.request().url, follow_redirects=False, purpose=_PURPOSE, endpoint="authorization"
    )


def token_endpoint(authorizations: Authorizations) -> Exchange:
    """The answer to a token request without parameters."""
    return authorizations.endpoint().raw({}, purpose=_PURPOSE).exchange


def optional_endpoints(run: Run, discovery: Discovery, authorizations: Authorizations) -> dict[str, Exchange]:
    """The answers of the optional endpoints that are advertised, to requests about a token that was never issued."""
    endpoint = authorizations.endpoint()
    answers: dict[str, Exchange] = {}
    if discovery.introspection_endpoint:
        answers["introspection_endpoint"] = endpoint.introspect("not-a-token").exchange
    if discovery.revocation_endpoint:
        answers["revocation_endpoint"] = endpoint.revoke("not-a-token").exchange
    management = discovery.endpoint("management_endpoint")
    if management:
        answers["management_endpoint"] = run.transport.request("GET", management, purpose=_PURPOSE)
    return answers
