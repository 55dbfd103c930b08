"""Lawful variations of Patient/$everything: that it is not there, and how it pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference import documentation
from conformance.reference.faults.deviations import always, edited
from conformance.reference.fhir import capability, everything, search, server
from conformance.reference.fhir.dates import BEGINNING, END
from conformance.reference.fhir.errors import FhirError
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_PDEX = "http://hl7.org/fhir/us/davinci-pdex/OperationDefinition/patient-everything-pdex"
_ROW = "<tr><td><code>GET /Patient/{id}/$everything</code></td><td>start, end, _since, _type, _count</td></tr>"


def _refused(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if "$everything" in rest:
        raise FhirError(404, "not-supported", "There is no such operation.")
    return original(call, type_name, rest)


def _undeclared(described: dict[str, Any]) -> dict[str, Any]:
    kept = [each for each in described.get("operation", []) if each["name"] != "everything"]
    return {name: value for name, value in (described | {"operation": kept}).items() if value != []}


def _on_a_member_only(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if type_name == "Patient" and rest == ("$everything",):
        raise FhirError(404, "not-supported", "Name the patient.")
    return original(call, type_name, rest)


def _defined_by_pdex(statement: dict[str, Any]) -> dict[str, Any]:
    for each in statement["rest"][0]["resource"]:
        for operation in each.get("operation", []):
            if operation["name"] == "everything":
                operation["definition"] = _PDEX
    return statement


def _without_claims(records: list[Any]) -> list[Any]:
    return [each for each in records if b'"use":"claim"' not in each.body]


def _bad_start_is_none(original: Step, call: Any, fields: Any) -> Any:
    try:
        return original(call, fields)
    except FhirError:
        return BEGINNING, END


def _small_pages(original: Step, call: Any, listing: Any, offset: int) -> Any:
    if "$everything" in listing.path:
        listing.query.count = min(listing.query.count, 20)
    return original(call, listing, offset)


VARIATIONS = (
    Variation(
        "PA-EVRY-001.not-offered",
        "There is no $everything; it is neither declared nor documented.",
        "US Core 6.1.0 and CARIN BB 2.1.0, server CapabilityStatements: the operation is in neither",
        {
            server.instance: _refused,
            capability.resource: edited(_undeclared),
            documentation.endpoint_table: edited(lambda html: html.replace(_ROW, "")),
        },
        target={"documentation.preset": ""},
        also=("PA-EVRY", "PA-DOC-005", "PA-SCOP-002"),
    ),
    Variation(
        "PA-EVRY-008.pages-of-twenty",
        "$everything comes in pages of twenty whether or not _count asks for them.",
        "FHIR R4, Patient-everything: a server may page the result",
        {search.page: _small_pages},
        rows={"PA-EVRY-008": "advisory"},
        also=("PA-EVRY-001", "PA-EVRY-002", "PA-EVRY-003", "PA-EVRY-005"),
    ),
    Variation(
        "PA-EVRY-009.supporting-left-out",
        "$everything brings the compartment and not the organizations and practitioners it refers to.",
        "FHIR R4, Patient-everything: what is referred to should be included where the server can",
        {everything.supporting: always([])},
        also=("PA-EVRY-002", "PA-EVRY-007"),
    ),
    Variation(
        "PA-EVRY-010.pdex-with-claims",
        "$everything is declared with the definition of PDex and returns claims all the same.",
        "PDex 2.0.0 and 2.1.0, patient-everything-pdex: the server may need to filter what is not clinical",
        {capability.capability_statement: edited(_defined_by_pdex)},
        also=("PA-EVRY-002",),
    ),
    Variation(
        "PA-EVRY-002.no-claims",
        "$everything leaves out claims, and searches return them.",
        "FHIR R4, Patient-everything: the data of US Core SHALL be there, the rest of the compartment SHOULD",
        {everything.compartment: edited(_without_claims)},
        rows={"PA-EVRY-002": "advisory", "PA-EVRY-010": "advisory"},
        also=("PA-EVRY-001", "PA-EVRY-008", "PA-EVRY-009"),
    ),
    Variation(
        "PA-EVRY-011.bad-start-ignored",
        "A start that is no date counts as none.",
        "FHIR R4, Patient-everything: no sentence says what a malformed start gives",
        {everything.care_window: _bad_start_is_none},
        rows={"PA-EVRY-011": "advisory"},
    ),
    Variation(
        "PA-EVRY-011.on-a-member-only",
        "$everything is offered for a named patient and not on the type.",
        "PDex 2.0.0, patient-everything-pdex: an operation on the instance",
        {server.instance: _on_a_member_only},
        also=("PA-EVRY-003",),
    ),
)
