"""Lawful variations of scopes: what is granted beside the request, and how the consent page asks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import authorize, pages, scopes, signin, token
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.authorization.scopes import RESOURCE
from conformance.reference.faults.deviations import edited
from conformance.reference.fhir import access
from conformance.reference.fhir import server as fhir_server
from conformance.reference.fhir.errors import FhirError
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_ALONG = ("patient/Organization.read", "patient/Practitioner.read")
_CONSENT = "how the consent page asks"
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_KINDS = {
    "demographics": ("Patient",),
    "claims": ("Coverage", "ExplanationOfBenefit"),
}


def _reference_data_along(granted: list[str]) -> list[str]:
    """Access to a member's records opens the organizations and practitioners named in them."""
    opened = any(each.startswith("patient/") for each in granted)
    return [*granted, *(each for each in _ALONG if each not in granted)] if opened else granted


def _whole_record(original: Step, call: Any, request: Any, ticked: list[str]) -> list[str]:
    """Resource scopes become one for all types, unless the member unticked one."""
    granted: list[str] = original(call, request, ticked)
    if set(request.scope) - set(ticked):
        return granted
    opened = any(each.startswith("patient/") for each in granted)
    return [*(each for each in granted if not each.startswith("patient/")), *(["patient/*.read"] if opened else [])]


def _hidden(original: Step, call: Any, type_name: str, letter: str) -> Any:
    try:
        return original(call, type_name, letter)
    except FhirError:
        raise FhirError(404, "not-found", "There is no such type here.") from None


def _nonce_needs_openid(original: Step, call: Any, fields: Any, client: Any, redirect_uri: str) -> Any:
    values = dict(fields)
    if "nonce" in values and "openid" not in values.get("scope", "").split():
        raise OAuthError("invalid_request", "nonce is a parameter of OpenID requests.")
    return original(call, fields, client, redirect_uri)


def _context_only(document: dict[str, Any]) -> dict[str, Any]:
    kept = [each for each in document["scope"].split() if each != "launch/patient"]
    return document | {"scope": " ".join(kept)}


def _wildcard_listed(words: list[str]) -> list[str]:
    return [*words, "patient/*.read"]


def _demographics_together(granted: list[str]) -> list[str]:
    """One decision for who the member is: without the Patient there is no fhirUser either."""
    if any(each.startswith("patient/Patient.") for each in granted):
        return granted
    return [each for each in granted if each != "fhirUser"]


def _kind(scope: str) -> str:
    """The box of the consent page that a scope belongs to; "" for those that are not asked about."""
    match = RESOURCE.fullmatch(scope)
    if match is None:
        return ""
    return next((kind for kind, types in _KINDS.items() if match["type"] in types), "health-records")


def _words(request: Any, kind: str) -> str:
    """What a box stands for: the words that the page has for each of its scopes."""
    return escape("; ".join(dict.fromkeys(pages.described(each) for each in request.scope if _kind(each) == kind)))


def _boxes_by_kind(original: Step, call: Any, request: Any, fields: str, member: str) -> str:
    """One box for each kind of data, with a name of the payer's own."""
    shown = str(original(call, request, fields, member))
    before, _, rest = shown.partition("<legend>The app may see</legend>")
    _, _, after = rest.partition("</fieldset>")
    kinds = [kind for kind in dict.fromkeys(map(_kind, request.scope)) if kind]
    boxes = "".join(
        f'<label><input type="checkbox" name="scope" value="{kind}" checked>{_words(request, kind)}</label>'
        for kind in kinds
    )
    return f"{before}<legend>The app may see</legend>{boxes}</fieldset>{after}"


def _by_kind(original: Step, call: Any, request: Any, ticked: list[str]) -> list[str]:
    """The scopes of the boxes that stayed ticked, and those that are not asked about."""
    return list(original(call, request, [each for each in request.scope if _kind(each) in ("", *ticked)]))


def _bare_challenge(challenge: str) -> str:
    """The refusal names the error and not the scope that is needed."""
    return challenge.partition(", scope=")[0]


def _not_implemented(original: Step, call: Any, methods: tuple[str, ...]) -> None:
    if call.method in _WRITES and call.method not in methods:
        raise FhirError(501, "not-supported", "This server implements no write.")
    original(call, methods)


def _forbidden_writes(original: Step, call: Any, methods: tuple[str, ...]) -> None:
    if call.method in _WRITES and call.method not in methods:
        challenge = access.challenge(call, 'error="insufficient_scope"')
        raise FhirError(403, "forbidden", "Nothing can be written with this token.", challenge)
    original(call, methods)


VARIATIONS = (
    Variation(
        "PA-SCOP-015.reference-data-along",
        "Read access to organizations and practitioners is granted along with any part of a member's record.",
        "RFC 6749 3.3: the issued scope may differ from the one requested, and the response says so",
        {signin.granted_scope: edited(_reference_data_along)},
        rows={"PA-SCOP-015": "advisory"},
        also=("PA-SCOP-002", "PA-SCOP-003", "PA-SCOP-004", "PA-SCOP-006", "PA-SCOP-016", "PA-SCOP-017", "PA-SCOP-021"),
    ),
    Variation(
        "PA-SCOP-015.whole-record",
        "patient/*.read is granted, whatever part of the record is requested, unless the member removes some of it.",
        "SMART App Launch 2.0.0, Scopes, table of granted scopes: patient/*.rs for a request of one type",
        {signin.granted_scope: _whole_record},
        rows={
            "PA-SCOP-013": "advisory",
            "PA-SCOP-015": "advisory",
            "PA-TOK-018": "undecided",
        },
        also=(
            *("PA-SCOP-002", "PA-SCOP-003", "PA-SCOP-004", "PA-SCOP-005", "PA-SCOP-008", "PA-SCOP-012"),
            *("PA-SCOP-016", "PA-SCOP-017", "PA-SCOP-021", "PA-AUTH-016"),
        ),
        choices=("what is granted",),
    ),
    Variation(
        "PA-SCOP-017.hidden",
        "A type that was not granted answers 404.",
        "US Core 6.1.0, us-core-server: an unauthorized request is refused with 401, 403 or 404",
        {access.require_scope: _hidden},
        rows={"PA-SCOP-017": "advisory", "PA-SCOP-016": "advisory", "PA-AUTH-016": "advisory"},
        also=("PA-SCOP-002", "PA-SCOP-005", "PA-SCOP-021"),
        choices=("refusal for want of a scope",),
    ),
    Variation(
        "PA-SCOP-002.nonce-needs-openid",
        "A request with nonce and without openid is refused.",
        "OpenID Connect Core 1.0 3.1.2.1: nonce is a parameter of requests with openid",
        {authorize.checked: _nonce_needs_openid},
        also=("PA-DISC-011", "PA-SCOP-003", "PA-SCOP-009", "PA-SCOP-012", "PA-SCOP-017", "PA-SCOP-021", "PA-TOK-015"),
    ),
    Variation(
        "PA-SCOP-001.context-unsaid",
        "patient comes beside the access token, and scope does not repeat launch/patient.",
        "SMART App Launch 2.2.0, Scopes, launch context: a server decides which context to provide; RFC 6749 3.3",
        {token.token_document: edited(_context_only)},
        rows={"PA-SCOP-001": "advisory", "PA-SCOP-009": "advisory"},
        also=("PA-AUTH-013", "PA-TOK-014", "PA-SCOP-013"),
    ),
    Variation(
        "PA-SCOP-016.demographics-together",
        "Unticking the Patient on the consent page removes fhirUser too.",
        "RFC 6749 3.3: the server may ignore the requested scope in part by the resource owner's instructions",
        {signin.granted_scope: edited(_demographics_together)},
        also=("PA-AUTH-016", "PA-SCOP-010"),
        choices=(_CONSENT,),
    ),
    Variation(
        "PA-SCOP-016.boxes-by-kind",
        "The consent page has a box for each kind of data, named by the payer.",
        "SMART App Launch 2.2.0, Scopes: how a server asks for approval is its own affair; RFC 6749 3.3",
        {pages.consent_body: _boxes_by_kind, signin.granted_scope: _by_kind},
        rows={"PA-AUTH-016": "undecided"},
        also=("PA-AUTH-015", "PA-AUTH-016", "PA-AUTH-001"),
        choices=(_CONSENT,),
    ),
    Variation(
        "PA-SCOP-017.scope-unsaid",
        "The refusal of a scope that was not granted does not name the scope that is needed.",
        "RFC 6750 section 3: the scope attribute is optional",
        {access.challenge: edited(_bare_challenge)},
        also=("PA-SCOP-002",),
    ),
    Variation(
        "PA-SCOP-018.writes-forbidden",
        "A write with a read token is refused with 403 and insufficient_scope.",
        "RFC 6750 3.1 and US Core 6.1.0, Security: 403 for insufficient scope",
        {fhir_server.require_method: _forbidden_writes},
        also=("PA-ISO-012", "PA-REST-012"),
    ),
    Variation(
        "PA-SCOP-018.no-write-implemented",
        "A write is answered with 501.",
        "RFC 9110 section 15.6.2: 501 where the server does not recognize the method; FHIR R4 http: an interaction may "
        "be left out",
        {fhir_server.require_method: _not_implemented},
        also=("PA-ISO-012", "PA-REST-012"),
    ),
    Variation(
        "PA-SCOP-006.wildcard-asked-for",
        "The app asks for patient/*.read, and gets it.",
        "SMART App Launch 2.2.0, Scopes, wildcard scopes",
        {scopes.supported: edited(_wildcard_listed)},
        target={
            "scopes.required": ["launch/patient", "openid", "fhirUser", "patient/*.read"],
            "scopes.optional": [],
        },
        also=(
            "PA-REST-001",
            "PA-SCOP-001",
            "PA-SCOP-003",
            "PA-SCOP-004",
            "PA-SCOP-005",
            "PA-DISC-010",
            "PA-TOK-017",
            "PA-TOK-018",
            "PA-TOK-022",
            "PA-AUTH-016",
        ),
    ),
)
