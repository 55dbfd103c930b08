"""Faults of the capability statement; the area is discovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, capability, query
from conformance.reference.fhir import server as fhir_server
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step


def _without_type(name: str) -> Step:
    def edit(statement: dict[str, Any]) -> None:
        served = statement["rest"][0]
        served["resource"] = [each for each in served["resource"] if each["type"] != name]

    return edited(edit)


def _type_edited(name: str, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Step:
    """What the capability statement says of one type is changed."""
    return edited(lambda described: edit(described) if described["type"] == name else described)


def _needs_token(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    if path == ("metadata",):
        access.authenticate(call)
    return original(call, path)


def _rejected(name: str) -> Step:
    """A search parameter is answered 400."""

    def replacement(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
        if given == name:
            raise FhirError(400, "not-supported", f"The parameter {name} is not supported.")
        return bool(original(call, wanted, given, value))

    return replacement


def _old_server(security: dict[str, Any]) -> None:
    for uri in security["extension"][0]["extension"]:
        uri["valueUri"] = uri["valueUri"].replace("/oauth2/", "/oauth/v1/")


FAULTS = (
    Fault(
        "PA-DISC-015.r4b",
        "capabilities.fhirVersion",
        "fhirVersion is 4.3.0.",
        {capability.capability_statement: with_members(fhirVersion="4.3.0")},
    ),
    Fault(
        "PA-DISC-015.needs-a-token",
        "http.status",
        "metadata asks for an access token.",
        {fhir_server.dispatch: _needs_token},
    ),
    Fault(
        "PA-DISC-015.no-implementation",
        "invariant:cpb-14",
        "A statement of kind instance describes no implementation.",
        {capability.capability_statement: without("implementation")},
    ),
    Fault(
        "PA-DISC-015.no-json",
        "capabilities.format",
        "format lists XML only.",
        {capability.capability_statement: with_members(format=["application/fhir+xml"])},
    ),
    Fault(
        "PA-DISC-016.type-not-declared",
        "capabilities.type-missing",
        "Coverage is served but not declared in the capability statement.",
        {capability.capability_statement: _without_type("Coverage")},
    ),
    Fault(
        "PA-DISC-016.search-not-declared",
        "capabilities.interaction-missing",
        "Conditions are declared without search.",
        {capability.resource: _type_edited("Condition", lambda entry: entry | {"interaction": [{"code": "read"}]})},
    ),
    Fault(
        "PA-DISC-017.unknown-canonical",
        "capabilities.profile-unknown",
        "Conditions declare a profile that no published guide defines.",
        {
            capability.resource: _type_edited(
                "Condition",
                lambda entry: entry | {"supportedProfile": [f"{each}-and-more" for each in entry["supportedProfile"]]},
            )
        },
    ),
    Fault(
        "PA-DISC-017.no-profile",
        "capabilities.profile-missing",
        "Conditions declare no profile.",
        {
            capability.resource: _type_edited(
                "Condition",
                lambda entry: {name: value for name, value in entry.items() if name != "supportedProfile"},
            )
        },
    ),
    Fault(
        "PA-DISC-018.instantiates-nothing",
        "capabilities.instantiates",
        "The capability statement instantiates nothing.",
        {capability.capability_statement: without("instantiates")},
    ),
    Fault(
        "PA-DISC-019.old-server",
        "capabilities.oauth-uris.differ",
        "oauth-uris names an old authorization server.",
        {capability.security: edited(_old_server)},
    ),
    Fault(
        "PA-DISC-019.no-security",
        "capabilities.oauth-uris.absent",
        "The capability statement does not name the authorization server.",
        {capability.security: without("extension")},
    ),
    Fault(
        "PA-DISC-020.not-declared",
        "capabilities.search-parameter-missing",
        "The search of claims by service date works but is not declared.",
        {
            capability.resource: _type_edited(
                "ExplanationOfBenefit",
                lambda entry: (
                    entry | {"searchParam": [each for each in entry["searchParam"] if each["name"] != "service-date"]}
                ),
            )
        },
    ),
    Fault(
        "PA-DISC-020.declared-but-rejected",
        "search.declared-rejected",
        "service-date is declared and answered 400 when it is used.",
        {query.use: _rejected("service-date")},
    ),
)
