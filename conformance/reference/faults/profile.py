"""Faults of profiles: records that do not meet the profile they claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import coded, stored
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.faults.fault import Change

SHORT_GENDER = {"male": "M", "female": "F"}
EOB = "ExplanationOfBenefit"
C4BB = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit"
MISSPELT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-and-health-concerns"
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


def _flat_race(resource: Resource) -> None:
    for extension in resource.get("extension", []):
        if extension["url"].endswith("us-core-race"):
            extension.pop("extension", None)
            extension["valueString"] = "White"


def _untyped_member_number(resource: Resource) -> None:
    for identifier in resource["identifier"]:
        identifier.pop("type", None)


def _two_payors(resource: Resource) -> None:
    resource["payor"] = resource["payor"] * 2


def _abstract_only(resource: Resource) -> None:
    resource["meta"]["profile"] = [C4BB]


def _unversioned(resource: Resource) -> None:
    resource["meta"]["profile"] = [url.partition("|")[0] for url in resource["meta"]["profile"]]


def _amounts_twice(resource: Resource) -> None:
    amounts = [entry for entry in resource.get("total", []) if "amount" in entry]
    copies = [{"category": entry["category"], "amount": entry["amount"]} for entry in amounts]
    resource.setdefault("adjudication", []).extend(copies)
    for item in resource.get("item", []):
        item.setdefault("adjudication", []).extend(copies)


def _two_focal(resource: Resource) -> None:
    resource["insurance"] = [{**entry, "focal": True} for entry in resource["insurance"] * 2]


def _called_a_claim(resource: Resource) -> None:
    resource["use"] = "claim"


def _misspelt(resource: Resource) -> None:
    resource["meta"]["profile"] = [MISSPELT]


def _local_unit(resource: Resource) -> None:
    resource["valueQuantity"]["system"] = LOCAL_UNITS


def _empty_attachment(resource: Resource) -> None:
    for content in resource["content"]:
        content["attachment"].pop("url", None)
        content["attachment"].pop("data", None)


def _status_as_text(resource: Resource) -> None:
    resource["clinicalStatus"] = {"text": "active"}


def _cpt_vaccine(resource: Resource) -> None:
    resource["vaccineCode"] = {"coding": [{"system": CPT, "code": "90686"}]}


def _bad_npi(resource: Resource) -> None:
    for identifier in resource.get("identifier", []):
        if identifier.get("system") == "http://hl7.org/fhir/sid/us-npi":
            last = int(identifier["value"][-1])
            identifier["value"] = f"{identifier['value'][:-1]}{(last + 1) % 10}"


def _named_loinc(resource: Resource) -> None:
    for coding in resource["code"]["coding"]:
        if coding.get("system") == "http://loinc.org":
            coding["system"] = "LOINC"


def _lines_without(element: str) -> Callable[[Resource], Any]:
    def edit(resource: Resource) -> None:
        for item in resource["item"]:
            for name in [name for name in item if name.startswith(element)]:
                del item[name]

    return edit


FAULTS = (
    Fault(
        "PA-PROF-001.gender-letter",
        "binding.required",
        "gender is a letter.",
        records=stored("Patient", lambda resource: resource | {"gender": SHORT_GENDER.get(resource["gender"], "U")}),
    ),
    Fault(
        "PA-PROF-001.identifier-without-system",
        "cardinality.min",
        "Patient identifiers have no system.",
        records=changed("Patient", lambda resource: [entry.pop("system", None) for entry in resource["identifier"]]),
    ),
    Fault(
        "PA-PROF-002.race-is-text",
        "patient.extension-shape",
        "Race is a plain string on the outer extension.",
        records=changed("Patient", _flat_race),
    ),
    Fault(
        "PA-PROF-003.untyped-member-number",
        "slicing.min",
        "The member number has no type, so the slice is empty.",
        records=changed("Patient", _untyped_member_number),
    ),
    Fault(
        "PA-PROF-004.two-payors",
        "cardinality.max",
        "Coverage names two payors.",
        records=changed("Coverage", _two_payors),
    ),
    Fault(
        "PA-PROF-005.relationship-missing",
        "cardinality.min",
        "Coverage has no relationship.",
        records=lacking("Coverage", "relationship"),
    ),
    Fault(
        "PA-PROF-006.subscriber-missing",
        "cardinality.min",
        "Coverage has no subscriberId.",
        records=lacking("Coverage", "subscriberId"),
    ),
    Fault(
        "PA-PROF-007.period-without-start",
        "cardinality.min",
        "billablePeriod has no start.",
        records=changed(
            EOB, lambda resource: resource["billablePeriod"].pop("start"), lambda r: r.get("use") == "claim"
        ),
    ),
    Fault(
        "PA-PROF-007.no-insurer",
        "cardinality.min",
        "A claim does not name its insurer.",
        records=lacking(EOB, "insurer", lambda resource: resource.get("use") == "claim"),
    ),
    Fault(
        "PA-PROF-008.abstract-parent-only",
        "claim.no-concrete-profile",
        "Claims declare only the abstract parent profile.",
        records=changed(EOB, _abstract_only, lambda resource: resource.get("use") == "claim"),
    ),
    Fault(
        "PA-PROF-008.another-kind",
        "claim.other-kind",
        "A pharmacy claim declares the professional profile.",
        records=changed(
            EOB,
            lambda resource: resource["meta"].update(profile=[f"{C4BB}-Professional-NonClinician"]),
            is_kind("pharmacy"),
        ),
    ),
    Fault(
        "PA-PROF-009.unversioned",
        "claim.profile-version",
        "meta.profile carries no version.",
        records=changed(EOB, _unversioned, lambda resource: resource.get("use") == "claim"),
    ),
    Fault(
        "PA-PROF-010.no-admission-period",
        "slicing.min",
        "An inpatient claim does not say when the stay was.",
        records=changed(EOB, without_information("admissionperiod"), is_kind("inpatient")),
    ),
    Fault(
        "PA-PROF-011.lines-without-date",
        "cardinality.min",
        "Lines of an outpatient claim have no service date.",
        records=changed(EOB, _lines_without("serviced"), is_kind("outpatient")),
    ),
    Fault(
        "PA-PROF-012.amounts-twice",
        "claim.header-or-line",
        "Amounts stand at the header and again at the lines.",
        records=changed(EOB, _amounts_twice, is_kind("inpatient", "outpatient")),
    ),
    Fault(
        "PA-PROF-013.no-place-of-service",
        "cardinality.min",
        "Lines of a professional claim have no place of service.",
        records=changed(EOB, _lines_without("location"), is_kind("professional", "vision")),
    ),
    Fault(
        "PA-PROF-014.refills-missing",
        "slicing.min",
        "A pharmacy claim does not say how many refills are authorized.",
        records=changed(EOB, without_information("refillsauthorized"), is_kind("pharmacy")),
    ),
    Fault(
        "PA-PROF-015.no-place-of-service",
        "cardinality.min",
        "Lines of an oral claim have no place of service.",
        records=changed(EOB, _lines_without("location"), is_kind("oral")),
    ),
    Fault(
        "PA-PROF-016.two-focal",
        "claim.two-focal",
        "Two insurances of a claim are focal.",
        records=changed(EOB, _two_focal, lambda resource: resource.get("use") == "claim"),
    ),
    Fault(
        "PA-PROF-017.called-a-claim",
        "authorization.use",
        "Prior authorizations have use claim.",
        records=changed(
            EOB, _called_a_claim, lambda resource: is_authorization(resource) and resource["outcome"] != "queued"
        ),
    ),
    Fault(
        "PA-PROF-018.misspelt-profile",
        "condition.misspelt-profile",
        "Problems claim a profile that no guide defines.",
        records=changed("Condition", _misspelt, in_category("problem-list-item")),
    ),
    Fault(
        "PA-PROF-019.no-requester",
        "invariant:us-core-21",
        "An order does not say who requested it.",
        records=lacking("MedicationRequest", "requester", lambda resource: resource["intent"] == "order"),
    ),
    Fault(
        "PA-PROF-020.local-units",
        "invariant:us-core-3",
        "Units of laboratory values are coded in a local system.",
        records=changed("Observation", _local_unit, lambda r: in_category("laboratory")(r) and "valueQuantity" in r),
    ),
    Fault(
        "PA-PROF-021.empty-attachment",
        "invariant:us-core-6",
        "An attachment has neither url nor data.",
        records=changed("DocumentReference", _empty_attachment),
    ),
    Fault(
        "PA-PROF-022.status-as-text",
        "binding.required",
        "clinicalStatus of an allergy is text only.",
        records=changed("AllergyIntolerance", _status_as_text, lambda resource: "clinicalStatus" in resource),
    ),
    Fault(
        "PA-PROF-023.status-missing",
        "cardinality.min",
        "An immunization has no status.",
        records=lacking("Immunization", "status"),
    ),
    Fault(
        "PA-PROF-024.never-performed",
        "invariant:us-core-7",
        "A completed procedure does not say when it was performed.",
        records=stored(
            "Procedure",
            lambda resource: {name: value for name, value in resource.items() if not name.startswith("performed")},
            lambda resource: resource["status"] == "completed",
        ),
    ),
    Fault(
        "PA-PROF-025.npi-check-digit",
        "npi.check-digit",
        "National provider identifiers have a wrong check digit.",
        records=changed("", _bad_npi),
    ),
    Fault(
        "PA-PROF-026.system-is-a-name",
        "coding.system",
        "Observations are coded in the system LOINC instead of its URI.",
        records=changed("Observation", _named_loinc),
    ),
    Fault(
        "PA-PROF-023.vaccine-in-cpt",
        "immunization.no-cvx",
        "Vaccines are coded in CPT only.",
        records=changed("Immunization", _cpt_vaccine),
    ),
)
