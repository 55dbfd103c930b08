"""What the token endpoint and the API said of right and wrong tokens: each good answer passes, each bad one has a rule."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.shared import refusals
from conformance.areas.shared.refusals import Probe
from conformance.areas.token.rules import access as token_access
from conformance.areas.token.rules import errors as token_errors
from conformance.areas.token.rules import refresh as token_refresh
from conformance.areas.token.rules import replay as token_replay
from conformance.areas.token.rules import response as token_response
from conformance.areas.token.rules import status as token_status
from conformance.areas.token.rules.access import Expiry, Use
from conformance.areas.token.rules.refresh import Context, Narrowing, Widening
from conformance.areas.token.rules.replay import Replay, Rotation
from conformance.areas.token.rules.status import Revocation
from conformance.errors import Undecided

TOKEN = {"access_token": "t", "token_type": "Bearer", "scope": "openid", "expires_in": 3600, "patient": "1"}
JSON = {"content-type": "application/json"}


@dataclass
class Reply:
    exchange: object
    json: dict | None = None

    @property
    def status(self):
        return self.exchange.status

    @property
    def error(self):
        return (self.json or {}).get("error", "")


@pytest.fixture
def reply(answer):
    """An answer of the token endpoint."""

    def make(status=200, document=None, **more):
        return Reply(answer(status, document, **more), document if isinstance(document, dict) else None)

    return make


@pytest.fixture
def probe(reply):
    return lambda status=400, error="invalid_grant", **more: Probe("it", reply(status, {"error": error}, **more))


@pytest.fixture
def served(reply):
    return Probe("it", reply(200, TOKEN))


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (400, {"error": "invalid_grant"}, []),
        (401, {"error": "invalid_grant"}, ["(token.refusal.unauthorized)"]),
        (400, {"error": "invalid_request"}, ["(token.refusal.error)"]),
        (400, {"error": "INVALID_GRANT"}, ["(token.refusal.error)"]),
        (400, {"error": "invalid_grant", "access_token": ""}, []),
        (400, [], ["(token.refusal.error)"]),
        (403, {"error": "invalid_grant"}, ["(token.refusal.error)"]),
        (200, {"error": "invalid_grant"}, ["token.refusal.status"]),
        (302, None, ["token.refusal.status"]),
        (500, {"error": "invalid_grant"}, ["token.refusal.status"]),
        (200, TOKEN, ["token.not-refused"]),
        (400, TOKEN, ["token.not-refused"]),
    ],
)
def test_refusals_have_a_form(reply, rules_of, status, document, expected):
    probes = [Probe("it", reply(status, document))]
    if document == {"error": "invalid_grant", "access_token": ""}:
        probes[0].reply.exchange.raw = b'{"error": "invalid_grant"}'
    assert rules_of(refusals.refused_as(probes, "invalid_grant")) == expected


@pytest.mark.parametrize(("status", "headers"), [(0, {}), (429, {}), (503, {"retry-after": "5"})])
def test_a_request_that_is_put_off_shows_nothing(reply, served, rules_of, status, headers):
    later = Probe("it", reply(status, None, headers=headers))
    with pytest.raises(Undecided, match="neither a refusal nor a token"):
        list(refusals.refused_as([later], "invalid_grant"))
    assert rules_of(refusals.refused_as([later, served], "invalid_grant")) == ["token.not-refused"]
    assert rules_of(refusals.refused_as([Probe("it", reply(503, None))], "x")) == ["token.refusal.status"]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [(200, b"<h1>Hello</h1>", []), (405, b"", []), (200, b'{"access_token": "t"}', ["token.not-refused"])],
)
def test_only_a_token_for_a_get_is_wrong(answer, rules_of, status, body, expected):
    document = json.loads(body) if body.startswith(b"{") else None
    probe = Probe("a GET", Reply(answer(status, raw=body), document))
    assert rules_of(token_response.gives_no_token([probe])) == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("openid patient/Patient.read", []),
        ("patient/Observation.rs?category=a,b openid", []),
        ("openid,fhirUser,patient/Patient.read", ["token.scope.separator"]),
        ("openid patient/Patient.read,patient/Coverage.read", ["token.scope.separator"]),
        ("a,b", []),
        ("openid  fhirUser", ["(token.scope.spaces)"]),
        (" openid", ["(token.scope.spaces)"]),
    ],
)
def test_scope_values_are_separated_by_one_space(rules_of, scope, expected):
    assert rules_of(token_response.has_required_members(TOKEN | {"scope": scope})) == expected


def test_grant_types_are_refused_by_name(reply, rules_of):
    def rules(what, error):
        return rules_of(token_errors.grant_types_refused([Probe(what, reply(400, {"error": error}))]))

    assert rules("the password grant", "unauthorized_client") == []
    assert rules("a made-up grant type", "unsupported_grant_type") == []
    assert rules("a made-up grant type", "invalid_request") == ["(token.refusal.error)"]
    assert rules("a token request without grant_type", "invalid_request") == []
    assert rules("a token request without grant_type", "unsupported_grant_type") == ["(token.refusal.error)"]


def test_secrets_of_the_exchange_stay_secret(reply, rules_of):
    withheld = {"code_verifier": "v" * 43, "code_challenge": "c" * 43}

    def rules(text):
        document = {"error": "invalid_grant", "error_description": text}
        return rules_of(token_errors.well_formed([Probe("it", reply(400, document), withheld)]))

    assert rules("The verifier is wrong.") == []
    assert rules(f"{'c' * 43} was expected") == ["(token.error.secret)"]
    assert rules(f"{'v' * 43} was expected") == ["token.error.secret"]


def test_each_wrong_request_is_named(probe, served):
    found = list(refusals.refused_as([probe(), served, probe(error="x")], "invalid_grant"))
    assert [each.rule for each in found] == ["token.not-refused", "token.refusal.error"]
    assert all(each.exchange == 7 for each in found)


@pytest.mark.parametrize(
    ("answered", "challenge", "basic", "expected"),
    [
        ((401, "invalid_client"), 'Basic realm="x"', True, []),
        ((401, "invalid_client"), "basic", True, []),
        ((401, "invalid_client"), "", True, ["token.client.no-challenge"]),
        ((400, "invalid_client"), "Basic", True, ["token.client.status"]),
        ((400, "invalid_client"), "", False, []),
        ((401, "invalid_client"), "", False, []),
        ((400, "invalid_grant"), "", False, ["token.refusal.error"]),
        ((200, "invalid_client"), "Basic", True, ["token.refusal.status"]),
    ],
)
def test_failed_clients(probe, rules_of, answered, challenge, basic, expected):  # noqa: PLR0917
    failed = probe(*answered, headers={**JSON, "www-authenticate": challenge})
    assert rules_of(refusals.client_failure_challenged([failed], basic=basic)) == expected


@pytest.mark.parametrize("error", ["unsupported_grant_type", "invalid_client", "invalid_scope", "use_dpop_nonce"])
def test_error_answers_are_well_formed(probe, error):
    assert list(token_errors.well_formed([probe(400, error), probe(401, error)])) == []


@pytest.mark.parametrize(
    ("status", "document", "more", "expected"),
    [
        (400, {"error": "E1"}, {}, ["(token.error.unknown)"]),
        (400, {"detail": "no"}, {}, ["token.error.undefined"]),
        (403, {"error": "invalid_grant"}, {}, ["(token.error.status)"]),
        (500, {"error": "server_error"}, {}, ["token.error.broken", "(token.error.unknown)"]),
        (429, None, {}, []),
        (400, None, {}, ["token.error.undefined"]),
        (400, {"error": "invalid_grant"}, {"headers": {"content-type": "text/html"}}, ["(token.error.content-type)"]),
        (200, TOKEN, {}, []),
    ],
)
def test_error_answers_that_are_not(reply, rules_of, status, document, more, expected):  # noqa: PLR0917
    assert rules_of(token_errors.well_formed([Probe("it", reply(status, document, **more))])) == expected


@pytest.mark.parametrize(
    "inside",
    [
        "Traceback (most recent call last):",
        "at org.example.oauth.TokenService.exchange(TokenService.java:88)",
        "java.lang.NullPointerException",
        "System.Data.SqlClient.SqlException",
        "at exchange (/srv/app/token.js:12:5)",
        "goroutine 17 [running]:",
        "token.rb:12:in `exchange'",
        "SELECT code FROM codes WHERE id = 1",
        "ORA-00942: table or view does not exist",
        "/var/www/oauth/token.php",
    ],
)
def test_the_inside_of_a_server_is_noticed(answer, rules_of, inside):
    document = {"error": "invalid_grant", "error_description": inside}
    told = Probe("it", Reply(answer(400, raw=json.dumps(document).encode()), document))
    assert "token.error.internals" in rules_of(token_errors.well_formed([told]))


@pytest.mark.parametrize(
    "harmless",
    [
        "The code has expired. Select another account from the list.",
        "code_verifier does not match the challenge",
        "See https://developer.payer.example/docs/errors.html#invalid_grant",
        "client at app.example is not allowed",
    ],
)
def test_plain_descriptions_are_harmless(reply, harmless):
    document = {"error": "invalid_grant", "error_description": harmless}
    assert list(token_errors.well_formed([Probe("it", reply(400, document))])) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(200, 401, []), (200, 200, ["(token.code.replay-keeps-tokens)"]), (401, 401, []), (401, 200, [])],
)
def test_a_replayed_code(answer, probe, rules_of, before, after, expected):  # noqa: PLR0917
    assert rules_of(token_replay.codes_work_once(Replay(probe(), answer(before), answer(after)))) == expected


def test_a_code_that_works_twice(answer, served, probe, rules_of):
    assert rules_of(token_replay.codes_work_once(Replay(served, answer(200), answer(401)))) == ["token.not-refused"]
    assert list(token_replay.one_of_a_race([served, probe()])) == []
    assert list(token_replay.one_of_a_race([probe(), probe()])) == []
    assert rules_of(token_replay.one_of_a_race([served, served])) == ["token.code.raced"]


def test_rotation(reply, probe, served, rules_of):
    first, dead = reply(200, TOKEN), reply(400, {"error": "invalid_grant"})

    def rules(*rotation):
        return rules_of(token_replay.refresh_tokens_rotate(Rotation(*rotation)))

    assert rules(first, probe(), dead) == []
    assert rules(first, probe(), None) == []
    assert rules(first, probe(), first) == ["(token.refresh.family-lives)"]
    assert rules(first, served, first) == ["token.not-refused"]
    bound = Rotation(first, served, first, constrained=True)
    assert rules_of(token_replay.refresh_tokens_rotate(bound)) == []


def test_widening(answer, probe, served, rules_of):
    def rules(*widening):
        return rules_of(token_refresh.cannot_widen(Widening("patient/X.read", *widening)))

    assert rules(probe(400, "invalid_scope")) == []
    assert rules(probe(400, "invalid_grant")) == []
    assert rules(probe(400, "E1")) == ["(token.refusal.error)"]
    assert rules(served, (), answer(403)) == []
    assert rules(served, ("patient/X.read",), answer(403)) == ["token.refresh.widened"]
    assert rules(served, (), answer(200)) == ["token.refresh.wider-in-effect"]


def test_narrowing(answer, probe, served, rules_of):
    def rules(*narrowing):
        return rules_of(token_refresh.can_narrow(Narrowing(*narrowing)))

    assert rules(served, (), answer(200), answer(403)) == []
    assert rules(served, (), answer(200), answer(401)) == []
    assert rules(served, ("patient/X.read",), answer(200), answer(200)) == []
    assert rules(served, (), answer(200), answer(200)) == ["token.refresh.not-narrowed-in-effect"]
    assert rules(served, (), answer(403), answer(403)) == ["token.refresh.kept-closed"]
    assert rules(probe(400, "invalid_scope")) == ["(token.refresh.narrowing-refused)"]


@pytest.mark.parametrize(
    ("document", "read", "expected"),
    [
        (TOKEN, 200, []),
        ({name: value for name, value in TOKEN.items() if name != "patient"}, 200, []),
        (TOKEN | {"patient": "2"}, 403, ["token.refresh.patient", "token.refresh.patient-lost"]),
        (TOKEN, 404, ["token.refresh.patient-lost"]),
        ({"error": "invalid_grant"}, None, ["token.refresh.refused"]),
    ],
)
def test_a_refresh_keeps_the_patient(answer, reply, rules_of, document, read, expected):  # noqa: PLR0917
    context = Context("1", reply(200 if read else 400, document), answer(read) if read else None)
    assert rules_of(token_refresh.keeps_patient(context)) == expected


@pytest.mark.parametrize(("status", "closed"), [(401, True), (403, True), (404, True), (400, True), (200, False)])
def test_others_stay_closed(answer, status, closed):
    assert (list(token_refresh.opens_no_other(answer(status))) == []) is closed


@pytest.mark.parametrize("status", [0, 302, 500])
def test_a_broken_server_neither_opens_nor_refuses(answer, status):
    with pytest.raises(Undecided):
        list(token_refresh.opens_no_other(answer(status)))
    with pytest.raises(Undecided):
        list(token_access.refused_by_the_api([Use("it", answer(status))]))
    found = token_access.refused_by_the_api([Use("it", answer(status)), Use("that", answer(200))])
    assert [each.rule for each in found] == ["token.use.accepted"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, []),
        (403, ["(token.use.status)"]),
        (404, ["(token.use.status)"]),
        (200, ["token.use.accepted"]),
        (501, ["(token.use.status)"]),
    ],
)
def test_what_is_no_token_opens_nothing(answer, rules_of, status, expected):
    assert rules_of(token_access.refused_by_the_api([Use("it", answer(status))])) == expected


def test_expired_tokens(answer, rules_of):
    said = answer(401, headers={"www-authenticate": 'Bearer error="invalid_token"'})
    assert list(token_access.refused_after_expiry(Expiry("aged", said))) == []
    assert rules_of(token_access.refused_after_expiry(Expiry("aged", answer(401)))) == ["(token.expired.challenge)"]
    assert rules_of(token_access.refused_after_expiry(Expiry("aged", answer(200)))) == ["token.expired.accepted"]


def test_revocation(answer, probe, served, rules_of):
    def rules(*, calls=None, dead_after=0.0, refresh=None):
        calls = {"an access token": answer(200)} if calls is None else calls
        return rules_of(token_status.revoked_tokens_die(Revocation(calls, dead_after, 0.0, answer(401), refresh)))

    assert rules(refresh=probe()) == []
    assert rules() == []
    assert rules(calls={"an unknown token": answer(400)}) == ["token.revocation.status"]
    assert rules(dead_after=None) == ["token.revocation.access-lives"]
    assert rules(refresh=served) == ["token.revocation.refresh-lives"]
    assert rules(refresh=probe(500)) == ["token.refusal.status"]


def test_refresh_tokens_and_public_clients(reply, rules_of):
    assert list(token_response.has_refresh_token({"refresh_token": "r"})) == []
    assert rules_of(token_response.has_refresh_token({})) == ["token.refresh_token.missing"]
    unasked = token_response.has_no_refresh_token({"refresh_token": "r"}, needs_offline_access=True)
    assert rules_of(unasked) == ["(token.refresh_token.unasked)"]
    assert list(token_response.has_no_refresh_token({"refresh_token": "r"}, needs_offline_access=False)) == []
    assert list(token_response.public_exchange_works(reply(200, TOKEN))) == []
    refused = reply(401, {"error": "invalid_client"})
    assert rules_of(token_response.public_exchange_works(refused)) == ["token.public.refused"]


members = st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=6), st.integers() | st.text(max_size=4), max_size=4)


@given(extra=members, order=st.randoms(use_true_random=False))
def test_unknown_members_and_their_order_change_nothing(extra, order):
    class Answer:
        status, number, headers, media_type, fault = 400, 1, {}, "application/json", ""

        def __init__(self, document):
            self.document = document
            self.body = json.dumps(document).encode()

        def json(self):
            return self.document

    def shuffled(document):
        pairs = [*{**{f"x{name}": value for name, value in extra.items()}, **document}.items()]
        order.shuffle(pairs)
        return dict(pairs)

    refusal = shuffled({"error": "invalid_grant"})
    probes = [Probe("it", Reply(Answer(refusal), refusal))]
    assert list(refusals.refused_as(probes, "invalid_grant")) == []
    assert [each for each in token_errors.well_formed(probes) if each.rule != "token.error.internals"] == []


@given(
    name=st.sampled_from(["no-store", "No-Store", "NO-STORE"]), before=st.sampled_from(["", "private, ", "max-age=0,"])
)
def test_the_case_of_cache_directives_changes_nothing(name, before):
    class Answer:
        number = 1
        headers = {"cache-control": f"{before}{name}", "pragma": name.replace("no-store", "x") and "No-Cache"}  # noqa: RUF012

    assert list(token_response.forbids_caching(Answer())) == []
