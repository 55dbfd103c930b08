"""Faults of Patient/$everything."""

from __future__ import annotations

from conformance.reference.faults.deviations import edited, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import everything

FAULTS = (
    Fault(
        "PA-EVRY-001.patient-missing",
        "everything.patient",
        "The Patient is not among its own records.",
        {everything.compartment: edited(lambda records: [each for each in records if each.type != "Patient"])},
    ),
    Fault(
        "PA-EVRY-002.first-twenty",
        "everything.incomplete",
        "Only the first twenty records are returned.",
        {everything.compartment: edited(lambda records: records[:20])},
    ),
    Fault(
        "PA-EVRY-005.window-ignored",
        "everything.window",
        "start and end have no effect.",
        {everything.cared_for: yes},
    ),
)
