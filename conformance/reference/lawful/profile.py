"""Lawful variations of profiles: what the profiles leave to the payer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import stored
from conformance.reference.faults.profile_deviations import in_category, is_kind
from conformance.reference.lawful.variation import Variation
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.lawful.variation import Manifest

Resource = dict[str, Any]

_OWN_PROFILE = "https://harborplan.example/fhir/StructureDefinition/"
_NDC = "http://hl7.org/fhir/sid/ndc"
_NULL_FLAVOR = f"{el.TERMINOLOGY}/v3-NullFlavor"


def _own_profile_too(resource: Resource) -> None:
    if "profile" in resource["meta"]:
        resource["meta"]["profile"].append(f"{_OWN_PROFILE}{resource['resourceType'].lower()}")


def _nine_first(resource: Resource) -> None:
    """National Provider Identifiers that begin with 9; the check digit is right."""
    for identifier in resource["identifier"]:
        if identifier.get("system") == el.NPI:
            identifier["value"] = el.npi(f"9{identifier['value'][1:9]}")


def _race_unknown(resource: Resource) -> None:
    for extension in resource.get("extension", []):
        if extension["url"].endswith("us-core-race"):
            kept = [part for part in extension["extension"] if part["url"] == "detailed"]
            unknown = el.extension("ombCategory", valueCoding=el.coding(_NULL_FLAVOR, "UNK"))
            extension["extension"] = [unknown, *kept, el.extension("text", valueString="Unknown")]


def _below(resource: Resource) -> None:
    resource["valueQuantity"]["comparator"] = "<"


def _local_code_too(resource: Resource) -> None:
    resource["code"]["coding"].append(
        {"system": "https://harborplan.example/fhir/CodeSystem/problems", "code": "P-4711", "display": "as recorded"}
    )


def _as_text_only(resource: Resource) -> None:
    for each in resource["dosageInstruction"]:
        each.pop("timing", None)
        each.pop("doseAndRate", None)


def _drug_code(code: str) -> Callable[[Resource], None]:
    """The drug of each line has this National Drug Code."""

    def edit(resource: Resource) -> None:
        for item in resource["item"]:
            for coding in item["productOrService"].get("coding", []):
                if coding.get("system") == _NDC:
                    coding["code"] = code

    return edit


def _promise_no_more(manifest: Manifest) -> None:
    """Nothing is promised of the doses of prescriptions."""
    promised = manifest["must_support"]["http://hl7.org/fhir/us/core/StructureDefinition/us-core-medicationrequest"]
    promised["all_but"] = [
        *promised["all_but"],
        *(f"MedicationRequest.dosageInstruction.{part}" for part in ("timing", "doseAndRate")),
        "MedicationRequest.dosageInstruction.doseAndRate.dose[x]",
    ]


VARIATIONS = (
    Variation(
        "PA-PROF-025.npi-begins-with-9",
        "National Provider Identifiers begin with 9; their check digit is right.",
        "US Core 6.1.0, invariants us-core-16 and us-core-17: ten digits and the Luhn check over 80840",
        records=lambda entries: stored("Organization", _nine_first, lambda r: "identifier" in r)(
            stored("Practitioner", _nine_first, lambda r: "identifier" in r)(entries)
        ),
        also=("PA-PROF-026",),
    ),
    Variation(
        "PA-PROF-001.own-profiles-too",
        "Every record also claims a profile of the payer's own.",
        "FHIR R4, Meta.profile (0..*): a resource may claim several profiles",
        records=stored("", _own_profile_too),
        also=("PA-PROF-002", "PA-PROF-007", "PA-PROF-008", "PA-PROF-009", "PA-PROF-018", "PA-DISC-017"),
    ),
    Variation(
        "PA-PROF-002.race-unknown",
        "A member's race is recorded as unknown.",
        "US Core 6.1.0, ValueSet omb-race-category: it includes UNK and ASKU",
        records=stored("Patient", _race_unknown),
        also=("PA-PROF-001",),
    ),
    Variation(
        "PA-PROF-020.below-detection",
        "Laboratory values are given as below a bound.",
        "FHIR R4, Quantity.comparator; US Core 6.1.0 us-core-observation-lab does not exclude it",
        records=stored(
            "Observation", _below, lambda resource: "valueQuantity" in resource and in_category("laboratory")(resource)
        ),
        also=("PA-PROF-026", "PA-REST-018"),
    ),
    Variation(
        "PA-PROF-026.local-code-too",
        "Problems carry the payer's own code beside the standard ones.",
        "FHIR R4, Terminologies, CodeableConcept: further codings are allowed beside one from the bound set",
        records=stored("Condition", _local_code_too),
        also=("PA-PROF-018", "PA-SRCH-033", "PA-SRCH-013"),
    ),
    Variation(
        "PA-PROF-026.ndc-ten-digits",
        "National Drug Codes have ten digits with hyphens.",
        "CARIN BB 2.1.0, example EOBPharmacy1 (0777-3105-02); the 11-digit form is in the notes only",
        records=stored("ExplanationOfBenefit", _drug_code("0777-3105-02"), is_kind("pharmacy")),
        also=("PA-PROF-014",),
        choices=("form of drug codes",),
    ),
    Variation(
        "PA-PROF-026.ndc-labeler-and-product",
        "National Drug Codes name labeler and product only.",
        "FHIR R4, Medication examples: NDC codes of two segments",
        records=stored("ExplanationOfBenefit", _drug_code("0777-3105"), is_kind("pharmacy")),
        also=("PA-PROF-014",),
        choices=("form of drug codes",),
    ),
    Variation(
        "PA-PROF-019.doses-in-words",
        "Prescriptions say the dose in words only.",
        "US Core 6.1.0 us-core-medicationrequest: dosageInstruction.timing and doseAndRate are 0..1 and 0..*",
        records=stored("MedicationRequest", _as_text_only, lambda resource: "dosageInstruction" in resource),
        fixtures=_promise_no_more,
        also=("PA-MS-007",),
    ),
)
