"""Faults of security and transport: TLS, plain HTTP, CORS, caches, framing, redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference import cors
from conformance.reference.authorization import browsers, pages
from conformance.reference.faults.deviations import always, edited, no, with_headers
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _any_origin_with_credentials(original: Step, call: Any, response: Any, policy: str) -> Any:
    answered = original(call, response, policy)
    if origin := call.headers.get("origin"):
        answered.headers["Access-Control-Allow-Origin"] = origin
        answered.headers["Access-Control-Allow-Credentials"] = "true"
    return answered


FAULTS = (
    Fault(
        "PA-SEC-001.old-tls",
        "tls.version",
        "TLS 1.0 and 1.1 are negotiated.",
        listeners={"fhir": "old-tls", "authorization": "old-tls"},
    ),
    Fault(
        "PA-SEC-001.expired-certificate",
        "tls.certificate",
        "The certificate has expired.",
        listeners={"fhir": "expired"},
        collateral="no client that verifies certificates can reach the deployment",
    ),
    Fault(
        "PA-SEC-002.plain-http",
        "tls.plain-http",
        "Requests over http are answered like those over https.",
        listeners={"fhir": "plain-http"},
    ),
    Fault(
        "PA-SEC-003.discovery-without-cors",
        "cors.discovery",
        "Discovery documents cannot be read from a web page.",
        {cors.allowed_origin: always("")},
    ),
    Fault(
        "PA-SEC-004.any-origin",
        "cors.any-origin",
        "Any origin is reflected, with credentials allowed.",
        {cors.with_cors: _any_origin_with_credentials},
    ),
    Fault(
        "PA-SEC-005.public-cache",
        "http.cache",
        "Health data may be kept by shared caches.",
        {answer.document: with_headers(Cache_Control="public, max-age=600", Pragma="")},
    ),
    Fault(
        "PA-SEC-006.forgery-unnoticed",
        "pages.forgery",
        "The consent form accepts posts from other sites.",
        {browsers.forged: no},
    ),
    Fault(
        "PA-SEC-006.framed",
        "pages.framing",
        "The pages can be framed.",
        {pages.page_headers: edited(lambda headers: {"Cache-Control": headers["Cache-Control"]})},
    ),
)
