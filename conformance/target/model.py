"""What the user tells us about a deployment, with every default filled in.

Attribute names are the keys of the target file (schema.json describes each); durations are seconds, sizes bytes.
Optional text is ``""`` when absent, mappings ``{}``, sequences ``()``. No ``repr`` shows a secret.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from conformance.guide_selection import DEFAULT_GUIDES
from conformance.target import defaults
from conformance.target.masking import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

Environment = Literal["lab", "staging", "production"]
Authentication = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"]
Probe = Literal["writes", "burst", "failed-logins", "revocation"]
Strictness = Literal["gate", "advisory", "off"]


def _secret() -> Any:
    return field(default="", repr=False, metadata={"secret": True})


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is tested. ``fhir_base`` has no trailing slash."""

    fhir_base: str
    environment: Environment
    name: str = ""
    data: Literal["synthetic", "real"] = "real"
    timezone: str = "America/New_York"
    payer_type: Literal[
        "medicare-advantage",
        "medicaid-fee-for-service",
        "medicaid-managed-care",
        "chip-fee-for-service",
        "chip-managed-care",
        "qualified-health-plan",
    ] = "medicare-advantage"
    rating_period_start: str = ""
    plan_year_start: str = ""
    smart_version: Literal["1.0.0", "2.0.0", "2.1.0", "2.2.0"] = "2.0.0"
    access_token_lifetime: float = 3600.0
    clock_skew: float = 60.0
    code_wait: float = 660.0
    revocation_delay: float = 0.0
    maintained_data_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """One app known to the authorization server; ``key`` is main, public or second.

    ``private_key`` is the text of a PEM file or a JWK. With ``registration`` dynamic the identifiers come from the
    registration endpoint (RFC 7591) and are empty here.
    """

    key: str
    client_id: str = ""
    client_secret: str = _secret()
    authentication: Authentication = "none"
    redirect_uris: tuple[str, ...] = ()
    origin: str = ""
    name: str = ""
    registration: Literal["given", "dynamic"] = "given"
    private_key: str = _secret()
    key_id: str = ""
    algorithm: Literal["RS384", "ES384", "RS256", "ES256"] = "RS384"
    authorization_parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a login at the payer; ``key`` is a, b, representative or empty."""

    key: str
    username: str = _secret()
    password: str = _secret()
    totp_secret: str = _secret()
    patient_id: str = ""
    dependents: tuple[str, ...] = ()
    choose: str = ""


@dataclass(frozen=True, slots=True)
class Documentation:
    """What the payer's developer documentation says; ``profiles`` maps a resource type to a canonical URL."""

    url: str = ""
    preset: Literal["", "described"] = ""
    token_path: str = ""
    endpoints: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    profiles: Mapping[str, str] = field(default_factory=dict)
    access_token_lifetime: float = 0.0
    patient_id_from: Literal["", "patient", "id_token.sub", "id_token.fhirUser"] = ""


@dataclass(frozen=True, slots=True)
class Scopes:
    """Which scopes the deployment promises, in the spelling it documents."""

    required: tuple[str, ...] = defaults.REQUIRED_SCOPES
    optional: tuple[str, ...] = defaults.OPTIONAL_SCOPES
    request_offline_access: bool = True
    syntax: Literal["v1", "v2", "both"] = "v1"
    refresh_requires_offline_access: bool = True


@dataclass(frozen=True, slots=True)
class Ids:
    """Resources known beforehand: ``deleted`` maps a resource type to the id of one that was deleted."""

    deleted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens obtained elsewhere: an ``expired`` one to be refused, and a live pair for the login mode ``tokens``."""

    expired: str = _secret()
    access: str = _secret()
    refresh: str = _secret()


@dataclass(frozen=True, slots=True)
class UndecidedRows:
    """Gate rows that may stay undecided, each with the reason."""

    allow: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lab:
    """Test hooks of the deployment: ``age_grant`` is a URL that ages one code or grant."""

    age_grant: str = ""


@dataclass(frozen=True, slots=True)
class Politeness:
    """How hard the deployment may be worked; a ``rate`` (requests per second) or ``max_requests`` of 0 is no limit."""

    concurrency: int = 4
    rate: float = 0.0
    max_requests: int = 0
    sample: int = 50
    timeout: float = 30.0
    max_body: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Tls:
    """Absolute paths of PEM files: a private CA, and the client certificate with its key."""

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much of the members' data reports may show."""

    member_data: Literal["full", "masked", "none"] = "masked"


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment, its clients, members and login, and how it wants to be tested.

    ``login`` is the validated mapping of the file with times in seconds. ``fixtures`` is the manifest's path and
    ``manifest`` its content. ``secrets`` pairs every secret value with the label reports show in its place.
    ``source`` is the file as the user named it; ``run_date_given`` tells a stated date from today's.
    """

    deployment: Deployment
    clients: Mapping[str, Client]
    members: Mapping[str, Member]
    login: Mapping[str, Any] = field(default_factory=dict, repr=False)
    documentation: Documentation = field(default_factory=Documentation)
    guides: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_GUIDES))
    scopes: Scopes = field(default_factory=Scopes)
    offered: Mapping[str, bool] = field(default_factory=dict)
    expect: Mapping[str, str] = field(default_factory=dict)
    strict: Mapping[str, Strictness] = field(default_factory=dict)
    fixtures: str = ""
    ids: Ids = field(default_factory=Ids)
    tokens: Tokens = field(default_factory=Tokens)
    undecided: UndecidedRows = field(default_factory=UndecidedRows)
    lab: Lab = field(default_factory=Lab)
    slow: bool = False
    terminology: Mapping[str, str] = field(default_factory=dict)
    politeness: Politeness = field(default_factory=Politeness)
    tls: Tls = field(default_factory=Tls)
    proxy: str = field(default="", repr=False)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, metadata={"secret": True})
    allow: tuple[Probe, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    run_date: dt.date = dt.date.min
    run_date_given: bool = False
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    source: str = ""

    def offers(self, resource_type: str) -> bool | None:
        """Whether the deployment offers the type: as ``offered`` or a scope says; None when neither speaks of it."""
        return self.offered.get(resource_type)

    def allows(self, probe: Probe) -> bool:
        """Whether checks may send that kind of probe."""
        return probe in self.allow

    def redacted(self) -> dict[str, Any]:
        """The target as plain JSON data for reports, a label in the place of every secret."""
        return masked(self)
