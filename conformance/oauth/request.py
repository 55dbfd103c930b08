"""The authorization request of SMART App Launch 2.2.0 (RFC 6749 section 4.1.1), right or deliberately wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode, urlsplit

from conformance.oauth.pkce import Pkce, new_nonce, new_pkce, new_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.target import Client

Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the browser is sent to the authorization endpoint with.

    ``parameters`` are sent in this order and may repeat. ``registered`` are the client's redirect URIs: the browser
    watches them beside the one it uses. ``left_out`` are fields that the form of the consent page loses on
    its way. Each of ``with_``, ``without``, ``repeated`` and ``with_consent_lacking`` gives a changed copy.
    """

    endpoint: str
    parameters: tuple[tuple[str, str], ...]
    pkce: Pkce
    method: Method = "GET"
    registered: tuple[str, ...] = ()
    origin: str = field(default="", repr=False)
    app_name: str = field(default="", repr=False)
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = " ".join(name for name, _ in self.parameters)
        return f"AuthorizationRequest({self.method} {self.endpoint} {names})"

    def value(self, name: str) -> str:
        """The first value of a parameter, ``""`` when it is not sent."""
        return next((value for key, value in self.parameters if key == name), "")

    @property
    def state(self) -> str:
        """The ``state`` sent."""
        return self.value("state")

    @property
    def nonce(self) -> str:
        """The ``nonce`` sent."""
        return self.value("nonce")

    @property
    def redirect_uri(self) -> str:
        """The ``redirect_uri`` sent, or the client's first registered one when none is."""
        return self.value("redirect_uri") or next(iter(self.registered), "")

    @property
    def watched(self) -> tuple[str, ...]:
        """Every URI a redirect of this request may lead to: those sent and those registered."""
        sent = [value for name, value in self.parameters if name == "redirect_uri" and value]
        return tuple(dict.fromkeys([*sent, *self.registered]))

    @property
    def url(self) -> str:
        """The whole URL of a GET; spaces as ``%20``."""
        joint = "&" if urlsplit(self.endpoint).query else "?"
        return (
            f"{self.endpoint}{joint}{urlencode(self.parameters, quote_via=quote)}" if self.parameters else self.endpoint
        )

    def with_(self, **values: str) -> AuthorizationRequest:
        """The same request with these parameters set, each in its old place or at the end.

        A scope without ``openid`` takes the ``nonce`` away (OpenID Connect Core 3.1.2.1).
        """
        changed = [(name, values.get(name, value)) for name, value in self.parameters]
        known = {name for name, _ in self.parameters}
        added = [(name, value) for name, value in values.items() if name not in known]
        request = replace(self, parameters=(*changed, *added))
        return request.without("nonce") if "scope" in values and not _has_openid(values["scope"]) else request

    def without(self, *names: str) -> AuthorizationRequest:
        """The same request with these parameters left out."""
        return replace(self, parameters=tuple(pair for pair in self.parameters if pair[0] not in names))

    def repeated(self, name: str, value: str) -> AuthorizationRequest:
        """The same request with the parameter sent once more at the end (RFC 6749 section 3.1 forbids that)."""
        return replace(self, parameters=(*self.parameters, (name, value)))

    def with_consent_lacking(self, *fields: str) -> AuthorizationRequest:
        """The same request; what the consent page posts then lacks these fields (RFC 9700 section 4.7.1)."""
        return replace(self, left_out=fields)

    def as_post(self) -> AuthorizationRequest:
        """The same request as a form post from a page of the app (OpenID Connect Core 3.1.2.1)."""
        return replace(self, method="POST")


def _has_openid(scope: str) -> bool:
    return "openid" in scope.split()


def authorization_request(
    endpoint: str, client: Client, scopes: Sequence[str], aud: str, *, redirect_uri: str = "", state: str = ""
) -> AuthorizationRequest:
    """A correct standalone-launch request: code flow, S256, a fresh ``state``, ``aud`` the FHIR base.

    ``nonce`` is a parameter of OpenID Connect, defined for requests with the scope ``openid`` (Core 3.1.2.1): it is
    sent with that scope only.
    """
    pkce = new_pkce()
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri or next(iter(client.redirect_uris), ""),
        "scope": " ".join(scopes),
        "state": state or new_state(),
        "aud": aud,
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
        "nonce": new_nonce() if "openid" in scopes else "",
        **client.authorization_parameters,
    }
    sent = tuple((name, value) for name, value in parameters.items() if value)
    return AuthorizationRequest(
        endpoint,
        sent,
        pkce,
        registered=tuple(client.redirect_uris),
        origin=client.origin,
        app_name=client.name,
    )


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code and what it was bound to when it was asked for."""

    value: str = field(repr=False)
    verifier: str = field(default="", repr=False)
    redirect_uri: str = ""
    nonce: str = field(default="", repr=False)
