"""Discovery: how the deployment describes itself before any login."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.discovery.probes import documents, endpoints, parameters, scopes
from conformance.areas.discovery.rules import capability_statement as capability
from conformance.areas.discovery.rules import openid
from conformance.areas.discovery.rules import smart_configuration as smart
from conformance.areas.discovery.rules.endpoints import answers_with, is_alive, no_byte_order_mark, speaks_oauth
from conformance.areas.shared.documents import absolute_https, json_object, media_type_is
from conformance.areas.shared.requested_scopes import promised_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.guides import Guides
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange


@pytest.mark.verifies("PA-DISC-001")
def test_the_smart_configuration_is_served_under_the_fhir_base(discovery: Discovery, judge: Judge) -> None:
    """The SMART configuration is served without a token at the well-known path appended to the FHIR base."""
    answer = documents.answer_of(discovery.smart)

    judge(json_object(answer, what="the SMART configuration"), no_byte_order_mark(answer, "the SMART configuration"))


@pytest.mark.verifies("PA-DISC-002")
@pytest.mark.parametrize("accept", ["", "text/html", "application/fhir+xml"], ids=["no-accept", "html", "fhir-xml"])
def test_the_smart_configuration_is_json_for_every_accept_header(run: Run, accept: str, judge: Judge) -> None:
    """The SMART configuration is application/json for every Accept header, and for none."""
    answer = documents.smart_configuration_for(run, accept=accept)

    judge(
        json_object(answer, what=f"the SMART configuration for Accept {accept or '(none)'}"),
        media_type_is(answer, "application/json", what="the SMART configuration"),
        no_byte_order_mark(answer, "the SMART configuration"),
    )


@pytest.mark.verifies("PA-DISC-003")
def test_the_authorization_endpoint_is_published_and_answers(
    smart_configuration: dict[str, Any], run: Run, authorizations: Authorizations, judge: Judge
) -> None:
    """authorization_endpoint is an absolute https URL that answers a well-formed authorization request."""
    answer = endpoints.authorization_endpoint(run, authorizations)

    judge(
        smart.authorization_endpoint(smart_configuration, smart_version=run.target.deployment.smart_version),
        answers_with(answer, "the authorization endpoint"),
    )


@pytest.mark.verifies("PA-DISC-004")
def test_the_token_endpoint_is_published_and_issues_tokens(
    smart_configuration: dict[str, Any], run: Run, authorizations: Authorizations, judge: Judge
) -> None:
    """token_endpoint is an absolute https URL at the documented path, and answers as RFC 6749 section 5.2 says."""
    answer = endpoints.token_endpoint(authorizations)

    judge(
        smart.token_endpoint(smart_configuration, smart_version=run.target.deployment.smart_version),
        speaks_oauth(answer),
        smart.documented_path(smart_configuration, run.target.documentation.token_path),
    )


@pytest.mark.verifies("PA-DISC-005")
def test_the_patient_standalone_capabilities_are_listed(smart_configuration: dict[str, Any], judge: Judge) -> None:
    """capabilities lists launch-standalone, context-standalone-patient, permission-patient and a kind of client."""
    judge(smart.patient_standalone_capabilities(smart_configuration))


@pytest.mark.verifies("PA-DISC-006")
def test_pkce_methods_are_s256_and_never_plain(smart_configuration: dict[str, Any], judge: Judge) -> None:
    """code_challenge_methods_supported contains S256 and does not contain plain."""
    judge(smart.pkce_methods(smart_configuration))


@pytest.mark.verifies("PA-DISC-007")
def test_the_authorization_code_grant_is_listed(smart_configuration: dict[str, Any], run: Run, judge: Judge) -> None:
    """grant_types_supported lists authorization_code."""
    judge(smart.grant_types(smart_configuration, smart_version=run.target.deployment.smart_version))


@pytest.mark.verifies("PA-DISC-008")
def test_single_sign_on_has_an_issuer_and_a_key_set(
    smart_configuration: dict[str, Any], run: Run, id_token_issuer: str, judge: Judge
) -> None:
    """With sso-openid-connect, issuer and jwks_uri are published, and issuer equals the iss of id_tokens."""
    judge(
        smart.single_sign_on(smart_configuration, smart_version=run.target.deployment.smart_version),
        smart.issuer_is(smart_configuration, id_token_issuer),
    )


@pytest.mark.verifies("PA-DISC-009")
def test_every_endpoint_url_is_absolute(smart_configuration: dict[str, Any], run: Run, judge: Judge) -> None:
    """Every endpoint URL of the SMART configuration is absolute, as SMART 2.1.0 and later require, and uses https."""
    judge(smart.endpoints_are_absolute(smart_configuration, smart_version=run.target.deployment.smart_version))


@pytest.mark.verifies("PA-DISC-010")
def test_the_scopes_of_the_deployment_are_listed(
    smart_configuration: dict[str, Any],
    run: Run,
    scope_is_listed: Callable[[str, Iterable[str]], bool],
    judge: Judge,
) -> None:
    """scopes_supported is published; that it covers every promised scope is advisory."""
    judge(smart.scopes_cover(smart_configuration, promised_scopes(run.target), implied=scope_is_listed))


@pytest.mark.verifies("PA-DISC-011")
def test_every_listed_scope_can_be_obtained(discovery: Discovery, authorizations: Authorizations, judge: Judge) -> None:
    """Each patient-level scope in scopes_supported is granted when it is requested and the member consents."""
    listed = scopes.listed_patient_scopes(discovery)

    judge(smart.scopes_obtained(listed, scopes.unobtainable(authorizations, listed)), of=listed)


@pytest.mark.verifies("PA-DISC-012")
def test_recommended_members_are_published_and_answer(
    smart_configuration: dict[str, Any], run: Run, discovery: Discovery, authorizations: Authorizations, judge: Judge
) -> None:
    """The recommended members are published, and every advertised endpoint answers a well-formed request."""
    answers = endpoints.optional_endpoints(run, discovery, authorizations)

    judge(
        smart.recommended_members(smart_configuration),
        smart.response_types(smart_configuration),
        is_alive(answers),
    )


@pytest.mark.verifies("PA-DISC-013")
def test_capabilities_agree_with_behaviour(
    smart_configuration: dict[str, Any], observed_behaviour: dict[str, Any], judge: Judge
) -> None:
    """capabilities and client authentication methods agree with what the server did in this run."""
    judge(smart.capabilities_agree(smart_configuration, **observed_behaviour))


@pytest.mark.verifies("PA-DISC-014")
def test_the_carin_capabilities_are_listed(smart_configuration: dict[str, Any], judge: Judge) -> None:
    """capabilities lists what CARIN Blue Button requires."""
    judge(smart.carin_capabilities(smart_configuration))


@pytest.mark.verifies("PA-DISC-015")
def test_the_capability_statement_is_public_r4_json(
    capability_statement_answer: Exchange, run: Run, validate: Validation, judge: Judge
) -> None:
    """GET metadata returns a valid R4 CapabilityStatement of a server instance without a token."""
    answer = capability_statement_answer
    version = run.target.deployment.smart_version

    judge(
        capability.is_public(answer, smart_version=version),
        capability.read_from(answer),
        validate.answer(answer),
    )


@pytest.mark.verifies("PA-DISC-016")
def test_every_deployed_type_is_listed_with_read_and_search(
    capability_statement: dict[str, Any], deployed_types: tuple[str, ...], judge: Judge
) -> None:
    """Each deployed resource type is in the capability statement with read and search-type."""
    judge(capability.lists_types(capability_statement, deployed_types))


@pytest.mark.verifies("PA-DISC-017")
def test_the_supported_profiles_are_official_ones(
    capability_statement: dict[str, Any],
    deployed_types: tuple[str, ...],
    guides: Guides,
    run: Run,
    judge: Judge,
) -> None:
    """supportedProfile names a selected profile for each type, and none that its guide does not define."""
    judge(
        capability.names_profiles(
            capability_statement,
            deployed_types,
            known=guides.is_known,
            selected=lambda canonical: guides.profile(canonical) is not None,
            us_core=run.target.guides.get("us-core", ""),
        )
    )


@pytest.mark.verifies("PA-DISC-018")
def test_the_server_statements_are_instantiated(capability_statement: dict[str, Any], run: Run, judge: Judge) -> None:
    """instantiates names the server capability statements of CARIN Blue Button and US Core (advisory)."""
    judge(capability.instantiates(capability_statement, run.target.guides))


@pytest.mark.verifies("PA-DISC-019")
def test_the_security_block_agrees_with_the_smart_configuration(
    capability_statement: dict[str, Any], smart_configuration: dict[str, Any], judge: Judge
) -> None:
    """The oauth-uris extension, where present, names the endpoints of the SMART configuration."""
    judge(smart.agrees_with_capability_statement(smart_configuration, capability.oauth_uris(capability_statement)))


@pytest.mark.verifies("PA-DISC-020")
def test_required_search_parameters_are_declared(
    capability_statement: dict[str, Any], deployed_types: tuple[str, ...], guides: Guides, judge: Judge
) -> None:
    """The search parameters that the guides require are declared for each deployed type."""
    required = parameters.required_parameters(guides)

    judge(capability.declares_search_parameters(capability_statement, deployed_types, required=required))


@pytest.mark.verifies("PA-DISC-020")
def test_declared_search_parameters_work(
    capability_statement: dict[str, Any],
    answering_types: tuple[str, ...],
    collection: Collection,
    fhir: FhirClient,
    *,
    guides: Guides,
    judge: Judge,
) -> None:
    """No declared search parameter is rejected with a value that the server itself returned."""
    required = parameters.required_parameters(guides)
    tried = parameters.declared_parameters(
        capability_statement, answering_types, required=required, collection=collection, fhir=fhir
    )

    judge(capability.parameters_work(tried), of=tried)


@pytest.mark.verifies("PA-DISC-021")
def test_the_openid_configuration_is_published_at_the_issuer(discovery: Discovery, judge: Judge) -> None:
    """The OpenID configuration at the issuer has the required members and names the same issuer."""
    answer = documents.answer_of(discovery.openid)

    judge(
        json_object(answer, what="the OpenID configuration"),
        openid.read_from(answer, issuer=discovery.issuer),
        absolute_https(discovery.issuer, member="issuer"),
        no_byte_order_mark(answer, "the OpenID configuration"),
    )


@pytest.mark.verifies("PA-DISC-022")
def test_the_key_set_holds_bare_public_keys(discovery: Discovery, judge: Judge) -> None:
    """The key set has RSA keys with n and e, and no private or symmetric key."""
    answer = documents.answer_of(discovery.jwks)

    judge(
        json_object(answer, what="the key set"),
        openid.key_set_from(answer),
        no_byte_order_mark(answer, "the key set"),
    )


@pytest.mark.verifies("PA-DISC-023")
def test_the_smart_and_openid_documents_agree(
    smart_configuration: dict[str, Any], discovery: Discovery, judge: Judge
) -> None:
    """issuer, authorization_endpoint, token_endpoint and jwks_uri are the same in both documents."""
    judge(smart.agrees_with_openid(smart_configuration, documents.content_of(discovery.openid)))
