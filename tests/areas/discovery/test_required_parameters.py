"""Which search parameters the selected versions of the guides require."""

import pytest

from conformance.areas.discovery.probes.parameters import required_parameters
from conformance.guide_selection import DEFAULT_GUIDES
from conformance.guides import Guides

CLAIM_PARAMETERS = {
    *("patient", "_id", "_lastUpdated", "type", "identifier"),
    *("service-date", "service-start-date", "billable-period-start"),
}


def required(us_core):
    return {name: {*found} for name, found in required_parameters(Guides.load(DEFAULT_GUIDES | us_core)).items()}


@pytest.mark.parametrize("version", ["6.1.0", "7.0.0"])
def test_parameters_are_required_alone_and_in_combinations(version):
    found = required({"us-core": version})

    assert found["Patient"] == {"_id", "identifier", "name", "birthdate", "gender"}
    assert found["Coverage"] == {"patient", "_id"}
    assert found["ExplanationOfBenefit"] == CLAIM_PARAMETERS
    assert found["Condition"] == {"patient", "category"}
    assert found["MedicationRequest"] == {"patient", "intent", "status"}
    assert found["Observation"] == {"patient", "category", "code", "date"}
    assert found["DocumentReference"] == {"_id", "patient", "category", "type", "date"}
    assert found["AllergyIntolerance"] == found["Immunization"] == {"patient"}
    assert found["Procedure"] == {"patient", "date"}


def test_us_core_3_1_1_requires_less():
    found = required({"us-core": "3.1.1"})

    assert found["Condition"] == {"patient"}
    assert found["Coverage"] == {"_id"}
    assert found["ExplanationOfBenefit"] == CLAIM_PARAMETERS
