from __future__ import annotations

from typing import Any

import pytest

from conformance.errors import ConfigError
from conformance.login.plan import LoginPlan, login_plan, member_values
from conformance.login.presets import preset, preset_names
from conformance.login.screens import parse_screens
from conformance.target import Member

SCREEN = {"name": "mine", "when": {"visible": "#x"}, "do": [{"click": "#x"}]}


def test_the_defaults_are_those_of_a_person_in_a_hurry() -> None:
    assert login_plan({}) == LoginPlan()
    assert login_plan({}).timeout == 60


def test_everything_said_is_taken_over() -> None:
    plan = login_plan(
        {
            "timeout": "90s",
            "block": ["analytics"],
            "reuse_session": False,
            "browser": {
                "locale": "es-US",
                "viewport": "800x600",
                "headless": False,
                "extra_args": ["--x"],
                "executable": "/b",
            },
            "screens": [SCREEN],
        }
    )

    assert (plan.timeout, plan.reuse_session, plan.headless, plan.locale) == (90.0, False, False, "es-US")
    assert (plan.viewport, plan.extra_args, plan.executable) == ((800, 600), ("--x",), "/b")
    assert plan.block[0].search("https://x.example/ANALYTICS.js")


def test_a_persons_login_has_a_window_no_screens_and_time() -> None:
    plan = login_plan({"mode": "manual", "screens": [SCREEN]})

    assert (plan.headless, plan.screens, plan.timeout) == (False, (), 300.0)


def test_own_screens_come_before_those_of_a_preset() -> None:
    plan = login_plan({"preset": "keycloak", "screens": [SCREEN]})

    assert plan.screens[0].name == "mine"
    assert plan.screens[1].origin == "preset keycloak"
    assert plan.can_deny


@pytest.mark.parametrize("name", ["auth0", "b2c", "cognito", "forgerock", "keycloak", "okta", "pingfederate"])
def test_every_preset_can_be_used_and_says_whether_it_was_tried(name: str) -> None:
    plan = login_plan({"preset": name})

    assert name in preset_names()
    assert preset(name)["verified"] is (name == "keycloak")
    assert plan.knows_approval or name in {"b2c", "cognito"}, "these two have no approval page"
    assert any(screen.fail for screen in plan.screens)
    assert any(screen.submits_credentials for screen in plan.screens)
    assert len({screen.name for screen in plan.screens}) == len(plan.screens)


@pytest.mark.parametrize(
    ("login", "named"),
    [
        ({"mode": "guess"}, "login.mode"),
        ({"preset": "nobody"}, "login.preset"),
        ({"block": ["("]}, "login.block"),
        ({"browser": {"viewport": "big"}}, "login.browser.viewport"),
        ({"screens": [SCREEN | {"when": {"hidden": "#y"}}]}, "when"),
        ({"screens": [{"name": "idle", "when": {"visible": "#x"}}]}, "nothing to do"),
        ({"screens": [SCREEN | {"do": [{"click": "#x", "fill": "#y"}]}]}, r"do\[0\]"),
        ({"screens": [SCREEN | {"do": [{"jump": "#x"}]}]}, r"do\[0\]"),
        ({"screens": [SCREEN | {"do": [{"totp": "#x", "algorithm": "md5"}]}]}, "algorithm"),
        ({"screens": [SCREEN | {"scopes": {"checkbox": "#x", "grant": "some"}}]}, "grant"),
    ],
)
def test_what_cannot_be_used_is_named(login: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        login_plan(login)


def test_screens_know_what_they_do() -> None:
    (screen,) = parse_screens(
        [SCREEN | {"do": [{"fill": "#p", "with": "${user.password}"}, {"choose": "#m"}], "max_visits": 2}]
    )

    assert (screen.submits_credentials, screen.shows_members, screen.ends, screen.max_visits) == (True, True, False, 2)
    assert [str(action) for action in screen.do] == ["fill #p", "choose #m"]


def test_actions_tell_no_value() -> None:
    (screen,) = parse_screens(
        [SCREEN | {"do": [{"fill": "#p", "with": "literal-secret"}, {"press": "Enter"}, {"wait": "2s"}]}]
    )

    assert [str(action) for action in screen.do] == ["fill #p", "press Enter", "wait 2 s"]


def test_only_what_a_member_has_can_be_filled_in() -> None:
    assert member_values(Member("a", username="u", patient_id="p")) == {"user.username": "u", "user.patient_id": "p"}
