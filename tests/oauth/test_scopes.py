from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.oauth.scopes import LETTERS, parse_scope, parse_scopes

TYPES = ["Patient", "Coverage", "Observation", "*"]
LETTER_SETS = st.lists(st.sampled_from(LETTERS), min_size=1, unique=True).map(
    lambda letters: "".join(letter for letter in LETTERS if letter in letters)
)
V2_SCOPES = st.builds(lambda type_, letters: f"patient/{type_}.{letters}", st.sampled_from(TYPES), LETTER_SETS)
SCOPES = V2_SCOPES | st.sampled_from(["openid", "fhirUser", "launch/patient", "patient/Coverage.read", "user/*.write"])


@pytest.mark.parametrize(
    ("raw", "syntax", "letters"),
    [
        ("patient/Coverage.read", "v1", "rs"),
        ("patient/Coverage.write", "v1", "cud"),
        ("patient/*.*", "v1", "cruds"),
        ("patient/Coverage.rs", "v2", "rs"),
        ("user/Observation.r", "v2", "r"),
        ("patient/Observation.rs?category=laboratory", "granular", "rs"),
        ("patient/Observation.dus", "undefined", ""),
        ("patient/Observation.readx", "undefined", ""),
        ("patient/Observation.", "undefined", ""),
        ("patient/observation.read", "undefined", ""),
        ("openid", "other", ""),
        ("launch/patient", "other", ""),
        ("Patient/Observation.read", "other", ""),
    ],
)
def test_a_scope_is_understood(raw: str, syntax: str, letters: str) -> None:
    scope = parse_scope(raw)

    assert (scope.syntax, scope.interactions, scope.raw) == (syntax, frozenset(letters), raw)


def test_v1_read_is_v2_rs() -> None:
    assert parse_scope("patient/Coverage.read").same_as(parse_scope("patient/Coverage.rs"))
    assert "patient/Coverage.rs" in parse_scopes("openid patient/Coverage.read")
    assert not parse_scope("patient/Coverage.read").same_as(parse_scope("user/Coverage.rs"))


@pytest.mark.parametrize(
    ("asked", "granted", "beyond"),
    [
        ("patient/*.read", "patient/Coverage.rs patient/Patient.r", []),
        ("patient/Patient.read", "patient/*.read", ["patient/*.read"]),
        ("patient/Patient.r patient/Patient.s", "patient/Patient.rs", []),
        ("patient/Observation.rs", "patient/Observation.rs?category=laboratory", []),
        ("patient/Observation.rs?category=laboratory", "patient/Observation.rs", ["patient/Observation.rs"]),
        ("patient/Observation.rs?category=a", "patient/Observation.rs?category=a&status=final", []),
        ("openid", "openid offline_access", ["offline_access"]),
        ("patient/Observation.dus", "patient/Observation.d", ["patient/Observation.d"]),
    ],
)
def test_what_goes_beyond_the_request_is_found_by_meaning(asked: str, granted: str, beyond: list[str]) -> None:
    assert [scope.raw for scope in parse_scopes(granted).beyond(parse_scopes(asked))] == beyond


def test_what_is_missing_is_found_by_meaning() -> None:
    granted = parse_scopes("patient/*.rs openid")

    missing = granted.missing(parse_scopes("patient/Coverage.read openid fhirUser"))

    assert [scope.raw for scope in missing] == ["fhirUser"]


@pytest.mark.parametrize(
    ("served", "names", "well_formed"),
    [
        ("openid patient/Patient.read", {"openid", "patient/Patient.read"}, True),
        ("openid  fhirUser", {"openid", "fhirUser"}, False),
        ("openid,fhirUser", {"openid", "fhirUser"}, False),
        (["openid", "fhirUser"], {"openid", "fhirUser"}, False),
        ("", set(), False),
        (None, set(), False),
        (7, set(), False),
    ],
)
def test_a_scope_member_is_read_tolerantly_and_its_form_is_told(
    served: object, names: set[str], well_formed: bool
) -> None:
    scopes = parse_scopes(served)

    assert (scopes.names, scopes.well_formed) == (names, well_formed)


def test_a_comma_in_a_granular_query_separates_nothing() -> None:
    assert len(parse_scopes("patient/Observation.rs?category=laboratory,vital-signs")) == 1


def test_what_is_open_is_told_by_type_and_letter() -> None:
    scopes = parse_scopes("patient/Patient.r patient/Coverage.read user/Condition.read")

    assert scopes.opens("Patient", "r")
    assert not scopes.opens("Patient", "s")
    assert scopes.types("s") == {"Coverage"}
    assert not scopes.opens("Condition")


@given(st.lists(SCOPES, max_size=5))
def test_order_and_repetition_of_scopes_change_nothing(words: list[str]) -> None:
    there, back = parse_scopes(" ".join(words)), parse_scopes(" ".join([*reversed(words), *words]))

    assert there.names == back.names
    assert not there.beyond(back)
    assert not back.missing(there)


@given(V2_SCOPES)
def test_a_scope_implies_itself(raw: str) -> None:
    scope = parse_scope(raw)

    assert scope.implied_by([scope])
    assert scope.same_as(parse_scope(raw))


@pytest.mark.parametrize(("word", "letters"), [("read", "rs"), ("write", "cud"), ("*", "cruds")])
def test_the_two_spellings_of_a_scope_are_the_same(word: str, letters: str) -> None:
    assert parse_scope(f"patient/Coverage.{word}").same_as(parse_scope(f"patient/Coverage.{letters}"))
