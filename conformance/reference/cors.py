"""Calls from web pages: SMART App Launch 2.2.0 "Considerations for Cross-Origin Resource Sharing (CORS) support".

Discovery and key sets answer any origin; the token endpoint and the FHIR API answer the origins of registered
apps only; pages that a member sees answer none. Cookies are never allowed across origins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.web import Call

ANY_ORIGIN, REGISTERED_ORIGINS, NO_ORIGIN = "any", "registered", "none"
REQUEST_HEADERS = "Authorization, Content-Type, Accept, Prefer, If-None-Match, If-Modified-Since"
RESPONSE_HEADERS = "ETag, Last-Modified, Location, WWW-Authenticate, Retry-After"


@step
def allowed_origin(call: Call, policy: str) -> str:
    """The value of Access-Control-Allow-Origin for this request; nothing when the origin is not allowed."""
    origin = call.headers.get("origin", "")
    if not origin or policy == NO_ORIGIN:
        return ""
    if policy == ANY_ORIGIN:
        return "*"
    registered = any(origin in client.origins for client in call.tenant.state.clients.values())
    return origin if registered else ""


@step
def with_cors(call: Call, response: Response, policy: str) -> Response:
    """The response, readable by a page of an allowed origin."""
    if policy == REGISTERED_ORIGINS:
        response.headers.add_vary_header("Origin")
    if allowed := allowed_origin(call, policy):
        response.headers["Access-Control-Allow-Origin"] = allowed
        response.headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
    return response


@step
def preflight(call: Call, policy: str, methods: tuple[str, ...]) -> Response:
    """The answer to a browser that asks before it calls."""
    response = Response(status_code=204, headers={"Allow": ", ".join((*methods, "OPTIONS"))})
    if allowed_origin(call, policy):
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = "600"
    return with_cors(call, response, policy)
