"""The public client: it exchanges without a secret, and its refresh tokens rotate or are bound to a key."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.areas.shared.refusals import Probe
from conformance.areas.token.rules.replay import Rotation
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.oauth.request import Code
    from conformance.oauth.token_endpoint import TokenAnswer

CLIENT = "public"


class PublicClient:
    """What the public client of the target does, each thing once in a run."""

    def __init__(self, own: OwnAuthorization) -> None:
        self._own = own

    @property
    def unnamed(self) -> list[Probe]:
        """An exchange without client_id."""
        return [self._exchanges[0]]

    @property
    def exchange(self) -> TokenAnswer:
        """An exchange with client_id and without a secret."""
        return self._exchanges[1]

    @cached_property
    def _exchanges(self) -> tuple[Probe, TokenAnswer]:
        """An exchange without client_id, and one with it; with one code if that survives."""
        self._require_offered()
        client = self._own.authorizations.client(CLIENT)
        if client.authentication != "none":
            raise Undecided("clients.public is not public; give one with authentication: none")
        endpoint = self._own.endpoint(CLIENT)
        code = self._code()
        unnamed = endpoint.exchange(code, parameters={"client_id": None})
        answer = endpoint.exchange(code)
        if not answer.granted:
            answer = endpoint.exchange(self._code())
        return Probe("an exchange by a public client without client_id", unnamed), answer

    def _require_offered(self) -> None:
        """Raise :class:`NotApplicable` where the deployment neither lists client-public nor has such a client."""
        authorizations = self._own.authorizations
        listed = "client-public" in authorizations.discovery.capabilities
        if not listed and CLIENT not in authorizations.run.target.clients:
            raise NotApplicable("capabilities does not list client-public, and the target has no clients.public")

    def _code(self) -> Code:
        return self._own.code(scopes=self._own.limited(), client=CLIENT, reason="a public client's tokens")

    @cached_property
    def rotation(self) -> Rotation:
        """A refresh token used twice, then the newest one."""
        first = self.exchange
        if not first.granted:
            raise Undecided("the public client got no token, see PA-TOK-012", blocked_by="PA-TOK-012")
        if not first.refresh_token:
            if "offline_access" not in first.scopes.names:
                raise NotApplicable("the deployment issues no refresh tokens to public clients")
            raise Undecided("the public client got no refresh token, see PA-TOK-016", blocked_by="PA-TOK-016")
        endpoint = self._own.endpoint(CLIENT)
        refreshed = endpoint.refresh(first.refresh_token)
        began = time.monotonic()
        if not refreshed.granted:
            raise Undecided("the public client could not refresh, see PA-TOK-017", blocked_by="PA-TOK-017")
        old = endpoint.refresh(first.refresh_token)
        again = f"a second use of a refresh token, {time.monotonic() - began:.1f} s after the first,"
        newest = endpoint.refresh(refreshed.refresh_token) if refreshed.refresh_token else None
        constrained = first.text("token_type").lower() not in {"", "bearer"}
        return Rotation(refreshed, Probe(again, old), newest, constrained)
