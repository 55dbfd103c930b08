"""Fixtures for the authorization endpoint: launches in odd forms, denied and unticked, and requests to be refused."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.areas.authorization.rules.consent import WORDS, Approval, Deselection
from conformance.areas.authorization.rules.redirects import MAX_CODE_LIFETIME, CodeLife
from conformance.areas.shared.wrong_requests import UNKNOWN_SCOPE, WrongRequests
from conformance.errors import NoScreenFits, NotApplicable, Undecided
from conformance.login.outcome import judgeable
from conformance.login.plan import login_plan
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.launches import Launch
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.shared.refusals import Attempt
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.request import AuthorizationRequest
    from conformance.target import Member

ODD_STATE = "s%20t&a=t+e/~.-_!'()*;:@,$?{0}"
SPARE_MEMBERS = ("empty", "representative", "b", "a")
OVER_A_MINUTE = 120.0  # seconds; SMART asks for about one minute


@pytest.fixture(scope="session")
def working_launch(standalone_launch: AuthorizationOutcome) -> AuthorizationOutcome:
    """The shared launch, which proves that a correct request is served; without that no refusal means anything."""
    if standalone_launch.code is None:
        raise Undecided("a correct request gave no code, see PA-AUTH-001", blocked_by="PA-AUTH-001")
    return standalone_launch


@pytest.fixture(scope="session")
def wrong_requests(authorizations: Authorizations, working_launch: AuthorizationOutcome) -> WrongRequests:  # noqa: ARG001
    """Requests that must be refused, each sent once in the run."""
    return WrongRequests(authorizations)


@pytest.fixture
def try_wrong_requests(
    wrong_requests: WrongRequests,
    own_authorization: OwnAuthorization,  # noqa: ARG001  what is served after all may replace the shared grant
) -> Callable[[str], list[Attempt]]:
    """Sends the wrong requests of a theme: challenge, method, redirect_uri, client_id, response_type, aud, …."""
    return wrong_requests.attempts


@pytest.fixture(scope="session")
def unknown_scope() -> str:
    """The scope that no server has."""
    return UNKNOWN_SCOPE


@pytest.fixture
def odd_state_launch(
    authorizations: Authorizations,
    own_authorization: OwnAuthorization,  # noqa: ARG001
) -> AuthorizationOutcome:
    """A launch with a long state full of characters that need encoding."""
    request = authorizations.request(state=ODD_STATE.format(secrets.token_hex(32)))
    return authorizations.launch(request, reason="odd state, approved")


@pytest.fixture(scope="session")
def denied_launch(authorizations: Authorizations) -> AuthorizationOutcome:
    """A launch with such a state in which the member presses deny."""

    def request() -> AuthorizationRequest:
        return authorizations.request(state=ODD_STATE.format(secrets.token_hex(32)))

    outcome = authorizations.judged(authorizations.asked(request, reason="odd state, denied", decision="deny"))
    if outcome.decision != "deny":
        raise Undecided("no approval page with a deny control was shown; describe it as login screen `consent`")
    return outcome


@pytest.fixture
def posted_launch(
    authorizations: Authorizations,
    own_authorization: OwnAuthorization,  # noqa: ARG001
) -> AuthorizationOutcome:
    """A launch whose authorization request is a form post."""
    return authorizations.launch(authorizations.request().as_post(), reason="authorization request as a form post")


@pytest.fixture
def malformed_launch(try_wrong_requests: Callable[[str], list[Attempt]]) -> Launch:
    """A request of the main client that lacks response_type."""
    return try_wrong_requests("malformed")[0].launch


@pytest.fixture
def slash_is_tolerated(run: Run, try_wrong_requests: Callable[[str], list[Attempt]]) -> Callable[[], list[Attempt]]:
    """Sends an aud that differs by a closing slash: judged where the target expects ``exact``, noted elsewhere."""

    def sent() -> list[Attempt]:
        exact = run.target.expect.get("PA-AUTH-008") == "exact"
        try:
            attempts = try_wrong_requests("aud-slash")
        except Undecided:
            if exact:
                raise
            return []  # nothing rests on it
        accepted = any(attempt.usable for attempt in attempts)
        run.notes.append(f"an aud that differs by a closing slash is {'accepted' if accepted else 'refused'}")
        return attempts if exact else []

    return sent


@pytest.fixture
def clean_browser_launch(
    run: Run,
    authorizations: Authorizations,
    working_launch: AuthorizationOutcome,
    own_authorization: OwnAuthorization,  # noqa: ARG001
) -> AuthorizationOutcome:
    """A launch by a browser without cookies: one this run has made already, or a new one."""
    plan = login_plan(run.target.login)
    if plan.mode != "browser" or not any(screen.submits_credentials for screen in plan.screens):
        raise Undecided(
            "it cannot be seen when credentials are entered: use login.mode browser with a screen that fills "
            "${user.password}"
        )
    known = [working_launch, *authorizations.outcomes]
    clean = [outcome for outcome in known if outcome.fresh and outcome.carries_grant and outcome.kind == "redirect"]
    if clean:
        return clean[0]
    return authorizations.launch(authorizations.request(), reason="a browser that nobody used before", fresh=True)


@pytest.fixture(scope="session")
def wrong_password_launch(
    run: Run,
    authorizations: Authorizations,
    working_launch: AuthorizationOutcome,  # noqa: ARG001
) -> AuthorizationOutcome:
    """A launch in a clean browser with a wrong password, once in the run, by the member it disturbs least."""
    if not run.target.allows("failed-logins"):
        raise Undecided("the target does not allow a wrong password; add failed-logins to allow")
    plan = login_plan(run.target.login)
    if plan.mode != "browser" or not any(screen.submits_credentials for screen in plan.screens):
        raise Undecided("a wrong password can only be tried with login.mode browser")
    person = _spare_member(run)
    wrong = replace(person, password=f"{secrets.token_urlsafe(12)}-wrong")
    outcome = authorizations.attempt(
        authorizations.request(),
        reason="a wrong password",
        person=wrong,
        decision="deny" if plan.can_deny else "approve",
        fresh=True,
    )
    if outcome.kind not in {"redirect", "refused", "error-page", "no-screen", "timeout"}:
        judgeable(outcome)
    if not outcome.credentials_submitted:
        raise Undecided(f"the login page took no password ({outcome.message})")
    return outcome


def _spare_member(run: Run) -> Member:
    return next(run.target.members[key] for key in SPARE_MEMBERS if key in run.target.members)


@pytest.fixture(scope="session")
def asked_launch(working_launch: AuthorizationOutcome, request: pytest.FixtureRequest) -> AuthorizationOutcome:
    """The shared launch; the denied one instead if the member was not asked because of an earlier approval."""
    if working_launch.consent is None:
        with suppress(Undecided, NoScreenFits):
            denied: AuthorizationOutcome = request.getfixturevalue("denied_launch")
            return denied
    return working_launch


@pytest.fixture
def approval(run: Run, asked_launch: AuthorizationOutcome, request: pytest.FixtureRequest) -> Approval:
    """The page on which the member approves; a picture of it, as far as it may be shown, goes to the report."""
    page = asked_launch.consent
    if page is None:
        if not any(screen.approve for screen in login_plan(run.target.login).screens):
            raise Undecided("describe the approval page as a login screen with decision.approve and decision.deny")
        return Approval(shown=False)
    if page.screenshot:
        import allure  # noqa: PLC0415

        allure.attach(page.screenshot, "approval page", allure.attachment_type.PNG)
    try:
        denied = request.getfixturevalue("denied_launch").decision == "deny"
    except (Undecided, NoScreenFits):
        denied = False
    return Approval(shown=True, words=page.words, buttons=page.buttons or (page.words,), can_deny=denied)


@pytest.fixture(scope="session")
def app_name(run: Run) -> str:
    """The name under which the main client is registered; empty when the target does not say."""
    return run.target.clients["main"].name


@pytest.fixture(scope="session")
def requested_types(requested_scopes: Sequence[str]) -> tuple[str, ...]:
    """The kinds of data the shared launch asks for that people have words for."""
    types = {scope.type for scope in parse_scopes(list(requested_scopes)) if scope.opens_resources}
    return tuple(name for name in WORDS if name in types)


@pytest.fixture
def deselection(
    authorizations: Authorizations, asked_launch: AuthorizationOutcome, own_authorization: OwnAuthorization
) -> Deselection:
    """A launch in which the member unticks one kind of data, and what the API then says to a search for it."""
    offered = [choice.value for choice in asked_launch.choices if choice.enabled and choice.checked]
    if not offered:
        raise NotApplicable("the approval page offers no choice among scopes (no login screen has `scopes` boxes)")
    chosen = next((value for value in reversed(offered) if parse_scope(value).type in WORDS), "")
    if not chosen:
        raise Undecided("no box of the approval page names a resource scope; see `scopes.value_from`")
    unticked = parse_scope(chosen)
    kept = [value for value in offered if parse_scope(value).type != unticked.type]
    outcome = authorizations.judged(
        authorizations.asked(authorizations.request, reason=f"{chosen} unticked", scopes=kept)
    )
    answer = authorizations.exchanged(outcome)
    client, patient = own_authorization.fhir(answer), own_authorization.patient(answer)
    anchor = {"_id": patient} if unticked.type == "Patient" else {"patient": patient}
    found = client.search(unticked.type, anchor, purpose=f"search what was unticked: {chosen}")
    return Deselection(chosen, answer.scopes.raw, answer.scopes.opens(unticked.type, "s"), found)


@pytest.fixture
def late_codes(run: Run, own_authorization: OwnAuthorization) -> Callable[[], Iterator[CodeLife]]:
    """Codes exchanged late: after the configured wait, and well over the minute that SMART asks for."""

    def lives() -> Iterator[CodeLife]:
        wait = max(run.target.deployment.code_wait, MAX_CODE_LIFETIME)
        if run.target.lab.age_grant:
            yield _aged(own_authorization, wait)
            yield _aged(own_authorization, OVER_A_MINUTE)
        elif run.target.slow:
            code = own_authorization.code()
            time.sleep(wait)
            answer = own_authorization.endpoint().exchange(code)
            yield CodeLife(wait, f"that was held for {wait:.0f} s", answer.granted, answer.exchange.number)
        else:
            raise Undecided("add lab.age_grant to the target, or set slow: true to wait for a code to expire")

    return lives


def _aged(own: OwnAuthorization, seconds: float) -> CodeLife:
    code = own.code()
    own.age("code", code.value, seconds)
    answer = own.endpoint().exchange(code)
    return CodeLife(seconds, f"aged by {seconds:.0f} s", answer.granted, answer.exchange.number)
