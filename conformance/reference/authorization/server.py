"""Which path of the authorization server leads where, and who may call it from a web page (SMART "CORS")."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from starlette.responses import PlainTextResponse, Response

from conformance.reference import documentation
from conformance.reference.authorization import authorize, clients, discovery, lab, pages, signin, token
from conformance.reference.authorization.errors import OAuthError, error_response
from conformance.reference.cors import ANY_ORIGIN, NO_ORIGIN, REGISTERED_ORIGINS, preflight, with_cors
from conformance.reference.steps import step
from conformance.reference.web import Call

log = logging.getLogger("conformance.reference")

GET = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
Route = tuple[tuple[str, ...], str, Callable[[Call], Response]]

ROUTES: Mapping[str, Route] = {
    "/.well-known/openid-configuration": (GET, ANY_ORIGIN, discovery.openid_response),
    "/.well-known/jwks.json": (GET, ANY_ORIGIN, discovery.keys_response),
    "/oauth2/register": (("POST",), ANY_ORIGIN, clients.register),
    "/oauth2/authorize": (FORM, NO_ORIGIN, authorize.authorize),
    "/oauth2/login": (FORM, NO_ORIGIN, partial(signin.visit, name="login")),
    "/oauth2/totp": (FORM, NO_ORIGIN, partial(signin.visit, name="totp")),
    "/oauth2/member": (FORM, NO_ORIGIN, partial(signin.visit, name="member")),
    "/oauth2/consent": (FORM, NO_ORIGIN, partial(signin.visit, name="consent")),
    "/oauth2/token": (("POST",), REGISTERED_ORIGINS, token.token),
    "/developer": (GET, ANY_ORIGIN, documentation.page),
    "/_lab/age": (("POST",), NO_ORIGIN, lab.age),
}


def handle(call: Call) -> Response:
    """One request to the authorization server's origin."""
    route = ROUTES.get(call.path)
    if route is None:
        return pages.error_page(call, "There is no such page.", 404)
    methods, origins, handler = route
    if call.method == "OPTIONS":
        return preflight(call, origins, methods)
    try:
        response = dispatch(call, handler, methods)
    except OAuthError as error:
        response = error_response(call, error)
    except Exception:
        log.exception("%s %s failed", call.method, call.path)
        response = PlainTextResponse("Something went wrong.", 500)
    return with_cors(call, response, origins)


@step
def dispatch(call: Call, handler: Callable[[Call], Response], methods: tuple[str, ...]) -> Response:
    """Run the handler if it takes the method."""
    if call.method not in methods:
        response = error_response(call, OAuthError("invalid_request", f"Use {' or '.join(methods)} here.", 405))
        response.headers["Allow"] = ", ".join(methods)
        return response
    return handler(call)
