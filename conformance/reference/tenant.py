"""A tenant: one deployment of the payer, with its own behaviour, authorization server and state.

The clean deployment has the empty slug and lives at ``/fhir``; every other tenant lives below ``/t/<slug>``. Tenants
share the read-only records and the signing keys' algorithm, and nothing else: no client, session, code, token or page
link of one is known to another.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.accounts import Person
    from conformance.reference.authorization.entities import Client
    from conformance.reference.authorization.keys import SigningKeys
    from conformance.reference.fhir.store import Store
    from conformance.reference.steps import Replacements


MAX_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a tenant differs from the clean deployment where the specifications leave a choice."""

    title: str = "Reference payer"
    access_token_lifetime: int = 3600
    code_lifetime: int = 60
    refresh_token_lifetime: int = 90 * 24 * 3600
    page_link_lifetime: int = 900
    refresh: bool = True
    introspection: bool = True
    id_token: bool = True
    one_grant_per_member: bool = False
    refresh_kills_access: bool = False
    two_step_login: bool = False
    totp: bool = False
    remembers_consent: bool = False
    errors_on_pages: bool = False
    error_page_status: int = 400
    page_size: int = 100
    sub: Literal["opaque", "hash"] = "opaque"
    population: str = "standard"


@dataclass(frozen=True, slots=True)
class Origins:
    """The three origins the process listens on, without trailing slash."""

    fhir: str
    authorization: str
    attachments: str


@dataclass(slots=True)
class State:
    """Everything a tenant remembers while the process runs; nothing of it is ever written to disk."""

    clients: dict[str, Client] = field(default_factory=dict)
    browsers: dict[str, Any] = field(default_factory=dict)
    requests: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    access_tokens: dict[str, Any] = field(default_factory=dict)
    refresh_tokens: dict[str, Any] = field(default_factory=dict)
    handles: dict[str, Any] = field(default_factory=dict)
    grants: list[Any] = field(default_factory=list)
    pages: dict[str, Any] = field(default_factory=dict)
    seen_assertions: dict[str, float] = field(default_factory=dict)
    buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def keep(self, kept: dict[str, Any], name: str, value: Any, now: float) -> None:
        """Remember something in one of the above; when that has grown large, what is over or oldest makes room."""
        if len(kept) >= MAX_KEPT:
            for old in [each for each, item in kept.items() if getattr(item, "expires", now) < now]:
                del kept[old]
            while len(kept) >= MAX_KEPT:
                del kept[next(iter(kept))]
        kept[name] = value


@dataclass(slots=True)
class Addresses:
    """Where a deployment is."""

    slug: str
    origins: Origins

    @property
    def path(self) -> str:
        """The path prefix of this tenant on every origin."""
        return f"/t/{self.slug}" if self.slug else ""

    @property
    def fhir_base(self) -> str:
        """The FHIR base URL, without trailing slash."""
        return f"{self.origins.fhir}{self.path}/fhir"

    @property
    def issuer(self) -> str:
        """The issuer identifier of the authorization server."""
        return f"{self.origins.authorization}{self.path}"

    @property
    def attachments_base(self) -> str:
        """Where attachment bytes are served that do not live under the FHIR base."""
        return f"{self.origins.attachments}{self.path}/attachments"

    def endpoint(self, name: str) -> str:
        """The URL of an OAuth endpoint, e.g. ``token``."""
        return f"{self.issuer}/oauth2/{name}"


@dataclass(slots=True)
class Tenant(Addresses):
    """One deployment: where it is, how it behaves, whose records it serves and what it remembers."""

    behaviour: Behaviour
    store: Store
    keys: SigningKeys
    people: dict[str, Person]
    replacements: Replacements = field(default_factory=dict)
    state: State = field(default_factory=State)
    clock: Callable[[], float] = time.time
