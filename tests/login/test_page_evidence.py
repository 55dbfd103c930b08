"""What evidence holds under each policy, and what it never holds."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.login.authorize import Browser
from conformance.login.plan import login_plan
from conformance.redaction import Redactor
from conformance.target import Member
from tests.pace import patience

pytestmark = pytest.mark.browser

LOGIN = {
    "name": "login",
    "when": {"visible": "#password"},
    "do": [{"fill": "#password", "with": "${user.password}"}, {"click": "#go"}],
}
PICKER = {"name": "picker", "when": {"visible": "#members"}, "do": [{"choose": "#nobody", "timeout": 0.2}]}
FORM = (
    '<form method="post" action="/in?token=t"><input type="password" id="password"><button id="go">Go</button></form>'
)
INSIDE = (
    "<title>Welcome</title><h1>Good morning, Daniel</h1><p>Your plan covers you. Member W123456789.</p>"
    '<form method="post" action="/next?x=1"><input type="hidden" name="csrf" value="hidden-value">'
    '<input name="note" value="typed-value"></form>'
)


@pytest.fixture
def stuck(site: Any, browser: Browser, request_to: Any, member: Member) -> Any:
    """An authorization that ends on the page after the login, with evidence under a policy."""

    def run(policy: Any, body: str = INSIDE, *screens: dict[str, Any]) -> Any:
        site.page("/authorize", FORM)
        site.page("/in", body)
        browser.plan = login_plan({"screens": [LOGIN, *screens], "timeout": patience(15)})
        redactor, browser._redactor = browser._redactor, Redactor(policy)
        try:
            return browser.authorize(request_to, member, fresh=True)
        finally:
            browser._redactor = redactor

    return run


def test_synthetic_data_is_shown_in_full(stuck: Any) -> None:
    page = stuck("full").page

    assert page.headings == ("Good morning, Daniel",)
    assert "W123456789" in page.text
    assert page.screenshot.startswith(b"\x89PNG")


def test_masked_data_is_covered_wherever_it_would_show(stuck: Any) -> None:
    outcome = stuck("masked")
    page = outcome.page

    assert page.headings == ("Good morning, [covered]",)
    assert page.text == "Good morning, [covered]\n\nYour plan covers you. Member [covered]."
    assert "Daniel" in page.words
    assert "Daniel" not in repr(outcome)
    assert page.screenshot.startswith(b"\x89PNG")


def test_no_data_means_no_text_and_no_picture(stuck: Any) -> None:
    page = stuck("none").page

    assert (page.text, page.headings, page.screenshot) == ("", (), b"")
    assert page.withheld == "evidence.member_data is none"
    assert page.fields == ("input[type=text][name=note]",)


def test_a_list_of_members_is_neither_photographed_nor_quoted(stuck: Any) -> None:
    outcome = stuck("masked", '<ul id="members"><li>Daniel Okafor</li></ul>', PICKER)

    assert outcome.kind == "no-screen"
    assert (outcome.page.withheld, outcome.page.text, outcome.page.screenshot) == ("the page lists members", "", b"")
    assert "Okafor" not in repr(outcome)


def test_field_values_and_queries_are_never_read(stuck: Any) -> None:
    page = stuck("full").page

    assert page.forms[0].hidden == ("csrf",)
    assert page.forms[0].action.endswith("/next")
    for value in ("hidden-value", "typed-value", "token=t"):
        assert value not in repr(page) + page.verbatim


def test_entry_fields_are_covered_in_the_picture(stuck: Any) -> None:
    bare = stuck("full", '<input name="note" value="AAAAAAAA" style="font-size:60px">').page.screenshot
    other = stuck("full", '<input name="note" value="BBBBBBBB" style="font-size:60px">').page.screenshot

    assert bare
    assert bare == other
