"""Requests to the authorization server that name an address of a foreign host."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from conformance.areas.security_transport.rules.evidence import OpenRedirectProbe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.oauth.discovery import Discovery

_PARAMETERS = (
    *("redirect", "redirect_uri", "redirect_url", "return", "returnUrl", "return_to", "next", "continue", "url"),
    *("post_logout_redirect_uri", "target", "goto", "service", "RelayState"),
)
_PATHS = ("logout", "signout", "error", "login", "connect/logout", "endsession", "v2/logout")
_FORMS = ("https://{host}/", "//{host}/")


def redirect_probes(authorizations: Authorizations) -> list[OpenRedirectProbe]:
    """Requests to the authorization server, each of which names an address of a foreign host."""
    host = f"{secrets.token_hex(6)}.example"
    run, discovery = authorizations.run, authorizations.discovery
    found = []
    for what, address in _requests(authorizations, discovery, host):
        answer = run.transport.request("GET", address, follow_redirects=False, purpose=what, endpoint="redirect probe")
        found.append(OpenRedirectProbe(what, host, answer))
    return found


def _requests(authorizations: Authorizations, discovery: Discovery, host: str) -> Iterator[tuple[str, str]]:
    """What is asked, and the address. Errors of the authorization request come first (RFC 6749 4.1.2.1)."""
    request = authorizations.request()
    foreign = f"https://{host}/callback"
    yield "an authorization request with a foreign redirect_uri", request.with_(redirect_uri=foreign).url
    elsewhere = request.with_(redirect_uri=foreign)
    changes = {
        "an unknown response_type": elsewhere.with_(response_type="none-such"),
        "no response_type": elsewhere.without("response_type"),
        "an unknown scope": elsewhere.with_(scope="none-such"),
        "no code_challenge": elsewhere.without("code_challenge", "code_challenge_method"),
        "an unknown code_challenge_method": elsewhere.with_(code_challenge_method="none-such"),
        "a wrong aud": elsewhere.with_(aud=f"https://{host}/fhir"),
        "no aud": elsewhere.without("aud"),
        "prompt=none": elsewhere.with_(prompt="none"),
        "scope twice": elsewhere.repeated("scope", "openid"),
        "an unknown client": elsewhere.with_(client_id=f"unknown-{secrets.token_hex(8)}"),
        "no client_id": elsewhere.without("client_id"),
    }
    for what, wrong in changes.items():
        yield f"an authorization request with a foreign redirect_uri and {what}", wrong.url
    yield (
        "an authorization request with a second, foreign redirect_uri",
        request.repeated("redirect_uri", foreign).without("code_challenge").url,
    )
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
