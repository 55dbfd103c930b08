"""Faults of the REST interface: reads, headers, errors, formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import always, edited, served, stored, with_headers
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, errors, read
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _deleted_lives(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    """The version before the deletion is served as if nothing had happened."""
    try:
        return original(call, type_name, logical_id)
    except FhirError as error:
        if error.status != 410:
            raise
        return call.tenant.store.versions(type_name, logical_id)[1]


def _quantity_as_text(resource: dict[str, Any]) -> None:
    resource["valueQuantity"]["value"] = str(resource["valueQuantity"]["value"])


FAULTS = (
    Fault(
        "PA-REST-002.plain-json",
        "http.content-type",
        "FHIR responses are labelled application/json.",
        {answer.document: with_headers(Content_Type="application/json")},
    ),
    Fault(
        "PA-REST-006.random-etag",
        "http.etag",
        "ETag has nothing to do with the version.",
        {answer.version_headers: edited(lambda headers: headers | {"ETag": '"5d41402abc4b2a76"'})},
    ),
    Fault(
        "PA-REST-007.always-unchanged",
        "http.conditional",
        "Any If-None-Match is answered 304.",
        {read.unchanged: lambda original, call, record: "if-none-match" in call.headers or original(call, record)},
    ),
    Fault(
        "PA-REST-010.deleted-lives",
        "http.status",
        "A deleted claim can still be read.",
        {read.visible: _deleted_lives},
    ),
    Fault(
        "PA-REST-012.no-challenge",
        "http.challenge",
        "A request without a token is refused without saying how to authenticate.",
        {access.challenge: always("")},
    ),
    Fault(
        "PA-REST-014.own-error-format",
        "outcome.not-an-outcome",
        'Errors are {"message": …}.',
        {errors.outcome: lambda original, call, severity, code, text: {"message": text}},  # noqa: ARG005
    ),
    Fault(
        "PA-REST-016.quantity-is-text",
        "type",
        "Numbers of laboratory values are sent as text.",
        records=stored("Observation", _quantity_as_text, lambda resource: "valueQuantity" in resource),
    ),
    Fault(
        "PA-REST-020.script-in-narrative",
        "narrative",
        "A narrative holds a script.",
        {
            answer.outgoing: served(
                "Condition",
                lambda resource: (
                    resource
                    | {
                        "text": {
                            "status": "generated",
                            "div": '<div xmlns="http://www.w3.org/1999/xhtml">x<script>alert(1)</script></div>',
                        }
                    }
                ),
            )
        },
    ),
)
