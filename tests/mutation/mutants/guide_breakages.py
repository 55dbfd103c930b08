"""How invariants of the guides are broken; the same rules as for those of FHIR itself (see breakages)."""

from __future__ import annotations

from typing import Any

from mutants.breakages import Change, adding, bare, has, replacing, without

PERFORMED = {"completed", "in-progress"}
REPORTED = {"partial", "preliminary", "final", "amended", "corrected", "appended"}
ORDERED = {"order", "original-order", "reflex-order", "filler-order", "instance-order"}
ELSEWHERE = "http://example.org/units"
OTHER_PAYEE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/payeetype", "code": "other"}]}
VERSIONED = (
    "patient",
    "organization",
    "practitioner",
    "relatedperson",
    "EOB-oral",
    "EOB-pharmacy",
    "EOB-institutional-inpatient",
    "EOB-institutional-outpatient",
    "EOB-professional-nonclinician",
)


def year_alone(value: Any) -> Any:
    """us-core-1, vs-1: a date of the year alone where the day is asked for."""
    return "2023" if isinstance(value, str) else None


def nameless_or_empty(value: Any) -> Any:
    """us-core-6: a name without family and given, an attachment without url and data."""
    if has(value, "family", "given"):
        return {"text": "nobody"}
    return {"contentType": "text/plain"} if has(value, "url", "data") else None


def nameless_or_undated(value: Any) -> Any:
    """us-core-8: a name without family and given, a report without its time."""
    if has(value, "family", "given"):
        return {"text": "nobody"}
    return without("effective", when=lambda one: one.get("status") in REPORTED)(value)


def not_issued_or_unlabelled(value: Any) -> Any:
    """us-core-9: a report without time of issue, a device with a carrier and none of its production identifiers."""
    if value["resourceType"] == "DiagnosticReport":
        return without("issued", when=lambda one: one.get("status") in REPORTED)(value)
    labels = ("manufactureDate", "expirationDate", "lotNumber", "serialNumber", "distinctIdentifier")
    return without(*labels, when=lambda one: "udiCarrier" in one)(value)


def carrier_without_form(value: Any) -> Any:
    """us-core-12: a carrier in neither machine nor human form."""
    return {**value, "udiCarrier": [{"deviceIdentifier": "09504000059118"}]} if "udiCarrier" in value else None


def untyped(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Identifiers without their types."""
    return [bare(one, "type") or one for one in value.get("identifier", ())]


def no_member_number(value: Any) -> Any:
    """us-core-15: neither a subscriber id nor an identifier of type MB."""
    kept = bare(value, "subscriberId")
    return {**kept, "identifier": untyped(value)} if "identifier" in value else kept


def without_npi_or_tax(value: Any) -> Any:
    """Practitioner-identifier: no identifier of type NPI or TAX is left."""
    return {**value, "identifier": untyped(value)} if "identifier" in value else None


def both_adjudications(value: Any) -> Any:
    """EOB-institutional-item-or-header-adjudication: the same amounts at the header and at a line."""
    lines = value.get("item", [])
    found = [*value.get("adjudication", ()), *(one for line in lines for one in line.get("adjudication", ()))]
    if not found or not lines:
        return None
    return {**value, "adjudication": found, "item": [{**lines[0], "adjudication": found}, *lines[1:]]}


def profiles_unversioned(value: Any) -> Any:
    """…-meta-profile-version: the claimed profile names its version."""
    profiles = [one.partition("|")[0] for one in value.get("meta", {}).get("profile", ())]
    return {**value, "meta": {**value["meta"], "profile": profiles}} if profiles else None


def asked_twice(value: Any) -> Any:
    """tdr-1: exactly one input says what is asked for."""
    asking = [one for one in value.get("input", ()) if "data-code" in str(one) or "data-query" in str(one)]
    return {**value, "input": [*value["input"], asking[0]]} if asking else None


def without_last_updated(value: Any) -> Any:
    """uncontained-requires-lastUpdated."""
    return {**value, "meta": bare(value["meta"], "lastUpdated")} if "lastUpdated" in value.get("meta", {}) else None


def unknown_among_others(value: Any) -> Any:
    """us-core-23: who does not know the race names no other."""
    if not str(value.get("url", "")).endswith(("us-core-race", "us-core-ethnicity")):
        return None
    unknown = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK", "display": "unknown"}
    named = [one for one in value["extension"] if one.get("url") == "ombCategory"]
    return (
        {**value, "extension": [{"url": "ombCategory", "valueCoding": unknown}, *value["extension"]]} if named else None
    )


def not_a_concept(value: Any) -> Any:
    """us-core-24: LOINC's smoking status is coded."""
    if not has(value, "value") or not any(code in str(value["code"]) for code in ("72166-2", "11367-0")):
        return None
    return {**bare(value, "value"), "valueQuantity": {"value": 3}}


CHANGES: dict[str, Change] = {
    "us-core-1": year_alone,
    "us-core-2": without("value", "dataAbsentReason", "component", "hasMember"),
    "us-core-3": adding(when=lambda value: "system" in value, system=ELSEWHERE),
    "us-core-6": nameless_or_empty,
    "us-core-7": without("performed", when=lambda value: value.get("status") in PERFORMED),
    "us-core-8": nameless_or_undated,
    "us-core-9": not_issued_or_unlabelled,
    "us-core-10": without("effective", when=lambda value: value.get("status") in REPORTED),
    "us-core-12": carrier_without_form,
    "us-core-14": without("name", "relationship"),
    "us-core-15": no_member_number,
    "us-core-16": adding(value="12345"),
    "us-core-17": adding(value="1234567890"),
    "us-core-18": adding(value="12X3456789"),
    "us-core-19": adding(value="1234"),
    "us-core-20": without("whenHandedOver", when=lambda value: value.get("status") == "completed"),
    "us-core-21": without("requester", when=lambda value: value.get("intent") in ORDERED),
    "us-core-22": adding(low={"value": 3, "unit": "x", "system": ELSEWHERE, "code": "x"}),
    "us-core-23": unknown_among_others,
    "us-core-24": not_a_concept,
    "us-core-26": without("value", "dataAbsentReason"),
    "vs-1": year_alone,
    "vs-2": without("value", "dataAbsentReason", "component", "hasMember"),
    "vs-3": without("value", "dataAbsentReason"),
    "hrex-cov-1": without("identifier", "subscriberId"),
    "EOB-payee-other-type-requires-party": replacing(type=OTHER_PAYEE),
    "tdr-1": asked_twice,
    "tdr-2": lambda value: {**bare(value, "statusReason"), "status": "failed"},
    "tdr-3": lambda value: {**bare(value, "output"), "status": "completed"},
    "EOB-institutional-item-or-header-adjudication": both_adjudications,
    "Practitioner-identifier": without_npi_or_tax,
    "relatedperson-name-or-relationship": without("name", "relationship"),
    "uncontained-requires-lastUpdated": without_last_updated,
    **{f"{name}-meta-profile-version": profiles_unversioned for name in VERSIONED},
}

WARNINGS: dict[str, Change] = {
    f"{name}-meta-profile-version": profiles_unversioned for name in VERSIONED if name != "relatedperson"
}
"""The same for invariants of severity warning."""

NEVER_FALSE: dict[str, str] = {
    "us-core-1": "$this is DateTime",
    "us-core-3": "value",
}
"""Keys and how those of their published expressions begin that no value makes false: FHIR's dateTime is not the
System.DateTime they ask for, and the path starts at a child that the value itself does not have."""
