"""One search with each search parameter that the capability statement declares, by values that the server returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.discovery.rules.capability_statement import (
    SERVER_STATEMENTS,
    DeclaredSearch,
    declared_resources,
    declared_search_parameters,
)
from conformance.areas.shared.search_oracle import Parameter, parameter, tokens, values
from conformance.collection import NARROWER, PATIENT_ALONE_IS_OPTIONAL, STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.collection import Collection
    from conformance.fhir import FhirClient
    from conformance.guides import Guides

Resource = dict[str, Any]

_COMPANIONS: Mapping[tuple[str, str], str] = {
    ("MedicationRequest", "status"): "intent",
    ("Observation", "date"): "category",
    ("DocumentReference", "date"): "category",
    ("Patient", "birthdate"): "name",
    ("Patient", "gender"): "name",
}
"""Where US Core requires a parameter only together with another one."""
_OF_PATIENT: Mapping[str, Parameter] = {
    "identifier": Parameter("token", ("identifier",)),
    "name": Parameter("token", ("name.family",)),
    "gender": Parameter("token", ("gender",)),
    "birthdate": Parameter("date", ("birthDate",)),
}
_REFUSED_FOR_ACCESS = {401, 403}


def required_parameters(guides: Guides) -> dict[str, list[str]]:
    """The parameters by type that a server SHALL support, alone or in a combination.

    By the server CapabilityStatements of US Core and CARIN BB at the selected versions.
    """
    required: dict[str, dict[str, None]] = {}
    for guide in SERVER_STATEMENTS:
        statement = guides.server_requirements(guide) or {"resources": {}}
        for name, asked in statement["resources"].items():
            alone = [one for one, said in asked.get("searchParam", {}).items() if said["expectation"] == "SHALL"]
            combinations = [one for one in asked.get("combination", ()) if one["expectation"] == "SHALL"]
            together = [one for combination in combinations for one in combination["required"]]
            required.setdefault(name, {}).update(dict.fromkeys([*alone, *together]))
    return {name: list(parameters) for name, parameters in required.items()}


def declared_parameters(
    statement: dict[str, Any],
    types: Sequence[str],
    *,
    required: Mapping[str, Iterable[str]],
    collection: Collection,
    fhir: FhirClient,
) -> list[DeclaredSearch]:
    """One search with each declared parameter of ``types`` whose value the member's records hold.

    ``required`` are the parameters that a guide requires, by type. A refusal for want of access says nothing about the
    parameter and is left out.
    """
    tried: list[DeclaredSearch] = []
    declared = declared_resources(statement)
    for name in (name for name in types if name in declared):
        for given in declared_search_parameters(declared[name]):
            query = _query(name, given, collection)
            if query is None:
                continue
            answer = fhir.search(name, query, purpose=f"declared parameter {given}")
            if answer.status == 400 and name in STATUSES and "status" not in query:  # US Core: status may be required
                query["status"] = ",".join(STATUSES[name])
                answer = fhir.search(name, query, purpose=f"declared parameter {given}, with every status")
            if answer.status not in _REFUSED_FOR_ACCESS:
                tried.append(DeclaredSearch(f"{name}?{'&'.join(query)}", given in required.get(name, ()), answer))
    return tried


def _query(name: str, given: str, collection: Collection) -> dict[str, str] | None:
    """The parameters of the search; None where no record holds a value for all of them."""
    names_patient = given in {"patient", "subject", "beneficiary"}
    if names_patient and name == "Patient":
        return None
    anchor = {} if name == "Patient" or given == "_id" else {"patient": collection.patient}
    if names_patient:
        anchor = {given: f"Patient/{collection.patient}"}
    beside = _COMPANIONS.get((name, given), "" if given in {"_id", "code"} else _beside_patient(name))
    wanted = dict.fromkeys(each for each in ("" if names_patient else given, beside) if each)
    if not wanted:
        return anchor
    for resource in collection.of(name):
        found = {each: _value(resource, name, each) for each in wanted}
        if all(found.values()):
            return {**anchor, **found}
    return None


def _beside_patient(name: str) -> str:
    """What a search by patient also has where ``patient`` alone is optional: the parameter of the required form."""
    return next(iter(NARROWER[name][0])) if name in PATIENT_ALONE_IS_OPTIONAL else ""


def _value(resource: Resource, name: str, given: str) -> str:
    """The value of a parameter in a resource, as a search value; empty without one or for an unknown parameter."""
    try:
        known = _OF_PATIENT[given] if name == "Patient" and given in _OF_PATIENT else parameter(name, given)
    except KeyError:
        return ""
    if known.kind == "token":
        system, code = next(iter(tokens(resource, known)), ("", ""))
        return f"{system}|{code}" if system else code
    return next(_dates(value for path in known.paths for value in values(resource, path)), "")


def _dates(found: Iterable[Any]) -> Iterator[str]:
    for value in found:
        text = value.get("start") if isinstance(value, dict) else value
        if isinstance(text, str) and text:
            yield text[:10]
