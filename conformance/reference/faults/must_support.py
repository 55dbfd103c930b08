"""Faults of must-support: data that the payer has is never sent, or is faked."""

from __future__ import annotations

from conformance.reference.faults.deviations import dropped, stored
from conformance.reference.faults.fault import Fault

FAULTS = (
    Fault(
        "PA-MS-001.onset-never-sent",
        "must-support.choice",
        "Conditions never say when they began or were asserted.",
        records=stored(
            "Condition",
            lambda resource: {
                name: value for name, value in resource.items() if not name.startswith("onset") and name != "extension"
            },
        ),
    ),
    Fault(
        "PA-MS-002.placeholder-date",
        "must-support.placeholder",
        "An open coverage ends on 9999-12-31.",
        records=stored(
            "Coverage",
            lambda resource: resource | {"period": resource["period"] | {"end": "9999-12-31"}},
            lambda resource: "end" not in resource["period"],
        ),
    ),
    Fault(
        "PA-MS-007.text-values-lost",
        "must-support.unseen",
        "Laboratory results whose value is text are not sent.",
        records=dropped("Observation", lambda resource: "valueString" in resource),
    ),
)
