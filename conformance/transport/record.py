"""Exchanges as they may leave the harness: redacted, bounded, reproducible with curl."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, MutableMapping, Sequence
    from pathlib import Path

    from conformance.redaction import Redactor
    from conformance.transport.exchange import Exchange

EXCERPT = 20_000
MAX_SHOWN = 10
"""Of a long Bundle as many excerpts' worth is kept, one for each resource that a finding is about."""

MASKABLE = 5_000_000
_NOT_IN_CURL = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "authorization"})
_ID_IN_A_PATH = re.compile(r"(?<=[/ ])([A-Z][A-Za-z]+|_history)/[A-Za-z0-9.-]{1,64}(?![\w:$])")
_STRUCTURED = ("json", "xml", "x-www-form-urlencoded")


Excerpted = tuple[int, int, frozenset[str]]
"""An exchange's number and size, and the resources that are shown of it; to no bytes where it is shown as it is."""


class RedactedExchange(dict[str, Any]):
    """What exchanges.jsonl, reports and messages hold of an exchange; JSON-able.

    ``{number, purpose, endpoint, method, url, request: {headers, body}, status, headers, body, body_bytes, elapsed_ms,
    fault, detail, redirects, curl}``; bodies are excerpts of about 20,000 characters, of a Bundle so
    many for each resource that a finding is about.
    """

    def curl(self) -> str:
        """The command that repeats the request, with ``$TOKEN`` where the token was."""
        return str(self["curl"])


def redacted(
    exchange: Exchange,
    redactor: Redactor,
    resources: Collection[str] = (),
    *,
    curl_options: Sequence[str] = (),
    shortened: MutableMapping[Excerpted, bytes] | None = None,
) -> RedactedExchange:
    """The exchange with secrets masked always and member data by policy.

    Of a Bundle too long to show, the entries named by ``resources`` (``Type/id``) are shown, if any is in it.
    ``curl_options`` are what curl needs over https where the harness had an authority or a certificate of its own.
    ``shortened`` remembers which part of a long Bundle is shown, so that reports read it once; it is masked each time,
    for secrets and people may have become known since.
    """
    url = redactor.url(exchange.url)
    sent = redactor.headers(exchange.request_headers)
    kind = exchange.request_headers.get("content-type", "")
    search = exchange.url.partition("?")[0].endswith("/_search")
    body = redactor.form(exchange.request_body.decode(errors="replace"), fhir=True) if search else ""
    body = body or excerpt(exchange.request_body, kind, redactor)
    return RedactedExchange(
        number=exchange.number,
        purpose=redactor.sentence(exchange.purpose),
        endpoint=redactor.url(exchange.endpoint),
        method=exchange.method,
        url=url,
        request={"headers": sent, "body": body},
        status=exchange.status,
        headers=redactor.headers(exchange.headers),
        body=_answer_body(exchange, redactor, frozenset(resources), {} if shortened is None else shortened),
        body_bytes=len(exchange.body),
        elapsed_ms=exchange.elapsed_ms,
        fault=exchange.fault,
        detail=redactor.sentence(exchange.detail),
        redirects=[redactor.url(hop) for hop in exchange.redirects],
        curl=_curl(exchange, url, sent, body, curl_options),
    )


def excerpt(body: bytes, media_type: str, redactor: Redactor, *, whole: int = 0, limit: int = EXCERPT) -> str:
    """The beginning of a body, masked before it is cut, so that no half of a secret stays at the cut.

    ``whole`` is the length in bytes of the body that ``body`` is a part of; ``limit`` is in characters.
    """
    if not body:
        return ""
    if len(body) > MASKABLE:
        return f"({len(body):,} bytes of {media_type or 'unknown type'}, too long to show)"
    return redactor.body(body, media_type, limit=limit, whole=whole)


def _answer_body(
    exchange: Exchange, redactor: Redactor, resources: frozenset[str], shortened: MutableMapping[Excerpted, bytes]
) -> str:
    """The answer's body; a document a member's token fetched is a member's own and is only counted."""
    own = "authorization" in exchange.request_headers and 200 <= exchange.status < 300
    structured = any(part in exchange.media_type for part in _STRUCTURED)
    if own and exchange.body and not structured and redactor.member_data != "full":
        return f"({len(exchange.body):,} bytes of {exchange.media_type or 'unknown type'}, not shown)"
    whole = exchange.body
    if len(whole) <= EXCERPT:
        return excerpt(whole, exchange.media_type, redactor)
    key = (exchange.number, len(whole), resources)
    if key not in shortened:
        part = _entries(whole, resources)
        shortened[key] = b"" if part is whole else part
    if not (body := shortened[key]):
        return excerpt(whole, exchange.media_type, redactor)
    return excerpt(body, exchange.media_type, redactor, whole=len(whole), limit=_room(resources))


def _entries(body: bytes, resources: Collection[str]) -> bytes:
    """The Bundle with as many entries as can be shown, only those asked for if it has any; another body as it is."""
    try:
        bundle = orjson.loads(body)
        entries = bundle["entry"]
        kept = [entry for entry in entries if _identity(entry) in resources] if resources else []
        shown = _beginning(kept or entries, 2 * _room(resources))
        return body if len(shown) == len(entries) else orjson.dumps({**bundle, "entry": shown})
    except (ValueError, RecursionError, TypeError, KeyError):
        return body


def _room(resources: Collection[str]) -> int:
    return EXCERPT * min(max(len(resources), 1), MAX_SHOWN)


def _beginning(entries: list[Any], room: int) -> list[Any]:
    """The first entries that fill an excerpt even where masks are shorter than what they stand for."""
    for count, entry in enumerate(entries):
        room -= len(orjson.dumps(entry))
        if room < 0:
            return entries[: count + 1]
    return entries


def _identity(entry: dict[str, Any]) -> str:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return f"{resource.get('resourceType')}/{resource.get('id')}" if isinstance(resource, dict) else ""


def _curl(exchange: Exchange, url: str, headers: dict[str, str], body: str, options: Sequence[str]) -> str:
    """One line for a shell; credentials are variables to be set, other secrets stay masked."""
    parts = ["curl", "-sS", "-i", *(shlex.quote(word) for word in options if url.startswith("https:"))]
    if exchange.method != "GET":
        parts += ["-X", exchange.method]
    parts.append(shlex.quote(url))
    scheme, _, credentials = exchange.request_headers.get("authorization", "").partition(" ")
    if scheme:
        variable = "$TOKEN" if scheme.lower() == "bearer" else "$CREDENTIALS"
        parts += ["-H", f'"Authorization: {scheme if scheme.isalnum() and credentials else "Bearer"} {variable}"']
    for name, value in headers.items():
        if name.lower() not in _NOT_IN_CURL:
            parts += ["-H", shlex.quote(f"{name}: {value}")]
    if body:
        parts += ["--data-raw", shlex.quote(body)]
    return " ".join(parts)


def write_exchanges(path: Path, records: Iterable[RedactedExchange]) -> None:
    """Write one redacted record per line."""
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def latency(exchanges: Iterable[Exchange]) -> list[dict[str, Any]]:
    """Percentiles in milliseconds per endpoint, over the requests that were answered; the slowest endpoint first.

    Requests that differ by an id or a version only went to one endpoint.
    """
    times: defaultdict[str, list[float]] = defaultdict(list)
    for exchange in exchanges:
        if exchange.answered:
            times[_ID_IN_A_PATH.sub(r"\1/{id}", exchange.endpoint)].append(exchange.elapsed_ms)
    rows = [_percentiles(endpoint, sorted(elapsed)) for endpoint, elapsed in times.items()]
    return sorted(rows, key=lambda row: (-row["p95_ms"], row["endpoint"]))


def _percentiles(endpoint: str, elapsed: list[float]) -> dict[str, Any]:
    """Nearest-rank percentiles of a sorted, non-empty list."""

    def rank(percent: int) -> float:
        return elapsed[max(0, -(-percent * len(elapsed) // 100) - 1)]

    return {"endpoint": endpoint, "n": len(elapsed), "p50_ms": rank(50), "p95_ms": rank(95), "max_ms": elapsed[-1]}
