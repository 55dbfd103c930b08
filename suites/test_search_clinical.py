"""Search: clinical records by every combination that US Core asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.rules import filters, plans
from conformance.areas.shared import searches

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.engine.judge import Judge

RECENT = plans.dates("date", comparators=("ge", "le"))


@pytest.mark.verifies("PA-SRCH-034")
def test_medication_requests_are_found_by_intent_and_status(prober: Prober, judge: Judge) -> None:
    """Intent, as a list and with status, finds exactly the requests that client-side filtering finds."""
    intents = plans.either(plans.only("intent", "order,plan"), plans.one_of_several("intent"))
    found = prober.filtered(
        "MedicationRequest", plans.either(intents, plans.together(intents, plans.each_token("status")))
    )

    judge(filters.exactly(found, rule="search.medication"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-035")
def test_observations_are_found_by_category_code_and_date(prober: Prober, judge: Judge) -> None:
    """Category, category with date, and code find exactly the observations that have them; code lists are advisory."""
    found = prober.filtered(
        "Observation",
        plans.either(
            plans.each_token("category"),
            plans.together(plans.each_token("category", most=2), RECENT),
            plans.each_token("code"),
        ),
    )
    lists = prober.filtered("Observation", plans.one_of_several("code"))

    judge(
        filters.exactly(found, rule="search.observation"),
        filters.refused_or_exact(lists, rule="search.observation-list"),
        judged=filters.looked_at(found, lists),
    )


@pytest.mark.verifies("PA-SRCH-036")
def test_documents_are_found_by_id_category_date_and_type(prober: Prober, judge: Judge) -> None:
    """_id, patient, category, category with date, and type find the right documents."""
    by_id = prober.filtered("DocumentReference", plans.ids(), alone=True)
    found = prober.filtered(
        "DocumentReference",
        plans.either(
            plans.each_token("category"),
            plans.together(plans.each_token("category", most=1), RECENT),
            plans.each_token("type"),
            plans.wrong_tokens("type"),
        ),
    )

    judge(
        filters.exactly(by_id, rule="search.document.by-id"),
        filters.exactly(found, rule="search.document"),
        judged=filters.looked_at(by_id, found),
    )


@pytest.mark.verifies("PA-SRCH-037")
@pytest.mark.parametrize("type_name", ["AllergyIntolerance", "Immunization", "Procedure"])
def test_further_clinical_records_are_found_by_patient(
    search_by_patient: Callable[[str], SearchEvidence],
    promised_ids: Callable[[str], list[str]],
    type_name: str,
    patient: str,
    judge: Judge,
) -> None:
    """AllergyIntolerance, Immunization and Procedure by patient return every promised record, only the patient's."""
    found = search_by_patient(type_name)

    lost = searches.promised(promised_ids(type_name), found)

    judge(searches.unless_unfinished(found, searches.found_for(found, patient), lost), of=found.matches)


@pytest.mark.verifies("PA-SRCH-037")
def test_procedures_are_found_by_date(prober: Prober, judge: Judge) -> None:
    """Procedure date ranges are honoured, those of performedPeriod by overlap."""
    found = prober.filtered("Procedure", plans.either(plans.dates("date"), plans.ranges("date")))

    judge(filters.exactly(found, rule="search.procedure-date"), judged=filters.looked_at(found))
