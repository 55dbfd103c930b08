"""Search: how parameters are read, for every type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.rules import filters, plans

if TYPE_CHECKING:
    from conformance.areas.search.probes.prober import Prober
    from conformance.engine.judge import Judge


@pytest.mark.verifies("PA-SRCH-013")
@pytest.mark.parametrize(
    ("type_name", "parameter", "owner"),
    [
        ("Condition", "category", "PA-SRCH-033"),
        ("Observation", "category", "PA-SRCH-035"),
        ("Observation", "code", "PA-SRCH-035"),
        ("DocumentReference", "type", "PA-SRCH-036"),
    ],
)
def test_tokens_match_by_code_and_by_system_and_code(
    prober: Prober, type_name: str, parameter: str, owner: str, judge: Judge
) -> None:
    """Code and system|code find the same; a wrong system and a part of a code find nothing."""
    plan = plans.either(plans.each_token(parameter, most=3), plans.wrong_tokens(parameter))
    found = prober.understood(type_name, parameter, plan, owner=owner)

    judge(filters.exactly(found, rule="search.token"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-014")
@pytest.mark.parametrize(
    ("type_name", "owner"),
    [("Observation", "PA-SRCH-035"), ("Procedure", "PA-SRCH-037"), ("DocumentReference", "PA-SRCH-036")],
)
def test_date_comparators_have_right_boundaries(prober: Prober, type_name: str, owner: str, judge: Judge) -> None:
    """ge and le include a known time, gt and lt exclude it, to the second and the day; both sides make up the whole."""
    found = prober.understood(type_name, "date", plans.dates("date"), owner=owner)

    judge(
        filters.exactly(found, rule="search.date"),
        filters.both_sides(found, rule="search.date.sides"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-015")
@pytest.mark.parametrize("type_name", ["Observation", "Procedure"])
def test_repeated_dates_narrow_each_other(prober: Prober, type_name: str, judge: Judge) -> None:
    """Two date parameters together find only what lies between them."""
    found = prober.filtered(type_name, plans.ranges("date"))

    judge(filters.exactly(found, rule="search.and"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-016")
@pytest.mark.parametrize("parameter", ["intent", "status"])
def test_comma_separated_values_are_alternatives(prober: Prober, parameter: str, judge: Judge) -> None:
    """A list of values finds the union of what its values find."""
    found = prober.filtered("MedicationRequest", plans.one_of_several(parameter))

    judge(filters.exactly(found, rule="search.or"), judged=filters.looked_at(found))
