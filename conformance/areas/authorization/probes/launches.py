"""Launches of a kind of their own: from a clean browser, with a wrong password, with an odd state or by form post."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.authorization.probes.approval import odd_state_request
from conformance.areas.authorization.rules.redirects import MAX_CODE_LIFETIME, CleanLaunch, CodeLife
from conformance.errors import NotApplicable, Undecided
from conformance.login.outcome import judgeable
from conformance.login.plan import login_plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.shared.refusals import Attempt
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.login.plan import LoginPlan
    from conformance.oauth.discovery import Discovery
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


def public_challenge(wrong_requests: WrongRequests, authorizations: Authorizations) -> list[Attempt]:
    """A request of the public client without a challenge; not applicable where the target has no such client."""
    client = authorizations.run.target.clients.get("public")
    if client is None or client.authentication != "none":
        raise NotApplicable("the target has no public client (clients.public with authentication: none)")
    return wrong_requests.attempts("public-challenge")


def clean_browsers(authorizations: Authorizations) -> list[CleanLaunch]:
    """Every launch of the run by a browser without cookies that gave a grant, one of them after another login.

    A server may take a browser without cookies for the member who logged in last, so a launch before any login shows
    too little: where there is no later one, one more is made.
    """
    target = authorizations.run.target
    plan = login_plan(target.login)
    if plan.mode != "browser":
        raise Undecided("it cannot be seen what is entered at a login: use login.mode browser")
    if target.tls.client_cert:
        raise Undecided("the browser shows a client certificate, which may prove who the member is")
    first = next((number for number, outcome in enumerate(authorizations.outcomes) if outcome.carries_grant), 0)
    if not _clean(authorizations.outcomes[first + 1 :]):
        authorizations.launch(authorizations.request(), reason="a browser that no member used before", fresh=True)
    return [CleanLaunch(outcome, _proved(outcome, plan)) for outcome in _clean(authorizations.outcomes)]


def _clean(outcomes: Iterable[AuthorizationOutcome]) -> list[AuthorizationOutcome]:
    return [outcome for outcome in outcomes if outcome.fresh and outcome.carries_grant and outcome.kind == "redirect"]


def _proved(outcome: AuthorizationOutcome, plan: LoginPlan) -> bool:
    """Whether anything but a user name was entered on the way: a password, a one-time code, an answer."""
    visited = {visit.screen for visit in outcome.trail}
    actions = [action for screen in plan.screens if screen.name in visited for action in screen.do]
    return outcome.credentials_submitted or any(action.proves for action in actions)


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


def issuers(launch: AuthorizationOutcome, discovery: Discovery) -> tuple[str, ...]:
    """The published issuers; not applicable where the redirect has no iss, undecided where none is published."""
    if launch.redirect is None or not launch.redirect.has("iss"):
        raise NotApplicable("the redirect has no iss (RFC 9207 is optional)")
    published = {document.text("issuer") for document in (discovery.smart, discovery.openid)} - {""}
    if not published:
        raise Undecided("no issuer is published to compare iss with, see PA-DISC-008", blocked_by="PA-DISC-008")
    return tuple(sorted(published))


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
