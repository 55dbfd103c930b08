"""How invariants of FHIR R4 are broken: from the expression, a change after which it is false.

Each change takes the value that the invariant is stated for and gives the broken one, or None when it cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[Any], Any]
Test = Callable[[Any], bool]

ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
CHOICES = ("value", "effective", "performed", "abatement")


def always(_value: Any) -> bool:
    """No condition."""
    return True


def is_named(key: str, name: str) -> bool:
    """Whether a JSON key is the element ``name`` (``value`` for every ``value[x]``)."""
    bare = key.removeprefix("_")
    return bare == name or (name in CHOICES and bare.startswith(name))


def has(value: Any, *names: str) -> bool:
    """Whether an object has one of the elements, of whatever type if it is a choice."""
    return isinstance(value, dict) and any(is_named(key, name) for key in value for name in names)


def bare(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """An object without these elements."""
    return {key: part for key, part in value.items() if not any(is_named(key, name) for name in names)}


def without(*names: str, when: Test = always) -> Change:
    """A change that leaves elements out, if there were any and something else stays."""
    return lambda value: (bare(value, *names) or None) if has(value, *names) and when(value) else None


def adding(when: Test = always, **keys: Any) -> Change:
    """A change that adds (or replaces) elements."""
    return lambda value: {**value, **keys} if isinstance(value, dict) and when(value) else None


def replacing(**keys: Any) -> Change:
    """A change to another object altogether."""
    return lambda value: dict(keys) if isinstance(value, dict) else None


def question(**keys: Any) -> Change:
    """A change of a questionnaire's item that keeps only its linkId."""
    return lambda value: {"linkId": value["linkId"], **keys}


def component_like_itself(value: Any) -> Any:
    """obs-7: a component with the Observation's own code, beside a value."""
    if not has(value, "value") or not value["code"].get("coding"):
        return None
    return {**value, "component": [{"code": value["code"], "valueString": "x"}]}


def link_id_twice(value: Any) -> Any:
    """que-2: two items with one linkId."""
    items = value.get("item", [])
    return {**value, "item": [*items, {**items[-1]}]} if items else None


def entered_in_error(system: str) -> Change:
    """ait-2, con-5: entered in error, and still with a clinical status."""
    coding = {"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": "entered-in-error"}
    return lambda value: {**value, "verificationStatus": {"coding": [coding]}} if "clinicalStatus" in value else None


def order_detail_alone(value: Any) -> Any:
    """prr-1: details of an order without a code."""
    return {**bare(value, "code"), "orderDetail": [{"text": "x"}]} if "code" in value else None


def task_or_parameter(value: Any) -> Any:
    """inv-1 is stated twice: a Task modified before it was authored, a parameter with nothing in it."""
    if value.get("resourceType") == "Task":
        return {**value, "authoredOn": "2023-05-06T07:08:09Z", "lastModified": "2001-01-01T00:00:00Z"}
    return {"name": value["name"]} if "name" in value else None


CHANGES: dict[str, Change] = {
    "obs-3": lambda value: {"appliesTo": [{"text": "all"}]},
    "obs-6": adding(when=lambda value: has(value, "value"), dataAbsentReason={"text": "unknown"}),
    "obs-7": component_like_itself,
    "per-1": adding(start="2023-05-06", end="2001-01-01"),
    "qty-3": without("system", when=lambda value: "code" in value),
    "sqty-1": adding(comparator="<"),
    "age-1": adding(value=-3),
    "drt-1": adding(system="http://example.org/units", code="min"),
    "rng-2": adding(low={"value": 9, "unit": "mg"}, high={"value": 3, "unit": "mg"}),
    "rat-1": without("denominator"),
    "att-1": replacing(data="aGVsbG8="),
    "cpt-2": without("system", when=lambda value: "value" in value),
    "tim-1": replacing(duration=3),
    "tim-2": replacing(period=3),
    "tim-4": replacing(duration=-3, durationUnit="h"),
    "tim-5": replacing(period=-3, periodUnit="h"),
    "tim-6": replacing(periodMax=3, periodUnit="h"),
    "tim-7": replacing(durationMax=3, durationUnit="h"),
    "tim-8": replacing(countMax=3),
    "tim-9": replacing(when=["C"], offset=30),
    "tim-10": replacing(when=["MORN"], timeOfDay=["08:00:00"]),
    "org-1": without("identifier", "name"),
    "ait-1": without("clinicalStatus", when=lambda value: "entered-in-error" not in str(value)),
    "ait-2": entered_in_error("allergyintolerance-verification"),
    "con-4": adding(abatementString="long ago", clinicalStatus=ACTIVE),
    "con-5": entered_in_error("condition-ver-status"),
    "mdd-1": adding(whenPrepared="2023-05-06T07:08:09Z", whenHandedOver="2001-05-06T07:08:09Z"),
    "prr-1": order_detail_alone,
    "gol-1": replacing(detailString="better"),
    "qrs-1": adding(when=lambda value: "answer" in value, item=[{"linkId": "zz"}]),
    "que-1": lambda value: {**bare(value, "item"), "type": "group"} if "item" in value else None,
    "que-2": link_id_twice,
    "que-3": question(type="display", text="x", code=[{"code": "a", "display": "A"}]),
    "que-4": question(
        type="choice", answerOption=[{"valueString": "a"}], answerValueSet="http://hl7.org/fhir/ValueSet/yesnodontknow"
    ),
    "que-5": question(type="boolean", answerOption=[{"valueInteger": 1}]),
    "que-6": question(type="display", text="x", required=True),
    "que-8": question(type="display", text="x", initial=[{"valueString": "x"}]),
    "que-9": question(type="display", text="x", readOnly=True),
    "que-10": question(type="date", maxLength=3),
    "que-11": question(type="choice", answerOption=[{"valueString": "a"}], initial=[{"valueString": "a"}]),
    "que-12": adding(enableWhen=[{"question": "a", "operator": "exists", "answerBoolean": True}] * 3),
    "que-13": question(type="string", repeats=False, initial=[{"valueString": "a"}, {"valueString": "b"}]),
    "inv-1": task_or_parameter,
    "bdl-5": replacing(fullUrl="urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
    "bdl-8": adding(when=lambda value: "fullUrl" in value, fullUrl="https://example.org/fhir/Patient/1/_history/1"),
}
"""By key: the change after which the invariant is false wherever it is stated as an error."""

CREATIONS: tuple[tuple[str, str, Any], ...] = (
    ("pat-1", "contact", {"gender": "male"}),
    ("con-1", "stage", {"type": {"text": "TNM"}}),
    ("con-2", "evidence", {"extension": [{"url": "http://example.org/fhir/x", "valueString": "x"}]}),
    ("cpl-3", "activity", {"detail": {"status": "completed"}, "reference": {"reference": "Task/some-id"}}),
    ("imm-1", "education", {"publicationDate": "2023-05-06"}),
    ("org-2", "address", {"use": "home", "city": "Springfield"}),
    ("org-3", "telecom", {"use": "home", "system": "phone", "value": "555 0100"}),
    ("que-7", "enableWhen", {"question": "a", "operator": "exists", "answerInteger": 3}),
)
"""Key, element and a value of it that breaks the invariant, for elements that the examples lack."""
