"""A first target file from what a deployment says about itself before anybody logs in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.errors import ConfigError, TargetUnreachable
from conformance.fhir import capability
from conformance.login.presets import preset_names, recognised, standing
from conformance.oauth.discovery import discover, fetch
from conformance.target import write_target
from conformance.target.defaults import PROFILED_TYPES
from conformance.target.writing import STILL_NEEDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.oauth.discovery import Discovery
    from conformance.transport import Transport

_MAX_LISTED = 40
_SCOPES = ("patient/Patient.read", "patient/Coverage.read", "patient/ExplanationOfBenefit.read")
_CONTEXT = ("launch/patient", "openid", "fhirUser")
_WILDCARD_READ = re.compile(r"patient/\*\.(?:read|\*|c?ru?d?s$)")
_V2 = re.compile(r"\.(c?r?u?d?s?)(\?.*)?$")

# The canonicals of the guides, as a CapabilityStatement names them.
_GUIDES = (
    (r"/us/core/", "us-core"),
    (r"/us/carin-bb/", "carin-bb"),
    (r"/us/davinci-hrex/", "hrex"),
    (r"/us/davinci-pdex/", "pdex"),
)


@dataclass(frozen=True, slots=True)
class Probed:
    """The text of a target file, what was found, and what a person still has to add."""

    text: str
    found: tuple[str, ...]
    needed: tuple[str, ...]


def probe(transport: Transport, base: str, *, available: Iterable[tuple[str, str]], ca_file: str = "") -> Probed:
    """Ask discovery and metadata at ``base``; ``available`` are the (guide, version) pairs that can be judged by.

    Raises :class:`ConfigError` for what is no base URL, :class:`TargetUnreachable` when nothing answers.
    """
    base = _checked(base)
    discovery = discover(transport, base)
    metadata = fetch(transport, "metadata", f"{base}/metadata")
    asked = [document.exchange for document in (discovery.smart, metadata) if document.exchange]
    if not any(exchange.answered for exchange in asked):
        trust = "; with init, name it as --ca-file FILE" if asked[0].fault == "tls" and not ca_file else ""
        raise TargetUnreachable(f"{base} gave no HTTP answer ({asked[0].fault}): {asked[0].detail}{trust}")
    statement = metadata.content
    facts: dict[str, Any] = {"deployment": {"name": _name(statement, base), "fhir_base": base}}
    scopes, guides = _scopes(discovery), _guides(statement, set(available))
    offered, clients = _offered(statement, scopes), _clients(discovery)
    provider = provider_of(discovery.authorization_endpoint)
    facts |= {"guides": guides} if guides else {}
    facts |= {"scopes": scopes} if scopes else {}
    facts |= {"offered": offered} if offered else {}
    facts |= {"clients": clients} if clients else {}
    facts |= {"login": {"preset": provider}} if provider else {}
    facts |= {"tls": {"ca_file": ca_file}} if ca_file else {}
    found = tuple(_found(discovery, metadata.problem, statement, provider))
    needed = tuple(_needed(discovery, provider))
    return Probed(write_target(facts, found=found), found, needed)


def _checked(base: str) -> str:
    parts = urlsplit(base)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ConfigError(f"{base!r} is not a FHIR base URL, for example https://api.payer.example/fhir")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError("a FHIR base URL has no user, no query and no fragment")
    return base.rstrip("/").removesuffix("/metadata").removesuffix("/.well-known/smart-configuration")


def _name(statement: Any, base: str) -> str:
    implementation, software = (statement.get(key) for key in ("implementation", "software"))
    told = (implementation, "description"), (software, "name")
    names = [part.get(key) for part, key in told if isinstance(part, dict)]
    return next((name for name in names if isinstance(name, str) and name.strip()), urlsplit(base).hostname or base)


def _scopes(discovery: Discovery) -> dict[str, Any]:
    """The scopes of Patient Access in the syntax that is listed; empty when no scope of a resource is listed.

    What is required is what the regulation and SMART ask for, listed or not: a server that lists too little is not
    excused by its own list. What is optional is what the harness can use and the server lists.
    """
    listed = discovery.scopes_supported
    patient = [scope for scope in listed if scope.startswith("patient/")]
    if not patient:
        return {}
    v2 = [scope for scope in patient if _V2.search(scope)]
    syntax = "v2" if len(v2) == len(patient) else "both" if v2 else "v1"
    spelt = _spelling(syntax)
    required = [*map(spelt, _SCOPES), *_CONTEXT]
    covered = any(_WILDCARD_READ.match(scope) for scope in patient)
    wanted = [spelt(f"patient/{name}.read") for name in PROFILED_TYPES]
    optional = [scope for scope in wanted if scope not in required and (covered or scope in listed)]
    return {
        "required": required,
        "optional": optional,
        "syntax": syntax,
        "request_offline_access": "offline_access" in listed,
    }


def _spelling(syntax: str) -> Callable[[str], str]:
    """How the syntax spells a scope that reads."""
    return lambda scope: scope.replace(".read", ".rs") if syntax == "v2" else scope


def _offered(statement: Any, scopes: dict[str, Any]) -> dict[str, bool]:
    """``false`` for each type that the server lists neither in its CapabilityStatement nor by a scope."""
    listed = set(capability.resource_types(statement))
    if not listed:
        return {}
    asked = {scope.partition("/")[2].partition(".")[0] for scope in scopes.get("optional", ())}
    own = {scope.partition("/")[2].partition(".")[0] for scope in _SCOPES}
    return {name: False for name in PROFILED_TYPES if name not in listed | asked | own}


def _clients(discovery: Discovery) -> dict[str, Any]:
    """The main client with a key where the token endpoint takes no secret; empty where a secret will do."""
    methods = set(discovery.smart.texts("token_endpoint_auth_methods_supported")) if discovery.smart.usable else set()
    if "private_key_jwt" not in methods or methods & {"client_secret_basic", "client_secret_post"}:
        return {}
    main = dict(STILL_NEEDED["clients"]["main"])
    del main["client_secret"]
    return {"main": {**main, "authentication": "private_key_jwt", "private_key": "${file:client-key.pem}"}}


def _guides(statement: Any, available: set[tuple[str, str]]) -> dict[str, str]:
    """The guides the server says it follows, at versions that can be judged by."""
    chosen = {}
    for canonical in capability.guides(statement):
        url, _, version = canonical.partition("|")
        name = next((name for pattern, name in _GUIDES if re.search(pattern, url)), "")
        if (name, version) in available:
            chosen[name] = version
    return chosen


def provider_of(authorization_endpoint: str) -> str:
    """The login preset that an authorization endpoint's address speaks for; empty when it names no known product."""
    parts = urlsplit(authorization_endpoint)
    return recognised(f"{parts.hostname or ''}{parts.path}")


def _found(discovery: Discovery, no_metadata: str, statement: Any, provider: str) -> Iterator[str]:
    smart = discovery.smart
    yield f"SMART configuration: {smart.problem or 'served'}. CapabilityStatement: {no_metadata or 'served'}."
    if smart.usable:
        yield f"Capabilities: {_listed(discovery.capabilities)}."
        yield f"Client authentication: {_listed(smart.texts('token_endpoint_auth_methods_supported'))}."
        yield f"PKCE: {_listed(smart.texts('code_challenge_methods_supported'))}."
    if discovery.registration_endpoint:
        yield f"Apps register at {discovery.registration_endpoint}."
    if not no_metadata:
        yield f"Resource types: {_listed(capability.resource_types(statement))}."
        yield f"Guides it names: {_listed(capability.guides(statement))}."
    if provider:
        yield f"The login pages look like {provider}; the preset was chosen by the address alone: {standing(provider)}."


def _listed(words: Sequence[str]) -> str:
    cleaned = [" ".join(word.split())[:120] for word in words[:_MAX_LISTED]]
    more = f" and {len(words) - _MAX_LISTED} more" if len(words) > _MAX_LISTED else ""
    return f"{', '.join(cleaned)}{more}" if cleaned else "none named"


def _needed(discovery: Discovery, provider: str) -> Iterator[str]:
    proof = "private key" if _clients(discovery) else "secret"
    yield f"clients.main: the client id and {proof} you registered, and its redirect URIs"
    yield "members: user name and password of two test members"
    if not provider:
        yield "login.screens: the fields and buttons of your login pages (see conformance login --explain)"
        yield f"or, in place of the screens, login.preset: {_presets()}"
    yield "deployment.environment and deployment.data: production and real until you say otherwise"
    if not discovery.smart.usable:
        yield f"a SMART configuration under the FHIR base; it is not usable now: {discovery.smart.problem}"


def _presets() -> str:
    """Every preset, those of one standing together."""
    by_standing: dict[str, list[str]] = {}
    for name in preset_names():
        by_standing.setdefault(standing(name), []).append(name)
    return "; ".join(f"{', '.join(names)} ({state})" for state, names in sorted(by_standing.items(), reverse=True))
