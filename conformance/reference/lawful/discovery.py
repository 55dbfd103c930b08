"""Lawful variations of discovery: SMART and OpenID configuration, key set, capability statement."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from joserfc.jwk import ECKey

from conformance.reference.authorization import discovery, scopes, server
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.fhir import capability, query
from conformance.reference.fhir import server as fhir_server
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import C4BB, FHIR, US_CORE
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step

SMART_PATH = (".well-known", "smart-configuration")
_FURTHER = (
    f"{FHIR}/us/mcode/StructureDefinition/mcode-cancer-patient",
    "https://harborplan.example/fhir/StructureDefinition/member",
)
_WILDCARDS = [f"{context}/*.{access}" for context in ("patient", "user") for access in ("read", "rs")]
_STATUS = {
    "fm-status": ("active", "cancelled", "draft", "entered-in-error"),
    "explanationofbenefit-status": ("active", "cancelled", "draft", "entered-in-error"),
    "medicationrequest-status": (
        *("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"),
    ),
    "observation-status": (
        *("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"),
    ),
    "document-reference-status": ("current", "superseded", "entered-in-error"),
    "event-status": (
        *("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"),
    ),
    "encounter-status": (
        *("planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error"),
        "unknown",
    ),
}


def _type_edited(name: str, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Step:
    return edited(lambda described: edit(described) if described["type"] == name else described)


def _known_status_only(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    """A status that is not of the required value set cannot be right."""
    wanted = original(call, parameter, modifier, value)
    known = _STATUS.get(parameter.system.rpartition("/")[2], ()) if parameter.name == "status" else ()
    for each in wanted.values if known and modifier in ("", "not") else ():
        if each.rpartition("|")[2] not in known:
            raise FhirError(400, "invalid", f"{each[:40]!r} is not a status.")
    return wanted


def _second_kind_of_key(document: dict[str, Any]) -> dict[str, Any]:
    """A key for another algorithm under the kid of the first: two ways to the same end."""
    key = ECKey.generate_key("P-256", private=True).as_dict(private=False)
    return {"keys": [*document["keys"], {**key, "kid": document["keys"][0]["kid"], "use": "sig", "alg": "ES256"}]}


def _all_addresses(security: dict[str, Any]) -> dict[str, Any]:
    """The security of the capability statement with every address that oauth-uris has a part for."""
    (uris,) = security["extension"]
    base = uris["extension"][0]["valueUri"].rpartition("/")[0]
    more = [{"url": name, "valueUri": f"{base}/{name}"} for name in ("introspect", "revoke")]
    return security | {"extension": [uris | {"extension": [*uris["extension"], *more]}]}


def _network_path(name: str) -> Step:
    return edited(lambda document: document | {name: document[name].removeprefix("https:")})


def _labelled(content_type: str) -> Step:
    def replacement(original: Step, call: Any, path: tuple[str, ...]) -> Any:
        response = original(call, path)
        if path == SMART_PATH:
            response.headers["Content-Type"] = content_type
        return response

    return replacement


def _marked(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    response = original(call, path)
    if path == SMART_PATH:
        response.body = codecs.BOM_UTF8 + response.body
        response.headers["Content-Length"] = str(len(response.body))
    return response


def _without_profiles(described: dict[str, Any]) -> dict[str, Any]:
    """A type of the capability statement without supportedProfile."""
    return {name: value for name, value in described.items() if name != "supportedProfile"}


def _versioned(url: str) -> str:
    version = {US_CORE: "6.1.0", C4BB: "2.1.0"}.get(url.rpartition("/")[0])
    return f"{url}|{version}" if version else url


def _other_profiles(edit: Callable[[list[str]], list[str]]) -> Step:
    """For `capability.resource`: other supported profiles, where there are any."""
    return edited(
        lambda described: (
            described | {"supportedProfile": edit(described["supportedProfile"])}
            if "supportedProfile" in described
            else described
        )
    )


VARIATIONS = (
    Variation(
        "PA-DISC-017.two-coverage-profiles",
        "Coverage declares C4BB-Coverage and us-core-coverage, and not hrex-coverage.",
        "US Core 6.1.0 and CARIN BB 2.1.0, server CapabilityStatements: each asks for its own profile",
        {
            capability.resource: _type_edited(
                "Coverage",
                lambda described: (
                    described
                    | {"supportedProfile": [url for url in described["supportedProfile"] if "hrex" not in url]}
                ),
            )
        },
    ),
    Variation(
        "PA-DISC-017.further-profiles",
        "Patient declares profiles of further publishers as well.",
        "FHIR R4, CapabilityStatement.rest.resource.supportedProfile (0..*)",
        {
            capability.resource: _type_edited(
                "Patient",
                lambda described: described | {"supportedProfile": [*described["supportedProfile"], *_FURTHER]},
            )
        },
    ),
    Variation(
        "PA-DISC-017.with-versions",
        "Supported profiles of US Core and CARIN name the version of the guide.",
        "FHIR R4, Datatypes, canonical: a canonical may end with | and a version",
        {capability.resource: _other_profiles(lambda urls: [_versioned(url) for url in urls])},
        also=("PA-OPS-001", "PA-DOC-005"),
    ),
    Variation(
        "PA-DISC-018.with-versions",
        "instantiates names the versions of the server statements.",
        "FHIR R4, Datatypes, canonical: a canonical may end with | and a version",
        {
            capability.capability_statement: edited(
                lambda d: d | {"instantiates": [f"{d['instantiates'][0]}|6.1.0", f"{d['instantiates'][1]}|2.1.0"]}
            )
        },
    ),
    Variation(
        "PA-DISC-018.carin-only",
        "instantiates names the server statement of CARIN and not that of US Core.",
        "US Core 7.0.0, General Requirements: instantiates is a SHOULD; 6.1.0 is silent in what was read",
        {capability.capability_statement: edited(lambda d: d | {"instantiates": [d["instantiates"][1]]})},
        rows={"PA-DISC-018": "advisory"},
    ),
    Variation(
        "PA-DISC-017.claims-undeclared",
        "ExplanationOfBenefit names no supportedProfile.",
        "CARIN BB 2.1.0, c4bb: profiles are listed without the demand that supportedProfile names them",
        {capability.resource: _type_edited("ExplanationOfBenefit", _without_profiles)},
        rows={"PA-DISC-017": "advisory", "PA-DOC-005": "advisory"},
    ),
    Variation(
        "PA-DISC-001.byte-order-mark",
        "The SMART configuration begins with a byte order mark.",
        "RFC 8259 8.1: receivers may ignore a byte order mark",
        {fhir_server.dispatch: _marked},
        rows={"PA-DISC-001": "advisory", "PA-DISC-002": "advisory"},
    ),
    Variation(
        "PA-DISC-015.short-format",
        "The capability statement lists the format as json.",
        "FHIR R4, CapabilityStatement.format: a MIME type or one of the short names of _format",
        {capability.capability_statement: with_members(format=["json"])},
    ),
    Variation(
        "PA-DISC-015.introspection-address",
        "The capability statement repeats the addresses of introspection and revocation too.",
        "SMART App Launch 2.0.0, Conformance, and HL7's smart-app-launch, extension oauth-uris: introspect and revoke",
        {capability.security: edited(_all_addresses)},
        also=("PA-DISC-019",),
    ),
    Variation(
        "PA-DISC-019.no-oauth-uris",
        "The capability statement does not repeat the addresses of the authorization server.",
        "SMART App Launch 2.0.0, Conformance: declaring them in the CapabilityStatement is deprecated",
        {capability.security: without("extension")},
        rows={"PA-DISC-019": "advisory"},
    ),
    Variation(
        "PA-DISC-020.unknown-status-refused",
        "A status that is not in its required value set is refused with 400.",
        "US Core 6.1.0, CapabilityStatement us-core-server: 400 for an invalid parameter",
        {query.criterion: _known_status_only},
        also=("PA-SRCH-006", "PA-SRCH-011", "PA-SRCH-018", "PA-SRCH-036"),
    ),
    Variation(
        "PA-DISC-022.kid-of-two-kinds",
        "The key set has two keys of different kty with the same kid.",
        "RFC 7517 4.5: keys of different kty may share a kid where the application sees them as equivalent",
        {discovery.key_set: edited(_second_kind_of_key)},
        also=("PA-IDEN-001",),
        choices=("key set",),
    ),
    Variation(
        "PA-DISC-022.kid-twice",
        "The key set has the same key twice under one kid.",
        "RFC 7517 4.5: different keys should use distinct kid values",
        {discovery.key_set: edited(lambda document: {"keys": [*document["keys"], document["keys"][0]]})},
        rows={"PA-DISC-022": "advisory"},
        also=("PA-IDEN-001",),
        choices=("key set",),
    ),
    Variation(
        "PA-DISC-009.network-path",
        "Under SMART 2.0.0 the management endpoint is a relative reference.",
        "SMART App Launch 2.0.0, metadata: URLs; that they are absolute is a sentence of 2.1.0. RFC 3986 4.2",
        {discovery.smart_configuration: _network_path("management_endpoint")},
        target={"deployment.smart_version": "2.0.0"},
        also=("PA-DISC-012",),
    ),
    Variation(
        "PA-DISC-010.wildcards-only",
        "scopes_supported lists wildcards, and no type by name.",
        "SMART App Launch 2.2.0, Scopes, wildcard scopes; metadata scopes_supported: further scopes may be supported",
        {scopes.supported: edited(lambda words: [each for each in words if "." not in each] + _WILDCARDS)},
        rows={"PA-DISC-010": "advisory"},
        also=("PA-DISC-011", "PA-SCOP-019", "PA-SCOP-020", "PA-DOC-005"),
        choices=("scopes_supported",),
    ),
    Variation(
        "PA-DISC-010.not-exhaustive",
        "Coverage scopes are granted and not listed in scopes_supported.",
        "SMART App Launch 2.2.0, metadata scopes_supported: additional scopes may be supported",
        {scopes.supported: edited(lambda words: [each for each in words if "/Coverage." not in each])},
        rows={"PA-DISC-010": "advisory"},
        also=("PA-DISC-011", "PA-SCOP-003", "PA-DOC-005"),
        choices=("scopes_supported",),
    ),
    Variation(
        "PA-DISC-012.more-members",
        "The SMART configuration has members that no document defines.",
        "RFC 8414 section 2: additional metadata parameters may be used",
        {discovery.smart_configuration: with_members(x_environment="member-portal", service_hours=["00:00-24:00"])},
        also=("PA-DISC-001", "PA-DISC-013", "PA-DISC-023"),
    ),
    Variation(
        "PA-DISC-002.with-charset",
        "The SMART configuration is labelled application/json; charset=utf-8.",
        "RFC 9110 8.3.1 and RFC 8259 section 11: parameters do not change the media type",
        {fhir_server.dispatch: _labelled("application/json; charset=utf-8")},
        also=("PA-DISC-001",),
    ),
    Variation(
        "PA-DISC-021.no-userinfo-nor-extras",
        "The OpenID configuration has its required members and no recommended one but scopes_supported.",
        "OpenID Connect Discovery 1.0 section 3",
        {
            discovery.openid_configuration: without(
                "claims_supported", "response_modes_supported", "registration_endpoint"
            )
        },
        also=("PA-DISC-023",),
    ),
    Variation(
        "PA-DISC-012.no-revocation",
        "No revocation endpoint is offered or published.",
        "SMART App Launch 2.0.0, metadata: revocation_endpoint is recommended; RFC 7009 is not adopted",
        {
            discovery.smart_configuration: without("revocation_endpoint"),
            discovery.openid_configuration: without("revocation_endpoint"),
            server.offered: lambda original, tenant, path: path != "/oauth2/revoke" and original(tenant, path),
        },
        rows={"PA-DISC-012": "advisory", "PA-TOK-027": "undecided"},
    ),
)
