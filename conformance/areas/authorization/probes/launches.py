"""Launches of a kind of their own: from a clean browser, with a wrong password, with an odd state or by form post."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.authorization.probes.approval import odd_state_request
from conformance.areas.authorization.rules.redirects import MAX_CODE_LIFETIME, CodeLife
from conformance.errors import Undecided
from conformance.login.outcome import judgeable
from conformance.login.plan import login_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.shared.refusals import Attempt
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.target import Member

SPARE_MEMBERS = ("empty", "representative", "b", "a")
OVER_A_MINUTE = 120.0  # seconds; SMART asks for about one minute


def odd_state(authorizations: Authorizations) -> AuthorizationOutcome:
    """A launch with a long state full of characters that need encoding."""
    return authorizations.launch(odd_state_request(authorizations), reason="odd state, approved")


def posted(authorizations: Authorizations) -> AuthorizationOutcome:
    """A launch whose authorization request is a form post."""
    return authorizations.launch(authorizations.request().as_post(), reason="authorization request as a form post")


def slash_tolerance(wrong_requests: WrongRequests, authorizations: Authorizations) -> list[Attempt]:
    """An aud that differs by a closing slash: judged where the target expects ``exact``, noted elsewhere."""
    run = authorizations.run
    exact = run.target.expect.get("PA-AUTH-008") == "exact"
    try:
        attempts = wrong_requests.attempts("aud-slash")
    except Undecided:
        if exact:
            raise
        return []  # no verdict depends on it
    accepted = any(attempt.usable for attempt in attempts)
    run.notes.append(f"an aud that differs by a closing slash is {'accepted' if accepted else 'refused'}")
    return attempts if exact else []


def clean_browser(authorizations: Authorizations, working_launch: AuthorizationOutcome) -> AuthorizationOutcome:
    """A launch by a browser without cookies: one this run has made already, or a new one."""
    plan = login_plan(authorizations.run.target.login)
    if plan.mode != "browser" or not any(screen.submits_credentials for screen in plan.screens):
        raise Undecided(
            "it cannot be seen when credentials are entered: use login.mode browser with a screen that fills "
            "${user.password}"
        )
    known = [working_launch, *authorizations.outcomes]
    clean = [outcome for outcome in known if outcome.fresh and outcome.carries_grant and outcome.kind == "redirect"]
    if clean:
        return clean[0]
    return authorizations.launch(authorizations.request(), reason="a browser that no member used before", fresh=True)


def wrong_password(authorizations: Authorizations) -> AuthorizationOutcome:
    """A launch in a clean browser with a wrong password, by the member it disturbs least."""
    target = authorizations.run.target
    if not target.allows("failed-logins"):
        raise Undecided("the target does not allow a wrong password; add failed-logins to allow")
    plan = login_plan(target.login)
    if plan.mode != "browser" or not any(screen.submits_credentials for screen in plan.screens):
        raise Undecided("a wrong password can only be tried with login.mode browser")
    outcome = authorizations.attempt(
        authorizations.request(),
        reason="a wrong password",
        person=replace(_spare_member(target.members), password=f"{secrets.token_urlsafe(12)}-wrong"),
        decision="deny" if plan.can_deny else "approve",
        fresh=True,
    )
    if outcome.kind not in {"redirect", "refused", "error-page", "no-screen", "timeout"}:
        judgeable(outcome)
    if not outcome.credentials_submitted:
        raise Undecided(f"the login page took no password ({outcome.message})")
    return outcome


def _spare_member(members: Mapping[str, Member]) -> Member:
    return next(members[key] for key in SPARE_MEMBERS if key in members)


def late_codes(own: OwnAuthorization) -> Iterator[CodeLife]:
    """Codes exchanged late: after the configured wait, and well over the minute that SMART asks for."""
    target = own.authorizations.run.target
    wait = max(target.deployment.code_wait, MAX_CODE_LIFETIME)
    if target.lab.age_grant:
        yield _aged(own, wait)
        yield _aged(own, OVER_A_MINUTE)
    elif target.slow:
        code = own.code()
        time.sleep(wait)
        answer = own.endpoint().exchange(code)
        yield CodeLife(wait, f"that was held for {wait:.0f} s", answer.granted, answer.exchange.number)
    else:
        raise Undecided("add lab.age_grant to the target, or set slow: true to wait for a code to expire")


def _aged(own: OwnAuthorization, seconds: float) -> CodeLife:
    code = own.code()
    own.age("code", code.value, seconds)
    answer = own.endpoint().exchange(code)
    return CodeLife(seconds, f"aged by {seconds:.0f} s", answer.granted, answer.exchange.number)
