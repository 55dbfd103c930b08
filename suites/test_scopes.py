"""Scopes: what is granted, and what each grant opens."""

import pytest

from conformance.rules import token_response as token


@pytest.mark.verifies("PA-SCOP-001")
def test_the_required_scopes_are_granted_together(required_scopes, scopes_not_granted, granted_scope, judge):
    """The granted scope contains every required one, or its v2 form."""
    judge(token.missing_scopes(required_scopes, scopes_not_granted, granted_scope))
