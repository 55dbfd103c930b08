"""Faults of what searches bring beside their matches, of patient searches and of ``$docref``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.reference.faults import rest_deviations
from conformance.reference.faults.deviations import edited
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, capability, matching, query, read, search, server
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def without_include(value: str) -> Step:
    """For `query.use`: one include is accepted and brings nothing."""

    def replacement(original: Step, call: Any, wanted: Any, given: str, asked: str) -> bool:
        return (given in ("_include", "_revinclude") and asked == value) or bool(original(call, wanted, given, asked))

    return replacement


def refusing_include(value: str) -> Step:
    """For `query.use`: an include that ends in ``value`` is refused."""

    def replacement(original: Step, call: Any, wanted: Any, given: str, asked: str) -> bool:
        if given in ("_include", "_revinclude") and asked.endswith(value):
            raise FhirError(400, "not-supported", "This include is not supported.")
        return bool(original(call, wanted, given, asked))

    return replacement


def _first_only(original: Step, call: Any, rule: Any, records: list[Any]) -> Any:
    """An include follows the first match of a page."""
    return original(call, rule, records if rule.reverse else records[:1])


def _by_any_reference(original: Step, call: Any, rule: Any, records: list[Any]) -> Any:
    """An include follows every reference, not the one it names."""
    return original(call, rule if rule.reverse else replace(rule, parameter="*"), records)


def _one_match_with_revinclude(original: Step, call: Any, wanted: Any) -> list[int]:
    found = list(original(call, wanted))
    return found[:1] if any(each.reverse for each in wanted.includes) else found


def _includes_as_matches(original: Step, call: Any, wanted: Any, record: Any, mode: str) -> Any:
    del mode
    return original(call, wanted, record, "match")


def _another_period(original: Step, call: Any, wanted: Any, record: Any, mode: str) -> Any:
    found = original(call, wanted, record, mode)
    if mode == "include" and record.type == "Coverage":
        found["resource"]["period"] = {"start": "2001-01-01"}
    return found


def _iterate_ignored(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    return given == "_include:iterate" or bool(original(call, wanted, given, value))


def _more_by_docref(sql: str) -> Step:
    """For `matching.matches`: $docref finds what the query names beside the member's documents."""

    def replacement(original: Step, call: Any, wanted: Any) -> list[int]:
        found = list(original(call, wanted))
        if "$docref" not in call.path:
            return found
        return [*found, *(row[0] for row in call.tenant.store.rows(sql, (access.patient_of(call),)))]

    return replacement


def _every_provenance(original: Step, call: Any, rule: Any, records: list[Any]) -> Any:
    if rule.reverse and rule.source == "Provenance":
        return [row[0] for row in call.tenant.store.rows("SELECT pk FROM resource WHERE type = ?", ("Provenance",))]
    return original(call, rule, records)


def _case_counts(original: Step, call: Any, value: str, modifier: str) -> Any:
    return ("i.exact GLOB ? || '*'", [value]) if not modifier else original(call, value, modifier)


def _birthdate_ignored(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    return given == "birthdate" or bool(original(call, wanted, given, value))


def _payor_ignored(original: Step, call: Any, type_name: str, fields: list[tuple[str, str]]) -> Any:
    return original(call, type_name, [each for each in fields if each != ("_include", "Coverage:payor")])


def _beneficiary_only(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    if wanted.type == "Coverage" and given == "patient":
        raise FhirError(400, "not-supported", "Coverage is searched by beneficiary.")
    return bool(original(call, wanted, given, value))


def _condition_category_ignored(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    return (wanted.type == "Condition" and given == "category") or bool(original(call, wanted, given, value))


def _no_docref(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if rest == ("$docref",):
        raise FhirError(404, "not-found", "There is no such path.")
    return original(call, type_name, rest)


def _docref_undeclared(statement: dict[str, Any]) -> None:
    for each in statement["rest"][0]["resource"]:
        each["operation"] = [found for found in each.get("operation", []) if found["name"] != "docref"]


def _nothing_by_operation(original: Step, call: Any, wanted: Any) -> list[int]:
    asked = wanted.type == "DocumentReference" and "$docref" in call.path
    return [] if asked else list(original(call, wanted))


STRICT_PATIENT = {"strict.PA-SRCH-032": "gate"}
STRICT_DOCREF = {"strict.PA-SRCH-038": "gate"}

FAULTS = (
    Fault(
        "PA-SRCH-027.twice",
        "search.include.repeated",
        "Each included resource comes twice.",
        {search.included: edited(lambda records: [*records, *records])},
        collateral="every Bundle with includes is invalid",
    ),
    Fault(
        "PA-SRCH-017.refused",
        "http.status",
        "_revinclude=Provenance:target is refused.",
        {query.use: refusing_include("Provenance:target")},
    ),
    Fault(
        "PA-SRCH-017.ignored",
        "search.revinclude.lost",
        "_revinclude=Provenance:target is accepted and brings nothing.",
        {query.use: without_include("Provenance:target")},
    ),
    Fault(
        "PA-SRCH-017.first-match-only",
        "search.revinclude.matches.lost",
        "With _revinclude a search finds its first match only.",
        {matching.matches: _one_match_with_revinclude},
    ),
    Fault(
        "PA-SRCH-017.provenance-as-match",
        "search.revinclude.matches.extra",
        "What _revinclude returns is marked as a match.",
        {search.entry: _includes_as_matches},
    ),
    Fault(
        "PA-SRCH-017.any-provenance",
        "search.revinclude.target",
        "_revinclude=Provenance:target brings every Provenance there is.",
        {search.followed: _every_provenance},
    ),
    Fault(
        "PA-SRCH-027.insurer-ignored",
        "search.include.lost",
        "_include=ExplanationOfBenefit:insurer is accepted and brings nothing.",
        {query.use: without_include("ExplanationOfBenefit:insurer")},
    ),
    Fault(
        "PA-SRCH-027.first-match-only",
        "search.include.lost",
        "An include follows the first match of a page only.",
        {search.followed: _first_only},
    ),
    Fault(
        "PA-SRCH-027.by-any-reference",
        "search.include.extra",
        "An include returns what any reference of a claim leads to.",
        {search.followed: _by_any_reference},
    ),
    Fault(
        "PA-SRCH-028.wildcard-refused",
        "http.status",
        "The wildcard include is refused.",
        {query.use: refusing_include(":*")},
    ),
    Fault(
        "PA-SRCH-028.wildcard-ignored",
        "search.wildcard.lost",
        "The wildcard include is accepted and brings nothing.",
        {query.use: without_include("ExplanationOfBenefit:*")},
    ),
    Fault(
        "PA-SRCH-029.another-period",
        "include.differs.period",
        "An included Coverage has another period than the Coverage read directly.",
        {search.entry: _another_period},
    ),
    Fault(
        "PA-SRCH-029.iterate-ignored",
        "include.iterate",
        "_include:iterate=Coverage:payor is accepted and brings nothing.",
        {query.use: _iterate_ignored},
        warning=True,
    ),
    Fault(
        "PA-SRCH-029.organizations-closed",
        "include.unreadable",
        "Organizations come as includes and cannot be read.",
        {read.visible: rest_deviations.gone("Organization")},
    ),
    Fault(
        "PA-SRCH-031.by-beneficiary-only",
        "http.status",
        "Coverage cannot be searched by patient.",
        {query.use: _beneficiary_only},
    ),
    Fault(
        "PA-SRCH-031.payor-not-included",
        "search.include-missing",
        "_include=Coverage:payor brings nothing.",
        {query.understood: _payor_ignored},
    ),
    Fault(
        "PA-SRCH-032.case-counts",
        "search.patient.lost",
        "A search by name distinguishes upper and lower case.",
        {matching.string_condition: _case_counts},
        target=STRICT_PATIENT,
    ),
    Fault(
        "PA-SRCH-032.birthdate-ignored",
        "search.patient.extra",
        "A search by name and birth date looks at the name only.",
        {query.use: _birthdate_ignored},
        target=STRICT_PATIENT,
    ),
    Fault(
        "PA-SRCH-033.category-ignored",
        "search.category",
        "category of Condition has no effect: encounter diagnoses are mixed in.",
        {query.use: _condition_category_ignored},
    ),
    Fault(
        "PA-SRCH-038.not-there",
        "http.status",
        "$docref is declared and answered 404.",
        {server.instance: _no_docref},
        target=STRICT_DOCREF,
    ),
    Fault(
        "PA-SRCH-038.undeclared",
        "docref.undeclared",
        "The capability statement does not declare $docref.",
        {capability.capability_statement: edited(_docref_undeclared)},
        target=STRICT_DOCREF,
    ),
    Fault(
        "PA-SRCH-038.documents-of-others",
        "docref.extra",
        "$docref finds documents of other members too.",
        {
            matching.matches: _more_by_docref(
                "SELECT pk FROM resource WHERE type = 'DocumentReference' AND patient NOT IN (?, '') AND state = 0"
            )
        },
        target=STRICT_DOCREF,
    ),
    Fault(
        "PA-SRCH-038.coverages",
        "docref.type",
        "$docref returns coverages as matches.",
        {
            matching.matches: _more_by_docref(
                "SELECT pk FROM resource WHERE type = 'Coverage' AND patient = ? AND state = 0"
            )
        },
        target=STRICT_DOCREF,
    ),
    Fault(
        "PA-SRCH-038.no-documents",
        "docref.empty",
        "$docref finds no documents.",
        {matching.matches: _nothing_by_operation},
        target=STRICT_DOCREF,
    ),
)
