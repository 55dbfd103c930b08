"""What a schema cannot say about a target: keys that need, forbid or contradict each other.

Each rule takes the resolved data, whatever its shape, and yields (key path, sentence). Sentences quote no values.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.guide_selection import DEFAULT_GUIDES
from conformance.target.problems import KeyPath, did_you_mean, nearest
from conformance.target.schema import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ALWAYS_MAINTAINED = frozenset({"Patient", "Coverage", "ExplanationOfBenefit"})
_PLAIN_HTTP = "http is accepted only on this machine (127.0.0.1, localhost); use https"

Data = dict[str, Any]
Broken = tuple[KeyPath, str]


def section(data: Any, *keys: str) -> Data:
    """The mapping at that key path; empty when there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def text(data: Mapping[str, Any], key: str) -> str:
    """The text under ``key``; empty when there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def texts(data: Mapping[str, Any], key: str) -> list[str]:
    """The texts in the list under ``key``."""
    value = data.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def loopback(host: str) -> bool:
    """Whether the host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def urls(data: Data) -> Iterator[Broken]:
    """URLs are absolute and encrypted, except on this machine."""
    for path, value, node in walk(data):
        if node.get("format") == "url" and isinstance(value, str) and value and (fault := _url_fault(path, value)):
            yield path, fault


def _url_fault(path: KeyPath, url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not a URL"
    proxy, extra = path == ("proxy",), bool(parts.query or parts.fragment)
    faults = {
        "is not an absolute URL; it begins with https://": parts.scheme not in {"http", "https"} or not host,
        "is not a URL: it holds a space": any(map(str.isspace, url)),
        "holds a user name or password; a gateway's credentials belong under headers": "@" in parts.netloc
        and not proxy,
        _PLAIN_HTTP: parts.scheme == "http" and not loopback(host) and not proxy,
        "is a base URL; it has no ? and no #": path == ("deployment", "fhir_base") and extra,
        "is an origin: scheme, host and port only": path[-1] == "origin" and (extra or parts.path not in {"", "/"}),
    }
    return next((sentence for sentence, holds in faults.items() if holds), "")


def redirect_uris(data: Data) -> Iterator[Broken]:
    """Redirect URIs are absolute, without fragment, encrypted unless they lead to this machine or an app (RFC 8252)."""
    for key, client in section(data, "clients").items():
        uris = client.get("redirect_uris", []) if isinstance(client, dict) else None
        for index, uri in enumerate(uris if isinstance(uris, list) else []):
            if isinstance(uri, str) and (fault := _redirect_fault(uri)):
                yield ("clients", key, "redirect_uris", index), fault
        if uris == [] and text(section(data, "login"), "mode") != "tokens":
            yield ("clients", key, "redirect_uris"), "needs at least one registered redirect URI, better two"


def _redirect_fault(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "is not a URI"
    if not parts.scheme or (parts.scheme in {"http", "https"} and not parts.hostname):
        return "is not an absolute URI"
    if "#" in uri:
        return "a redirect URI has no fragment (#)"
    if parts.scheme == "http" and not loopback(parts.hostname or ""):
        return _PLAIN_HTTP
    return ""


def clients(data: Data) -> Iterator[Broken]:
    """Each way of authenticating has what it needs and nothing that contradicts it."""
    for key, client in section(data, "clients").items():
        if not isinstance(client, dict):
            continue
        at: KeyPath = ("clients", key)
        method = text(client, "authentication")
        given = text(client, "registration") != "dynamic"
        if given and not text(client, "client_id"):
            yield (*at, "client_id"), "is missing; only a client with registration: dynamic has none"
        if given and method in {"client_secret_basic", "client_secret_post"} and not text(client, "client_secret"):
            yield (*at, "client_secret"), f"is missing; authentication {method} needs it"
        if method == "private_key_jwt" and not text(client, "private_key"):
            yield (*at, "private_key"), "is missing; authentication private_key_jwt needs it: ${file:key.pem}"
        if method == "tls_client_auth" and not text(section(data, "tls"), "client_cert"):
            yield ("tls", "client_cert"), f"is missing; clients.{key} authenticates with it"
        if method == "none" and text(client, "client_secret"):
            yield (*at, "client_secret"), "authentication none sends no secret; remove one of the two"
        if key == "public" and (method not in {"", "none"} or text(client, "client_secret")):
            yield (*at, "authentication"), "the public client has no secret: authentication is none"
    main, second = section(data, "clients", "main"), section(data, "clients", "second")
    if text(main, "client_id") and text(main, "client_id") == text(second, "client_id"):
        yield (
            ("clients", "second", "client_id"),
            "is the same as clients.main.client_id; a second client is another one",
        )


def members(data: Data) -> Iterator[Broken]:
    """Members that log in have credentials, and are different people."""
    browser = text(section(data, "login"), "mode") in {"", "browser"}
    for key, member in section(data, "members").items():
        if not isinstance(member, dict):
            continue
        for field in ("username", "password"):
            if browser and member.get(field, "") == "":
                yield ("members", key, field), "is missing; login mode browser types it"
        choose, dependents = text(member, "choose"), texts(member, "dependents")
        if choose and choose not in dependents:
            yield ("members", key, "choose"), f"is not one of the dependents{did_you_mean(choose, dependents)}"
    a, b = section(data, "members", "a"), section(data, "members", "b")
    for field in ("username", "patient_id"):
        if text(a, field) and text(a, field) == text(b, field):
            yield ("members", "b", field), f"is the same as members.a.{field}; isolation needs two people"


def environment(data: Data) -> Iterator[Broken]:
    """What real data and production systems rule out."""
    deployment = section(data, "deployment")
    if text(section(data, "evidence"), "member_data") == "full" and text(deployment, "data") != "synthetic":
        yield ("evidence", "member_data"), "full is for made-up records only: it needs deployment.data: synthetic"
    if text(deployment, "environment") == "production" and text(section(data, "lab"), "age_grant"):
        yield ("lab", "age_grant"), "a production system has no test hooks"
    zone = text(deployment, "timezone")
    if zone:
        import zoneinfo  # noqa: PLC0415  only a target that names a zone pays for it

        known = zoneinfo.available_timezones()
        if known and zone not in known:
            yield ("deployment", "timezone"), f"is not an IANA time zone{did_you_mean(zone, known)}"


def guides(data: Data) -> Iterator[Broken]:
    """A guide of the user's own may have any name but one that is nearly a known one."""
    for name in section(data, "guides"):
        if name not in DEFAULT_GUIDES and (near := nearest(name, DEFAULT_GUIDES)):
            yield ("guides", name), f'is not a guide; did you mean "{near}"?'


def headers(data: Data) -> Iterator[Broken]:
    """The bearer token's own header stays ours on the FHIR server's host."""
    try:
        base = urlsplit(text(section(data, "deployment"), "fhir_base"))
        here = {base.netloc.casefold(), (base.hostname or "").casefold()}
    except ValueError:
        return
    for host, values in section(data, "headers").items():
        for name in values if isinstance(values, dict) else ():
            if host.casefold() in here and name.casefold() == "authorization":
                yield ("headers", host, name), "the FHIR server's Authorization header carries the access token"


def dates(data: Data) -> Iterator[Broken]:
    """Dates exist."""
    day = text(data, "run_date")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        try:
            dt.date.fromisoformat(day)
        except ValueError:
            yield ("run_date",), "there is no such day"


_PERIOD_OF = {
    "rating_period_start": ("medicaid-managed-care", "chip-managed-care"),
    "plan_year_start": ("qualified-health-plan",),
}


def periods(data: Data) -> Iterator[Broken]:
    """The start of a period is a day, of a payer whose duties count by such periods."""
    deployment = section(data, "deployment")
    for key, kinds in _PERIOD_OF.items():
        day = text(deployment, key)
        if day and text(deployment, "payer_type") not in kinds:
            yield ("deployment", key), f"counts only with payer_type {' or '.join(kinds)}"
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            try:
                dt.date.fromisoformat(day)
            except ValueError:
                yield ("deployment", key), "there is no such day"


_OF_THE_CODE_FLOW = frozenset(
    {
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "aud",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    }
)


def authorization_parameters(data: Data) -> Iterator[Broken]:
    """What the authorization request carries anyway is the harness's to choose."""
    for key, client in section(data, "clients").items():
        for name in section(client, "authorization_parameters"):
            if name in _OF_THE_CODE_FLOW:
                yield ("clients", key, "authorization_parameters", name), "is a parameter that the harness chooses"


def scopes(data: Data) -> Iterator[Broken]:
    """A scope is required or optional, not both."""
    both = set(texts(section(data, "scopes"), "required"))
    for index, scope in enumerate(texts(section(data, "scopes"), "optional")):
        if scope in both:
            yield ("scopes", "optional", index), "is among the required scopes too"


def offered(data: Data) -> Iterator[Broken]:
    """What every payer maintains cannot be left out (42 CFR 422.119(b)(1): claims, coverage, the member)."""
    for name in sorted(ALWAYS_MAINTAINED):
        if section(data, "offered").get(name) is False:
            yield ("offered", name), "cannot be false: every Patient Access API serves it (42 CFR 422.119(b)(1))"


RULES: tuple[Callable[[Data], Iterable[Broken]], ...] = (
    urls,
    redirect_uris,
    clients,
    members,
    environment,
    guides,
    headers,
    dates,
    scopes,
    offered,
    periods,
    authorization_parameters,
)
