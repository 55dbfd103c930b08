"""The id_token of the shared session: by which time it is judged, and what is not said of one that cannot be read."""

import json
from types import SimpleNamespace

import pytest

from conformance.areas.identity.probes.tokens import JudgedIdToken
from conformance.errors import Undecided
from conformance.oauth.pkce import urlsafe
from conformance.oauth.scopes import parse_scopes

RECEIVED = 1_800_000_000


def judged(id_token, *, scope="openid fhirUser", nonce="n"):
    run = SimpleNamespace(target=SimpleNamespace(deployment=SimpleNamespace(clock_skew=60.0)))
    discovery = SimpleNamespace(smart=SimpleNamespace(text=lambda _: ""), openid=SimpleNamespace(text=lambda _: ""))
    authorizations = SimpleNamespace(discovery=discovery, client=lambda: SimpleNamespace(client_id="app"))
    answer = SimpleNamespace(
        id_token=id_token,
        access_token="at",
        scopes=parse_scopes(scope),
        exchange=SimpleNamespace(received_at=RECEIVED),
    )
    return JudgedIdToken(run, authorizations, answer, nonce)


def token(**claims):
    return ".".join(urlsafe(json.dumps(part).encode()) for part in ({"alg": "RS256"}, claims)) + ".AA"


@pytest.mark.parametrize("row", ["issuer", "audience", "times", "nonce", "fhir_user"])
def test_nothing_is_said_of_claims_that_cannot_be_read(row):
    with pytest.raises(Undecided) as raised:
        list(getattr(judged("not-a-token"), row)())
    assert raised.value.blocked_by == "PA-IDEN-001"


def test_the_times_are_those_of_the_token_response():
    assert list(judged(token(iat=RECEIVED, exp=RECEIVED + 300)).times()) == []
    assert [each.rule for each in judged(token(iat=RECEIVED - 600, exp=RECEIVED + 300)).times()] == [
        "id_token.iat.skew"
    ]


def test_what_was_not_requested_or_granted_is_not_judged():
    with pytest.raises(Undecided):
        list(judged(token(), nonce="").nonce())
    with pytest.raises(Undecided) as raised:
        list(judged(token(), scope="openid").fhir_user())
    assert raised.value.blocked_by == "PA-SCOP-010"
