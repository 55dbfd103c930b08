"""The capability statement: what is served, from the tables that serve it (R4 CapabilityStatement)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.answer import document
from conformance.reference.fhir.parameters import FHIR, TYPES, ResourceType
from conformance.reference.steps import step

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
INTERACTIONS = ("read", "vread", "history-instance", "search-type")
INSTANTIATES = (
    f"{FHIR}/us/core/CapabilityStatement/us-core-server",
    f"{FHIR}/us/carin-bb/CapabilityStatement/c4bb",
)


def metadata(call: Call) -> Response:
    """GET [base]/metadata: public, and the same for everybody."""
    return document(call, capability_statement(call.tenant), headers={"Cache-Control": "public, max-age=60"})


@step
def capability_statement(tenant: Tenant) -> dict[str, Any]:
    """The statement."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "payer",
        "url": f"{tenant.fhir_base}/metadata",
        "version": "1.0.0",
        "name": "ReferencePayer",
        "title": tenant.behaviour.title,
        "status": "active",
        "date": "2026-01-01",
        "publisher": "Patient Access conformance harness",
        "kind": "instance",
        "instantiates": list(INSTANTIATES),
        "software": {"name": "Reference payer"},
        "implementation": {"description": "Synthetic members only", "url": tenant.fhir_base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "implementationGuide": [
            f"{FHIR}/us/core/ImplementationGuide/hl7.fhir.us.core|6.1.0",
            f"{FHIR}/us/carin-bb/ImplementationGuide/hl7.fhir.us.carin-bb|2.1.0",
        ],
        "rest": [
            {
                "mode": "server",
                "security": security(tenant),
                "resource": [resource(tenant, type_name, served) for type_name, served in TYPES.items()] + [_binary()],
            }
        ],
    }


@step
def security(tenant: Tenant) -> dict[str, Any]:
    """SMART on FHIR, and where (deprecated since SMART 2.0, still read by older apps)."""
    uris = [{"url": name, "valueUri": tenant.endpoint(name)} for name in ("authorize", "token", "register")]
    return {
        "extension": [{"url": OAUTH_URIS, "extension": uris}],
        "cors": True,
        "service": [{"coding": [{"system": SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
    }


@step
def resource(tenant: Tenant, type_name: str, served: ResourceType) -> dict[str, Any]:  # noqa: ARG001
    """What is said about one type."""
    described: dict[str, Any] = {
        "type": type_name,
        "supportedProfile": list(served.profiles),
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "conditionalRead": "full-support",
        "referencePolicy": ["literal", "resolves", "local"],
        "searchInclude": [*(f"{type_name}:{name}" for name in served.includes), f"{type_name}:*"]
        if served.includes
        else [],
        "searchRevInclude": list(served.revincludes),
        "searchParam": [{"name": each.name, "type": each.kind} for each in served.parameters],
        "operation": [{"name": name, "definition": definition} for name, definition in served.operations],
    }
    return {name: value for name, value in described.items() if value != []}


def _binary() -> dict[str, Any]:
    return {"type": "Binary", "interaction": [{"code": "read"}]}
