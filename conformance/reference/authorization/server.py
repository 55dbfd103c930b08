"""Which path of the authorization server leads where, and who may call it from a web page (SMART "CORS")."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.reference import documentation, limits
from conformance.reference.authorization import (
    authorize,
    clients,
    discovery,
    inspection,
    lab,
    manage,
    pages,
    signin,
    token,
)
from conformance.reference.authorization.errors import NO_STORE, OAuthError, error_response
from conformance.reference.cors import ANY_ORIGIN, NO_ORIGIN, REGISTERED_ORIGINS, preflight, with_cors
from conformance.reference.limits import AUTHORIZATION, REGISTRATION, TOKEN, Limit
from conformance.reference.steps import step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

log = logging.getLogger("conformance.reference")


@dataclass(frozen=True, slots=True)
class Route:
    """What a path answers: methods, which web origins may read it, how often one caller may ask."""

    handler: Callable[[Call], Response]
    methods: tuple[str, ...] = ("GET", "HEAD")
    origins: str = ANY_ORIGIN
    limit: Limit | None = None


def _page(name: str) -> Route:
    return Route(partial(signin.visit, name=name), ("GET", "HEAD", "POST"), NO_ORIGIN)


ROUTES: Mapping[str, Route] = {
    "/.well-known/openid-configuration": Route(discovery.openid_response),
    "/.well-known/jwks.json": Route(discovery.keys_response),
    "/oauth2/register": Route(clients.register, ("POST",), ANY_ORIGIN, REGISTRATION),
    "/oauth2/authorize": Route(authorize.authorize, ("GET", "HEAD", "POST"), NO_ORIGIN, AUTHORIZATION),
    "/oauth2/login": _page("login"),
    "/oauth2/totp": _page("totp"),
    "/oauth2/member": _page("member"),
    "/oauth2/consent": _page("consent"),
    "/oauth2/token": Route(token.token, ("POST",), REGISTERED_ORIGINS, TOKEN),
    "/oauth2/introspect": Route(inspection.introspect, ("POST",), REGISTERED_ORIGINS, TOKEN),
    "/oauth2/revoke": Route(inspection.revoke, ("POST",), REGISTERED_ORIGINS, TOKEN),
    "/oauth2/manage": Route(manage.manage, ("GET", "HEAD", "POST"), NO_ORIGIN),
    "/developer": Route(documentation.page),
    "/_lab/age": Route(lab.age, ("POST",), NO_ORIGIN),
    "/_lab/rotate-keys": Route(lab.rotate_keys, ("POST",), NO_ORIGIN),
}


def handle(call: Call) -> Response:
    """One request to the authorization server's origin."""
    route = ROUTES.get(call.path)
    if route is None or not offered(call.tenant, call.path):
        return pages.error_page(call, "There is no such page.", 404)
    if call.method == "OPTIONS":
        return preflight(call, route.origins, route.methods)
    try:
        response = dispatch(call, route)
    except OAuthError as error:
        response = error_response(call, error)
    except limits.TooMany as error:
        response = wait(call, route, error.seconds)
    except Exception:
        log.exception("%s %s failed", call.method, call.path)
        response = PlainTextResponse("Something went wrong.", 500)
    return with_cors(call, response, route.origins)


@step
def offered(tenant: Tenant, path: str) -> bool:
    """Whether this deployment has the endpoint at all."""
    behaviour = tenant.behaviour
    if path == "/oauth2/introspect":
        return behaviour.introspection
    return behaviour.id_token or path not in ("/.well-known/openid-configuration", "/.well-known/jwks.json")


@step
def dispatch(call: Call, route: Route) -> Response:
    """Run the handler if it takes the method and the caller does not ask too often."""
    if route.limit is not None:
        limits.require(call.tenant, route.limit, call.peer)
    if call.method not in route.methods:
        methods = " or ".join(route.methods)
        response = error_response(call, OAuthError("invalid_request", f"Use {methods} here.", 405))
        response.headers["Allow"] = ", ".join(route.methods)
        return response
    return route.handler(call)


@step
def wait(call: Call, route: Route, seconds: int) -> Response:
    """429, with how long to wait: as a page where a member looks, as JSON elsewhere."""
    if route.origins == NO_ORIGIN:
        response = pages.error_page(call, f"Too many attempts. Please wait {seconds} seconds.", 429)
    else:
        body = {"error": "temporarily_unavailable", "error_description": f"Too many requests; wait {seconds} s."}
        response = JSONResponse(body, 429, NO_STORE)
    response.headers["Retry-After"] = str(seconds)
    return response
