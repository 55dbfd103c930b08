"""What can be searched: one table, from which both the index and the capability statement are made.

The parameters are those that the server statements of US Core 6.1.0 (us-core-server), CARIN BB 2.1.0 (c4bb) and PDex
2.0.0 (pdex-server) name for the types served here. ``paths`` are element paths without the type; a path that ends in a
choice names the concrete element. ``system`` is the code system of elements that are bare codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["token", "date", "reference", "string"]
FHIR = "http://hl7.org/fhir"
US_CORE = f"{FHIR}/us/core/StructureDefinition"
C4BB = f"{FHIR}/us/carin-bb/StructureDefinition"
ASSERTED_DATE = "extension(http://hl7.org/fhir/StructureDefinition/condition-assertedDate).valueDateTime"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one type."""

    name: str
    kind: Kind
    paths: tuple[str, ...]
    system: str = ""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """What is served of one type. ``patient`` is the element that puts it into a member's compartment."""

    parameters: tuple[Parameter, ...]
    profiles: tuple[str, ...]
    patient: str = ""
    revincludes: tuple[str, ...] = ("Provenance:target",)
    operations: tuple[tuple[str, str], ...] = ()

    @property
    def includes(self) -> tuple[str, ...]:
        """The names of the reference parameters: each can be included."""
        return tuple(parameter.name for parameter in self.parameters if parameter.kind == "reference")

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def token(name: str, *paths: str, system: str = "") -> Parameter:
    """A token parameter; its path is its name unless given."""
    return Parameter(name, "token", paths or (name,), f"{FHIR}/{system}" if system else "")


def date(name: str, *paths: str) -> Parameter:
    """A date parameter."""
    return Parameter(name, "date", paths or (name,))


def reference(name: str, *paths: str) -> Parameter:
    """A reference parameter."""
    return Parameter(name, "reference", paths or (name,))


def string(name: str, *paths: str) -> Parameter:
    """A string parameter."""
    return Parameter(name, "string", paths or (name,))


COMMON = (token("_id", "id"), date("_lastUpdated", "meta.lastUpdated"))
SUBJECT = (reference("patient", "subject"), reference("subject"))
EVERYTHING = ("everything", f"{FHIR}/OperationDefinition/Patient-everything")
DOCREF = ("docref", f"{FHIR}/us/core/OperationDefinition/docref")
ADDRESS = tuple(
    string(f"address-{part.lower()}", f"address.{part}") for part in ("city", "state", "postalCode", "country")
)

TYPES: dict[str, ResourceType] = {
    "Patient": ResourceType(
        (
            *COMMON,
            token("identifier"),
            *(string("name"), string("family", "name.family"), string("given", "name.given")),
            *(token("gender", system="administrative-gender"), date("birthdate", "birthDate")),
            date("death-date", "deceasedDateTime"),
        ),
        (f"{US_CORE}/us-core-patient", f"{C4BB}/C4BB-Patient"),
        patient="id",
        operations=(EVERYTHING,),
    ),
    "Coverage": ResourceType(
        (
            *COMMON,
            *(reference("patient", "beneficiary"), reference("beneficiary"), reference("payor")),
            *(reference("subscriber"), reference("policy-holder", "policyHolder")),
            *(token("identifier"), token("status", system="fm-status"), token("type")),
        ),
        (
            f"{FHIR}/us/davinci-hrex/StructureDefinition/hrex-coverage",
            f"{US_CORE}/us-core-coverage",
            f"{C4BB}/C4BB-Coverage",
        ),
        patient="beneficiary",
    ),
    "ExplanationOfBenefit": ResourceType(
        (
            *COMMON,
            *(reference("patient"), reference("provider"), reference("care-team", "careTeam.provider")),
            *(reference("coverage", "insurance.coverage"), reference("insurer"), reference("payee", "payee.party")),
            *(token("identifier"), token("type"), token("use", system="claim-use")),
            token("status", system="explanationofbenefit-status"),
            *(date("created"), date("service-date", "billablePeriod", "item.servicedDate", "item.servicedPeriod")),
            date("service-start-date", "billablePeriod.start", "item.servicedDate", "item.servicedPeriod.start"),
            date("billable-period-start", "billablePeriod.start"),
        ),
        (
            f"{C4BB}/C4BB-ExplanationOfBenefit-Inpatient-Institutional",
            f"{C4BB}/C4BB-ExplanationOfBenefit-Outpatient-Institutional",
            f"{C4BB}/C4BB-ExplanationOfBenefit-Professional-NonClinician",
            f"{C4BB}/C4BB-ExplanationOfBenefit-Oral",
            f"{C4BB}/C4BB-ExplanationOfBenefit-Pharmacy",
            f"{FHIR}/us/davinci-pdex/StructureDefinition/pdex-priorauthorization",
        ),
        patient="patient",
    ),
    "Condition": ResourceType(
        (
            *COMMON,
            *SUBJECT,
            *(token("category"), token("clinical-status", "clinicalStatus"), token("code")),
            *(date("onset-date", "onsetDateTime", "onsetPeriod"), date("recorded-date", "recordedDate")),
            *(date("abatement-date", "abatementDateTime", "abatementPeriod"), date("asserted-date", ASSERTED_DATE)),
            reference("encounter"),
        ),
        (
            f"{US_CORE}/us-core-condition-problems-health-concerns",
            f"{US_CORE}/us-core-condition-encounter-diagnosis",
        ),
        patient="subject",
    ),
    "MedicationRequest": ResourceType(
        (
            *COMMON,
            *SUBJECT,
            *(token("status", system="CodeSystem/medicationrequest-status"),),
            *(token("intent", system="CodeSystem/medicationrequest-intent"), date("authoredon", "authoredOn")),
            *(reference("encounter"), reference("medication", "medicationReference"), reference("requester")),
        ),
        (f"{US_CORE}/us-core-medicationrequest",),
        patient="subject",
    ),
    "Observation": ResourceType(
        (
            *COMMON,
            *SUBJECT,
            *(token("category"), token("code"), token("status", system="observation-status")),
            *(date("date", "effectiveDateTime", "effectivePeriod", "effectiveInstant"), reference("encounter")),
            *(reference("performer"), reference("specimen")),
        ),
        (
            f"{US_CORE}/us-core-observation-lab",
            *(f"{US_CORE}/us-core-{name}" for name in ("blood-pressure", "body-weight", "body-height", "heart-rate")),
            f"{US_CORE}/us-core-smokingstatus",
        ),
        patient="subject",
    ),
    "DocumentReference": ResourceType(
        (
            *COMMON,
            *SUBJECT,
            *(token("category"), token("type"), token("status", system="document-reference-status")),
            *(date("date"), date("period", "context.period"), token("identifier"), reference("author")),
            *(reference("custodian"), reference("encounter", "context.encounter")),
        ),
        (f"{US_CORE}/us-core-documentreference",),
        patient="subject",
        operations=(DOCREF,),
    ),
    "AllergyIntolerance": ResourceType(
        (*COMMON, reference("patient"), token("clinical-status", "clinicalStatus"), token("code")),
        (f"{US_CORE}/us-core-allergyintolerance",),
        patient="patient",
    ),
    "Immunization": ResourceType(
        (
            *COMMON,
            *(reference("patient"), date("date", "occurrenceDateTime"), token("vaccine-code", "vaccineCode")),
            token("status", system="event-status"),
        ),
        (f"{US_CORE}/us-core-immunization",),
        patient="patient",
    ),
    "Procedure": ResourceType(
        (
            *COMMON,
            *SUBJECT,
            *(date("date", "performedDateTime", "performedPeriod"), token("code"), reference("encounter")),
            token("status", system="event-status"),
        ),
        (f"{US_CORE}/us-core-procedure",),
        patient="subject",
    ),
    "Encounter": ResourceType(
        (
            *COMMON,
            *SUBJECT,
            *(token("class"), date("date", "period"), token("identifier"), token("type")),
            *(token("status", system="encounter-status"), reference("location", "location.location")),
            token("discharge-disposition", "hospitalization.dischargeDisposition"),
            *(reference("participant", "participant.individual"), reference("service-provider", "serviceProvider")),
        ),
        (f"{US_CORE}/us-core-encounter",),
        patient="subject",
    ),
    "Specimen": ResourceType(
        (*COMMON, *SUBJECT, token("type")),
        (f"{US_CORE}/us-core-specimen",),
        patient="subject",
        revincludes=(),
    ),
    "RelatedPerson": ResourceType(
        (*COMMON, reference("patient"), string("name"), token("relationship")),
        (f"{US_CORE}/us-core-relatedperson", f"{C4BB}/C4BB-RelatedPerson"),
        patient="patient",
    ),
    "Provenance": ResourceType(
        (*COMMON, reference("target"), reference("agent", "agent.who"), date("recorded")),
        (f"{US_CORE}/us-core-provenance",),
        patient="target",
        revincludes=(),
    ),
    "Organization": ResourceType(
        (*COMMON, string("name", "name", "alias"), string("address"), token("identifier"), *ADDRESS),
        (f"{US_CORE}/us-core-organization", f"{C4BB}/C4BB-Organization"),
        revincludes=(),
    ),
    "Practitioner": ResourceType(
        (*COMMON, string("name"), token("identifier")),
        (f"{US_CORE}/us-core-practitioner", f"{C4BB}/C4BB-Practitioner"),
        revincludes=(),
    ),
    "PractitionerRole": ResourceType(
        (
            *COMMON,
            token("specialty"),
            reference("practitioner"),
            reference("organization"),
            reference("location"),
            reference("endpoint"),
        ),
        (f"{US_CORE}/us-core-practitionerrole",),
        revincludes=(),
    ),
    "Location": ResourceType(
        (
            *COMMON,
            *(string("name", "name", "alias"), string("address"), *ADDRESS),
            reference("organization", "managingOrganization"),
        ),
        (f"{US_CORE}/us-core-location",),
        revincludes=(),
    ),
    "Endpoint": ResourceType(
        (*COMMON, string("name"), token("connection-type", "connectionType")),
        (),
        revincludes=(),
    ),
    "Medication": ResourceType(
        (*COMMON, token("code")),
        (f"{US_CORE}/us-core-medication",),
        revincludes=(),
    ),
}
"""Types that can be searched and read, in the order of the documentation."""

CARE_DATES: dict[str, tuple[str, ...]] = {
    "ExplanationOfBenefit": ("billablePeriod", "item.servicedDate", "item.servicedPeriod"),
    "Coverage": ("period",),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "MedicationRequest": ("authoredOn",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    "DocumentReference": ("context.period", "date"),
    "AllergyIntolerance": ("onsetDateTime", "recordedDate"),
    "Immunization": ("occurrenceDateTime",),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "Encounter": ("period",),
    "Specimen": ("collection.collectedDateTime",),
}
"""When the care happened that a record is about: what `start` and `end` of `$everything` look at."""
