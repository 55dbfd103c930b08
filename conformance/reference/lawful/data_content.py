"""Lawful variations of data content: states, amounts and classes that the rules allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference import documentation
from conformance.reference.authorization import scopes
from conformance.reference.authorization.scopes import PATIENT_ACCESS_TYPES
from conformance.reference.faults.deviations import coded, dropped, edited, forgotten, served, stored
from conformance.reference.faults.profile_deviations import is_authorization, is_kind
from conformance.reference.fhir import answer, capability, server
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import FHIR, TYPES
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.fhir.store import Entry
    from conformance.reference.lawful.variation import Manifest
    from conformance.reference.steps import Step

Resource = dict[str, Any]

EOB = "ExplanationOfBenefit"
_STATES = "FHIR R4, ExplanationOfBenefit.status and outcome, required bindings; CARIN BB 2.1.0, examples with partial"
CLINICAL = (
    *("Condition", "MedicationRequest", "Observation", "AllergyIntolerance", "Immunization", "Procedure"),
    *("Encounter", "Specimen", "Medication"),
)
_CLINICAL_CLASSES = (
    *("allergies", "encounters", "health-status", "immunizations", "laboratory", "medications", "problems"),
    *("procedures", "vital-signs"),
)


def _claim(resource: Resource) -> bool:
    return bool(resource["use"] == "claim")


def _reviewed(resource: Resource, *codes: str) -> bool:
    """Whether a review action of an authorization has one of these codes."""
    places = [resource, *resource.get("item", [])]
    extensions = [
        part
        for place in places
        for entry in place.get("adjudication", [])
        for each in entry.get("extension", [])
        for part in each.get("extension", [])
    ]
    return any(coded(each.get("valueCodeableConcept"), *codes) for each in extensions)


def _without_ingredients(resource: Resource) -> None:
    """The eligible amount of a pharmacy claim is the sum of its parts, less than what was submitted."""
    for place in [resource, *resource["item"]]:
        for entry in [*place.get("adjudication", []), *place.get("total", [])]:
            if "amount" in entry and coded(entry["category"], "submitted"):
                entry["amount"] = {**entry["amount"], "value": round(entry["amount"]["value"] + 20, 2)}


def _more_submitted(manifest: Manifest) -> None:
    """What was submitted for pharmacy claims is twenty dollars more."""
    for member in manifest["members"].values():
        for facts in member["resources"].get(EOB, []):
            if facts.get("kind") == "pharmacy":
                facts["amounts"] = facts["amounts"] | {"submitted": round(facts["amounts"]["submitted"] + 20, 2)}


def _point_in_time(resource: Resource) -> None:
    """Coverages are referred to in the version that was in force."""
    for insurance in resource["insurance"]:
        insurance["coverage"]["reference"] += "/_history/1"


def _no_clinical(entries: list[Entry]) -> list[Entry]:
    kept = [entry for entry in entries if entry.resource["resourceType"] not in CLINICAL]
    return stored("Provenance", _only_kept_targets)(
        dropped("Provenance", lambda r: all(_clinical(each) for each in r["target"]))(kept)
    )


def _clinical(reference: Resource) -> bool:
    return str(reference["reference"]).partition("/")[0] in CLINICAL


def _only_kept_targets(resource: Resource) -> None:
    resource["target"] = [each for each in resource["target"] if not _clinical(each)]


def _not_a_type(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if type_name in CLINICAL:
        raise FhirError(404, "not-supported", "There is no such resource type here.")
    return original(call, type_name, rest)


def _no_scope(original: Step, tenant: Any, word: str) -> str:
    text = str(original(tenant, word))
    return "" if text.partition("/")[2].partition(".")[0] in CLINICAL else text


def _unlisted(words: list[str]) -> list[str]:
    return [each for each in words if each.partition("/")[2].partition(".")[0] not in CLINICAL]


def _undeclared(statement: Resource) -> None:
    rest = statement["rest"][0]
    rest["resource"] = [each for each in rest["resource"] if each["type"] not in CLINICAL]
    for each in rest["resource"]:
        each["searchInclude"] = [name for name in each.get("searchInclude", []) if ":encounter" not in name]
        if not each["searchInclude"]:
            del each["searchInclude"]


def _rows_of_claims(html: str) -> str:
    """A documented table without the rows of clinical types."""
    head, *rows = html.split("<tr>")
    return "<tr>".join([head, *(row for row in rows if not any(f"{name}" in row for name in CLINICAL))])


def _claims_manifest(manifest: Manifest) -> None:
    manifest["data_classes"] = [each for each in manifest["data_classes"] if each not in _CLINICAL_CLASSES]
    for member in manifest["members"].values():
        for group in ("resources", "deleted", "withheld"):
            for type_name in CLINICAL:
                member.get(group, {}).pop(type_name, None)
    for type_name in CLINICAL:
        for url in TYPES[type_name].profiles:
            manifest["must_support"].pop(url, None)


def _no_authorizations(manifest: Manifest) -> None:
    for member in manifest["members"].values():
        kept = [each for each in member["resources"].get(EOB, []) if each.get("kind") != "authorization"]
        member["resources"][EOB] = kept
        if not kept:
            del member["resources"][EOB]
    manifest["must_support"].pop(f"{FHIR}/us/davinci-pdex/StructureDefinition/pdex-priorauthorization", None)


_OFFERED = {
    "offered": dict.fromkeys(CLINICAL[:6], False)
    | dict.fromkeys([*PATIENT_ACCESS_TYPES[:3], "DocumentReference"], True),
    "deployment.maintained_data_classes": [
        *("clinical-notes", "demographics", "documents", "health-insurance", "provenance"),
    ],
    "scopes.optional": [
        *("patient/DocumentReference.read", "patient/Organization.read", "patient/Practitioner.read"),
        *("patient/PractitionerRole.read", "patient/Location.read", "patient/RelatedPerson.read"),
        "patient/Provenance.read",
    ],
    "documentation.preset": "",
}

VARIATIONS = (
    Variation(
        "PA-DATA-013.outcome-partial",
        "Dental and pharmacy claims have outcome partial.",
        _STATES,
        records=stored(EOB, lambda resource: resource | {"outcome": "partial"}, is_kind("oral", "pharmacy")),
        rows={"PA-DATA-013": "advisory"},
        also=("PA-DATA-001", "PA-PROF-007"),
    ),
    Variation(
        "PA-DATA-013.entered-in-error",
        "A claim that was replaced or reversed has status entered-in-error.",
        _STATES,
        records=stored(
            EOB,
            lambda resource: resource | {"status": "entered-in-error"},
            lambda resource: _claim(resource) and resource["status"] == "cancelled",
        ),
        rows={"PA-DATA-013": "advisory"},
        also=("PA-DATA-001", "PA-DATA-012", "PA-PROF-007"),
    ),
    Variation(
        "PA-DATA-013.eligible-by-parts",
        "For pharmacy claims the eligible amount is below the submitted one without a discount or a noncovered amount.",
        "CARIN BB 2.1.0, pharmacy: eligible is ingredient cost, dispensing fee, sales tax and vaccine fee",
        records=stored(EOB, _without_ingredients, is_kind("pharmacy")),
        fixtures=_more_submitted,
        also=("PA-DATA-002", "PA-PROF-014", "PA-PROF-016"),
    ),
    Variation(
        "PA-DATA-014.coverage-with-version",
        "Claims refer to the version of the coverage that was in force.",
        "CARIN BB 2.1.0, CapabilityStatement c4bb, ExplanationOfBenefit: references may be versioned",
        {answer.outgoing: served(EOB, _point_in_time)},
        also=("PA-REST-019", "PA-SRCH-027", "PA-SRCH-029", "PA-EVRY-009", "PA-PROF-006"),
        choices=("whether versions are kept",),
    ),
    Variation(
        "PA-DATA-005.pended-partial",
        "A pended authorization has outcome partial and review action A4.",
        "FHIR R4, ExplanationOfBenefit.outcome; 42 CFR 422.119(b)(1)(iv): the status, without a prescribed element",
        records=stored(
            EOB,
            lambda resource: resource | {"outcome": "partial"},
            lambda resource: is_authorization(resource) and resource["outcome"] == "queued",
        ),
        also=("PA-DATA-006", "PA-DATA-010", "PA-PROF-017"),
    ),
    Variation(
        "PA-DATA-005.certified-queued",
        "An approved authorization has outcome queued and review action A1.",
        "PDex 2.0.0, example PDexPriorAuth1: outcome queued beside an approval",
        records=stored(
            EOB,
            lambda resource: resource | {"outcome": "queued"},
            lambda resource: is_authorization(resource) and _reviewed(resource, "A1"),
        ),
        also=("PA-DATA-006", "PA-DATA-007", "PA-DATA-010", "PA-PROF-017"),
    ),
    Variation(
        "PA-DATA-005.before-its-rating-period",
        "A Medicaid managed care plan whose rating period starts in October 2027 serves no prior authorizations yet.",
        "42 CFR 438.242(b)(5): from the first rating period that begins on or after 2027-01-01",
        records=forgotten(EOB, is_authorization),
        fixtures=_no_authorizations,
        target={"deployment.payer_type": "medicaid-managed-care", "deployment.rating_period_start": "2027-10-01"},
        also=("PA-DATA", "PA-PROF-017", "PA-MS-008", "PA-SRCH-030", "PA-REST-019"),
        choices=("kind of payer",),
    ),
    Variation(
        "PA-DATA-004.claims-only",
        "The payer maintains no clinical data: it serves members, coverages, claims and their documents.",
        "42 CFR 422.119(b)(1)(iii): clinical data, if the organization maintains any such data",
        {
            server.instance: _not_a_type,
            scopes.resource_scope_text: _no_scope,
            scopes.supported: edited(_unlisted),
            capability.capability_statement: edited(_undeclared),
            documentation.scope_table: edited(_rows_of_claims),
            documentation.endpoint_table: edited(_rows_of_claims),
            documentation.profile_table: edited(_rows_of_claims),
        },
        records=_no_clinical,
        fixtures=_claims_manifest,
        target=_OFFERED,
        also=("PA-SRCH", "PA-SCOP", "PA-PROF", "PA-DISC-010", "PA-DISC-016", "PA-MS", "PA-DOC-005"),
        rows={"PA-MS-003": "undecided", "PA-MS-004": "undecided"},
        choices=("kind of payer",),
    ),
)
