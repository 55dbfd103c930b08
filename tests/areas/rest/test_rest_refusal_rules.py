import pytest

from conformance.areas.rest.rules import access as rest_access
from conformance.areas.rest.rules import refusals as rest_refusals
from conformance.areas.shared import internals
from conformance.areas.shared.evidence import SearchEvidence
from conformance.areas.shared.rest_evidence import Deleted

FHIR = {"content-type": "application/fhir+json; charset=utf-8"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
PATIENT = {"resourceType": "Patient", "id": "1", "name": [{"use": "official", "family": "Álvarez"}]}


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (404, OUTCOME, []),
        (403, OUTCOME, []),
        (404, {}, ["(outcome.not-an-outcome)"]),
        (200, None, ["read.unknown-id"]),
        (500, OUTCOME, ["read.unknown-id"]),
        (410, OUTCOME, ["read.unknown-id"]),
    ],
)
def test_unknown_ids(asked, rules_of, status, content, expected):
    assert rules_of(rest_refusals.unknown_ids_not_found([asked(status, content=content)])) == expected


@pytest.mark.parametrize(
    ("status", "matches", "expected"),
    [
        (410, (), []),
        (404, (), []),
        (200, (), ["http.status"]),
        (410, ({"resourceType": "Patient", "id": "1"},), ["search.deleted-found"]),
    ],
)
def test_deleted_resources(answer, asked, rules_of, status, matches, expected):  # noqa: PLR0917
    found = SearchEvidence("Patient?_id=…", answer(), (matches,))

    assert rules_of(rest_refusals.deleted_are_gone([Deleted(asked(status), found)])) == expected
    assert rules_of(rest_refusals.deleted_are_gone([Deleted(asked(410))])) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, []),
        (400, ["(type.unknown)"]),
        (403, ["(type.unknown)"]),
        (405, ["(type.unknown)"]),
        (501, ["(type.unknown)"]),
        (200, ["type.unknown"]),
        (500, ["type.unknown"]),
    ],
)
def test_unknown_types(asked, rules_of, status, expected):
    assert rules_of(rest_refusals.unknown_types_not_found([asked(status)])) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, []), (403, []), (301, []), (200, ["(type.lower-case)"]), (500, ["type.lower-case"])],
)
def test_a_lower_case_type(asked, rules_of, status, expected):
    assert rules_of(rest_refusals.no_alias([asked(status)])) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, []),
        (404, []),
        (403, ["(id.status)"]),
        (414, ["(id.status)"]),
        (200, ["id.accepted"]),
        (302, ["id.accepted"]),
        (500, ["id.crash"]),
        (0, ["id.crash"]),
    ],
)
def test_malformed_ids(asked, rules_of, status, expected):
    assert rules_of(rest_refusals.malformed_ids_refused([asked(status)])) == expected


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (404, OUTCOME, []),
        (400, {"message": "oops"}, ["outcome.not-an-outcome"]),
        (406, None, ["outcome.not-an-outcome"]),
        (401, {"error": "invalid_token"}, []),
        (200, PATIENT, []),
    ],
)
def test_errors_are_outcomes(asked, rules_of, status, content, expected):
    assert rules_of(rest_refusals.are_outcomes([asked(status, content=content)])) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Traceback (most recent call last):\n  File "a.py", line 3', ["answer.stack-trace"]),
        ("java.lang.NullPointerException\n\tat org.x.Y.z(Y.java:12)", ["answer.stack-trace"]),
        ("   at Payer.Api.Get() in C:\\x\\Api.cs:line 40", ["answer.stack-trace"]),
        ("ORA-00942: table or view does not exist", ["answer.database"]),
        ("SELECT body FROM resource WHERE id = 1", ["answer.database"]),
        ("The resource was not found at this address.", []),
        ("Please select one of the members from the list where you are named.", []),
    ],
)
def test_insides(asked, rules_of, text, expected):
    assert rules_of(internals.shows_no_insides([asked(404, raw=text.encode())])) == expected


@pytest.mark.parametrize(
    ("headers", "raw", "expected"),
    [
        ({"server": "nginx"}, b"", []),
        ({"server": "nginx/1.18.0"}, b"", ["answer.version"]),
        ({"x-powered-by": "PHP/8.1.2"}, b"", ["answer.version"]),
        ({}, b"<hr>Apache Tomcat/9.0.30", ["answer.version"]),
        ({}, b"FHIR/4.0.1 is spoken here", []),
    ],
)
def test_product_and_version(asked, rules_of, headers, raw, expected):
    shown = [asked(404, headers=FHIR | headers, raw=raw)] * 2

    assert rules_of(internals.shows_no_version(shown)) == expected


@pytest.mark.parametrize(
    ("status", "challenge", "raw", "expected"),
    [
        (401, 'Bearer realm="x"', b"", []),
        (401, "bearer", b"", []),
        (401, "", b"", ["http.challenge"]),
        (401, 'Basic realm="x"', b"", ["http.challenge"]),
        (403, "", b"", []),
        (404, "", b"", []),
        (200, "", b"", ["access.open"]),
        (204, "", b"", ["access.open"]),
        (302, "", b"", []),
        (405, "", b"", []),
        (415, "", b"<html>", []),
        (403, "", b'{"resourceType": "Patient"}', ["access.leak"]),
        (403, "", "no access for Álvarez".encode(), ["access.leak"]),
    ],
)
def test_without_a_token(asked, rules_of, status, challenge, raw, expected):  # noqa: PLR0917
    shown = asked(status, headers={"www-authenticate": challenge}, raw=raw)

    assert rules_of(rest_access.refused_without_token([shown], private={"Álvarez"})) == expected


@pytest.mark.parametrize(
    ("status", "decided"), [(200, 1), (401, 1), (405, 1), (501, 1), (302, 0), (429, 0), (500, 0), (0, 0)]
)
def test_what_shows_no_access_and_no_refusal_is_left_out(asked, status, decided):
    assert len(rest_access.decided([asked(status)])) == decided


@pytest.mark.parametrize(("status", "expected"), [(400, []), (501, []), (500, ["access.status"]), (0, [])])
def test_malformed_credentials_make_no_server_fail(asked, rules_of, status, expected):
    assert rules_of(rest_access.malformed_is_refused([asked(status)])) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, []), (403, ["(access.status)"]), (404, ["(access.status)"]), (405, []), (200, ["access.open"])],
)
def test_with_a_bad_token(asked, rules_of, status, expected):
    shown = asked(status, headers={"www-authenticate": "Bearer"})

    assert rules_of(rest_access.refused_with_bad_token([shown])) == expected


@pytest.mark.parametrize(
    ("challenge", "expected"),
    [('Bearer error="invalid_token"', []), ("Bearer error=invalid_token", []), ("Bearer", ["(http.challenge.error)"])],
)
def test_the_challenge_names_the_error(asked, rules_of, challenge, expected):
    assert rules_of(rest_access.names_invalid_token([asked(401, headers={"www-authenticate": challenge})])) == expected


def test_the_scheme_has_no_case(asked, rules_of):
    assert rules_of(rest_access.scheme_in_any_case(asked(200))) == []
    assert rules_of(rest_access.scheme_in_any_case(asked(401))) == ["(access.scheme-case)"]


def test_what_says_who_a_patient_is():
    found = rest_access.private_values(PATIENT | {"identifier": [{"system": "urn:x", "value": "M-1234"}], "name": []})

    assert found == {"M-1234"}
