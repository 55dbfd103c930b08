"""Token: what dead, forged and misplaced access tokens open, and how their end is known."""

import pytest

from conformance.areas.token.rules import access as token_access
from conformance.areas.token.rules import status as token_status


@pytest.mark.verifies("PA-TOK-023")
def test_expired_access_tokens_are_refused(expiry, judge):
    """An access token used after the lifetime it was issued for is refused with 401."""
    judge(token_access.refused_after_expiry(expiry))


@pytest.mark.verifies("PA-TOK-024")
def test_altered_access_tokens_are_refused(altered_token_uses, judge):
    """A token with a changed character, and a JWT with changed claims, algorithm or signature, is refused with 401."""
    judge(token_access.refused_by_the_api(altered_token_uses), of=altered_token_uses)


@pytest.mark.verifies("PA-TOK-025")
def test_an_id_token_opens_nothing(id_token_use, judge):
    """An id_token sent as bearer is refused with 401."""
    judge(token_access.refused_by_the_api(id_token_use))


@pytest.mark.verifies("PA-TOK-026")
def test_an_access_token_in_the_query_opens_nothing(query_token_use, judge):
    """An access token in the query, without Authorization header, is refused with 401."""
    judge(token_access.refused_by_the_api(query_token_use))


@pytest.mark.verifies("PA-TOK-027")
def test_revoked_tokens_are_useless(revocation, judge):
    """Revocation answers 200, also for unknown tokens, and what was revoked opens and refreshes nothing."""
    judge(token_status.revoked_tokens_die(revocation))


@pytest.mark.verifies("PA-TOK-028")
def test_introspection_tells_living_tokens_from_dead_ones(introspections, judge):
    """A living token is active with its scope and context; dead ones are inactive; strangers learn nothing."""
    judge(
        token_status.live_is_described(introspections.live, introspections.known),
        token_status.dead_is_not(introspections.dead),
        token_status.not_for_everybody(introspections.stranger),
        judged=introspections.judged,
    )
