from __future__ import annotations

import re

from conformance.oauth.pkce import Pkce, new_nonce, new_pkce, new_state, s256


def test_the_challenge_is_the_one_of_the_specification() -> None:
    assert s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifier_state_and_nonce_are_long_random_and_url_safe() -> None:
    values = {new_pkce().verifier, new_pkce().verifier, new_state(), new_state(), new_nonce()}

    assert len(values) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", value) for value in values)


def test_a_state_may_need_percent_encoding() -> None:
    assert re.search(r"[&=+%/? ]", new_state(punctuation=True))


def test_the_verifier_is_not_shown() -> None:
    assert "secret-verifier" not in repr(Pkce("secret-verifier"))
