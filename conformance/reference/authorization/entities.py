"""What the authorization server keeps: apps, requests, grants, codes and tokens.

A grant is what one person allowed one app for one member's record. Codes and tokens are random and mean nothing outside
this process. Revoking a grant kills everything issued under it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from conformance.reference.accounts import Person


def origin(uri: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered app. ``method`` is its ``token_endpoint_auth_method``; public apps have ``none`` and no secret.

    ``jwks`` are the public keys of an app that proves itself with a key. ``private_key`` is known for the given one
    only: it plays an app that lives elsewhere, so it goes to the target file.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    method: str = "none"
    secret: str = field(default="", repr=False)
    jwks: dict[str, Any] = field(default_factory=dict)
    private_key: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def public(self) -> bool:
        """Whether the app cannot keep a secret."""
        return self.method == "none"

    @property
    def origins(self) -> set[str]:
        """The web origins that may call us from a browser."""
        return {origin(uri) for uri in self.redirect_uris}


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """A granted resource scope. ``type`` may be ``*``; ``letters`` is a subset of ``rs``; ``filter`` are parameters."""

    text: str
    type: str
    letters: str
    filter: tuple[tuple[str, str], ...] = ()

    def covers(self, type_name: str, letter: str) -> bool:
        """Whether it opens this interaction (``r`` or ``s``) with this type, filter aside."""
        return self.type in (type_name, "*") and letter in self.letters


@dataclass(slots=True, eq=False)
class AuthorizationRequest:
    """A checked request and how far its member has come. ``browser`` is the first browser that opened its pages."""

    id: str
    client: Client
    redirect_uri: str
    state: str
    scope: list[str]
    challenge: str
    nonce: str
    prompt: str
    expires: float
    browser: str = ""
    person: Person | None = None
    patient: str = ""
    totp_done: bool = False
    authenticated_at: int = 0
    username: str = ""


@dataclass(slots=True, eq=False)
class Grant:
    """What a person allowed: ``scope`` in the order granted, ``patient`` the open record ("" without one)."""

    client: Client
    person: Person
    patient: str
    scope: tuple[str, ...]
    nonce: str
    authenticated_at: int
    revoked: bool = False
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))


@dataclass(slots=True, eq=False)
class Code:
    """An authorization code, bound to the request that led to it."""

    value: str
    grant: Grant
    redirect_uri: str
    challenge: str
    issued: float
    expires: float
    used: bool = False


@dataclass(slots=True, eq=False)
class Token:
    """An access or refresh token. ``scope`` may be narrower than the grant's after a refresh.

    ``handle`` names it in links without opening anything.
    """

    value: str
    grant: Grant
    scope: tuple[str, ...]
    issued: float
    expires: float
    revoked: bool = False
    resources: tuple[ResourceScope, ...] = field(default=())
    handle: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def alive(self, now: float) -> bool:
        """Whether it can be used at this moment."""
        return not self.revoked and not self.grant.revoked and now < self.expires
