"""Introspection: what is said of living and dead tokens, and to whom."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.token.rules import status as token_status
from conformance.areas.token.rules.status import Known

LIVE = {
    "active": True,
    "scope": "openid patient/Patient.read",
    "client_id": "app",
    "exp": 5000,
    "patient": "1",
    "iss": "https://issuer.example",
    "sub": "someone",
    "fhirUser": "https://payer.example/fhir/Patient/1",
}
KNOWN = Known(
    frozenset({"openid", "patient/Patient.read"}),
    "app",
    "1",
    "https://issuer.example",
    "someone",
    "https://payer.example/fhir/Patient/1",
    5010.0,
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"scope": "patient/Patient.read openid"}, []),
        ({"token_type": "Bearer", "ext": {"a": 1}}, []),
        ({"active": "true"}, ["token.introspection.inactive"]),
        ({"active": False}, ["token.introspection.inactive"]),
        ({"scope": "openid"}, ["token.introspection.scope"]),
        ({"scope": None}, ["token.introspection.scope"]),
        ({"client_id": "other"}, ["token.introspection.client_id"]),
        ({"patient": None}, ["token.introspection.patient"]),
        ({"iss": "https://issuer.example/"}, ["token.introspection.iss"]),
        ({"sub": None}, ["token.introspection.sub"]),
        ({"fhirUser": None}, ["(token.introspection.fhirUser)"]),
        ({"exp": "5000"}, ["token.introspection.exp"]),
        ({"exp": True}, ["token.introspection.exp"]),
        ({"exp": 8600}, ["token.introspection.exp-differs"]),
    ],
)
def test_living_tokens_are_described(answer, rules_of, change, expected):
    assert rules_of(token_status.live_is_described(answer(200, LIVE | change), KNOWN)) == expected


def test_without_an_id_token_no_member_is_named(answer):
    known = Known(KNOWN.scopes, "app")
    bare = {name: LIVE[name] for name in ("active", "scope", "client_id", "exp")}
    assert list(token_status.live_is_described(answer(200, bare), known)) == []


def test_an_introspection_that_cannot_be_read(answer, rules_of):
    assert rules_of(token_status.live_is_described(answer(200, raw=b"<html>"), KNOWN)) == ["json.unreadable"]
    assert rules_of(token_status.dead_is_not({"it": answer(404)})) == ["http.status"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"active": False}, []),
        ({"active": True}, ["token.introspection.active"]),
        ({}, ["token.introspection.active"]),
        ({"active": False, "sub": "someone"}, ["(token.introspection.detail)"]),
    ],
)
def test_dead_tokens_are_dead(answer, rules_of, document, expected):
    assert rules_of(token_status.dead_is_not({"a random token": answer(200, document)})) == expected


def test_strangers_learn_nothing(answer, rules_of):
    assert list(token_status.not_for_everybody(answer(401))) == []
    assert list(token_status.not_for_everybody(answer(200, {"active": False}))) == []
    assert rules_of(token_status.not_for_everybody(answer(200, LIVE))) == ["token.introspection.open"]


members = st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=6), st.integers() | st.text(max_size=4), max_size=4)


@given(extra=members, order=st.randoms(use_true_random=False))
def test_unknown_members_and_their_order_change_nothing(extra, order):
    pairs = [*{**{f"x{name}": value for name, value in extra.items()}, **LIVE}.items()]
    order.shuffle(pairs)

    class Live:
        status, number, headers, media_type, fault = 200, 1, {}, "application/json", ""
        body = json.dumps(dict(pairs)).encode()

        def json(self):
            return dict(pairs)

    assert list(token_status.live_is_described(Live(), KNOWN)) == []
