"""One search asked in several ways: posted, with unknown names, impossible values, other references, by status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.search.rules import plans
from conformance.areas.search.rules.requests import ReferenceForms, StatusSearches, TwoWays, UnknownParameter
from conformance.collection import STATUSES
from conformance.errors import Undecided
from conformance.fhir.capability import search_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.search.rules.plans import Plan
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.search_oracle import Pairs

_UNKNOWN = "foo"
_MODIFIED = "patient:no-such-modifier"
_FILTERS: Mapping[str, tuple[Plan, ...]] = {
    "Condition": (plans.each_token("category", most=1),),
    "DocumentReference": (plans.each_token("category", most=1), plans.each_token("type", most=1)),
    "ExplanationOfBenefit": (plans.each_token("type", most=1), plans.ranges("service-date")),
    "MedicationRequest": (plans.one_of_several("intent"),),
    "Observation": (plans.each_token("category", most=1), plans.each_token("code", most=1)),
    "Procedure": (plans.ranges("date"),),
}
_IMPOSSIBLE = (
    ("ExplanationOfBenefit", "service-date", "notadate"),
    ("ExplanationOfBenefit", "_lastUpdated", "2020-13-40"),
    ("Observation", "date", "gx2020"),
    ("Procedure", "date", "notadate"),
)
_LOOKED_AT = ("ExplanationOfBenefit", "Observation", "Coverage")


def _found_by_patient(types: Sequence[str]) -> list[str]:
    return [name for name in types if name != "Patient"]


def _beside(prober: Prober, type_name: str, form: str = "", *named: str) -> Pairs:
    """The search by patient, in another form of the reference where one is given; a sample of very many resources."""
    try:
        narrowing = prober.bounded(type_name)[0]
    except Undecided:
        narrowing = ()
    return (("patient", form or prober.patient), *prober.beside(type_name, *named)[1:], *narrowing)


def both_ways(prober: Prober, types: Sequence[str]) -> list[TwoWays]:
    """Each type by patient and by the filters that guides require, as GET and as POST."""
    found = []
    for name in _found_by_patient(types):
        beside = _beside(prober, name)
        try:
            filters = [pairs for plan in _FILTERS.get(name, ()) for pairs in plan(prober.bounded(name)[1])]
        except Undecided:
            filters = []
        asked: list[Pairs] = [beside, *[(*_beside(prober, name, "", *dict(pairs)), *pairs) for pairs in filters]]
        gets, posts = prober.searches(name, asked), prober.searches(name, asked, method="POST")
        found += [TwoWays(first, second) for first, second in zip(gets, posts, strict=True)]
    return found


def with_unknown(prober: Prober, types: Sequence[str]) -> list[UnknownParameter]:
    """Some types by patient beside a parameter that does not exist."""
    found = []
    for name in (name for name in _LOOKED_AT if name in types):
        beside = _beside(prober, name)
        asked = (*beside, (_UNKNOWN, "bar"))
        strict = prober.search(name, *asked, headers={"Prefer": "handling=strict"}, most=1)
        whole, lenient = prober.searches(name, [beside, asked])
        found.append(UnknownParameter(_UNKNOWN, whole, lenient, strict))
    return found


def impossible(prober: Prober, types: Sequence[str]) -> list[SearchEvidence]:
    """Searches by values that are no dates, by the parameters that are not ignored, which their own rows judge."""
    found = [
        prober.search(type_name, *prober.beside(type_name), (name, value), most=1)
        for type_name, name, value in _IMPOSSIBLE
        if type_name in types and not _is_ignored(prober, type_name, name)
    ]
    if not found:
        raise Undecided(
            "no search by a date that the grant opens is narrowed by it, see PA-SRCH-024", blocked_by="PA-SRCH-024"
        )
    return found


def _is_ignored(prober: Prober, type_name: str, name: str) -> bool:
    """Whether a date that no resource has finds resources."""
    return bool(prober.search(type_name, *prober.beside(type_name, name), (name, "1900-01-01")).matches)


def with_modifier(prober: Prober, types: Sequence[str]) -> list[SearchEvidence]:
    """Some types by patient with a modifier that does not exist, where the search by patient is answered."""
    return [
        prober.search(name, (_MODIFIED, prober.patient), *prober.beside(name)[1:], most=1)
        for name in _LOOKED_AT
        if name in types and prober.by_patient(name).first.status == 200
    ]


def negative_count(prober: Prober, types: Sequence[str]) -> SearchEvidence:
    """A search with ``_count=-1``."""
    by_patient = _found_by_patient(types)
    if not by_patient:
        raise Undecided(
            "the grant opens no type that is searched by patient, see PA-SCOP-001", blocked_by="PA-SCOP-001"
        )
    return prober.search(by_patient[0], *prober.beside(by_patient[0]), ("_count", "-1"), most=1)


def reference_forms(prober: Prober, types: Sequence[str]) -> list[ReferenceForms]:
    """Each type by the forms that a reference to the patient can have, and by ids that are not the patient's."""
    patient = prober.patient
    forms = (f"Patient/{patient}", f"{prober.base.rstrip('/')}/Patient/{patient}")
    strange = (f"{patient[:-1]}", f"{patient}0", "nobody-has-this-id")
    found = []
    for name in _found_by_patient(types):
        others = strange if name in _LOOKED_AT else ()
        asked = [_beside(prober, name, value) for value in ("", *forms, *others)]
        plain, typed, absolute, *rest = prober.searches(name, asked)
        found.append(ReferenceForms(plain, typed, absolute, rest))
    return found


def _without_status(prober: Prober, type_name: str) -> Pairs:
    """The form of a search that the server takes or must take, without its status."""
    return tuple(pair for pair in prober.beside(type_name) if pair[0] != "status")


def by_status(prober: Prober, types: Sequence[str], statement: dict[str, Any]) -> list[StatusSearches]:
    """The types with a status: without one, and with a list of all there are."""
    found = []
    for name in (name for name in types if name in STATUSES):
        beside = _without_status(prober, name)
        without = prober.search(name, *beside)
        if without.first.status == 200 and not without.matches:
            continue
        with_all = prober.search(name, *beside, ("status", ",".join(STATUSES[name])))
        declared = "status" in search_parameters(statement, name)
        found.append(StatusSearches(without, with_all, declared))
    return found
