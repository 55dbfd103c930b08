"""Edits of records that faults of profiles are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import coded, stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.faults.fault import Change

SHORT_GENDER = {"male": "M", "female": "F"}
EOB = "ExplanationOfBenefit"
C4BB = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit"
MISSPELT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-and-health-concerns"
NDC = "http://hl7.org/fhir/sid/ndc"
CPT = "http://www.ama-assn.org/go/cpt"
LOCAL_UNITS = "urn:oid:1.3.6.1.4.1.99999.1"

Resource = dict[str, Any]


def lacking(type_name: str, element: str, where: Callable[[Resource], bool] = lambda _: True) -> Change:
    """Records of a type are stored without an element."""

    def edit(resource: Resource) -> None:
        resource.pop(element, None)

    return stored(type_name, edit, lambda resource: element in resource and where(resource))


def changed(
    type_name: str, edit: Callable[[Resource], Any], where: Callable[[Resource], bool] = lambda _: True
) -> Change:
    """Records of a type are stored changed in place."""

    def in_place(resource: Resource) -> None:
        edit(resource)

    return stored(type_name, in_place, where)


def is_kind(*codes: str) -> Callable[[Resource], bool]:
    """Whether an ExplanationOfBenefit is a claim whose type or subType has one of the codes."""
    return lambda resource: (
        resource.get("use") == "claim"
        and (coded(resource.get("type"), *codes) or coded(resource.get("subType"), *codes))
    )


def is_authorization(resource: Resource) -> bool:
    """Whether an ExplanationOfBenefit is a prior authorization."""
    return bool(resource.get("use") == "preauthorization")


def in_category(code: str) -> Callable[[Resource], bool]:
    """Whether a resource has a category with the code."""
    return lambda resource: any(coded(category, code) for category in resource.get("category", []))


def without_information(*codes: str) -> Callable[[Resource], Any]:
    """Takes the supporting information of these categories away."""

    def edit(resource: Resource) -> None:
        kept = [entry for entry in resource["supportingInfo"] if not coded(entry["category"], *codes)]
        resource["supportingInfo"] = kept

    return edit


def flat_race(resource: Resource) -> None:
    """Race is a string on the outer extension."""
    for extension in resource.get("extension", []):
        if extension["url"].endswith("us-core-race"):
            extension.pop("extension", None)
            extension["valueString"] = "White"


def untyped_member_number(resource: Resource) -> None:
    """Identifiers have no type."""
    for identifier in resource["identifier"]:
        identifier.pop("type", None)


def two_payors(resource: Resource) -> None:
    """The payor is named twice."""
    resource["payor"] = resource["payor"] * 2


def abstract_only(resource: Resource) -> None:
    """Only the abstract parent is declared."""
    resource["meta"]["profile"] = [C4BB]


def unversioned(resource: Resource) -> None:
    """Declared profiles have no version."""
    resource["meta"]["profile"] = [url.partition("|")[0] for url in resource["meta"]["profile"]]


def amounts_twice(resource: Resource) -> None:
    """Amounts of the totals are repeated at the header and at the lines."""
    amounts = [entry for entry in resource.get("total", []) if "amount" in entry]
    copies = [{"category": entry["category"], "amount": entry["amount"]} for entry in amounts]
    resource.setdefault("adjudication", []).extend(copies)
    for item in resource.get("item", []):
        item.setdefault("adjudication", []).extend(copies)


def two_focal(resource: Resource) -> None:
    """Two insurances are focal."""
    resource["insurance"] = [{**entry, "focal": True} for entry in resource["insurance"] * 2]


def called_a_claim(resource: Resource) -> None:
    """The use is claim."""
    resource["use"] = "claim"


def misspelt(resource: Resource) -> None:
    """The declared profile is misspelt."""
    resource["meta"]["profile"] = [MISSPELT]


def local_unit(resource: Resource) -> None:
    """The unit is coded in a local system."""
    resource["valueQuantity"]["system"] = LOCAL_UNITS


def empty_attachment(resource: Resource) -> None:
    """Attachments have neither url nor data."""
    for content in resource["content"]:
        content["attachment"].pop("url", None)
        content["attachment"].pop("data", None)


def status_as_text(resource: Resource) -> None:
    """The clinical status is text only."""
    resource["clinicalStatus"] = {"text": "active"}


def cpt_vaccine(resource: Resource) -> None:
    """The vaccine is coded in CPT only."""
    resource["vaccineCode"] = {"coding": [{"system": CPT, "code": "90686"}]}


def bad_npi(resource: Resource) -> None:
    """NPIs have a wrong check digit."""
    for identifier in resource.get("identifier", []):
        if identifier.get("system") == "http://hl7.org/fhir/sid/us-npi":
            last = int(identifier["value"][-1])
            identifier["value"] = f"{identifier['value'][:-1]}{(last + 1) % 10}"


def named_loinc(resource: Resource) -> None:
    """LOINC is named instead of identified."""
    for coding in resource["code"]["coding"]:
        if coding.get("system") == "http://loinc.org":
            coding["system"] = "LOINC"


def without_text(resource: Resource) -> None:
    """Ethnicity has no text."""
    for extension in resource.get("extension", []):
        if extension["url"].endswith("us-core-ethnicity"):
            extension["extension"] = [part for part in extension["extension"] if part["url"] != "text"]


def own_race(resource: Resource) -> None:
    """Race is in an extension that no guide defines."""
    for extension in resource.get("extension", []):
        extension["url"] = extension["url"].replace("/us-core-race", "/x-us-core-race")


def nothing_identifies(resource: Resource) -> None:
    """Nothing identifies the subscriber or the relationship."""
    for name in ("relationship", "subscriberId", "identifier"):
        resource.pop(name, None)


def institutional(resource: Resource) -> None:
    """The type is that of institutional claims."""
    resource["type"]["coding"][0]["code"] = "institutional"


def totals(edit: Callable[[Resource], Any]) -> Callable[[Resource], Any]:
    """Edits every amount of the totals."""

    def change(resource: Resource) -> None:
        for entry in resource.get("total", []):
            if "amount" in entry:
                edit(entry["amount"])

    return change


def bare_ndc(resource: Resource) -> None:
    """Drug codes have ten digits without hyphens."""
    for item in resource["item"]:
        for coding in item["productOrService"].get("coding", []):
            if coding.get("system") == NDC:
                coding["code"] = "0777310502"


def lines_without(element: str) -> Callable[[Resource], Any]:
    """Lines lack the elements whose names begin so."""

    def edit(resource: Resource) -> None:
        for item in resource["item"]:
            for name in [name for name in item if name.startswith(element)]:
                del item[name]

    return edit
