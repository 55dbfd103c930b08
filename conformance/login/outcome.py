"""What came of sending a browser to the authorization endpoint: facts for checks, no secret in any representation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlsplit

from conformance.errors import HarnessError, LoginRefused, NoScreenFits, Undecided
from conformance.login.cookies import rejected_cookies
from conformance.oauth.request import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.login.page_evidence import PageEvidence
    from conformance.oauth.request import AuthorizationRequest

Kind = Literal[
    "redirect",  # the browser requested a watched redirect URI: with a code, an error, or something it should not carry
    "error-page",  # the server showed a page of its own that refuses the request
    "refused",  # a failure screen of the login matched: the credentials or screens are wrong
    "no-screen",  # a page is showing that no screen of the target describes, or a described control is not on it
    "timeout",  # the time is up and the page was still busy
    "unreachable",  # the browser got no HTTP answer
    "untrusted",  # the host's certificate could not be verified
    "browser-missing",  # no browser could be started
    "broken",  # the browser failed in the middle
    "abandoned",  # a person closed the window or gave nothing
]
Decision = Literal["", "approve", "deny"]
MAX_DESCRIPTION = 200  # characters of an error_description that are quoted


@dataclass(frozen=True, slots=True)
class Redirect:
    """The request that left the authorization server for the app; nothing needs to listen there.

    ``uri`` is where it went, without query and fragment. The parameters keep order and repetition, decoded once.
    """

    uri: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    fragment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    method: str = "GET"

    def __repr__(self) -> str:
        names = [f"{place}:{name}" for place in ("query", "fragment", "form") for name, _ in getattr(self, place)]
        return f"Redirect({self.method} {self.uri} {' '.join(names)})"

    def get(self, name: str) -> str:
        """A parameter's first value, the query before the fragment before the posted form; ``""`` when absent."""
        return next((value for key, value in (*self.query, *self.fragment, *self.form) if key == name), "")

    def has(self, name: str) -> bool:
        """Whether a parameter came, even empty."""
        return any(key == name for key, _ in (*self.query, *self.fragment, *self.form))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parameters."""
        return tuple(dict.fromkeys(key for key, _ in (*self.query, *self.fragment, *self.form)))


@dataclass(frozen=True, slots=True)
class Hop:
    """One navigation answer on the way: ``url`` has no query, ``cookies`` are Set-Cookie headers without their values.

    ``headers`` are the response's in lower case without cookies and Location; ``after_credentials`` tells whether a
    password had been entered before.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    location: str = ""
    after_credentials: bool = False


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie the browser kept: its attributes, never its value."""

    name: str
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: str
    session: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One screen that was recognised and worked through; ``did`` names actions and controls, never what was entered."""

    screen: str
    url: str
    did: tuple[str, ...] = ()
    also_matched: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """One scope check-box of a consent page and how it was left."""

    value: str
    offered_checked: bool
    checked: bool
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class AuthorizationOutcome:
    """Everything the browser saw during one authorization.

    ``history`` are the navigations in order, ``trail`` the login screens. ``page`` is the last page shown, ``consent``
    the page on which the decision was taken (both ``None`` when there was none). ``decision`` is what was really
    pressed: empty when no consent was asked. ``fresh`` tells that the browser had no cookie at the start. ``near`` says
    for each screen why it did not fit the last page. ``message`` is one sentence for people, already free of secrets.
    """

    kind: Kind
    request: AuthorizationRequest
    redirect: Redirect | None = None
    message: str = ""
    history: tuple[Hop, ...] = ()
    trail: tuple[Visit, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    credentials_submitted: bool = False
    decision: Decision = ""
    choices: tuple[ScopeChoice, ...] = ()
    page: PageEvidence | None = None
    consent: PageEvidence | None = None
    cookies: tuple[Cookie, ...] = ()
    fresh: bool = True
    member: str = ""
    elapsed_s: float = 0.0

    @property
    def code(self) -> Code | None:
        """The code in the redirect with all that an exchange needs, or ``None``."""
        if not self.redirect or not (value := self.redirect.get("code")):
            return None
        return Code(value, self.request.pkce.verifier, self.request.redirect_uri, self.request.nonce)

    @property
    def error(self) -> str:
        """The ``error`` of the redirect, ``""`` when it has none."""
        return self.redirect.get("error") if self.redirect else ""

    @property
    def said(self) -> str:
        """The ``error`` of the redirect with its description, as ``error: description``; ``""`` without an error."""
        if not self.redirect or not self.error:
            return ""
        description = " ".join(self.redirect.get("error_description").split())[:MAX_DESCRIPTION]
        return f"{self.error}: {description}" if description else self.error

    @property
    def shows_page(self) -> bool:
        """Whether the last document is a page for a person (HTML)."""
        return bool(self.history) and "html" in self.history[-1].headers.get("content-type", "").lower()

    @property
    def state_matches(self) -> bool:
        """Whether the redirect carries exactly the ``state`` that was sent, once."""
        if not self.redirect:
            return False
        states = [
            value
            for name, value in (*self.redirect.query, *self.redirect.fragment, *self.redirect.form)
            if name == "state"
        ]
        return states == [self.request.state]

    @property
    def last_status(self) -> int:
        """The HTTP status of the last document, 0 when none arrived."""
        return self.history[-1].status if self.history else 0

    @property
    def carries_grant(self) -> bool:
        """Whether the redirect carries a code or a token."""
        redirect = self.redirect
        return redirect is not None and any(redirect.get(name) for name in ("code", "access_token", "id_token"))


UNSETTLED = {"refused", "no-screen", "timeout", "error-page"}
OURS: Mapping[str, type[Exception]] = {
    "refused": LoginRefused,
    "no-screen": NoScreenFits,
    "untrusted": HarnessError,
    "browser-missing": HarnessError,
    "broken": HarnessError,
    "abandoned": Undecided,
}


def judgeable(outcome: AuthorizationOutcome) -> AuthorizationOutcome:
    """The outcome itself if it says something about the deployment; raises the error that fits if it does not.

    A redirect, an error page, silence and a time-out speak about the deployment (that discovery answered is known).
    :class:`LoginRefused` (exit 4), :class:`NoScreenFits` and :class:`HarnessError` (exit 3), :class:`Undecided`
    speak about the target file, this machine or the person; a time-out speaks about the screens once one of them has
    been worked through. Where the server sets cookies that no browser keeps, and none that it does, a login that did
    not get on speaks about the deployment too.
    """
    if outcome.kind in UNSETTLED and not outcome.cookies and (rejected := rejected_cookies(outcome.history)):
        named = "; ".join(f"{name}: {reason}" for name, reason in rejected.items())
        return replace(outcome, message=f"{outcome.message}; the server sets a cookie that no browser keeps ({named})")
    if outcome.kind == "timeout" and outcome.trail:
        raise NoScreenFits(outcome.message)
    if outcome.kind in OURS:
        raise OURS[outcome.kind](outcome.message)
    return outcome


def redirect_of(url: str, *, fragment: str = "", method: str = "GET", body: str = "") -> Redirect:
    """A redirect from the request the browser made; ``fragment`` as known from elsewhere when the URL lost it."""
    parts = urlsplit(url)
    return Redirect(
        uri=parts._replace(query="", fragment="").geturl(),
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        fragment=tuple(parse_qsl(parts.fragment or fragment.removeprefix("#"), keep_blank_values=True)),
        form=tuple(parse_qsl(body, keep_blank_values=True)) if method == "POST" else (),
        method=method,
    )


def without_query(url: str) -> str:
    """A URL as reports may show it: no query, no fragment, no user information."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="", fragment="").geturl()
    except ValueError:
        return ""
