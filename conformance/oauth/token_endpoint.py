"""The token endpoint and its neighbours: exchange, refresh, revocation, introspection, and anything deliberately wrong.

RFC 6749 sections 4.1.3, 5 and 6, RFC 7009, RFC 7662, SMART App Launch 2.2.0 "Obtain access token".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from conformance.oauth.client_authentication import proof
from conformance.oauth.scopes import ScopeSet, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.oauth.discovery import Discovery
    from conformance.oauth.request import Code
    from conformance.target import Client
    from conformance.transport import Transport
    from conformance.transport.exchange import Exchange

SECRET_MEMBERS = ("access_token", "refresh_token", "id_token")
SECRET_FIELDS = ("code", "code_verifier", "client_assertion", "client_secret", "password", "token", *SECRET_MEMBERS)


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What an endpoint said: the exchange, and its JSON object when there was one.

    Its representation shows no token.
    """

    exchange: Exchange
    json: Mapping[str, Any] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        members = " ".join(sorted(self.json)) if self.json else "no JSON object"
        fault = f" {self.exchange.fault}" if self.exchange.fault else ""
        return f"TokenAnswer({self.status}{fault}{f' error={self.error}' if self.error else ''}: {members})"

    @property
    def status(self) -> int:
        """The HTTP status, 0 when there was no answer."""
        return self.exchange.status

    def member(self, name: str) -> Any:
        """A member as served, ``None`` when absent."""
        return (self.json or {}).get(name)

    def text(self, name: str) -> str:
        """A member if it is a string, else ``""``."""
        value = self.member(name)
        return value if isinstance(value, str) else ""

    @property
    def error(self) -> str:
        """The OAuth ``error`` code (RFC 6749 section 5.2)."""
        return self.text("error")

    @property
    def access_token(self) -> str:
        """The access token, ``""`` when none was issued."""
        return self.text("access_token")

    @property
    def refresh_token(self) -> str:
        """The refresh token, ``""`` when none was issued."""
        return self.text("refresh_token")

    @property
    def id_token(self) -> str:
        """The id_token, ``""`` when none was issued."""
        return self.text("id_token")

    @property
    def scopes(self) -> ScopeSet:
        """The granted scopes.

        ``raw`` keeps the spelling, and an absent ``scope`` gives an empty set not well formed.
        """
        return parse_scopes(self.member("scope"))

    @property
    def lifetime(self) -> int | None:
        """``expires_in`` in seconds, read tolerantly (a digit string counts); ``None`` when it says nothing usable."""
        value = self.member("expires_in")
        if isinstance(value, str) and value.strip().isdecimal():
            return int(value)
        return (
            int(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
            else None
        )

    @property
    def granted(self) -> bool:
        """Whether something usable was issued: a 2xx answer with an access token."""
        return 200 <= self.status < 300 and bool(self.access_token)

    @property
    def refused(self) -> bool:
        """Whether the server answered and issued nothing; no answer at all, or a 5xx, is not a refusal."""
        return 200 <= self.status < 500 and not any(self.member(name) for name in SECRET_MEMBERS)

    def refused_with(self, *errors: str) -> bool:
        """Whether it was refused as RFC 6749 section 5.2 says: 400 or 401, JSON, and one of these ``error`` codes."""
        return self.status in {400, 401} and self.refused and self.error in errors


def answer_of(exchange: Exchange) -> TokenAnswer:
    """The answer in an exchange, its body read as JSON if it is an object."""
    try:
        content = exchange.json() if exchange.body else None
    except (ValueError, RecursionError):
        content = None
    return TokenAnswer(exchange, content if isinstance(content, dict) else None)


@dataclass(frozen=True)
class TokenEndpoint:
    """A token endpoint as one client uses it.

    Every call returns a :class:`TokenAnswer` and raises only :class:`ConfigError` for a client key that cannot sign. In
    ``parameters`` a value replaces or adds a form field and ``None`` removes it, last and over everything else.
    """

    transport: Transport
    url: str
    client: Client
    revocation_url: str = ""
    introspection_url: str = ""

    def as_client(self, client: Client) -> TokenEndpoint:
        """The same endpoint used by another client (or the same one with a wrong secret, another method, …)."""
        return replace(self, client=client)

    def exchange(
        self,
        code: Code | str,
        *,
        verifier: str | None = "",
        redirect_uri: str | None = "",
        parameters: Mapping[str, str | None] | None = None,
    ) -> TokenAnswer:
        """Exchange a code.

        ``""`` takes the verifier and redirect URI that belong to the code, ``None`` leaves them out.
        """
        own_verifier, own_uri = ("", "") if isinstance(code, str) else (code.verifier, code.redirect_uri)
        form = {
            "grant_type": "authorization_code",
            "code": code if isinstance(code, str) else code.value,
            "redirect_uri": own_uri if redirect_uri == "" else redirect_uri,
            "code_verifier": own_verifier if verifier == "" else verifier,
        }
        sent = {name: value for name, value in form.items() if value}
        return self.raw(sent, parameters=parameters, purpose="exchange a code")

    def refresh(
        self, refresh_token: str, *, scope: str = "", parameters: Mapping[str, str | None] | None = None
    ) -> TokenAnswer:
        """Refresh (RFC 6749 section 6), asking for a narrower ``scope`` when given."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token} | ({"scope": scope} if scope else {})
        return self.raw(form, parameters=parameters, purpose="refresh")

    def revoke(self, token: str, *, hint: str = "", parameters: Mapping[str, str | None] | None = None) -> TokenAnswer:
        """Revoke a token (RFC 7009) at the revocation endpoint."""
        form = {"token": token} | ({"token_type_hint": hint} if hint else {})
        return self.raw(form, url=self.revocation_url, parameters=parameters, purpose="revoke a token")

    def introspect(
        self, token: str, *, bearer: str = "", parameters: Mapping[str, str | None] | None = None
    ) -> TokenAnswer:
        """Ask about a token (RFC 7662).

        With ``bearer`` that token authorizes the call instead of the client's credentials.
        """
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else None
        return self.raw(
            {"token": token},
            url=self.introspection_url,
            authenticate=not bearer,
            headers=headers,
            parameters=parameters,
            purpose="introspect a token",
        )

    def raw(
        self,
        form: Mapping[str, str],
        *,
        url: str = "",
        sent_as: Literal["form", "query", "json"] = "form",
        authenticate: bool = True,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
        purpose: str = "call the token endpoint",
    ) -> TokenAnswer:
        """Send these fields with the client's authentication: posted as a form, as JSON, or in the query of a GET."""
        address = url or self.url
        fields, proof_headers = proof(self.client, self.url) if authenticate else ({}, {})
        changed = {**form, **fields, **(parameters or {})}
        sent = {name: value for name, value in changed.items() if value is not None}
        self._keep_secret(sent, SECRET_FIELDS)
        exchange = self.transport.request(
            "GET" if sent_as == "query" else "POST",
            address,
            headers={"Accept": "application/json", **proof_headers, **(headers or {})},
            params=sent if sent_as == "query" else None,
            form=sent if sent_as == "form" else None,
            json=sent if sent_as == "json" else None,
            follow_redirects=False,
            purpose=purpose,
            endpoint=_endpoint_name(address, self),
        )
        answer = answer_of(exchange)
        self._keep_secret({name: answer.text(name) for name in SECRET_MEMBERS}, SECRET_MEMBERS)
        return answer

    def _keep_secret(self, values: Mapping[str, str], names: tuple[str, ...]) -> None:
        for name in names:
            if value := values.get(name):
                self.transport.redactor.register(value, name)


def _endpoint_name(address: str, endpoint: TokenEndpoint) -> str:
    names = {endpoint.introspection_url: "introspection", endpoint.revocation_url: "revocation", endpoint.url: "token"}
    return names.get(address, "token")


def token_endpoint_of(discovery: Discovery, transport: Transport, client: Client) -> TokenEndpoint:
    """The deployment's token endpoint as the client uses it, with the neighbours that discovery names."""
    return TokenEndpoint(
        transport,
        discovery.token_endpoint,
        client,
        revocation_url=discovery.revocation_endpoint,
        introspection_url=discovery.introspection_endpoint,
    )
