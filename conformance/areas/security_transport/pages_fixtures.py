"""Fixtures for the pages of the authorization server: what the browser saw, forged forms, foreign addresses."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from conformance.areas.security_transport.rules.evidence import CsrfProbe, OpenRedirectProbe
from conformance.areas.security_transport.rules.pages import anti_forgery_fields
from conformance.areas.shared.rest_evidence import Asked
from conformance.errors import Undecided
from conformance.login.plan import login_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome, Hop
    from conformance.oauth.discovery import Discovery

_PARAMETERS = (
    *("redirect", "redirect_uri", "redirect_url", "return", "returnUrl", "return_to", "next", "continue", "url"),
    *("post_logout_redirect_uri", "target", "goto", "service", "RelayState"),
)
_PATHS = ("logout", "signout", "error", "login", "connect/logout", "endsession", "v2/logout")
_FORMS = ("https://{host}/", "//{host}/")
_UNDECIDABLE = {"unreachable", "timeout", "broken", "untrusted", "browser-missing", "abandoned"}


@pytest.fixture(scope="session")
def sign_in_hops(run: Run, request: pytest.FixtureRequest) -> tuple[Hop, ...]:
    """Every answer the browser got while member a signed in; undecided where nobody signs in."""
    if login_plan(run.target.login).mode == "tokens":
        raise Undecided("login.mode is tokens: no page of the authorization server was seen")
    outcome: AuthorizationOutcome = request.getfixturevalue("standalone_launch")
    if not outcome.history:
        raise Undecided("no page was seen: describe the login for login.mode browser in the target file")
    return outcome.history


@pytest.fixture
def forged_consent(
    authorizations: Authorizations, asked_launch: AuthorizationOutcome, own_authorization: OwnAuthorization
) -> CsrfProbe:
    """The member's consent once more, its form sent without its anti-forgery value."""
    del own_authorization  # it only says that this runs late, with a canary afterwards
    page = asked_launch.consent
    forms = [form for form in page.forms if form.method == "post" and form.hidden] if page else []
    if not forms:
        raise Undecided("no consent form with hidden fields was shown, so none can be sent without them")
    fields = anti_forgery_fields(forms[0].hidden)
    outcome = authorizations.asked(
        lambda: authorizations.request().with_consent_lacking(*fields),
        reason="consent without its anti-forgery value",
        expect_error_page=True,
    )
    if outcome.consent is None or outcome.kind in _UNDECIDABLE:
        raise Undecided(f"the changed consent form could not be sent ({outcome.message or 'no consent page'})")
    return CsrfProbe(fields, code=outcome.code is not None, url=forms[0].action)


@pytest.fixture
def lures(run: Run, authorizations: Authorizations, discovery: Discovery) -> list[OpenRedirectProbe]:
    """Requests to the authorization server, each of which names an address of a foreign host."""
    host = f"{secrets.token_hex(6)}.example"
    found = []
    for what, address in _luring(authorizations, discovery, host):
        answer = run.transport.request("GET", address, follow_redirects=False, purpose=what, endpoint="lure")
        found.append(OpenRedirectProbe(what, host, answer))
    return found


def _luring(authorizations: Authorizations, discovery: Discovery, host: str) -> Iterator[tuple[str, str]]:
    """What is asked, and the address. Errors of the authorization request come first (RFC 6749 4.1.2.1)."""
    request = authorizations.request()
    foreign = f"https://{host}/callback"
    yield "an authorization request with a foreign redirect_uri", request.with_(redirect_uri=foreign).url
    wrong = request.with_(redirect_uri=foreign, response_type="none-such", scope="none-such")
    yield "a wrong authorization request with a foreign redirect_uri", wrong.url
    yield "an authorization request of nobody with a foreign redirect_uri", wrong.without("client_id").url
    registered = request.redirect_uri
    yield "a redirect_uri with a foreign host in front", request.with_(redirect_uri=_in_front(registered, host)).url
    yield (
        "an authorization request with more addresses",
        _more(request.without("client_id").url, host, "https://{host}/"),
    )
    for place in _places(discovery):
        for form in _FORMS:
            yield f"{urlsplit(place).path} with {form.format(host='a foreign host')}", _more(place, host, form)


def _in_front(registered: str, host: str) -> str:
    """The registered address as user information of a foreign one."""
    parts = urlsplit(registered)
    return parts._replace(netloc=f"{parts.netloc}@{host}").geturl()


def _places(discovery: Discovery) -> list[str]:
    """The end-session endpoint where one is published, and the usual paths beside the authorization endpoint."""
    endpoint = discovery.authorization_endpoint
    published = [discovery.endpoint("end_session_endpoint")]
    beside = [urljoin(endpoint, path) for path in _PATHS]
    below = [urljoin(endpoint, f"/{path}") for path in _PATHS]
    return [place for place in dict.fromkeys([*published, *beside, *below]) if place]


def _more(address: str, host: str, form: str) -> str:
    values = urlencode([(name, form.format(host=host)) for name in _PARAMETERS])
    return f"{address}{'&' if '?' in address else '?'}{values}"


@pytest.fixture(scope="session")
def authorization_refusals(run: Run, authorizations: Authorizations, discovery: Discovery) -> list[Asked]:
    """Errors of the authorization server: a wrong token request, an unknown page, a wrong authorization request."""
    unknown = urljoin(discovery.authorization_endpoint or run.target.deployment.fhir_base, f"/{secrets.token_hex(6)}")
    wrong = authorizations.request().without("client_id", "redirect_uri").url
    endpoint = authorizations.endpoint()
    return [
        Asked("a token request without parameters", endpoint.raw({}, purpose="errors of the token endpoint").exchange),
        Asked("a page that does not exist", run.transport.request("GET", unknown, purpose="an unknown page")),
        Asked("a wrong authorization request", run.transport.request("GET", wrong, purpose="an error page")),
    ]


@pytest.fixture(scope="session")
def all_refusals(refusals: Sequence[Asked], authorization_refusals: Sequence[Asked]) -> list[Asked]:
    """Errors of both servers."""
    return [*refusals, *authorization_refusals]
