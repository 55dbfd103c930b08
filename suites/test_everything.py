"""$everything: the whole record of one patient."""

import pytest

from conformance.rules import bundles, searches


@pytest.mark.verifies("PA-EVRY-001")
def test_everything_answers_a_searchset_with_the_patient(patient_everything, patient, validate, judge):
    """Patient/{id}/$everything answers a searchset with exactly one Patient: the one in context."""
    judge(
        bundles.is_searchset(patient_everything, what="$everything"),
        searches.holds_exactly_one_patient(patient_everything, patient),
        validate.bundle(patient_everything),
    )
