"""A request before it is sent: its address, headers and body, and what a redirect makes of it."""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from conformance.transport.origin import origin

Pairs = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]]
"""Parameters: a mapping (a list of values repeats the name) or name and value pairs in order."""

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "dpop", "origin"})
_OF_THE_BODY = frozenset({"content-type", "content-length"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request about to be sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds per step, bytes of an answer, and whether redirects are followed."""

    timeout: float
    max_body: int
    follow: bool


def outgoing(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None,
    params: Pairs | None,
    form: Pairs | None,
    json: Any,
    content: bytes | None,
) -> Outgoing:
    """The request as it will be sent; a Content-Type given by the caller is kept."""
    kind, body = "", content or b""
    if form is not None:
        kind, body = "application/x-www-form-urlencoded", encoded(form).encode()
    elif json is not None:
        kind, body = "application/json", json_format.dumps(json).encode()
    given = dict(headers or {})
    if kind and not any(name.lower() == "content-type" for name in given):
        given["Content-Type"] = kind
    return Outgoing(method.upper(), with_params(url, params), given, body)


def encoded(pairs: Pairs) -> str:
    """Parameters as a query string or form; ``,`` ``:`` and ``/`` are left readable, ``|`` is escaped (RFC 3986)."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return urlencode(list(items), doseq=True, quote_via=quote, safe=",:/")


def with_params(url: str, params: Pairs | None) -> str:
    """The address with parameters added to those it has."""
    if not params:
        return url
    address, hashed, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{encoded(params)}{hashed}{fragment}"


def redirected(out: Outgoing, status: int, target: str) -> Outgoing:
    """The request a redirect asks for (RFC 9110 15.4): credentials stay behind when the origin changes."""
    method, body, headers = out.method, out.body, out.headers
    if (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST"):
        method, body = "GET", b""
        headers = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_BODY}
    if origin(out.url) != origin(target):
        headers = {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}
    return replace(out, method=method, url=target, headers=headers, body=body)
