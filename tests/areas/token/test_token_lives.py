"""What a read with a revoked token says of the token."""

from __future__ import annotations

import pytest

from conformance.areas.token.probes.lives import is_refused, require_served
from conformance.errors import Undecided
from conformance.transport import Exchange


def read(status: int) -> Exchange:
    return Exchange(1, "GET", "https://payer.example/fhir/Patient/1", {}, b"", status, {}, b"{}", 1.0)


@pytest.mark.parametrize(
    ("status", "how"), [(404, "HTTP 404"), (500, "HTTP 500"), (429, "HTTP 429"), (0, "not answered")]
)
def test_an_answer_about_something_else_does_not_say_that_the_token_lives(status: int, how: str) -> None:
    with pytest.raises(Undecided, match=how):
        require_served(read(status))


def test_what_is_served_was_read_with_a_living_token() -> None:
    require_served(read(200))


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [(200, 401, True), (200, 403, True), (200, 404, True), (404, 404, False), (404, 401, True), (200, 200, False)],
)
def test_not_found_refuses_a_token_that_opened_the_record_before(before: int, after: int, refused: bool) -> None:
    assert is_refused(read(after), read(before)) is refused
