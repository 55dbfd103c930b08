"""What counts as a member's proof at a login, and which launches show that one is asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.areas.authorization.probes.launches import clean_browsers
from conformance.errors import Undecided
from conformance.login.outcome import AuthorizationOutcome, Redirect, Visit
from conformance.oauth.pkce import new_pkce
from conformance.oauth.request import AuthorizationRequest

REQUEST = AuthorizationRequest("https://payer.example/authorize", (), new_pkce())


def screen(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "when": {"visible": f"#{name}"}, "do": [{"fill": f"#{name}", "with": text}]}


SCREENS = [
    screen("user", "${user.username}"),
    screen("password", "${user.password}"),
    screen("birthday", "1980-01-01"),
]


def outcome(*screens: str, fresh: bool = True) -> AuthorizationOutcome:
    trail = tuple(Visit(name, "https://payer.example/login") for name in screens)
    typed = "password" in screens
    redirect = Redirect("https://app.example/callback", (("code", "c"),))
    return AuthorizationOutcome("redirect", REQUEST, redirect, trail=trail, credentials_submitted=typed, fresh=fresh)


def authorizations(*outcomes: AuthorizationOutcome, login: Any = None, further: Any = None, cert: str = "") -> Any:
    login = login or {"mode": "browser", "screens": SCREENS}
    target = SimpleNamespace(login=login, tls=SimpleNamespace(client_cert=cert))
    made: Any = SimpleNamespace(run=SimpleNamespace(target=target), outcomes=[*outcomes], request=lambda: REQUEST)
    made.launch = lambda request, **_: made.outcomes.append(further or outcome("user", "password"))
    return made


@pytest.mark.parametrize(
    ("screens", "proved"),
    [((), False), (("user",), False), (("user", "password"), True), (("user", "birthday"), True)],
)
def test_a_user_name_alone_proves_nothing(screens: tuple[str, ...], proved: bool) -> None:
    first, later = outcome("user", "password"), outcome(*screens)

    assert [each.proved for each in clean_browsers(authorizations(first, later))] == [True, proved]


def test_one_more_launch_is_made_where_none_came_after_a_login() -> None:
    only_first = authorizations(outcome("user", "password"), outcome(fresh=False), further=outcome())

    assert [each.proved for each in clean_browsers(only_first)] == [True, False]


def test_what_cannot_be_seen_is_undecided() -> None:
    with pytest.raises(Undecided, match=r"login\.mode browser"):
        clean_browsers(authorizations(login={"mode": "manual"}))
    with pytest.raises(Undecided, match="client certificate"):
        clean_browsers(authorizations(cert="cert.pem"))
