"""The network: the plan, providers, places and products. They belong to no member, so every member may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.fhir.parameters import C4BB, US_CORE
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart

ORGANIZATION = (f"{US_CORE}/us-core-organization", f"{C4BB}/C4BB-Organization|2.1.0")
PRACTITIONER = (f"{US_CORE}/us-core-practitioner", f"{C4BB}/C4BB-Practitioner|2.1.0")


@dataclass(frozen=True, slots=True)
class Network:
    """References to what every record may point to, as ``Type/id``."""

    plan: str
    hospital: str
    clinic: str
    laboratory: str
    pharmacy: str
    dental: str
    internist: str
    surgeon: str
    dentist: str
    pediatrician: str
    internist_role: str
    clinic_site: str
    hospital_site: str
    metformin: str
    albuterol: str
    ambulance: str


def network(chart: Chart) -> Network:
    """Write the network into a chart of nobody."""
    plan = _plan(chart)
    hospital = _organization(chart, "hospital", "Saltmarsh Regional Hospital", "104275531", "40-1187302", "281PC2000X")
    clinic = _organization(chart, "clinic", "Harborview Internal Medicine", "117284406", "40-2290118", "193200000X")
    internist = _practitioner(chart, "internist", ("Priya", "S."), "Raman", "138520447", "Dr.", "MD")
    clinic_site = _location(chart, "clinic-site", "Harborview Internal Medicine, Pier Street", clinic)
    return Network(
        plan=plan,
        hospital=hospital,
        clinic=clinic,
        laboratory=_organization(
            chart, "laboratory", "Tidewater Laboratories", "120384475", "40-3301982", "291U00000X"
        ),
        pharmacy=_organization(chart, "pharmacy", "Gull Street Pharmacy", "145503928", "40-5518830", "3336C0003X"),
        dental=_organization(chart, "dental", "Bright Cove Dental", "150284419", "40-7729015", "1223G0001X"),
        internist=internist,
        surgeon=_practitioner(chart, "surgeon", ("Tomasz",), "Wójcik", "162049385", "Dr.", "MD"),
        dentist=_practitioner(chart, "dentist", ("Leilani",), "Kahale", "170394482", "Dr.", "DDS"),
        pediatrician=_practitioner(chart, "pediatrician", ("Samuel",), "Etienne", "184402937", "Dr.", "MD"),
        internist_role=_role(chart, internist, clinic, clinic_site),
        clinic_site=clinic_site,
        hospital_site=_location(chart, "hospital-site", "Saltmarsh Regional Hospital, main building", hospital),
        metformin=_medication(chart, "metformin", "860975", "metformin 500 mg, extended release"),
        ambulance=_organization(chart, "ambulance", "Port Ellery Ambulance", "190284471", "40-8820173", "341600000X"),
        albuterol=_medication(chart, "albuterol", "745752", "albuterol inhaler, 90 micrograms a puff"),
    )


def _plan(chart: Chart) -> str:
    payer_id = el.concept(f"{el.CARIN}/C4BBIdentifierType", "payerid")
    naic = el.concept(f"{el.CARIN}/C4BBIdentifierType", "naiccode")
    identifiers = [
        el.identifier(f"{el.PLAN_IDS}/payer", "HX001", payer_id),
        el.identifier(el.NAIC, "95216", naic),
    ]
    return _add_organization(chart, "plan", "Harbor Health Plan", identifiers, "pay", "401-555-0100")


def _organization(chart: Chart, slug: str, name: str, number: str, tax: str, taxonomy: str) -> str:  # noqa: PLR0917
    npi = el.concept(el.IDENTIFIER_TYPE, "NPI")
    identifiers = [el.identifier(el.NPI, el.npi(number), npi), _tax(tax)]
    return _add_organization(chart, slug, name, identifiers, "prov", "401-555-0120", el.concept(el.TAXONOMY, taxonomy))


def _tax(value: str) -> el.Element:
    return el.identifier(el.TAX_ID, value, el.concept(el.IDENTIFIER_TYPE, "TAX"))


def _add_organization(  # noqa: PLR0917
    chart: Chart,
    slug: str,
    name: str,
    identifiers: list[el.Element],
    kind: str,
    phone: str,
    more: el.Element | None = None,
) -> str:
    types = [el.concept(f"{el.TERMINOLOGY}/organization-type", kind), *([more] if more else [])]
    resource = {
        "resourceType": "Organization",
        "identifier": identifiers,
        "active": True,
        "type": types,
        "name": name,
        "telecom": [{"system": "phone", "value": phone, "use": "work"}],
        "address": [el.address("12 Pier Street", "Port Ellery", "RI", "02840")],
    }
    return chart.add(slug, -420, ORGANIZATION, resource)


def _practitioner(  # noqa: PLR0917
    chart: Chart, slug: str, given: tuple[str, ...], family: str, number: str, prefix: str, suffix: str
) -> str:
    resource = {
        "resourceType": "Practitioner",
        "identifier": [
            el.identifier(el.NPI, el.npi(number), el.concept(el.IDENTIFIER_TYPE, "NPI")),
            _tax(f"{number[:2]}-{number[2:]}"),
        ],
        "active": True,
        "name": [{"family": family, "given": list(given), "prefix": [prefix], "suffix": [suffix]}],
        "telecom": [{"system": "phone", "value": "401-555-0133", "use": "work"}],
        "address": [el.address("12 Pier Street", "Port Ellery", "RI", "02840")],
    }
    return chart.add(slug, -400, PRACTITIONER, resource)


def _role(chart: Chart, practitioner: str, organization: str, location: str) -> str:
    resource = {
        "resourceType": "PractitionerRole",
        "active": True,
        "practitioner": el.reference(practitioner),
        "organization": el.reference(organization),
        "code": [el.concept(el.TAXONOMY, "207R00000X")],
        "specialty": [el.concept(el.TAXONOMY, "207R00000X", "Internal medicine")],
        "location": [el.reference(location)],
        "endpoint": [el.reference(_endpoint(chart, organization))],
        "telecom": [{"system": "phone", "value": "401-555-0133", "use": "work"}],
    }
    return chart.add("internist", -400, (f"{US_CORE}/us-core-practitionerrole",), resource)


def _endpoint(chart: Chart, organization: str) -> str:
    direct = el.coding(f"{el.TERMINOLOGY}/endpoint-connection-type", "direct-project")
    resource = {
        "resourceType": "Endpoint",
        "status": "active",
        "connectionType": direct,
        "name": "Secure mail of the clinic",
        "managingOrganization": el.reference(organization),
        "payloadType": [el.concept(f"{el.TERMINOLOGY}/endpoint-payload-type", "any")],
        "address": "mailto:office@direct.harborview.example",
    }
    return chart.add("clinic-mail", -400, (), resource)


def _location(chart: Chart, slug: str, name: str, organization: str) -> str:
    resource = {
        "resourceType": "Location",
        "status": "active",
        "name": name,
        "telecom": [{"system": "phone", "value": "401-555-0150", "use": "work"}],
        "address": el.address("12 Pier Street", "Port Ellery", "RI", "02840"),
        "managingOrganization": el.reference(organization),
    }
    return chart.add(slug, -410, (f"{US_CORE}/us-core-location",), resource)


def _medication(chart: Chart, slug: str, code: str, text: str) -> str:
    resource = {"resourceType": "Medication", "code": el.concept(el.RXNORM, code, text), "status": "active"}
    return chart.add(slug, -410, (f"{US_CORE}/us-core-medication",), resource)
