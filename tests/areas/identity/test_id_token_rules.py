from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest
from joserfc import jwk, jws, jwt

from conformance.areas.identity.rules import id_token as identity
from conformance.findings import Finding
from conformance.oauth.id_token import FhirUser, parse_fhir_user, read_id_token
from conformance.oauth.pkce import urlsafe
from conformance.oauth.signature import half_hash

NOW = 1_800_000_000
CLAIMS: dict[str, Any] = {
    "iss": "https://auth.example",
    "aud": "app",
    "sub": "user-1",
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": "n-1",
    "fhirUser": "https://fhir.example/r4/Patient/pat-1",
}


@cache
def key(kid: str, kind: str = "RSA") -> Any:
    if kind == "RSA":
        return jwk.RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)
    return jwk.ECKey.generate_key("P-256", {"kid": kid}, private=True)


def public(*keys: Any) -> list[dict[str, Any]]:
    return [each.as_dict(private=False) for each in keys]


def token(claims: Mapping[str, Any] | None = None, signer: Any = None, **header: Any) -> str:
    signer = signer or key("k1")
    head = {"alg": "RS256", "kid": signer.kid} | header
    head = {name: value for name, value in head.items() if value is not None}
    payload = json.dumps(CLAIMS if claims is None else claims)
    registry = jws.JWSRegistry(algorithms=[head["alg"]], strict_check_header=False)
    return jws.serialize_compact(head, payload, signer, registry=registry)


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    parts = [urlsafe(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, urlsafe(signature)])


def rules(findings: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_good_token_has_no_findings() -> None:
    good = read_id_token(token())

    findings = [
        *identity.signature_findings(good, public(key("k2"), key("k1")), ["RS256"]),
        *identity.issuer_findings(good, "https://auth.example", "https://auth.example"),
        *identity.audience_findings(good, "app"),
        *identity.time_findings(good, NOW + 1),
        *identity.subject_findings(good),
        *identity.nonce_findings(good, "n-1"),
        *identity.fhir_user_findings(good),
        *identity.at_hash_findings(good, "at"),
    ]

    assert findings == []


@pytest.mark.parametrize(("kind", "algorithm"), [("RSA", "PS256"), ("EC", "ES256")])
def test_another_asymmetric_algorithm_is_a_warning(kind: str, algorithm: str) -> None:
    signer = key("other", kind)
    findings = list(identity.signature_findings(read_id_token(token(signer=signer, alg=algorithm)), public(signer)))

    assert [(finding.rule, finding.severity) for finding in findings] == [("id_token.alg.not-rs256", "warning")]


def test_header_members_of_the_servers_own_do_not_matter() -> None:
    assert rules(identity.signature_findings(read_id_token(token(pi_atm="1", typ="JWT")), public(key("k1")))) == []


def test_a_key_id_may_be_missing_when_there_is_one_key_and_is_a_warning_among_several() -> None:
    without = read_id_token(token(kid=None))

    assert rules(identity.signature_findings(without, public(key("k1")))) == []
    assert rules(identity.signature_findings(without, public(key("k2"), key("k1")))) == ["id_token.kid.missing"]


def test_a_wrong_key_a_foreign_key_and_an_altered_payload_are_found() -> None:
    good = token()
    head, _payload, signature = good.split(".")
    altered = ".".join([head, urlsafe(json.dumps(CLAIMS | {"sub": "other"}).encode()), signature])
    renamed = public(key("k2"))[0] | {"kid": "k1"}

    assert rules(identity.signature_findings(read_id_token(good), [renamed])) == ["id_token.signature"]
    assert rules(identity.signature_findings(read_id_token(good), public(key("k2")))) == ["id_token.kid.unknown"]
    assert rules(identity.signature_findings(read_id_token(altered), public(key("k1")))) == ["id_token.signature"]
    assert rules(identity.signature_findings(read_id_token(good), [])) == ["id_token.kid.unknown"]


def test_a_symmetric_signature_made_with_the_public_key_does_not_pass() -> None:
    pem = key("k1").as_pem(private=False)
    head = {"alg": "HS256", "kid": "k1"}
    signing_input = unsigned(head, CLAIMS).rpartition(".")[0].encode()
    confused = unsigned(head, CLAIMS, hmac.new(pem, signing_input, hashlib.sha256).digest())
    keys = [*public(key("k1")), {"kty": "oct", "k": urlsafe(pem), "kid": "k1"}]

    assert rules(identity.signature_findings(read_id_token(confused), keys)) == ["id_token.alg.symmetric"]


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_does_not_pass(algorithm: str) -> None:
    bare = read_id_token(unsigned({"alg": algorithm}, CLAIMS))

    assert rules(identity.signature_findings(bare, public(key("k1")))) == ["id_token.alg.none"]


def test_a_key_inside_the_token_is_not_believed() -> None:
    attacker = jwk.RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
    forged = token(signer=attacker, jwk=attacker.as_dict(private=False))

    assert rules(identity.signature_findings(read_id_token(forged), public(key("k1")))) == ["id_token.signature"]


def test_critical_extensions_are_refused() -> None:
    demanding = unsigned({"alg": "RS256", "kid": "k1", "crit": ["x"], "x": 1}, CLAIMS)

    assert rules(identity.signature_findings(read_id_token(demanding), public(key("k1")))) == ["id_token.crit"]


@pytest.mark.parametrize(
    "broken",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": 7},
        {"alg": "RS512"},
        {"n": None},
        {"n": "!!"},
        {"kty": ["RSA"]},
    ],
)
def test_a_key_not_meant_for_this_is_not_used(broken: dict[str, Any]) -> None:
    findings = rules(identity.signature_findings(read_id_token(token()), [public(key("k1"))[0] | broken]))

    assert findings in (["id_token.kid.unknown"], ["id_token.signature"])


def test_what_is_advertised_is_judged_when_something_is() -> None:
    good, keys = read_id_token(token()), public(key("k1"))

    assert rules(identity.signature_findings(good, keys, ["ES256", "none"])) == [
        "id_token.advertised.no-rs256",
        "id_token.advertised.none",
    ]
    assert rules(identity.signature_findings(good, keys, [])) == []


@pytest.mark.parametrize(
    "raw", ["", "abc", "a.b.c", "e30.W10.", f"{urlsafe(b'[]')}.{urlsafe(b'{}')}.x", "\u00e9.\u00e9.\u00e9"]
)
def test_what_is_no_token_is_said_so(raw: str) -> None:
    found = read_id_token(raw)

    assert found.problem
    assert rules(identity.signature_findings(found, public(key("k1")))) == ["id_token.unreadable"]
    for judge in (identity.subject_findings, identity.fhir_user_findings):
        assert rules(judge(found))
    assert rules(identity.audience_findings(found, "app")) == ["id_token.aud"]
    assert len(rules(identity.time_findings(found, NOW))) == 2


def claims(**changes: Any) -> Any:
    changed = CLAIMS | changes
    return read_id_token(
        unsigned({"alg": "RS256"}, {name: value for name, value in changed.items() if value != "absent"})
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"aud": ["app"]}, []),
        ({"aud": ["app", "other"], "azp": "app"}, []),
        ({"aud": ["app", "other"]}, ["id_token.azp.missing"]),
        ({"aud": []}, ["id_token.aud"]),
        ({"aud": "https://fhir.example/r4"}, ["id_token.aud"]),
        ({"aud": "absent"}, ["id_token.aud"]),
        ({"azp": "other"}, ["id_token.azp"]),
    ],
)
def test_the_audience_is_this_client(changes: dict[str, Any], expected: list[str]) -> None:
    assert rules(identity.audience_findings(claims(**changes), "app")) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"iat": NOW - 50}, []),
        ({"iat": NOW - 70}, ["id_token.iat.skew"]),
        ({"iat": NOW * 1000}, ["id_token.iat.unit"]),
        ({"exp": NOW - 100}, ["id_token.exp.past", "id_token.exp.order"]),
        ({"exp": str(NOW)}, ["id_token.exp.type"]),
        ({"exp": True}, ["id_token.exp.type"]),
        ({"iat": "absent"}, ["id_token.iat.type"]),
        ({"iat": NOW + 0.5}, ["id_token.iat.type"]),
    ],
)
def test_the_times_are_sane(changes: dict[str, Any], expected: list[str]) -> None:
    assert rules(identity.time_findings(claims(**changes), NOW)) == expected


def test_the_issuer_is_compared_byte_for_byte() -> None:
    good = claims()

    assert rules(identity.issuer_findings(good, "https://auth.example/", "https://auth.example")) == ["id_token.iss"]
    assert rules(identity.issuer_findings(good, "", "")) == []
    assert "id_token.iss.missing" in rules(identity.issuer_findings(claims(iss=7), "", ""))


@pytest.mark.parametrize("subject", ["absent", "", 7, "x" * 256, "é"])
def test_a_bad_subject_is_found(subject: Any) -> None:
    assert rules(identity.subject_findings(claims(sub=subject)))


def test_a_subject_is_stable_and_not_shared() -> None:
    first, other = claims(), claims(sub="user-2")

    assert rules(identity.subject_identity_findings(first, claims(), other)) == []
    assert rules(identity.subject_identity_findings(first, other)) == ["id_token.sub.unstable"]
    assert rules(identity.subject_identity_findings(first, claims(), claims())) == ["id_token.sub.shared"]


def test_a_nonce_comes_back_and_is_not_told() -> None:
    (finding,) = identity.nonce_findings(claims(nonce="fixed"), "the-sent-one")

    assert finding.rule == "id_token.nonce"
    assert "the-sent-one" not in str(finding) + finding.expected + finding.found
    assert rules(identity.nonce_findings(claims(nonce="absent"), "n-1")) == ["id_token.nonce"]


@pytest.mark.parametrize(
    ("value", "user"),
    [
        ("Patient/p-1", FhirUser("Patient", "p-1")),
        ("https://fhir.example/r4/Patient/p-1", FhirUser("Patient", "p-1", "https://fhir.example/r4")),
        ("https://fhir.example/Practitioner/-x.1", FhirUser("Practitioner", "-x.1", "https://fhir.example")),
        ("p-1", None),
        ("Patient/", None),
        ("Observation/1", None),
        ("Patient/p 1", None),
        ("Patient/1?x=1", None),
        ("https://[broken/Patient/1", None),
        ("", None),
    ],
)
def test_fhir_user_is_a_type_and_an_id(value: str, user: FhirUser | None) -> None:
    assert parse_fhir_user(value) == user


def test_at_hash_belongs_to_the_access_token() -> None:
    # Example of OpenID Connect Core 1.0, section A.3.
    access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    good = claims(at_hash="77QmUPtjPfzWtF2AnpK9RQ")

    assert half_hash(access_token, "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"
    assert rules(identity.at_hash_findings(good, access_token)) == []
    assert rules(identity.at_hash_findings(good, "another")) == ["id_token.at_hash"]


def test_a_token_does_not_show_itself() -> None:
    shown = repr(read_id_token(token()))

    assert "user-1" not in shown
    assert token() not in shown


def test_joserfc_agrees_that_the_tokens_here_are_real() -> None:
    assert jwt.decode(token(), key("k1"), algorithms=["RS256"]).claims["sub"] == "user-1"


def severities(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


def test_none_may_be_listed_but_several_keys_need_a_kid() -> None:
    good, keys = read_id_token(token()), public(key("k1"))
    assert severities(identity.signature_findings(good, keys, ["RS256", "none"])) == [
        ("id_token.advertised.none", "warning")
    ]
    without = read_id_token(token(kid=None))
    assert severities(identity.signature_findings(without, public(key("k2"), key("k1")))) == [
        ("id_token.kid.missing", "error")
    ]


def test_the_one_key_of_a_set_needs_no_kid() -> None:
    bare = [{name: value for name, value in public(key("k1"))[0].items() if name != "kid"}]

    assert rules(identity.signature_findings(read_id_token(token()), bare, ["RS256"])) == []


def test_another_algorithm_beside_rs256_is_lawful() -> None:
    signer = key("other", "EC")
    signed = read_id_token(token(signer=signer, alg="ES256"))

    assert rules(identity.signature_findings(signed, public(signer), ["RS256", "ES256"])) == []
