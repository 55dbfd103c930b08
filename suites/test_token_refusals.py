"""Token: requests that must not be served, and how they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.shared import refusals
from conformance.areas.token.probes import grant_types
from conformance.areas.token.rules import errors as token_errors
from conformance.areas.token.rules import refresh as token_refresh
from conformance.areas.token.rules import replay as token_replay
from conformance.areas.token.rules import response as token

if TYPE_CHECKING:
    from conformance.areas.shared.refusals import Probe
    from conformance.areas.token.probes.codes import CodeProbes
    from conformance.areas.token.probes.public_client import PublicClient
    from conformance.areas.token.probes.refreshes import RefreshProbes
    from conformance.engine.judge import Judge
    from conformance.oauth.token_endpoint import TokenAnswer

pytestmark = pytest.mark.usefixtures("own_authorization")


@pytest.mark.verifies("PA-TOK-001")
def test_a_code_is_not_exchanged_by_get(code_probes: CodeProbes, judge: Judge) -> None:
    """The same parameters in the query of a GET give no token."""
    judge(token.gives_no_token(code_probes.probes("query")))


@pytest.mark.verifies("PA-TOK-005")
def test_a_code_is_useless_without_a_verifier(code_probes: CodeProbes, judge: Judge) -> None:
    """An exchange without code_verifier is refused."""
    judge(refusals.refused_as(code_probes.probes("no-verifier"), "invalid_grant", "invalid_request"))


@pytest.mark.verifies("PA-TOK-006")
def test_a_code_is_useless_with_a_wrong_verifier(code_probes: CodeProbes, judge: Judge) -> None:
    """Another verifier, the challenge itself, and the verifier with a trailing character are refused."""
    judge(refusals.refused_as(code_probes.probes("wrong-verifier"), "invalid_grant"))


@pytest.mark.verifies("PA-TOK-007")
def test_a_code_works_once(code_probes: CodeProbes, judge: Judge) -> None:
    """A second exchange is refused, and ends the token of the first (advisory)."""
    judge(token_replay.codes_work_once(code_probes.replay))


@pytest.mark.verifies("PA-TOK-007")
def test_a_code_works_once_even_in_a_race(code_probes: CodeProbes, judge: Judge) -> None:
    """Of two exchanges of a code at the same time at most one is served."""
    judge(token_replay.one_of_a_race(code_probes.race))


@pytest.mark.verifies("PA-TOK-008")
def test_a_code_is_useless_to_another_client(code_probes: CodeProbes, judge: Judge) -> None:
    """A second registered client cannot redeem the first one's code."""
    judge(refusals.refused_as(code_probes.probes("client"), "invalid_grant"))


@pytest.mark.verifies("PA-TOK-009")
def test_a_code_is_bound_to_its_redirect_uri(code_probes: CodeProbes, judge: Judge) -> None:
    """An exchange with another registered redirect_uri, or with none, is refused."""
    judge(refusals.refused_as(code_probes.probes("redirect_uri"), "invalid_grant", "invalid_request"))


@pytest.mark.verifies("PA-TOK-011")
def test_a_client_that_cannot_prove_itself_is_refused(code_probes: CodeProbes, judge: Judge) -> None:
    """A wrong secret or a wrong assertion gives invalid_client; for Basic with 401 and a challenge."""
    judge(refusals.client_failure_challenged(code_probes.wrong_proofs(), basic=code_probes.uses_basic))


@pytest.mark.verifies("PA-TOK-012")
def test_a_public_client_must_name_itself(public_client: PublicClient, judge: Judge) -> None:
    """An exchange without client_id is refused."""
    judge(refusals.refused_as(public_client.unnamed, "invalid_client", "invalid_request", "invalid_grant"))


@pytest.mark.verifies("PA-TOK-013")
def test_token_errors_are_json_with_a_defined_code_and_no_internals(
    refused_token_answer: TokenAnswer,
    unsupported_grants: list[Probe],
    code_probes: CodeProbes,
    refresh_probes: RefreshProbes,
    judge: Judge,
) -> None:
    """Every refusal is 400 or 401, is JSON with an error of the defined list, and shows no internals of the server."""
    errors = grant_types.every_error(refused_token_answer, unsupported_grants, code_probes, refresh_probes)

    judge(token_errors.well_formed(errors), of=errors)


@pytest.mark.verifies("PA-TOK-018")
def test_a_refresh_cannot_widen_the_scope(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A refresh that requests more is refused, or grants no more than before."""
    judge(token_refresh.cannot_widen(refresh_probes.widening))


@pytest.mark.verifies("PA-TOK-018")
def test_a_refresh_can_narrow_the_scope(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A refresh that requests less is served, and its token opens no more than the scope of the response."""
    judge(token_refresh.can_narrow(refresh_probes.narrowing))


@pytest.mark.verifies("PA-TOK-019")
def test_a_refresh_token_is_useless_to_another_client(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A second client cannot use the first one's refresh token."""
    judge(refusals.refused_as(refresh_probes.by_another_client, "invalid_grant", "invalid_client"))


@pytest.mark.verifies("PA-TOK-020")
def test_a_public_clients_refresh_token_works_once(public_client: PublicClient, judge: Judge) -> None:
    """A refresh token that was used is refused, and its use ends the newest one too (advisory)."""
    judge(token_replay.refresh_tokens_rotate(public_client.rotation))


@pytest.mark.verifies("PA-TOK-021")
def test_invalid_refresh_tokens_are_refused(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A random string, a truncated token and an access token are refused as invalid_grant."""
    judge(refusals.refused_as(refresh_probes.invalid, "invalid_grant"))


@pytest.mark.verifies("PA-TOK-022")
def test_a_refresh_keeps_the_patient(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """After a refresh the same patient is in context, and can be read."""
    judge(token_refresh.keeps_patient(refresh_probes.context))


@pytest.mark.verifies("PA-TOK-022")
def test_a_refreshed_token_opens_no_other_record(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A refreshed token does not read another member's Patient."""
    judge(token_refresh.opens_no_other(refresh_probes.others_patient))


@pytest.mark.verifies("PA-TOK-029")
def test_codes_cannot_be_made_up(code_probes: CodeProbes, judge: Judge) -> None:
    """A code with changed characters, or with changed content where it is readable, gives no token."""
    codes = code_probes.made_up()

    judge(token_errors.made_up_values_refused(codes), of=codes)


@pytest.mark.verifies("PA-TOK-029")
def test_refresh_tokens_cannot_be_made_up(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A refresh token with changed characters, or with changed content where it is readable, gives no token."""
    refreshes = refresh_probes.made_up()

    judge(token_errors.made_up_values_refused(refreshes), of=refreshes)
