"""Faults of identity: the id_token and its claims."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from conformance.reference.authorization import discovery, identity, signin
from conformance.reference.faults.deviations import always, edited, with_members, without
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _another_member(original: Step, tenant: Any, grant: Any) -> str:  # noqa: ARG001
    """The patient id of the person who comes next."""
    names = sorted(tenant.people)
    following = names[(names.index(grant.person.username) + 1) % len(names)]
    return str(tenant.people[following].own)


def _named(tenant: Any, claims: dict[str, Any], patient: str) -> dict[str, Any]:
    """The claims with a Patient as the user, where they name a user at all."""
    return claims | ({"fhirUser": f"{tenant.fhir_base}/Patient/{patient}"} if "fhirUser" in claims else {})


def _user_nobody_has(claims: dict[str, Any]) -> dict[str, Any]:
    place, _, logical_id = claims.get("fhirUser", "").rpartition("/")
    return claims | ({"fhirUser": f"{place}/{logical_id[::-1]}"} if place else {})


def _another_user(original: Step, tenant: Any, grant: Any, access_token: str) -> dict[str, Any]:
    return _named(tenant, original(tenant, grant, access_token), _another_member(original, tenant, grant))


def _user_is_the_patient(original: Step, tenant: Any, grant: Any, access_token: str) -> dict[str, Any]:
    return _named(tenant, original(tenant, grant, access_token), grant.patient)


def _own_record(original: Step, call: Any, request: Any, browser: Any, fields: dict[str, str]) -> str:
    """Whatever is chosen, the person's own record is opened."""
    error = str(original(call, request, browser, fields))
    request.patient = request.person.own if not error else request.patient
    return error


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _signed_with_the_secret(original: Step, tenant: Any, grant: Any, access_token: str) -> str:  # noqa: ARG001
    claims = identity.id_token_claims(tenant, grant, access_token)
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    mac = hmac.new(grant.client.secret.encode() or b"-", signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _not_signed(original: Step, tenant: Any, grant: Any, access_token: str) -> str:  # noqa: ARG001
    claims = identity.id_token_claims(tenant, grant, access_token)
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def _changed_after_signing(original: Step, tenant: Any, grant: Any, access_token: str) -> str:
    head, _, signature = original(tenant, grant, access_token).split(".")
    claims = identity.id_token_claims(tenant, grant, access_token)
    return f"{head}.{_part(claims | {'acr': 'member'})}.{signature}"


def _with_header(**members: Any) -> Step:
    """The header has further or other members; the signature is not made anew."""

    def replacement(original: Step, tenant: Any, grant: Any, access_token: str) -> str:
        head, _, rest = str(original(tenant, grant, access_token)).partition(".")
        known = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return f"{_part(known | members)}.{rest}"

    return replacement


def _without_kid(original: Step, tenant: Any, grant: Any, access_token: str) -> str:  # noqa: ARG001
    claims, key = identity.id_token_claims(tenant, grant, access_token), tenant.keys.all()[0]
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, key, algorithms=["RS256"])


def _signed_with_rs384(original: Step, tenant: Any, grant: Any, access_token: str) -> str:  # noqa: ARG001
    claims, key = identity.id_token_claims(tenant, grant, access_token), tenant.keys.all()[0]
    del claims["at_hash"]
    return jwt.encode({"alg": "RS384", "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=["RS384"])


def _of_any_algorithm(document: dict[str, Any]) -> dict[str, Any]:
    return {"keys": [{name: value for name, value in key.items() if name != "alg"} for key in document["keys"]]}


def _one_more_key(document: dict[str, Any]) -> dict[str, Any]:
    key = RSAKey.generate_key(2048, {"kid": "next", "use": "sig", "alg": "RS256"}, private=True)
    return {"keys": [*document["keys"], key.as_dict(private=False)]}


def _under_another_id(original: Step, call: Any, resource: Any) -> Any:
    shown = original(call, resource)
    return shown | {"id": f"{shown['id']}-current"} if shown.get("resourceType") == "Patient" else shown


def _user_elsewhere(claims: dict[str, Any]) -> dict[str, Any]:
    return claims | ({"fhirUser": "https://ehr.clinic.example/fhir/Patient/1"} if "fhirUser" in claims else {})


def _user_is_a_person(claims: dict[str, Any]) -> dict[str, Any]:
    base = claims.get("fhirUser", "").rpartition("/Patient/")[0]
    return claims | ({"fhirUser": f"{base}/Person/unknown"} if base else {})


FAULTS = (
    Fault(
        "PA-IDEN-001.symmetric",
        "id_token.alg.symmetric",
        "The id_token is signed with the client's secret.",
        {identity.id_token: _signed_with_the_secret},
    ),
    Fault(
        "PA-IDEN-001.unsigned",
        "id_token.alg.none",
        "The id_token has algorithm none and no signature.",
        {identity.id_token: _not_signed},
    ),
    Fault(
        "PA-IDEN-001.changed-after-signing",
        "id_token.signature",
        "A claim is added after the id_token was signed.",
        {identity.id_token: _changed_after_signing},
    ),
    Fault(
        "PA-IDEN-001.rs256-not-advertised",
        "id_token.advertised.no-rs256",
        "The OpenID configuration lists ES256 alone for id_tokens.",
        {discovery.openid_configuration: with_members(id_token_signing_alg_values_supported=["ES256"])},
    ),
    Fault(
        "PA-IDEN-001.none-advertised",
        "id_token.advertised.none",
        "The OpenID configuration lists the algorithm none beside RS256.",
        {discovery.openid_configuration: with_members(id_token_signing_alg_values_supported=["RS256", "none"])},
        warning=True,
    ),
    Fault(
        "PA-IDEN-001.rs384",
        "id_token.alg.not-rs256",
        "The id_token is signed with RS384, and no algorithms are advertised.",
        {
            identity.id_token: _signed_with_rs384,
            discovery.key_set: edited(_of_any_algorithm),
            discovery.openid_configuration: without("id_token_signing_alg_values_supported"),
        },
        warning=True,
    ),
    Fault(
        "PA-IDEN-001.unknown-algorithm",
        "id_token.alg.unknown",
        "The header of the id_token names an algorithm that no specification defines.",
        {identity.id_token: _with_header(alg="XS256")},
    ),
    Fault(
        "PA-IDEN-001.critical-extension",
        "id_token.crit",
        "The header of the id_token demands an extension.",
        {identity.id_token: _with_header(crit=["tier"], tier="gold")},
    ),
    Fault(
        "PA-IDEN-001.unreadable",
        "id_token.unreadable",
        "The id_token is not a JWT.",
        {identity.id_token: always("member-token")},
    ),
    Fault(
        "PA-IDEN-001.kid-missing",
        "id_token.kid.missing",
        "The key set has two keys, and the header of the id_token has no kid.",
        {identity.id_token: _without_kid, discovery.key_set: edited(_one_more_key)},
    ),
    Fault(
        "PA-IDEN-001.at-hash-of-another",
        "id_token.at_hash",
        "at_hash is that of another access token.",
        {identity.id_token_claims: with_members(at_hash=identity.at_hash("another access token"))},
    ),
    Fault(
        "PA-IDEN-001.key-not-published",
        "id_token.kid.unknown",
        "The key that signs is not in the key set.",
        {discovery.key_set: edited(lambda document: {"keys": [key | {"kid": "retired"} for key in document["keys"]]})},
    ),
    Fault(
        "PA-IDEN-002.internal-host",
        "id_token.iss",
        "iss is an internal host name.",
        {identity.id_token_claims: with_members(iss="https://identity.internal:9443")},
    ),
    Fault(
        "PA-IDEN-002.closing-slash",
        "id_token.iss",
        "iss has a closing slash that the advertised issuer has not.",
        {identity.id_token_claims: edited(lambda claims: claims | {"iss": f"{claims['iss']}/"})},
    ),
    Fault(
        "PA-IDEN-003.aud-is-the-api",
        "id_token.aud",
        "aud is a name for the API instead of the client's id.",
        {identity.id_token_claims: with_members(aud="patient-access-api")},
    ),
    Fault(
        "PA-IDEN-003.aud-empty",
        "id_token.aud",
        "aud is an empty list.",
        {identity.id_token_claims: with_members(aud=[])},
    ),
    Fault(
        "PA-IDEN-003.azp-another",
        "id_token.azp",
        "azp names another party than the client.",
        {identity.id_token_claims: with_members(azp="member-portal")},
    ),
    Fault(
        "PA-IDEN-004.milliseconds",
        "id_token.iat.unit",
        "iat and exp are in milliseconds.",
        {
            identity.id_token_claims: edited(
                lambda claims: claims | {"iat": claims["iat"] * 1000, "exp": claims["exp"] * 1000}
            )
        },
    ),
    Fault(
        "PA-IDEN-004.already-expired",
        "id_token.exp.past",
        "exp is an hour ago.",
        {identity.id_token_claims: edited(lambda claims: claims | {"exp": claims["iat"] - 3600})},
    ),
    Fault(
        "PA-IDEN-004.exp-in-milliseconds",
        "id_token.exp.unit",
        "exp is in milliseconds.",
        {identity.id_token_claims: edited(lambda claims: claims | {"exp": claims["exp"] * 1000})},
    ),
    Fault(
        "PA-IDEN-004.no-lifetime",
        "id_token.exp.order",
        "exp is the moment of iat.",
        {identity.id_token_claims: edited(lambda claims: claims | {"exp": claims["iat"]})},
    ),
    Fault(
        "PA-IDEN-004.iat-missing",
        "id_token.iat.type",
        "iat is missing.",
        {identity.id_token_claims: without("iat")},
    ),
    Fault(
        "PA-IDEN-004.text",
        "id_token.exp.type",
        "exp is a string.",
        {identity.id_token_claims: edited(lambda claims: claims | {"exp": str(claims["exp"])})},
    ),
    Fault(
        "PA-IDEN-004.clock-behind",
        "id_token.iat.skew",
        "The clock that stamps id_tokens is ten minutes behind.",
        {identity.id_token_claims: edited(lambda claims: claims | {"iat": claims["iat"] - 600})},
    ),
    Fault(
        "PA-IDEN-005.new-every-time",
        "id_token.sub.unstable",
        "sub is a new random value at each login.",
        {identity.subject: lambda original, tenant, grant: secrets.token_hex(16)},  # noqa: ARG005
    ),
    Fault(
        "PA-IDEN-005.same-for-all",
        "id_token.sub.shared",
        "sub is the same for every person.",
        {identity.subject: always("member")},
    ),
    Fault(
        "PA-IDEN-005.missing",
        "id_token.sub.missing",
        "sub is missing.",
        {identity.id_token_claims: without("sub")},
    ),
    Fault(
        "PA-IDEN-005.too-long",
        "id_token.sub.form",
        "sub has more than 255 characters.",
        {identity.subject: edited(lambda subject: (subject * 16)[:400])},
    ),
    Fault(
        "PA-IDEN-006.nonce-dropped",
        "id_token.nonce",
        "nonce is not repeated.",
        {identity.id_token_claims: without("nonce")},
    ),
    Fault(
        "PA-IDEN-006.nonce-fixed",
        "id_token.nonce",
        "nonce is always the same.",
        {identity.id_token_claims: with_members(nonce="n-0S6_WzA2Mj")},
    ),
    Fault(
        "PA-IDEN-007.bare-id",
        "id_token.fhirUser.form",
        "fhirUser is an id without a type.",
        {identity.id_token_claims: edited(lambda claims: claims | {"fhirUser": claims["fhirUser"].rpartition("/")[2]})},
    ),
    Fault(
        "PA-IDEN-007.missing",
        "id_token.fhirUser.missing",
        "fhirUser is left out although it was granted.",
        {identity.id_token_claims: without("fhirUser")},
    ),
    Fault(
        "PA-IDEN-008.dangling",
        "identity.fhir-user.unreadable",
        "fhirUser names a resource that is not there.",
        {identity.id_token_claims: edited(_user_nobody_has)},
    ),
    Fault(
        "PA-IDEN-008.another",
        "identity.fhir-user.another",
        "Reading a Patient returns one with another id.",
        {answer.outgoing: _under_another_id},
        collateral="a Patient with another id is not the record that other checks look for",
    ),
    Fault(
        "PA-IDEN-008.elsewhere",
        "identity.fhir-user.foreign",
        "fhirUser is a resource of another server.",
        {identity.id_token_claims: edited(_user_elsewhere)},
    ),
    Fault(
        "PA-IDEN-008.closed",
        "identity.fhir-user.closed",
        "fhirUser is a Person, and no scope of the app opens that type.",
        {identity.id_token_claims: edited(_user_is_a_person)},
    ),
    Fault(
        "PA-IDEN-009.another-patient",
        "identity.fhir-user.not-the-patient",
        "fhirUser is another Patient than the one in context.",
        {identity.id_token_claims: _another_user},
    ),
    Fault(
        "PA-IDEN-010.login-user",
        "identity.representative.patient",
        "The patient in context is always the person who logged in.",
        {signin.member: _own_record},
    ),
    Fault(
        "PA-IDEN-010.user-is-the-dependent",
        "identity.representative.user",
        "fhirUser is the patient in context, even where a representative logged in.",
        {identity.id_token_claims: _user_is_the_patient},
    ),
    Fault(
        "PA-IDEN-011.another-members-id",
        "identity.sub.another-patient",
        "sub is the patient id of another member.",
        {identity.subject: _another_member},
    ),
)
