"""With tokens from outside the API is judged, and whatever needs a login is undecided, never failed."""

import pytest

from conformance.login.modes import authorizer_for
from conformance.oauth.discovery import discover
from conformance.oauth.request import authorization_request
from conformance.oauth.token_endpoint import TokenEndpoint
from conformance.redaction import Redactor
from conformance.target import load_target
from conformance.transport import transport_for


@pytest.fixture
def tokens(payer):
    """A token pair as somebody outside the harness would bring it."""
    target = load_target(payer.target_file)
    transport = transport_for(target, Redactor())
    discovery = discover(transport, target.deployment.fhir_base)
    scopes = [*target.scopes.required, *target.scopes.optional, "offline_access"]
    client = target.clients["main"]
    request = authorization_request(discovery.authorization_endpoint, client, scopes, target.deployment.fhir_base)
    with authorizer_for(target, discovery) as browser:
        outcome = browser.authorize(request, target.members["a"])
    answer = TokenEndpoint(transport, discovery.token_endpoint, client).exchange(outcome.code)
    transport.close()
    return {"access": answer.access_token, "refresh": answer.refresh_token}


@pytest.mark.browser
def test_what_needs_a_login_is_undecided(run, changed_target, tokens):
    def bring(target):
        target["login"] = {"mode": "tokens"}
        target["tokens"] = tokens

    selection = ("PA-AUTH-001", "PA-TOK-00", "PA-TOK-01", "PA-IDEN-00", "PA-SCOP-001", "PA-SRCH-019", "PA-REST-001")
    ended = run(changed_target(bring), *(f"--requirement={prefix}" for prefix in selection), "--allow-untested")
    statuses = ended.statuses
    assert ended.code == 5, ended.output
    assert statuses["PA-SRCH-019"] == statuses["PA-REST-001"] == "pass"
    assert statuses["PA-AUTH-001"] == statuses["PA-TOK-002"] == statuses["PA-SCOP-001"] == "undecided"
    assert "fail" not in statuses.values()
    assert "login.mode" in ended.row("PA-TOK-002")["reason"]
    for token in tokens.values():
        assert token not in ended.output
