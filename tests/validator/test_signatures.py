"""What is looked up by a signature is what would be found again: for any item, in any order."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from conformance.validator import Validator
from conformance.validator.discriminators import memberships
from conformance.validator.signatures import CONCEPT, at, merged, reads_of, signature
from conformance.validator.values import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALARS = st.sampled_from(["a", "b", "", None, 0, 1, 1.0, True, False])
KEYS = st.sampled_from(["coding", "system", "code", "value"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@given(VALUES, VALUES, VALUES)
def test_values_that_look_alike_hold_the_same_patterns(pattern: Any, one: Any, other: Any) -> None:
    read = signature(reads_of(pattern))

    assert read(one) != read(other) or fitting(pattern)(one) == fitting(pattern)(other)


@given(VALUES, VALUES)
def test_concepts_that_look_alike_have_the_same_codes(one: Any, other: Any) -> None:
    def codes(value: Any) -> list[bool | None]:
        return memberships(value, lambda system, code: (system, code))  # type: ignore[arg-type,return-value]

    read = signature(CONCEPT)

    assert read(one) != read(other) or codes(one) == codes(other)


def test_all_that_any_slice_reads_is_read() -> None:
    pattern = {"coding": [{"system": "s", "code": "c"}, {"display": "d"}]}

    assert reads_of(pattern) == {"coding": {"system": {}, "code": {}, "display": {}}}
    assert merged([at(["a", "b"], {}), at(["a"], {"c": {}})]) == {"a": {"b": {}, "c": {}}}


ODDITIES = (None, 0, True, "other", [], {}, [{}], {"system": "s"})


def altered(value: Any) -> Iterator[Any]:
    """The value with each of its codings and their parts replaced by something odd, and left out, one at a time."""
    for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if key in {"coding", "system", "code", "url", "type"}:
            for odd in ODDITIES:
                twin = copy.deepcopy(value)
                twin[key] = odd
                yield twin
            yield {name: other for name, other in value.items() if name != key}
        if isinstance(part, dict | list):
            for inner in altered(part):
                twin = copy.copy(value)
                twin[key] = inner
                yield twin


def test_what_was_judged_before_changes_no_verdict(guides: Any, example: Any) -> None:
    claim = example("explanation-of-benefit.json")
    claims = [claim, *altered({key: claim[key] for key in ("identifier", "supportingInfo", "total") if key in claim})]
    claims = [{**claim, **part} for part in claims]
    forward, backward = Validator(guides), Validator(guides)

    first = [forward.check(one) for one in claims]
    second = [backward.check(one) for one in reversed(claims)]

    assert len(claims) > 50
    assert first == second[::-1]
    assert len(set(map(str, first))) > 20
