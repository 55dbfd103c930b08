"""Every HTTP request of a run: polite, bounded in time and size, recorded, never an exception for network trouble."""

from __future__ import annotations

import logging
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.transport.exchange import Exchange
from conformance.transport.faults import classify
from conformance.transport.message import Limits, Outgoing, outgoing, redirected
from conformance.transport.origin import join, origin
from conformance.transport.politeness import Politeness, wait_asked_for
from conformance.transport.record import Excerpted, RedactedExchange, latency, redacted, write_exchanges
from conformance.transport.spool import ExchangeLog
from conformance.transport.tls import TlsSettings, context

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import httpx

    from conformance.redaction import Redactor
    from conformance.transport.exchange import Fault
    from conformance.transport.message import Pairs
    from conformance.transport.origin import Origin

USER_AGENT = "patient-access-conformance"
_OWN_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
STEPS = 3
"""A whole request may take so many times its time-out, whatever keeps trickling in."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_KEPT_ALIVE = 2.0
"""Seconds; less than servers keep idle connections, so that ours are not closed under us."""

_PERSON = re.compile(rb'"resourceType"\s*:\s*"(?:Patient|RelatedPerson|Person|Coverage)"')


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: Fault = ""
    detail: str = ""
    sent: Mapping[str, str] | None = None

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)


class Transport:
    """Sends requests and records them; may be used from several threads at once.

    ``timeout`` is in seconds and bounds each step, three times as much bounds the whole request; ``max_body`` is in
    bytes after decompression. ``rate`` is requests per second, 0 is unbounded; so is ``max_requests`` 0. Cookies are
    never kept from one request to the next: a server must know a member by the token and by nothing else. Proxies and
    authorities come from the arguments only, not from the environment.
    """

    def __init__(
        self,
        *,
        redactor: Redactor,
        tls: TlsSettings | None = None,
        proxy: str = "",
        headers_by_host: Mapping[str, Mapping[str, str]] | None = None,
        timeout: float = 30.0,
        max_body: int = 50_000_000,
        concurrency: int = 4,
        rate: float = 0.0,
        max_requests: int = 0,
        max_redirects: int = 5,
        politeness: Politeness | None = None,
    ) -> None:
        self.redactor = redactor
        self.tls = tls or TlsSettings()
        self.exchanges = ExchangeLog()
        self.politeness = politeness or Politeness(concurrency=concurrency, rate=rate, max_requests=max_requests)
        self._headers_by_host = {host.lower(): dict(headers) for host, headers in (headers_by_host or {}).items()}
        self._timeout = timeout
        self._max_body = max_body
        self._max_redirects = max_redirects
        self._lock = threading.Lock()
        self._shortened: dict[Excerpted, bytes] = {}
        for host, headers in self._headers_by_host.items():
            for name, value in headers.items():
                redactor.register(value, f"{name} for {host}")
        if "@" in proxy:
            redactor.register(proxy.rpartition("@")[0].rpartition(":")[2], "proxy password")
        self._wire = _wire(self.tls, proxy, max(1, concurrency))

    def __repr__(self) -> str:
        return f"<Transport, {len(self.exchanges)} exchanges>"

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Pairs | None = None,
        form: Pairs | None = None,
        json: Any = None,
        content: bytes | None = None,
        follow_redirects: bool = True,
        purpose: str = "",
        endpoint: str = "",
        timeout: float | None = None,
        max_body: int | None = None,
        wait: bool = True,
    ) -> Exchange:
        """Send one request, follow its redirects, wait when the server asks for it (``wait``), record every answer.

        At most one of ``form``, ``json``, ``content`` is sent. Trouble of the network, a redirect loop and an answer
        over the size limit are reported as ``Exchange.fault``. An answer that made us wait (429, 503) is an exchange of
        its own, before the one returned. Raises only ``RequestBudgetSpent``.
        """
        out = outgoing(method, url, headers=headers, params=params, form=form, json=json, content=content)
        limits = Limits(timeout or self._timeout, max_body or self._max_body, follow_redirects)
        tried = 0
        while True:
            tried += 1
            exchange = replace(self._follow(out, limits), purpose=purpose, endpoint=endpoint or _endpoint(out))
            pause = wait_asked_for(exchange.status, out.method, exchange.headers, tried) if wait else None
            if pause is None:
                return self._keep(exchange)
            self._keep(replace(exchange, detail=f"the server asked for a pause; sent again after {pause:g} s"))
            asked = origin(exchange.redirects[-1] if exchange.redirects else out.url)
            self.politeness.back_off(asked.host if asked else "", pause)

    def redacted(self, exchange: Exchange, resources: Collection[str] = ()) -> RedactedExchange:
        """The exchange as it may leave: for exchanges.jsonl, reports and messages.

        ``resources`` (``Type/id``) are those a finding is about; of a long Bundle they are what is shown.
        """
        shortened = self._shortened if exchange.number else {}
        options = self.tls.curl_options
        return redacted(exchange, self.redactor, resources, curl_options=options, shortened=shortened)

    def write(self, path: Path, resources: Mapping[int, Collection[str]] | None = None) -> None:
        """Write exchanges.jsonl: every exchange redacted, one JSON object per line.

        ``resources`` are those findings are about, by the number of the exchange they were seen in.
        """
        shown = resources or {}
        write_exchanges(path, (self.redacted(each, shown.get(each.number, ())) for each in self.exchanges))

    def latency(self) -> list[dict[str, Any]]:
        """``{endpoint, n, p50_ms, p95_ms, max_ms}`` per endpoint, over the requests that were answered."""
        return latency(self.exchanges)

    def close(self) -> None:
        """Close connections and forget what was spooled to disk; exchanges in memory stay readable."""
        self._wire.close()
        self.exchanges.close()

    def _follow(self, out: Outgoing, limits: Limits) -> Exchange:
        """One request with all its redirects, as one exchange."""
        first = out
        visited = [out]
        started = time.monotonic()
        answer = reply = self._send(out, limits)
        while limits.follow and answer.status in _REDIRECTS and not answer.fault and answer.header("location"):
            target = join(out.url, answer.header("location"))
            if origin(target) is None:
                break
            following = redirected(out, answer.status, target)
            if trouble := self._trouble(following, visited):
                answer = replace(answer, fault=trouble[0], detail=trouble[1])
                break
            out = following
            visited.append(out)
            answer = self._send(out, limits)
        return Exchange(
            number=0,
            method=first.method,
            url=first.url,
            request_headers={name.lower(): value for name, value in (reply.sent or first.headers).items()},
            request_body=first.body,
            status=answer.status,
            headers={name: answer.header(name) for name, _ in answer.headers},
            body=answer.body,
            elapsed_ms=round((time.monotonic() - started) * 1000, 1),
            received_at=time.time(),
            fault=answer.fault,
            detail=answer.detail,
            redirects=tuple(hop.url for hop in visited[1:]),
        )

    def _trouble(self, following: Outgoing, visited: list[Outgoing]) -> tuple[Fault, str] | None:
        """Why a redirect is not followed; None when it is."""
        if any((following.method, following.url) == (hop.method, hop.url) for hop in visited):
            return "redirect-loop", f"redirect {len(visited)} leads back to an address already asked"
        if len(visited) > self._max_redirects:
            return "redirect-loop", f"more than {self._max_redirects} redirects in a row"
        if following.body and origin(following.url) != origin(visited[-1].url):
            return "foreign-host", f"the redirect would send the body of the request to {origin(following.url)}"
        return None

    def _send(self, out: Outgoing, limits: Limits) -> _Answer:
        """One request over the wire; every trouble becomes an answer.

        A server may close a connection it kept alive at the very moment we use it again; reading is then asked for
        once more on a new connection (RFC 9110 section 9.2.2).
        """
        from conformance.transport.deadline import connected  # noqa: PLC0415

        place = origin(out.url)
        if place is None:
            return _Answer(fault="broken", detail="this is not an http or https address")
        answer = self._exchange(out, place, limits)
        if answer.fault == "broken" and not answer.status and out.method in _SAFE and not connected():
            answer = self._exchange(out, place, limits)
        return answer

    def _exchange(self, out: Outgoing, place: Origin, limits: Limits) -> _Answer:
        import httpx  # noqa: PLC0415

        from conformance.transport.deadline import deadline  # noqa: PLC0415

        headers = {**_OWN_HEADERS, **self._extra(place), **out.headers}
        steps = dict.fromkeys(("connect", "read", "write", "pool"), limits.timeout)
        with self.politeness.turn(place.host), deadline(limits.timeout * STEPS):
            try:
                request = httpx.Request(
                    out.method, out.url, headers=headers, content=out.body or None, extensions={"timeout": steps}
                )
                return _receive(self._wire.handle_request(request), request, limits)
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
                fault, detail = classify(error, place, limits.timeout)
                return _Answer(fault=fault, detail=detail, sent=headers)

    def _extra(self, place: Origin) -> dict[str, str]:
        """The headers the target adds for a host, named with or without its port."""
        named = (place.host, f"{place.host}:{place.port}")
        return {name: value for host in named for name, value in self._headers_by_host.get(host, {}).items()}

    def _keep(self, exchange: Exchange) -> Exchange:
        if _PERSON.search(exchange.body):
            with suppress(ValueError, RecursionError):  # what is not JSON is masked without knowing its members
                self.redactor.learn(exchange.json())
        with self._lock:
            kept = replace(exchange, number=len(self.exchanges) + 1)
            return self.exchanges.append(kept)


def _receive(response: httpx.Response, request: httpx.Request, limits: Limits) -> _Answer:
    """The answer with its body up to the size limit; of a body that breaks off, what had arrived."""
    import httpx  # noqa: PLC0415

    fault: Fault = ""
    detail = ""
    body = bytearray()
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > limits.max_body:
                fault, detail = (
                    "too-large",
                    f"the answer is longer than {limits.max_body:,} bytes (politeness.max_body)",
                )
                break
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        fault, detail = classify(error, origin(str(request.url)), limits.timeout)
        detail += f"; {len(body):,} bytes of the body had arrived"
    finally:
        response.close()
    headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
    return _Answer(response.status_code, headers, bytes(body[: limits.max_body]), fault, detail, request.headers)


def _endpoint(out: Outgoing) -> str:
    return f"{out.method} {out.url.partition('?')[0].partition('#')[0]}"


def _wire(tls: TlsSettings, proxy: str, concurrency: int) -> httpx.HTTPTransport:
    """Connections as httpx keeps them, below its client: without cookies, environment, redirects, retries and logs."""
    import httpx  # noqa: PLC0415

    from conformance.transport.deadline import DeadlineBackend  # noqa: PLC0415

    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks"):
        logging.getLogger(name).disabled = True
    made = httpx.HTTPTransport(
        verify=context(tls),
        proxy=proxy or None,
        trust_env=False,
        limits=httpx.Limits(
            max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=_KEPT_ALIVE
        ),
    )
    # httpx has no public way to give its connection pool another way of opening sockets
    made._pool._network_backend = DeadlineBackend()  # noqa: SLF001
    return made
