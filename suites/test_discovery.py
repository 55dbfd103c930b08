"""Discovery: what the deployment says of itself before anybody logs in."""

import pytest

from conformance.areas.discovery.rules import capability_statement as capability
from conformance.areas.discovery.rules import openid
from conformance.areas.discovery.rules import smart_configuration as smart
from conformance.areas.discovery.rules.endpoints import answers_with, is_alive, speaks_oauth
from conformance.areas.shared import searches
from conformance.areas.shared.documents import absolute_https, json_object, media_type_is, status_is


@pytest.mark.verifies("PA-DISC-001")
def test_the_smart_configuration_is_served_under_the_fhir_base(smart_configuration_answer, judge):
    """The SMART configuration is found by appending its well-known path to the FHIR base, without a token."""
    judge(json_object(smart_configuration_answer, what="the SMART configuration"))


@pytest.mark.verifies("PA-DISC-002")
@pytest.mark.parametrize("accept", ["", "text/html", "application/fhir+xml"], ids=["no-accept", "html", "fhir-xml"])
def test_the_smart_configuration_is_json_whatever_is_accepted(fetch_smart_configuration, accept, judge):
    """The SMART configuration is application/json for every Accept header, and for none."""
    answer = fetch_smart_configuration(accept=accept)

    judge(
        json_object(answer, what=f"the SMART configuration for Accept {accept or '(none)'}"),
        media_type_is(answer, "application/json", what="the SMART configuration"),
    )


@pytest.mark.verifies("PA-DISC-003")
def test_the_authorization_endpoint_is_published_and_answers(smart_configuration, probe_authorization_endpoint, judge):
    """authorization_endpoint is an absolute https URL that answers a well-formed authorization request."""
    answer = probe_authorization_endpoint()

    judge(smart.authorization_endpoint(smart_configuration), answers_with(answer, "the authorization endpoint"))


@pytest.mark.verifies("PA-DISC-004")
def test_the_token_endpoint_is_published_and_issues_tokens(
    smart_configuration, probe_token_endpoint, documented_token_path, judge
):
    """token_endpoint is an absolute https URL that speaks the token protocol, at the documented path."""
    answer = probe_token_endpoint()

    judge(
        smart.token_endpoint(smart_configuration),
        speaks_oauth(answer),
        smart.documented_path(smart_configuration, documented_token_path),
    )


@pytest.mark.verifies("PA-DISC-005")
def test_the_patient_standalone_capabilities_are_listed(smart_configuration, judge):
    """Capabilities lists launch-standalone, context-standalone-patient, permission-patient and a kind of client."""
    judge(smart.patient_standalone_capabilities(smart_configuration))


@pytest.mark.verifies("PA-DISC-006")
def test_pkce_methods_are_s256_and_never_plain(smart_configuration, judge):
    """code_challenge_methods_supported contains S256 and does not contain plain."""
    judge(smart.pkce_methods(smart_configuration))


@pytest.mark.verifies("PA-DISC-007")
def test_the_code_grant_is_listed(smart_configuration, smart_version, judge):
    """grant_types_supported lists authorization_code."""
    judge(smart.grant_types(smart_configuration, smart_version=smart_version))


@pytest.mark.verifies("PA-DISC-008")
def test_single_sign_on_comes_with_issuer_and_key_set(smart_configuration, smart_version, id_token_issuer, judge):
    """With sso-openid-connect the issuer, equal to the iss of id_tokens, and the key set are published."""
    judge(
        smart.single_sign_on(smart_configuration, smart_version=smart_version),
        smart.issuer_is(smart_configuration, id_token_issuer),
    )


@pytest.mark.verifies("PA-DISC-009")
def test_every_endpoint_url_is_absolute(smart_configuration, judge):
    """Every endpoint URL of the SMART configuration has a scheme and a host, and uses https."""
    judge(smart.endpoints_are_absolute(smart_configuration))


@pytest.mark.verifies("PA-DISC-010")
def test_the_scopes_of_the_deployment_are_listed(smart_configuration, promised_scopes, scope_is_listed, judge):
    """scopes_supported covers every scope the deployment promises, in v1 or v2 spelling."""
    judge(smart.scopes_cover(smart_configuration, promised_scopes, implied=scope_is_listed))


@pytest.mark.verifies("PA-DISC-011")
def test_every_listed_scope_can_be_obtained(listed_patient_scopes, obtain_scopes, judge):
    """Each patient-level scope in scopes_supported is granted when it is asked for and the member agrees."""
    granted = obtain_scopes(listed_patient_scopes)

    judge(smart.scopes_obtained(listed_patient_scopes, granted), of=listed_patient_scopes)


@pytest.mark.verifies("PA-DISC-012")
def test_recommended_members_are_published_and_alive(smart_configuration, probe_advertised_endpoints, judge):
    """Recommended members are there, and every endpoint that is advertised answers a well-formed call."""
    answers = probe_advertised_endpoints()

    judge(
        smart.recommended_members(smart_configuration),
        smart.response_types(smart_configuration),
        is_alive(answers),
    )


@pytest.mark.verifies("PA-DISC-013")
def test_capabilities_agree_with_behaviour(smart_configuration, observed_behaviour, judge):
    """Capabilities and client authentication methods are those the server showed in this run."""
    judge(smart.capabilities_agree(smart_configuration, **observed_behaviour))


@pytest.mark.verifies("PA-DISC-014")
def test_the_carin_capabilities_are_listed(smart_configuration, judge):
    """Capabilities lists the set that CARIN Blue Button asks for."""
    judge(smart.carin_capabilities(smart_configuration))


@pytest.mark.verifies("PA-DISC-015")
def test_the_capability_statement_is_public_r4_json(capability_statement_answer, validate, judge):
    """GET metadata answers a valid R4 CapabilityStatement of a server instance to anybody."""
    answer = capability_statement_answer

    judge(
        status_is(answer, 200, what="metadata"),
        capability.read_from(answer),
        validate.answer(answer),
    )


@pytest.mark.verifies("PA-DISC-016")
def test_every_deployed_type_is_listed_with_read_and_search(capability_statement, deployed_types, judge):
    """Each deployed resource type is in the capability statement with read and search-type."""
    judge(capability.lists_types(capability_statement, deployed_types))


@pytest.mark.verifies("PA-DISC-017")
def test_the_supported_profiles_are_official_ones(
    capability_statement, deployed_types, known_canonical, is_selected, judge
):
    """SupportedProfile names the expected canonicals and none that no guide defines."""
    judge(capability.names_profiles(capability_statement, deployed_types, known=known_canonical, selected=is_selected))


@pytest.mark.verifies("PA-DISC-018")
def test_the_server_statements_are_instantiated(capability_statement, judge):
    """Instantiates names the US Core and the CARIN server statement."""
    judge(capability.instantiates(capability_statement, ("us-core", "carin-bb")))


@pytest.mark.verifies("PA-DISC-019")
def test_the_security_block_agrees_with_the_smart_configuration(capability_statement, smart_configuration, judge):
    """The oauth-uris extension, where present, names the endpoints of the SMART configuration."""
    judge(smart.agrees_with_capability_statement(smart_configuration, capability.oauth_uris(capability_statement)))


@pytest.mark.verifies("PA-DISC-020")
def test_required_search_parameters_are_declared_and_work(
    capability_statement, deployed_types, try_declared_parameters, judge
):
    """The required search parameters are declared, and none that is declared is rejected."""
    tried = try_declared_parameters(capability_statement)

    judge(
        capability.declares_search_parameters(capability_statement, deployed_types),
        searches.parameters_accepted(tried),
        of=tried,
    )


@pytest.mark.verifies("PA-DISC-021")
def test_the_openid_configuration_is_published_at_the_issuer(openid_configuration_answer, issuer, judge):
    """The OpenID configuration at the issuer has the required members and names that very issuer."""
    judge(
        json_object(openid_configuration_answer, what="the OpenID configuration"),
        openid.read_from(openid_configuration_answer, issuer=issuer),
        absolute_https(issuer, member="issuer"),
    )


@pytest.mark.verifies("PA-DISC-022")
def test_the_key_set_holds_bare_public_keys(key_set_answer, judge):
    """The key set has RSA keys with n and e, nothing private or symmetric, and no kid twice."""
    judge(json_object(key_set_answer, what="the key set"), openid.key_set_from(key_set_answer))


@pytest.mark.verifies("PA-DISC-023")
def test_the_smart_and_openid_documents_agree(smart_configuration, openid_configuration, judge):
    """Issuer, authorization, token and key set addresses are the same in both documents."""
    judge(smart.agrees_with_openid(smart_configuration, openid_configuration))
