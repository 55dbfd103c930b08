"""Fixtures that ask one search in several ways: posted, with unknown names, impossible values, other references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.search.rules import plans
from conformance.areas.search.rules.requests import STATUSES, ReferenceForms, StatusSearches, TwoWays, UnknownParameter
from conformance.errors import Undecided
from conformance.fhir.capability import search_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.areas.search.fixtures import Prober
    from conformance.areas.search.rules.plans import Plan
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.search_oracle import Pairs

    Bounded = Callable[[str], tuple[Pairs, list[dict[str, Any]]]]

_UNKNOWN = "foo"
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


@pytest.fixture
def by_patient_types(searched_types: Sequence[str]) -> tuple[str, ...]:
    """The searched types that are found by patient."""
    return tuple(name for name in searched_types if name != "Patient")


@pytest.fixture
def beside_patient(bounded: Bounded, patient: str) -> Callable[[str, str], Pairs]:
    """The search by patient, in another form of the reference where one is given; a sample of very many resources."""

    def pairs(type_name: str, form: str) -> Pairs:
        try:
            beside = bounded(type_name)[0]
        except Undecided:
            beside = (("patient", patient),)
        return (("patient", form or patient), *beside[1:])

    return pairs


@pytest.fixture
def search_both_ways(
    prober: Prober, beside_patient: Callable[[str, str], Pairs], bounded: Bounded, by_patient_types: Sequence[str]
) -> Callable[[], list[TwoWays]]:
    """Each type by patient and by the filters that guides require, as GET and as POST."""

    def ask() -> list[TwoWays]:
        found = []
        for name in by_patient_types:
            beside = beside_patient(name, "")
            try:
                filters = [pairs for plan in _FILTERS.get(name, ()) for pairs in plan(bounded(name)[1])]
            except Undecided:
                filters = []
            asked: list[Pairs] = [beside, *[(*beside, *pairs) for pairs in filters]]
            gets, posts = prober.searches(name, asked), prober.searches(name, asked, method="POST")
            found += [TwoWays(first, second) for first, second in zip(gets, posts, strict=True)]
        return found

    return ask


@pytest.fixture
def search_with_unknown(
    prober: Prober, beside_patient: Callable[[str, str], Pairs], by_patient_types: Sequence[str]
) -> Callable[[], list[UnknownParameter]]:
    """Some types by patient beside a parameter that is none."""

    def ask() -> list[UnknownParameter]:
        found = []
        for name in (name for name in _LOOKED_AT if name in by_patient_types):
            beside = beside_patient(name, "")
            asked = (*beside, (_UNKNOWN, "bar"))
            strict = prober.search(name, *asked, headers={"Prefer": "handling=strict"}, most=1)
            whole, lenient = prober.searches(name, [beside, asked])
            found.append(UnknownParameter(_UNKNOWN, whole, lenient, strict))
        return found

    return ask


@pytest.fixture
def search_impossible(
    prober: Prober, by_patient_types: Sequence[str], patient: str
) -> Callable[[], list[SearchEvidence]]:
    """Searches by dates that are none."""
    return lambda: [
        prober.search(type_name, ("patient", patient), (name, value), most=1)
        for type_name, name, value in _IMPOSSIBLE
        if type_name in by_patient_types
    ]


@pytest.fixture
def search_negative_count(prober: Prober, by_patient_types: Sequence[str], patient: str) -> SearchEvidence:
    """A search for less than nothing."""
    if not by_patient_types:
        raise Undecided("the grant opens no type that is searched by patient, see PA-SCOP-001")
    return prober.search(by_patient_types[0], ("patient", patient), ("_count", "-1"), most=1)


@pytest.fixture
def search_reference_forms(
    prober: Prober,
    beside_patient: Callable[[str, str], Pairs],
    by_patient_types: Sequence[str],
    patient: str,
    fhir_base: str,
) -> Callable[[], list[ReferenceForms]]:
    """Each type by the forms that a reference to the patient can have, and by ids that are not the patient's."""

    def ask() -> list[ReferenceForms]:
        forms = (f"Patient/{patient}", f"{fhir_base.rstrip('/')}/Patient/{patient}")
        strange = (f"{patient[:-1]}", f"{patient}0", "nobody-has-this-id")
        found = []
        for name in by_patient_types:
            others = strange if name in _LOOKED_AT else ()
            asked = [beside_patient(name, value) for value in ("", *forms, *others)]
            plain, typed, absolute, *rest = prober.searches(name, asked)
            found.append(ReferenceForms(plain, typed, absolute, rest))
        return found

    return ask


@pytest.fixture
def search_by_status(
    prober: Prober,
    search_by_patient: Callable[[str], SearchEvidence],
    by_patient_types: Sequence[str],
    patient: str,
    capability_statement: dict[str, Any],
) -> Callable[[], list[StatusSearches]]:
    """The types with a status: without one, and with a list of all there are."""

    def ask() -> list[StatusSearches]:
        found = []
        for name in (name for name in by_patient_types if name in STATUSES):
            without = search_by_patient(name)
            if without.first.status == 200 and not without.matches:
                continue
            with_all = prober.search(name, ("patient", patient), ("status", ",".join(STATUSES[name])))
            declared = "status" in search_parameters(capability_statement, name)
            found.append(StatusSearches(without, with_all, declared))
        return found

    return ask
