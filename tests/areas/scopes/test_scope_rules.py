"""Scopes: what was granted against what was asked for, and what a grant opens against what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.scopes.rules.enforcement import (
    AccessAttempt,
    GrantTrial,
    OptionalScope,
    carin_minimum_is_granted,
    content_follows_metadata,
    honoured_or_dropped,
    letters_are_kept,
    opens,
    opens_nothing_else,
    refusals_say_so,
    stays_within_filter,
    v2_is_advertised,
)
from conformance.areas.scopes.rules.grants import (
    Grant,
    has_patient_context,
    identity_pair_works,
    is_granted,
    missing_scopes,
    nothing_beyond,
    offline_access_is_available,
    separated_by_spaces,
    spelling_is_kept,
    undefined_never_over_grants,
)
from conformance.errors import Undecided

COVERAGE, PATIENT = "patient/Coverage.read", "patient/Patient.read"
CHALLENGE = {"www-authenticate": 'Bearer error="insufficient_scope"'}


def grant(*asked: str, **said) -> Grant:
    """A grant of everything that was asked for, but for what is said otherwise."""
    granted = frozenset(asked) - set(said.get("missing", ()))
    return Grant(asked, **{"raw": " ".join(sorted(granted)), "granted": granted, "exchange": 3, **said})


def rules(findings) -> list[str]:
    return [finding.rule for finding in findings]


GRANTS = {
    "granted": (lambda: is_granted(grant(COVERAGE), COVERAGE), []),
    "dropped": (lambda: is_granted(grant(COVERAGE, missing=(COVERAGE,)), COVERAGE), ["scope.not-granted"]),
    "turned away": (lambda: is_granted(grant(COVERAGE, refused="invalid_scope"), COVERAGE), ["scope.not-granted"]),
    "respelled": (
        lambda: spelling_is_kept(grant(COVERAGE, granted=frozenset({"patient/Coverage.rs"})), COVERAGE),
        ["scope.respelled"],
    ),
    "a patient": (lambda: has_patient_context(grant("launch/patient", document={"patient": "p"})), []),
    "no patient": (lambda: has_patient_context(grant("launch/patient")), ["scope.no-patient"]),
    "identity": (
        lambda: identity_pair_works(grant("openid", "fhirUser", claims={"fhirUser": "Patient/p"}), required=True),
        [],
    ),
    "no id_token": (lambda: identity_pair_works(grant("openid", "fhirUser"), required=True), ["scope.no-id-token"]),
    "nobody named": (
        lambda: identity_pair_works(grant("openid", "fhirUser", claims={}), required=True),
        ["scope.fhir-user-missing"],
    ),
    "openid dropped": (
        lambda: identity_pair_works(grant("openid", "fhirUser", missing=("openid",)), required=True),
        ["scope.identity-dropped"],
    ),
    "refreshable": (
        lambda: offline_access_is_available(grant("offline_access", document={"refresh_token": "r"}), None),
        [],
    ),
    "no refresh token": (lambda: offline_access_is_available(grant("offline_access"), None), ["scope.offline"]),
    "offline turned away": (
        lambda: offline_access_is_available(grant("offline_access", refused="invalid_scope"), grant("openid")),
        ["scope.offline-refused"],
    ),
    "beyond": (lambda: nothing_beyond([grant(COVERAGE, beyond=(PATIENT,))]), ["scope.exceeds"]),
    "commas": (lambda: separated_by_spaces("openid,fhirUser"), ["scope.commas"]),
    "two spaces": (lambda: separated_by_spaces("openid  fhirUser"), ["scope.spaces"]),
    "spaces": (lambda: separated_by_spaces("openid patient/Observation.rs?category=a,b"), []),
    "v2": (lambda: v2_is_advertised(["permission-v2"]), []),
    "v1 only": (lambda: v2_is_advertised(["permission-v1"]), ["scope.v2-not-advertised"]),
    "missing": (lambda: missing_scopes([COVERAGE], [COVERAGE], "", has_patient=True), ["scope.not-granted"]),
    "launch unsaid": (
        lambda: missing_scopes(["launch/patient"], ["launch/patient"], "", has_patient=True),
        ["scope.launch-dropped"],
    ),
    "no launch": (
        lambda: missing_scopes(["launch/patient"], ["launch/patient"], "", has_patient=False),
        ["scope.not-granted"],
    ),
    "undefined": (lambda: undefined_never_over_grants(grant(undefined=("a.sr",))), ["scope.undefined-granted"]),
    "writes": (lambda: undefined_never_over_grants(grant(writes=("a.c",))), ["scope.writes-granted"]),
}


@pytest.mark.parametrize("case", GRANTS)
def test_what_is_granted(case):
    judged, expected = GRANTS[case]

    assert rules(judged()) == expected


@pytest.mark.parametrize(
    ("beyond", "severity"),
    [
        (PATIENT, "warning"),
        ("patient/*.rs", "warning"),
        ("user/Patient.rs", "error"),
        ("system/*.rs", "error"),
        ("patient/Observation.cruds", "error"),
    ],
)
def test_only_writing_and_other_records_are_held_against_a_wider_grant(beyond, severity):
    assert [each.severity for each in nothing_beyond([grant(COVERAGE, beyond=(beyond,))])] == [severity]


@pytest.mark.parametrize("asked", [("openid",), (COVERAGE,)])
def test_a_pair_that_was_not_requested_is_not_judged(asked):
    with pytest.raises(Undecided):
        list(identity_pair_works(grant(*asked), required=True))


def test_a_server_without_single_sign_on_may_drop_the_pair():
    with pytest.raises(Undecided):
        list(identity_pair_works(Grant(("openid", "fhirUser"), granted=frozenset({"openid"})), required=False))


def resource(type_name: str, number: int = 1) -> dict:
    return {"resourceType": type_name, "id": f"r{number}"}


@pytest.fixture
def attempt(answer):
    """``attempt("search", "Coverage", 403)``: a way tried, with the resources it showed."""

    def tried(way, type_name, status=200, resources=(), headers=None):
        said = answer(status, {"resourceType": "Bundle"}, headers or {})
        return AccessAttempt(way, type_name, f"{way} {type_name}", said, resources)

    return tried


def test_a_grant_opens_its_type_whole(attempt):
    whole = {"Coverage": frozenset({"Coverage/r1", "Coverage/r2"})}
    both = attempt("search", "Coverage", resources=(resource("Coverage", 1), resource("Coverage", 2)))
    one = attempt("search", "Coverage", resources=(resource("Coverage", 1),))

    assert rules(opens(GrantTrial(grant(COVERAGE), (both,), whole=whole), "Coverage")) == []
    assert rules(opens(GrantTrial(grant(COVERAGE), (one,), whole=whole), "Coverage")) == ["scope.partial"]
    assert rules(opens(GrantTrial(grant(COVERAGE), (attempt("search", "Coverage", 403),)), "Coverage")) == [
        "scope.not-opened"
    ]


@pytest.mark.parametrize(
    ("way", "status", "brought", "expected"),
    [
        ("search", 403, (), []),
        ("search", 404, (), []),
        ("search", 200, ("Patient",), ["scope.not-enforced"]),
        ("search", 200, (), ["scope.hidden"]),
        ("read", 200, ("Patient",), ["scope.not-enforced"]),
        ("read", 500, (), ["scope.unanswered"]),
        ("include", 200, ("Coverage",), []),
        ("include", 200, ("Coverage", "Patient"), ["scope.not-enforced"]),
        ("operation", 200, ("Coverage", "Organization"), []),
        ("operation", 200, ("Coverage", "Condition"), ["scope.not-enforced"]),
    ],
)
def test_no_way_leads_to_another_type(attempt, way, status, brought, expected):
    tried = attempt(way, "Patient", status, tuple(map(resource, brought)))

    assert rules(opens_nothing_else(GrantTrial(grant(COVERAGE), (tried,)), "Coverage")) == expected


def test_a_scope_may_be_dropped_but_then_its_type_is_closed(attempt):
    open_door = attempt("search", "Coverage", resources=(resource("Coverage"),))
    shut = GrantTrial(grant(PATIENT), (attempt("search", "Coverage", 403),))
    leaking = GrantTrial(grant(PATIENT), (open_door,))
    given = GrantTrial(grant(PATIENT, COVERAGE), (open_door,))
    dropped = GrantTrial(grant(PATIENT, COVERAGE, missing=(COVERAGE,)), (attempt("search", "Coverage", 403),))
    types = ("Coverage", "Patient")

    assert rules(honoured_or_dropped(OptionalScope(types, given, shut))) == []
    assert rules(honoured_or_dropped(OptionalScope(types, dropped, shut))) == []
    assert rules(honoured_or_dropped(OptionalScope(types, dropped, shut, offered=True))) == [
        "scope.offered-not-granted"
    ]
    assert rules(honoured_or_dropped(OptionalScope(types, given, leaking))) == ["scope.not-enforced"]


@pytest.mark.parametrize(
    ("status", "headers", "served", "expected"),
    [
        (403, CHALLENGE, {"Patient"}, []),
        (403, {}, {"Patient"}, ["scope.challenge"]),
        (404, {}, {"Coverage"}, []),
        (400, {}, {"Patient"}, ["scope.status"]),
        (500, {}, {"Patient"}, ["scope.status"]),
        (404, {}, {"Patient"}, ["scope.status"]),
        (401, {}, {"Patient"}, ["scope.status"]),
    ],
)
def test_a_refusal_for_want_of_a_scope_says_so(attempt, status, headers, served, expected):
    trial = GrantTrial(
        grant(COVERAGE), (attempt("search", "Patient", status, headers=headers),), served=frozenset(served)
    )

    assert list(dict.fromkeys(rules(refusals_say_so(trial, "Coverage")))) == expected


@pytest.mark.parametrize(
    ("way", "status", "severity"),
    [
        ("search", 401, "warning"),
        ("read", 404, "warning"),
        ("search", 400, "warning"),
        ("read", 400, "error"),
        ("read", 500, "error"),
        ("search", 200, "error"),
    ],
)
def test_the_form_of_a_refusal_is_held_against_it_only_where_the_guides_do(attempt, way, status, severity):
    trial = GrantTrial(grant(COVERAGE), (attempt(way, "Patient", status),), served=frozenset({"Patient"}))

    assert [each.severity for each in refusals_say_so(trial, "Coverage")] == [severity]


def test_what_the_grant_opens_is_not_expected_to_be_refused(attempt):
    wide = Grant((COVERAGE,), "patient/*.rs", frozenset({"patient/*.rs"}), beyond=("patient/*.rs",))
    trial = GrantTrial(wide, (attempt("search", "Patient", resources=(resource("Patient"),)),))

    assert rules(refusals_say_so(trial, "Coverage")) == []
    assert rules(opens_nothing_else(trial, "Coverage")) == []


@pytest.mark.parametrize(
    ("opened", "closed", "expected"),
    [
        (200, 403, []),
        (404, 404, []),
        (500, 401, []),
        (403, 403, ["scope.content-closed"]),
        (200, 200, ["scope.content-open"]),
    ],
)
def test_only_a_refusal_closes_the_content_of_documents(attempt, opened, closed, expected):
    tried = [attempt("binary", "Binary", opened)], [attempt("binary", "Binary", closed)], []

    assert rules(content_follows_metadata(*tried)) == expected


def test_each_scope_of_carin_is_judged_by_its_own_request():
    organization, practitioner = "patient/Organization.read", "patient/Practitioner.read"
    trials = [
        GrantTrial(Grant(("launch/patient", organization), organization, frozenset({organization}))),
        GrantTrial(Grant(("launch/patient", practitioner), refused="invalid_scope")),
    ]

    assert rules(carin_minimum_is_granted(trials)) == ["scope.carin-minimum"]


def test_letters_and_filters_are_kept(attempt):
    searching = GrantTrial(
        grant("patient/Coverage.r"), (attempt("search", "Coverage", resources=(resource("Coverage"),)),)
    )
    found = (attempt("search", "Coverage", resources=(resource("Coverage", 2),)),)
    outside = GrantTrial(grant("patient/Coverage.rs?status=active"), found)

    assert rules(letters_are_kept(searching, "Coverage", letter="r")) == ["scope.letter"]
    assert rules(letters_are_kept(searching, "Coverage", letter="s")) == []
    assert rules(stays_within_filter(outside, "Coverage", frozenset({"Coverage/r2"}))) == []
    assert rules(stays_within_filter(outside, "Coverage", frozenset({"Coverage/r1"}))) == ["scope.granular"]


def test_a_wider_grant_than_requested_is_judged_as_granted(attempt):
    """The server chose to grant everything: no letter, filter or spelling was broken."""
    found = (attempt("search", "Coverage", resources=(resource("Coverage", 2),)),)
    given = grant("patient/Coverage.r", raw="patient/*.read", granted=frozenset({"patient/*.read"}))

    assert rules(letters_are_kept(GrantTrial(given, found), "Coverage", letter="r")) == []
    assert rules(stays_within_filter(GrantTrial(given, found), "Coverage", frozenset())) == []
    assert rules(spelling_is_kept(given, "patient/Coverage.read")) == []


WORDS = st.lists(st.sampled_from([PATIENT, COVERAGE, "openid", "fhirUser", "launch/patient"]), unique=True)


@given(WORDS, st.randoms(use_true_random=False), st.dictionaries(st.text(max_size=4), st.integers(), max_size=3))
def test_the_verdict_does_not_depend_on_order_or_on_members_nobody_asked_for(words, order, extra):
    shuffled = list(words)
    order.shuffle(shuffled)
    document = {**{f"x-{name}": value for name, value in extra.items()}, "patient": "p"}

    def judged(raw: list[str]) -> list[str]:
        given = Grant(
            ("launch/patient", "openid", "fhirUser"),
            " ".join(raw),
            frozenset(raw),
            document=document,
            claims={"fhirUser": "Patient/p"},
        )
        return rules(
            [*has_patient_context(given), *identity_pair_works(given, required=True), *nothing_beyond([given])]
        )

    assert judged(shuffled) == judged(words)
