"""Faults of reads: ids, versions that references name, resources that only searches show, no answer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import stored
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.rest_versions import version_edited, without_profiles
from conformance.reference.fhir import answer, read
from conformance.reference.fhir.errors import FhirError, not_found

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.steps import Step

NO_HTTP_STATUS = 1000


def _in_capitals(original: Step, call: Any, body: Any, *rest: Any, **named: Any) -> Response:
    """The id of a resource that is read alone comes in capital letters."""
    if body["resourceType"] not in ("Bundle", "OperationOutcome", "CapabilityStatement"):
        body = body | {"id": body["id"].upper()}
    return original(call, body, *rest, **named)  # type: ignore[no-any-return]


def _pharmacy_claims_closed(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    record = original(call, type_name, logical_id)
    if b"-Pharmacy|" in record.body:
        raise not_found()
    return record


def _naming_a_version(claim: dict[str, Any]) -> None:
    for insurance in claim["insurance"]:
        insurance["coverage"]["reference"] += "/_history/1"


def _numbered_anew(original: Step, call: Any, body: Any, *rest: Any, **named: Any) -> Response:
    """A version that is read by its id comes with another one."""
    if "_history" in call.segments and "meta" in body:
        body = body | {"meta": body["meta"] | {"versionId": f"{body['meta'].get('versionId')}.0"}}
    return original(call, body, *rest, **named)  # type: ignore[no-any-return]


def _hangs_up(original: Step, call: Any) -> None:
    """What cannot be answered breaks the connection: the server cannot write its status."""
    try:
        original(call)
    except FhirError as error:
        error.status = NO_HTTP_STATUS
        raise


FAULTS = (
    Fault(
        "PA-REST-001.id-in-capitals",
        "read.id",
        "A read shows the id in capital letters.",
        {answer.document: _in_capitals},
        collateral="whatever reads a resource gets one of another id",
    ),
    Fault(
        "PA-REST-001.search-shows-more",
        "read.status",
        "Searches show pharmacy claims that a read does not find.",
        {read.visible: _pharmacy_claims_closed},
    ),
    Fault(
        "PA-REST-005.hangs-up",
        "http.no-answer",
        "Asking for XML breaks the connection.",
        {answer.negotiate: _hangs_up},
    ),
    Fault(
        "PA-REST-019.numbered-anew",
        "reference.version",
        "References name a version, and reading it answers another version.",
        {answer.document: _numbered_anew},
        records=stored("ExplanationOfBenefit", _naming_a_version),
        target={"strict.PA-REST-019": "gate"},
    ),
    Fault(
        "PA-REST-019.shortened",
        "reference.version-differs",
        "References name the current version, which is kept without the profiles it claims.",
        {read.vread: version_edited(without_profiles)},
        records=stored("ExplanationOfBenefit", _naming_a_version),
        target={"strict.PA-REST-019": "gate"},
    ),
)
