"""Faults of data content: records that are valid and yet not what the rule asks for."""

from __future__ import annotations

from typing import Any

from conformance.reference.faults.deviations import coded, dropped, stored
from conformance.reference.faults.fault import Fault


def _authorization(resource: dict[str, Any]) -> bool:
    return bool(resource.get("use") == "preauthorization")


def _point_nowhere(resource: dict[str, Any]) -> None:
    for item in resource["item"]:
        item["diagnosisSequence"] = [99]


FAULTS = (
    Fault(
        "PA-DATA-001.denied-filtered",
        "data.claim-missing",
        "Denied claims are left out.",
        records=dropped(
            "ExplanationOfBenefit", lambda resource: coded(resource.get("payment", {}).get("type"), "denied")
        ),
    ),
    Fault(
        "PA-DATA-005.approved-only",
        "data.authorization-missing",
        "Only decided authorizations are shown.",
        records=dropped(
            "ExplanationOfBenefit", lambda resource: _authorization(resource) and resource["outcome"] == "queued"
        ),
    ),
    Fault(
        "PA-DATA-013.diagnosis-link-broken",
        "data.sequence",
        "Claim lines point to a diagnosis that the claim does not have.",
        records=stored(
            "ExplanationOfBenefit", _point_nowhere, lambda resource: "diagnosis" in resource and "item" in resource
        ),
    ),
)
