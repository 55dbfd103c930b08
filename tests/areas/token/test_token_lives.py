"""What a read with a revoked token says of the token."""

from __future__ import annotations

import pytest

from conformance.areas.token.probes.lives import require_served
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
