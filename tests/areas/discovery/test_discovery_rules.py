import codecs
from dataclasses import replace

import pytest

from conformance.areas.discovery.rules import capability_statement as capability
from conformance.areas.discovery.rules import openid
from conformance.areas.discovery.rules import smart_configuration as smart
from conformance.areas.discovery.rules.endpoints import no_byte_order_mark

SMART = {
    "issuer": "https://auth.example",
    "authorization_endpoint": "https://auth.example/authorize",
    "token_endpoint": "https://auth.example/oauth2/token",
    "introspection_endpoint": "https://auth.example/introspect",
    "revocation_endpoint": "https://auth.example/revoke",
    "management_endpoint": "https://auth.example/manage",
    "jwks_uri": "https://auth.example/jwks",
    "grant_types_supported": ["authorization_code"],
    "response_types_supported": ["code"],
    "scopes_supported": ["openid", "patient/Patient.read"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "capabilities": [*smart.CARIN_CAPABILITIES, "permission-v1"],
}
OPENID = {
    "issuer": "https://auth.example",
    "authorization_endpoint": "https://auth.example/authorize",
    "token_endpoint": "https://auth.example/oauth2/token",
    "jwks_uri": "https://auth.example/jwks",
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
}
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "kind": "instance",
    "implementation": {"description": "x"},
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "instantiates": list(capability.SERVER_STATEMENTS.values()),
    "rest": [
        {
            "mode": "server",
            "resource": [
                {
                    "type": "Coverage",
                    "interaction": [{"code": "read"}, {"code": "search-type"}],
                    "supportedProfile": list(capability.EXPECTED_PROFILES["Coverage"]),
                    "searchParam": [{"name": name, "type": "token"} for name in ("patient", "_id")],
                }
            ],
        }
    ],
}
KEY = {"kty": "RSA", "kid": "1", "n": "vrjO", "e": "AQAB"}


def without(document, *names):
    return {name: value for name, value in document.items() if name not in names}


def implied(scope, listed):
    return scope in listed


SMART_RULES = [
    (smart.authorization_endpoint, {"smart_version": "2.2.0"}),
    (smart.token_endpoint, {"smart_version": "2.2.0"}),
    (smart.patient_standalone_capabilities, {}),
    (smart.carin_capabilities, {}),
    (smart.pkce_methods, {}),
    (smart.grant_types, {"smart_version": "2.2.0"}),
    (smart.single_sign_on, {"smart_version": "2.2.0"}),
    (smart.endpoints_are_absolute, {"smart_version": "2.2.0"}),
    (smart.response_types, {}),
    (smart.recommended_members, {}),
]


@pytest.mark.parametrize(("rule", "facts"), SMART_RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_good_smart_configuration_has_no_finding(rule, facts):
    assert list(rule(SMART, **facts)) == []


@pytest.mark.parametrize(
    ("rule", "facts", "broken", "expected"),
    [
        (
            smart.authorization_endpoint,
            {"smart_version": "2.2.0"},
            without(SMART, "authorization_endpoint"),
            "url.absolute-https.missing",
        ),
        (
            smart.authorization_endpoint,
            {"smart_version": "2.2.0"},
            {**SMART, "authorization_endpoint": "/a"},
            "url.absolute-https.relative",
        ),
        (
            smart.token_endpoint,
            {"smart_version": "2.2.0"},
            {**SMART, "token_endpoint": "http://a.example/t"},
            "url.absolute-https.scheme",
        ),
        (
            smart.token_endpoint,
            {"smart_version": "2.2.0"},
            {**SMART, "token_endpoint": "https://a.example/#x"},
            "url.absolute-https.fragment",
        ),
        (
            smart.token_endpoint,
            {"smart_version": "2.2.0"},
            {**SMART, "token_endpoint": 7},
            "url.absolute-https.missing",
        ),
        (
            smart.patient_standalone_capabilities,
            {},
            {**SMART, "capabilities": "launch-standalone"},
            "smart.capabilities.type",
        ),
        (smart.patient_standalone_capabilities, {}, without(SMART, "capabilities"), "smart.capabilities.missing"),
        (smart.patient_standalone_capabilities, {}, {**SMART, "capabilities": []}, "smart.capabilities.lacks"),
        (smart.carin_capabilities, {}, {**SMART, "capabilities": []}, "carin.capabilities.lacks"),
        (
            smart.pkce_methods,
            {},
            {**SMART, "code_challenge_methods_supported": ["S256", "plain"]},
            "smart.pkce-methods.plain",
        ),
        (smart.pkce_methods, {}, {**SMART, "code_challenge_methods_supported": ["s256"]}, "smart.pkce-methods.no-S256"),
        (smart.pkce_methods, {}, without(SMART, "code_challenge_methods_supported"), "smart.pkce-methods.missing"),
        (
            smart.grant_types,
            {"smart_version": "2.2.0"},
            without(SMART, "grant_types_supported"),
            "smart.grant-types.no-authorization-code",
        ),
        (smart.single_sign_on, {"smart_version": "2.0.0"}, without(SMART, "issuer"), "smart.issuer.missing"),
        (smart.single_sign_on, {"smart_version": "2.0.0"}, without(SMART, "jwks_uri"), "smart.jwks-uri.missing"),
        (smart.single_sign_on, {"smart_version": "2.0.0"}, {**SMART, "jwks_uri": None}, "smart.jwks-uri.missing"),
        (
            smart.grant_types,
            {"smart_version": "2.0.0"},
            {**SMART, "grant_types_supported": None},
            "smart.grant-types.no-authorization-code",
        ),
        (
            smart.response_types,
            {},
            {**SMART, "response_types_supported": ["code", "refresh_token"]},
            "(smart.response-types.unknown)",
        ),
        (smart.recommended_members, {}, {**SMART, "revocation_endpoint": None}, "(smart.recommended.absent)"),
        (
            smart.endpoints_are_absolute,
            {"smart_version": "2.1.0"},
            {**SMART, "token_endpoint": "/oauth2/token"},
            "smart.endpoint.relative",
        ),
        (smart.response_types, {}, {**SMART, "response_types_supported": ["token"]}, "smart.response-types.no-code"),
    ],
)
def test_a_broken_smart_configuration_is_found(rule, facts, broken, expected, rules_of):
    assert expected in rules_of(rule(broken, **facts))


def test_what_is_only_recommended_is_a_warning(rules_of):
    assert rules_of(smart.grant_types(without(SMART, "grant_types_supported"), smart_version="1.0.0")) == [
        "(smart.grant-types.no-authorization-code)"
    ]
    assert rules_of(smart.recommended_members(without(SMART, "revocation_endpoint"))) == ["(smart.recommended.absent)"]
    lacking = {**SMART, "capabilities": [*set(smart.CARIN_CAPABILITIES) - {"permission-user"}]}
    assert rules_of(smart.carin_capabilities(lacking)) == ["(carin.capabilities.lacks)"]
    assert rules_of(smart.single_sign_on(without(SMART, "capabilities"), smart_version="2.2.0")) == [
        "(smart.issuer.unexpected)"
    ]


@pytest.mark.parametrize("url", ["/oauth2/token", "//auth.example/oauth2/token", "oauth2/token"])
def test_relative_urls_are_lawful_before_smart_2_1(url, rules_of):
    relative = {**SMART, "token_endpoint": url, "management_endpoint": "manage"}
    assert rules_of(smart.endpoints_are_absolute(relative, smart_version="2.0.0")) == []
    assert rules_of(smart.token_endpoint(relative, smart_version="2.0.0")) == []
    assert rules_of(smart.endpoints_are_absolute(relative, smart_version="2.1.0")) == ["smart.endpoint.relative"] * 2


def test_an_endpoint_of_null_is_not_published(rules_of):
    broken = {**SMART, "registration_endpoint": None, "management_endpoint": "http://pages.example"}
    assert rules_of(smart.endpoints_are_absolute(broken, smart_version="2.2.0")) == ["(smart.endpoint.scheme)"]


def test_a_list_of_wildcards_alone_is_mentioned(rules_of):
    listed = {**SMART, "scopes_supported": ["openid", "patient/*.rs"]}
    found = rules_of(smart.scopes_cover(listed, [], implied=implied))
    assert found == ["(smart.scopes-supported.wildcards-only)"]


def test_scopes_are_compared_by_what_they_imply(rules_of):
    assert list(smart.scopes_cover(SMART, ["openid"], implied=implied)) == []
    assert rules_of(smart.scopes_cover(SMART, ["fhirUser"], implied=implied)) == ["(smart.scopes-supported.lacks)"]
    assert "smart.scopes-supported.missing" in rules_of(smart.scopes_cover({}, [], implied=implied))
    assert rules_of(smart.scopes_obtained(["a", "b"], ["b"])) == ["smart.scopes-supported.unobtainable"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"has_refresh_token": True, "granted": ["patient/Patient.rs"]}, ["smart.capabilities.disagree"]),
        ({"authentication": "private_key_jwt"}, ["smart.auth-methods.lacks"]),
    ],
)
def test_capabilities_are_compared_with_behaviour(facts, expected, rules_of):
    known = {"has_id_token": True, "has_refresh_token": True, "granted": ["patient/Patient.read"]}
    seen = {**known, "authentication": "client_secret_basic", **facts}
    assert rules_of(smart.capabilities_agree(SMART, **seen)) == expected


def test_both_documents_and_the_statement_agree(rules_of):
    assert list(smart.agrees_with_openid(SMART, OPENID)) == []
    other = {**OPENID, "token_endpoint": "https://other.example/t"}
    assert rules_of(smart.agrees_with_openid(SMART, other)) == ["smart.openid.differ"]
    assert rules_of(smart.agrees_with_capability_statement(SMART, {})) == ["(capabilities.oauth-uris.absent)"]
    old = {"token": "https://old.example/t"}
    assert rules_of(smart.agrees_with_capability_statement(SMART, old)) == ["capabilities.oauth-uris.differ"]
    assert rules_of(smart.documented_path(SMART, "/token")) == ["(smart.token-endpoint.undocumented)"]
    assert list(smart.documented_path(SMART, "/oauth2/token")) == []
    assert rules_of(smart.issuer_is(SMART, "https://auth.example/")) == ["smart.issuer.differs"]


def test_a_good_openid_configuration_and_key_set_have_no_finding():
    assert list(openid.configuration(OPENID, issuer="https://auth.example")) == []
    assert list(openid.key_set({"keys": [KEY]})) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (without(OPENID, "jwks_uri"), "openid.member-missing"),
        ({**OPENID, "issuer": "https://internal"}, "openid.issuer-differs"),
        ({**OPENID, "id_token_signing_alg_values_supported": ["HS256"]}, "openid.no-RS256"),
        ({**OPENID, "jwks_uri": "/jwks"}, "openid.endpoint.relative"),
    ],
)
def test_a_broken_openid_configuration_is_found(document, expected, rules_of):
    assert expected in rules_of(openid.configuration(document, issuer="https://auth.example"))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], "jwks.no-keys"),
        ("x", "jwks.no-keys"),
        ([{**KEY, "d": "secret"}], "jwks.private"),
        ([{"kty": "oct", "k": "x"}], "jwks.symmetric"),
        ([without(KEY, "n")], "jwks.bare-key"),
        ([KEY, KEY], "(jwks.kid-repeated)"),
        ([{"kty": "EC", "crv": "P-256"}], "jwks.no-rsa"),
        ([{}], "jwks.no-kty"),
        (["x"], "jwks.no-kty"),
        ([{**KEY, "n": "AQAB="}], "jwks.integer"),
        ([{**KEY, "n": "AAEB"}], "jwks.integer"),
        ([{**KEY, "e": "AQ+B"}], "jwks.integer"),
    ],
)
def test_a_broken_key_set_is_found(keys, expected, rules_of):
    assert expected in rules_of(openid.key_set({"keys": keys}))


def test_keys_of_different_kty_may_share_a_kid():
    assert list(openid.key_set({"keys": [KEY, {"kty": "EC", "kid": KEY["kid"], "crv": "P-256"}]})) == []


def names(coverage, *, selected=lambda _: True, type_name="Coverage", us_core="6.1.0"):
    statement = {"rest": [{"mode": "server", "resource": [{"type": type_name, "supportedProfile": coverage}]}]}

    def known(canonical):
        return canonical.partition("|")[0] in capability.EXPECTED_PROFILES[type_name]

    return list(capability.names_profiles(statement, [type_name], known=known, selected=selected, us_core=us_core))


@pytest.mark.parametrize("profile", capability.EXPECTED_PROFILES["Coverage"])
def test_each_profile_of_coverage_is_enough(profile):
    assert names([profile]) == []
    assert names([f"{profile}|1.0.0", "https://payer.example/fhir/StructureDefinition/member"]) == []
    assert names([], selected=lambda _: False) == []


@pytest.mark.parametrize(
    ("us_core", "rule"),
    [
        ("3.1.1", "(capabilities.profile-missing)"),
        ("4.0.0", "capabilities.profile-missing"),
        ("7.0.0", "capabilities.profile-missing"),
        ("", "(capabilities.profile-missing)"),
    ],
)
def test_us_core_requires_the_declaration_from_4_0_0_on(us_core, rule, rules_of):
    assert rules_of(names([], type_name="Condition", us_core=us_core)) == [rule]


def test_profiles_of_other_publishers_are_not_judged(rules_of):
    coverage = capability.EXPECTED_PROFILES["Coverage"][0]
    assert names([coverage, "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-patient"]) == []
    assert rules_of(names([coverage, f"{capability.US_CORE}x-us-core-race"])) == ["(capabilities.profile-unknown)"]
    assert rules_of(names([], type_name="ExplanationOfBenefit")) == ["(capabilities.profile-missing)"]


def test_only_carin_requires_instantiates(rules_of):
    assert rules_of(capability.instantiates({}, ["carin-bb"])) == ["capabilities.instantiates"]
    assert rules_of(capability.instantiates({}, ["us-core", "hrex"])) == ["(capabilities.instantiates)"]
    assert rules_of(capability.instantiates({"instantiates": ["HTTP://x"]}, ["hrex"])) == []


def test_metadata_is_public_from_smart_2_2(answer, rules_of):
    closed = answer(401, {})
    assert rules_of(capability.is_public(closed, smart_version="2.2.0")) == ["http.status"]
    assert rules_of(capability.is_public(closed, smart_version="2.1.0")) == ["(http.status)"]
    assert rules_of(capability.is_public(answer(500, {}), smart_version="2.0.0")) == ["http.status"]


def test_only_a_required_search_must_be_accepted(answer, rules_of):
    def tried(status, *, required):
        return capability.parameters_work([capability.DeclaredSearch("X?y", required, answer(status, {}))])

    assert rules_of(tried(200, required=True)) == []
    assert rules_of(tried(400, required=True)) == ["search.declared-rejected"]
    assert rules_of(tried(400, required=False)) == ["(search.declared-rejected)"]


def test_a_byte_order_mark_is_a_warning(answer, rules_of):
    marked = answer(200, {})
    marked = replace(marked, raw=codecs.BOM_UTF8 + marked.body)
    assert rules_of(no_byte_order_mark(marked, "it")) == ["(json.byte-order-mark)"]


REQUIRED = {"Coverage": ["patient", "_id"]}


def test_a_good_capability_statement_has_no_finding():
    assert list(capability.is_r4_json(STATEMENT)) == []
    assert list(capability.lists_types(STATEMENT, ["Coverage"])) == []
    assert (
        list(
            capability.names_profiles(
                STATEMENT, ["Coverage"], known=lambda _: True, selected=lambda _: True, us_core="6.1.0"
            )
        )
        == []
    )
    assert list(capability.instantiates(STATEMENT, ["us-core", "carin-bb"])) == []
    assert list(capability.declares_search_parameters(STATEMENT, ["Coverage"], required=REQUIRED)) == []


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (lambda: capability.is_r4_json({**STATEMENT, "fhirVersion": "4.3.0"}), "capabilities.fhirVersion"),
        (lambda: capability.is_r4_json(without(STATEMENT, "implementation")), "invariant:cpb-14"),
        (lambda: capability.is_r4_json({**STATEMENT, "format": ["xml"]}), "capabilities.format"),
        (lambda: capability.is_r4_json({}), "capabilities.resourceType"),
        (lambda: capability.lists_types(STATEMENT, ["Patient"]), "capabilities.type-missing"),
        (lambda: capability.lists_types({"rest": "x"}, ["Patient"]), "capabilities.type-missing"),
        (
            lambda: capability.names_profiles(
                STATEMENT, ["Coverage"], known=lambda _: False, selected=lambda _: True, us_core="6.1.0"
            ),
            "(capabilities.profile-unknown)",
        ),
        (
            lambda: capability.names_profiles(
                {}, ["Coverage"], known=lambda _: True, selected=lambda _: True, us_core="6.1.0"
            ),
            "capabilities.profile-missing",
        ),
        (lambda: capability.instantiates({}, ["carin-bb"]), "capabilities.instantiates"),
        (
            lambda: capability.declares_search_parameters({}, ["Coverage"], required=REQUIRED),
            "capabilities.search-parameter-missing",
        ),
    ],
)
def test_a_broken_capability_statement_is_found(findings, expected, rules_of):
    assert expected in rules_of(findings())
