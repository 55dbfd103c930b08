"""What Keycloak's preset makes of the product's pages, by the ids they have; the product itself: identity_providers/keycloak."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from conformance.target import Member

pytestmark = pytest.mark.browser

LOGIN = '<form method="post" action="/login"><input id="username" name="u"><input id="password" type="password">'
BUTTON = '<button id="kc-login" name="login">Sign In</button></form>'
CODE = f'<form method="post" action="/otp"><input id="otp" name="otp">{BUTTON}'
TERMS = '<h1>Terms</h1><form method="post" action="/terms">'
TERMS += (
    '<button name="accept" id="kc-accept">Accept</button><button name="cancel" id="kc-decline">Decline</button></form>'
)
GRANT = '<h1>Grant Access</h1><form method="post" action="/grant">'
GRANT += '<button name="accept" id="kc-login">Yes</button><button name="cancel" id="kc-cancel">No</button></form>'


@pytest.fixture
def keycloak(payer: Any, site: Any, walk: Any) -> Any:
    """``keycloak({"/login": page}, …)``: a login, what its forms lead to, and options of the walk."""

    def through(pages: dict[str, Any], **options: Any) -> Any:
        payer.login_page = LOGIN + BUTTON
        for path, content in pages.items():
            site.page(path, content)
        return walk(login={"preset": "keycloak"}, **options)

    return through


@pytest.mark.parametrize("place", ["input-error-otp", "input-error-otp-code"])
def test_a_refused_code_is_told(keycloak: Any, place: str) -> None:
    secret = base64.b32encode(place.encode()).decode()  # of its own, since no code is given twice
    otto = Member("a", username="otto", password="correct horse", totp_secret=secret)
    refusal = f'{CODE}<span id="{place}">Invalid authenticator code.</span>'

    outcome = keycloak({"/login": CODE, "/otp": refusal}, who=otto)

    assert (outcome.kind, outcome.message) == ("refused", "login refused: Invalid authenticator code.")


@pytest.mark.parametrize("form", ["kc-passwd-update-form", "kc-update-profile-form", "kc-totp-settings-form"])
def test_what_must_be_done_first_is_told_and_not_tried(keycloak: Any, form: str) -> None:
    page = f'<h1 id="kc-page-title">First this</h1><form id="{form}"><input id="username"><button>Go</button></form>'

    outcome = keycloak({"/login": page})

    assert (outcome.kind, outcome.message.rpartition(": ")[2]) == ("refused", "First this")


def test_only_the_consent_is_denied(keycloak: Any, payer: Any, site: Any) -> None:
    def denied(_: Any) -> Any:
        return payer.redirect(error="access_denied")

    outcome = keycloak({"/login": TERMS, "/terms": GRANT, "/grant": denied}, decision="deny")

    assert (outcome.error, outcome.decision) == ("access_denied", "deny")
    assert "accept" in site.asked("/terms")[0].form
    assert "cancel" in site.asked("/grant")[0].form
