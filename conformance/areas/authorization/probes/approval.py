"""The approval page: what it shows, what comes of pressing deny, and of clearing a box."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.areas.authorization.rules.consent import WORDS, Approval, Deselection
from conformance.engine.judge import attach_picture
from conformance.errors import ConformanceError, NoScreenFits, NotApplicable, Undecided
from conformance.login.plan import login_plan
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.login.plan import LoginPlan
    from conformance.oauth.request import AuthorizationRequest
    from conformance.target import Target

ODD_STATE = "s%20t&a=t+e/~.-_!'()*;:@,$?{0}"


def odd_state_request(authorizations: Authorizations) -> AuthorizationRequest:
    """A correct request with a long state full of characters that need encoding."""
    return authorizations.request(state=ODD_STATE.format(secrets.token_hex(32)))


def refused_launch(denial: Denial, wrong_requests: WrongRequests) -> AuthorizationOutcome:
    """A launch that ends with an error redirect: the denied one, or a malformed request where there is none.

    Raises :class:`NotApplicable` when none of them sends the browser back, which is the server's choice.
    """
    with suppress(Undecided, NoScreenFits):
        if denial.launch.redirect is not None:
            return denial.launch
    for outcome in wrong_requests.outcomes("malformed", "challenge", "aud"):
        if outcome.error:
            return outcome
    raise NotApplicable("no error is sent to the app by redirect, so there is none whose state could be looked at")


class Denial:
    """A launch with such a state in which the member presses deny, made once in a run."""

    def __init__(self, authorizations: Authorizations) -> None:
        self._authorizations = authorizations
        self._ended: AuthorizationOutcome | ConformanceError | None = None

    @property
    def launch(self) -> AuthorizationOutcome:
        """How it ended; raises :class:`Undecided` when no approval page with a deny control was shown."""
        if self._ended is None:
            try:
                self._ended = self._made()
            except ConformanceError as trouble:
                self._ended = trouble
        if isinstance(self._ended, ConformanceError):
            raise self._ended
        return self._ended

    @property
    def pressed(self) -> bool:
        """Whether an approval page has a control to refuse."""
        try:
            return self.launch.decision == "deny"
        except (Undecided, NoScreenFits):
            return False

    def _made(self) -> AuthorizationOutcome:
        asked = self._authorizations
        outcome = asked.judged(
            asked.asked(lambda: odd_state_request(asked), reason="odd state, denied", decision="deny")
        )
        if outcome.decision != "deny":
            raise Undecided("no approval page with a deny control was shown; describe it as login screen `consent`")
        return outcome


def approval(launch: AuthorizationOutcome, denial: Denial, target: Target) -> Approval:
    """The page on which the member approves; a picture of it, as far as it may be shown, goes to the report."""
    page = launch.consent
    if page is None:
        plan = login_plan(target.login)
        if not any(screen.approve for screen in plan.screens) and not _login_only(launch, plan):
            raise Undecided("describe the approval page as a login screen with decision.approve and decision.deny")
        return Approval(shown=False)
    if page.screenshot:
        attach_picture(page.screenshot, "approval page")
    return Approval(shown=True, words=page.words, buttons=page.buttons or (page.words,), can_deny=denial.pressed)


def _login_only(launch: AuthorizationOutcome, plan: LoginPlan) -> bool:
    """Whether the browser got its code on screens that ask who the member is, so that no approval page came."""
    visited = {visit.screen for visit in launch.trail}
    screens = [screen for screen in plan.screens if screen.name in visited]
    asks = all(any(action.identifies or action.proves for action in screen.do) for screen in screens)
    return launch.code is not None and bool(screens) and asks


def named_types(scopes: Iterable[str]) -> tuple[str, ...]:
    """The kinds of data among requested scopes that a page has words for."""
    types = {scope.type for scope in parse_scopes(list(scopes)) if scope.opens_resources}
    return tuple(name for name in WORDS if name in types)


def deselection(launch: AuthorizationOutcome, own: OwnAuthorization) -> Deselection:
    """A launch in which the member clears each box that opens one type, and what a search for it then answers."""
    authorizations = own.authorizations
    offered = [choice.value for choice in launch.choices if choice.enabled and choice.checked]
    if not offered:
        raise NotApplicable("the approval page offers no choice among scopes (no login screen has `scopes` boxes)")
    chosen = next((value for value in reversed(offered) if parse_scope(value).type in WORDS), "")
    if not chosen:
        raise Undecided("no box of the approval page names a resource scope; see `scopes.value_from`")
    deselected = parse_scope(chosen)
    kept = [value for value in offered if parse_scope(value).type not in {deselected.type, "*"}]
    outcome = authorizations.judged(
        authorizations.asked(authorizations.request, reason=f"{chosen} deselected", scopes=kept)
    )
    answer = authorizations.exchanged(outcome)
    client, patient = own.fhir(answer), own.patient(answer)
    anchor = {"_id": patient} if deselected.type == "Patient" else {"patient": patient}
    found = client.search(deselected.type, anchor, purpose=f"search what was deselected: {chosen}")
    return Deselection(chosen, answer.scopes.raw, answer.scopes.opens(deselected.type, "s"), found)
