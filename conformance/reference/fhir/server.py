"""Which path below the FHIR base leads where (R4 RESTful API), and what goes wrong on the way.

The order of questions is the order of answers: is the path public, is there a valid token (401), does the type exist
(404), is the method offered (405), is there a scope (403), is the resource there for this member (404, 410).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from conformance.reference import limits
from conformance.reference.authorization import discovery
from conformance.reference.cors import ANY_ORIGIN, REGISTERED_ORIGINS, preflight, with_cors
from conformance.reference.fhir import access, capability, everything, paging, read, search
from conformance.reference.fhir.answer import negotiate, refusal
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.steps import step

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.web import Call

log = logging.getLogger("conformance.reference")
READING = ("GET", "HEAD")


def handle(call: Call) -> Response:
    """One request to the FHIR origin."""
    inside = call.segments[:1] == ("fhir",)
    path = call.segments[1:] if inside else ()
    public = path in (("metadata",), (".well-known", "smart-configuration"))
    origins = ANY_ORIGIN if public else REGISTERED_ORIGINS
    if call.method == "OPTIONS":
        return preflight(call, origins, ("GET", "HEAD", "POST"))
    if not inside:
        return refusal(call, FhirError(404, "not-found", "The FHIR API is elsewhere."))
    try:
        response = dispatch(call, path)
    except FhirError as error:
        response = refusal(call, error)
    except limits.TooMany as error:
        response = refusal(call, FhirError(429, "throttled", f"Too many requests; wait {error.seconds} s."))
        response.headers["Retry-After"] = str(error.seconds)
    except Exception:
        log.exception("%s %s failed", call.method, call.path)
        response = refusal(call, FhirError(500, "exception", "Something went wrong."))
    return with_cors(call, response, origins)


@step
def dispatch(call: Call, path: tuple[str, ...]) -> Response:
    """The answer to a request for a path below the base."""
    if path == (".well-known", "smart-configuration"):
        require_method(call, READING)
        return discovery.smart_response(call)
    negotiate_unless_binary(call, path)
    if path == ("metadata",):
        require_method(call, READING)
        return capability.metadata(call)
    call.token = access.authenticate(call)
    limits.require(call.tenant, limits.FHIR, call.token.grant.id)
    type_name = path[0] if path else ""
    if type_name != "Binary" and type_name not in TYPES:
        if type_name == "":
            raise FhirError(405, "not-supported", "Batches and transactions are not offered.")
        raise FhirError(404, "not-supported", "There is no such resource type here.")
    return instance(call, type_name, path[1:]) if type_name != "Binary" else _binary(call, path[1:])


def negotiate_unless_binary(call: Call, path: tuple[str, ...]) -> None:
    """Binary comes as what it is, so any Accept header will do there."""
    if path[:1] != ("Binary",):
        negotiate(call)


@step
def instance(call: Call, type_name: str, rest: tuple[str, ...]) -> Response:  # noqa: PLR0911
    """The answer to a request for a path below a type."""
    if type_name == "Patient" and rest[-1:] == ("$everything",) and len(rest) <= 2:
        require_method(call, (*READING, "POST"))
        return turned_page(call) or everything.everything(call, rest[0] if len(rest) == 2 else "")
    if type_name == "DocumentReference" and rest == ("$docref",):
        require_method(call, (*READING, "POST"))
        return turned_page(call) or everything.docref(call)
    if rest == ("_search",):
        require_method(call, ("POST",))
        return search.search(call, type_name)
    require_method(call, READING)
    if rest == ():
        return turned_page(call) or search.search(call, type_name)
    if len(rest) == 1:
        return read.read(call, type_name, rest[0])
    if len(rest) == 2 and rest[1] == "_history":
        return read.history(call, type_name, rest[0])
    if len(rest) == 3 and rest[1] == "_history":
        return read.vread(call, type_name, rest[0], rest[2])
    raise FhirError(404, "not-found", "There is no such path.")


def turned_page(call: Call) -> Response | None:
    """The page that an opaque link asks for; nothing when the request has none."""
    for name, value in call.query:
        if name == paging.PARAMETER:
            link = paging.opened(call, value)
            access.require_scope(call, *link.listing.needs)
            return search.page(call, link.listing, link.offset)
    return None


@step
def require_method(call: Call, methods: tuple[str, ...]) -> None:
    """405 for what is not offered: this server never writes."""
    if call.method not in methods:
        raise FhirError(405, "not-supported", f"{call.method[:20]} is not offered here.")


def _binary(call: Call, rest: tuple[str, ...]) -> Response:
    require_method(call, READING)
    if len(rest) != 1:
        raise FhirError(404, "not-found", "There is no such path.")
    return read.binary(call, rest[0])
