"""Faults of profiles: records that do not meet the profile they claim."""

from __future__ import annotations

from conformance.reference.faults.deviations import coded, stored
from conformance.reference.faults.fault import Fault

SHORT_GENDER = {"male": "M", "female": "F"}

FAULTS = (
    Fault(
        "PA-PROF-001.gender-letter",
        "binding.required",
        "gender is a letter.",
        records=stored("Patient", lambda resource: resource | {"gender": SHORT_GENDER.get(resource["gender"], "U")}),
    ),
    Fault(
        "PA-PROF-006.subscriber-missing",
        "cardinality.min",
        "Coverage has no subscriberId.",
        records=stored("Coverage", lambda resource: resource.pop("subscriberId") and None),
    ),
    Fault(
        "PA-PROF-010.no-admission-period",
        "cardinality.min",
        "An inpatient claim does not say when the stay was.",
        records=stored(
            "ExplanationOfBenefit",
            lambda resource: (
                resource
                | {
                    "supportingInfo": [
                        i for i in resource["supportingInfo"] if not coded(i["category"], "admissionperiod")
                    ]
                }
            ),
            lambda resource: coded(resource.get("subType"), "inpatient"),
        ),
    ),
)
