"""Faults of Patient/$everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults import everything_input, everything_pages
from conformance.reference.faults.deviations import edited, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, capability, everything, paging, read, search, server
from conformance.reference.fhir.dates import BEGINNING, END
from conformance.reference.fhir.errors import not_found
from conformance.reference.fhir.parameters import TYPES

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _without(type_name: str) -> Step:
    return edited(lambda records: [each for each in records if each.type != type_name])


def _with_the_family(original: Step, call: Any, fields: Any) -> Any:
    """Claims of everybody else come too."""
    sql = "SELECT pk FROM resource WHERE type = 'ExplanationOfBenefit' AND patient NOT IN (?, '') LIMIT 5"
    keys = [row[0] for row in call.tenant.store.rows(sql, (access.patient_of(call),))]
    return [*original(call, fields), *call.tenant.store.records(keys)]


def _without_one_claim(records: list[Any]) -> list[Any]:
    first = next((each for each in records if b"-Pharmacy|" in each.body), None)
    return [each for each in records if each is not first]


def _coverages_cancelled(original: Step, call: Any, bundle: dict[str, Any]) -> Any:
    sent = original(call, bundle)
    if "$everything" not in call.segments:
        return sent
    entries = [
        {**entry, "resource": {**entry["resource"], "status": "cancelled"}}
        if entry["resource"]["resourceType"] == "Coverage"
        else entry
        for entry in sent.get("entry", [])
    ]
    return {**sent, "entry": entries} if entries else sent


def _any_id(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    """Whatever id is asked for, the open record is answered."""
    if type_name == "Patient" and rest[-1:] == ("$everything",):
        return server.turned_page(call) or everything.everything(call, "")
    return original(call, type_name, rest)


def _scopes_forgotten(original: Step, call: Any, fields: Any) -> Any:
    """All records of the member, whatever was granted."""
    types = [type_name for type_name, served in TYPES.items() if served.patient]
    marks = ", ".join("?" * len(types))
    sql = f"SELECT pk FROM resource WHERE patient = ? AND state = 0 AND type IN ({marks})"  # noqa: S608
    rows = call.tenant.store.rows(sql, (access.patient_of(call), *types))
    known = {record.pk for record in original(call, fields)}
    return [*original(call, fields), *call.tenant.store.records([row[0] for row in rows if row[0] not in known])]


def _by_the_record(original: Step, call: Any, record: Any, low: int, high: int) -> bool:  # noqa: ARG001
    return bool((low, high) == (BEGINNING, END) or low <= record.updated < high)


def _undated_only(original: Step, call: Any, record: Any, low: int, high: int) -> bool:
    """Whatever has a date is outside every window."""
    return bool(original(call, record, low, high)) and ((low, high) == (BEGINNING, END) or record.type == "Coverage")


def _end_ignored(original: Step, call: Any, fields: Any) -> Any:
    return original(call, [each for each in fields if each[0] != "end"])


def dropping(name: str) -> Step:
    """For `everything.parameters`: a parameter has no effect."""
    return edited(lambda fields: [each for each in fields if each[0] != name])


def _first_type_only(original: Step, call: Any, fields: Any) -> Any:
    shortened = [(name, value.partition(",")[0] if name == "_type" else value) for name, value in fields]
    return original(call, shortened)


def _unknown_type_is_none(original: Step, call: Any, fields: Any) -> Any:
    known = [(name, value) for name, value in fields if name != "_type" or value.partition(",")[0] in TYPES]
    return original(call, known)


def _last_type_only(original: Step, call: Any, fields: Any) -> Any:
    return original(call, list(dict(fields).items()))


def _no_next(original: Step, call: Any, listing: Any, offset: int) -> Any:
    links = original(call, listing, offset)
    return [each for each in links if "$everything" not in listing.path or each["relation"] != "next"]


def _overlapping(original: Step, call: Any, listing: Any, offset: int) -> Any:
    return original(call, listing, offset - 1 if offset > 0 and "$everything" in listing.path else offset)


def _twice_as_many(original: Step, call: Any, listing: Any, offset: int) -> Any:
    if "$everything" in listing.path and offset == 0 and "_count" in dict(call.query):
        listing.query.count *= 2
    return original(call, listing, offset)


def _small_pages(original: Step, call: Any, listing: Any, offset: int) -> Any:
    if "$everything" in listing.path:
        listing.query.count = min(listing.query.count, 20)
    return original(call, listing, offset)


def _organizations_hidden(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    if type_name == "Organization":
        raise not_found()
    return original(call, type_name, logical_id)


def _without_definition(statement: dict[str, Any]) -> None:
    for each in statement["rest"][0]["resource"]:
        for operation in each.get("operation", []):
            if operation["name"] == "everything":
                operation.pop("definition", None)


def _undeclared(statement: dict[str, Any]) -> None:
    for each in statement["rest"][0]["resource"]:
        each["operation"] = [found for found in each.get("operation", []) if found["name"] != "everything"]


STRICT_DEFINITION = {"strict.PA-EVRY-010": "gate"}

FAULTS = (
    Fault(
        "PA-EVRY-001.patient-missing",
        "everything.patient",
        "The Patient is not among its own records.",
        {everything.compartment: _without("Patient")},
    ),
    Fault(
        "PA-EVRY-002.first-twenty",
        "everything.incomplete",
        "Only the first twenty records are returned.",
        {everything.compartment: edited(lambda records: records[:20])},
    ),
    Fault(
        "PA-EVRY-002.other-content",
        "everything.differs.status",
        "Coverages have another status than in searches.",
        {answer.outgoing_bundle: _coverages_cancelled},
    ),
    Fault(
        "PA-EVRY-002.a-claim-left-out",
        "everything.incomplete.lost",
        "One pharmacy claim is left out.",
        {everything.compartment: edited(_without_one_claim)},
        warning=True,
    ),
    Fault(
        "PA-EVRY-002.no-immunizations",
        "everything.incomplete",
        "One type is left out.",
        {everything.compartment: _without("Immunization")},
    ),
    Fault(
        "PA-EVRY-003.family-claims",
        "everything.another-patient",
        "Claims of other members appear.",
        {everything.compartment: _with_the_family},
        collateral="every row that looks at all records of the member sees other members' claims",
    ),
    Fault(
        "PA-EVRY-003.any-id",
        "everything.other-member",
        "Any id is answered with the open record.",
        {server.instance: _any_id},
    ),
    Fault(
        "PA-EVRY-004.scopes-forgotten",
        "everything.scope",
        "All types are returned whatever was granted.",
        {everything.compartment: _scopes_forgotten},
    ),
    Fault(
        "PA-EVRY-005.window-ignored",
        "everything.window",
        "start and end have no effect.",
        {everything.cared_for: yes},
    ),
    Fault(
        "PA-EVRY-005.by-the-record",
        "everything.window",
        "start and end look at the last update instead of the date of care.",
        {everything.cared_for: _by_the_record},
    ),
    Fault(
        "PA-EVRY-005.end-ignored",
        "everything.window.extra",
        "end has no effect.",
        {everything.care_window: _end_ignored},
    ),
    Fault(
        "PA-EVRY-005.nothing-in-a-window",
        "everything.window",
        "A window leaves out everything that has a date.",
        {everything.cared_for: _undated_only},
    ),
    Fault(
        "PA-EVRY-006.since-ignored",
        "everything.since.extra",
        "_since has no effect.",
        {everything.parameters: dropping("_since")},
    ),
    Fault(
        "PA-EVRY-007.first-type-only",
        "everything.type.lost",
        "Of a list of types only the first counts.",
        {everything.wanted_types: _first_type_only},
    ),
    Fault(
        "PA-EVRY-007.last-type-only",
        "everything.type.lost",
        "Of a repeated _type only the last counts.",
        {everything.wanted_types: _last_type_only},
    ),
    Fault(
        "PA-EVRY-007.unknown-is-none",
        "everything.type.unknown",
        "A type that does not exist counts as none, and nothing says so.",
        {everything.wanted_types: _unknown_type_is_none},
        warning=True,
    ),
    Fault(
        "PA-EVRY-007.type-ignored",
        "everything.type.extra",
        "_type has no effect.",
        {everything.parameters: dropping("_type")},
    ),
    Fault(
        "PA-EVRY-008.no-next-link",
        "everything.paging.lost",
        "_count cuts the record short without a next link.",
        {paging.links: _no_next},
        target={"strict.PA-EVRY-008": "gate"},
    ),
    Fault(
        "PA-EVRY-008.overlapping",
        "paging.duplicate",
        "Each page begins with the last record of the page before.",
        {search.page: _overlapping},
        target={"strict.PA-EVRY-008": "gate"},
    ),
    Fault(
        "PA-EVRY-008.twice-as-many",
        "everything.paging.too-many",
        "Pages hold twice as many entries as _count says.",
        {search.page: _twice_as_many},
        target={"strict.PA-EVRY-008": "gate"},
    ),
    Fault(
        "PA-EVRY-008.always-pages",
        "everything.paging.unasked",
        "The record comes in pages that were not asked for.",
        {search.page: _small_pages},
        warning=True,
    ),
    Fault(
        "PA-EVRY-009.organizations-missing",
        "everything.dangling",
        "Records refer to organizations that are neither there nor readable.",
        {
            everything.supporting: _without("Organization"),
            read.visible: _organizations_hidden,
        },
        collateral="whatever refers to an organization leads to nothing",
    ),
    Fault(
        "PA-EVRY-010.claims-missing",
        "everything.claims-missing",
        "The definition is that of base R4 and claims are missing.",
        {
            everything.compartment: edited(
                lambda records: [each for each in records if b'"use":"claim"' not in each.body]
            )
        },
        target=STRICT_DEFINITION,
    ),
    Fault(
        "PA-EVRY-010.authorizations-missing",
        "everything.authorizations.lost",
        "Prior authorizations are not in the record.",
        {
            everything.compartment: edited(
                lambda records: [each for each in records if b'"use":"preauthorization"' not in each.body]
            )
        },
        target=STRICT_DEFINITION,
    ),
    Fault(
        "PA-EVRY-010.undefined",
        "everything.undefined",
        "The operation is declared without a definition.",
        {capability.capability_statement: edited(_without_definition)},
        target={**STRICT_DEFINITION, "expect.PA-EVRY-010": "base"},
    ),
    Fault(
        "PA-EVRY-010.undeclared",
        "everything.undeclared",
        "The operation works and is not declared.",
        {capability.capability_statement: edited(_undeclared)},
        target=STRICT_DEFINITION,
    ),
    *everything_input.FAULTS,
    *everything_pages.FAULTS,
)
