"""From an HTTP request to a `Call`, to the right tenant and origin, and back.

Handlers are plain functions from a call to a response: everything they need is in memory or one SQLite query away, so
nothing is gained by making them coroutines.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Token
    from conformance.reference.steps import Replacements
    from conformance.reference.tenant import Tenant

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler = Callable[["Call"], Response]

MAX_BODY = 1_000_000
FORM = "application/x-www-form-urlencoded"
log = logging.getLogger("conformance.reference")


@dataclass(slots=True)
class Call:
    """One request to one tenant. ``segments`` is the path below the tenant's root, split before it was unquoted."""

    tenant: Tenant
    method: str
    segments: tuple[str, ...]
    query: list[tuple[str, str]]
    headers: Headers
    body: bytes
    peer: str
    url: str
    token: Token | None = None

    @property
    def replacements(self) -> Replacements:
        """What faults replace, see `steps`."""
        return self.tenant.replacements

    @property
    def path(self) -> str:
        """The path below the tenant's root."""
        return "/" + "/".join(self.segments)

    @property
    def media_type(self) -> str:
        """Content-Type without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def form(self) -> list[tuple[str, str]]:
        """The body as form fields; empty when it is not a form."""
        if self.media_type != FORM:
            return []
        return pairs(self.body)

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError`` when it is not."""
        return json.loads(self.body)


def pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Form or query fields in order, blank values kept; undecodable bytes become U+FFFD."""
    return parse_qsl(encoded.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)


class Payer:
    """The ASGI application: one for all origins and tenants; the port a request arrives on tells the origin."""

    def __init__(self, find: Callable[[str], Tenant | None], handlers: dict[int, Handler]) -> None:
        self.find = find
        self.handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await _read(receive)
        response = self.answer(scope, body)
        await response(scope, receive, send)

    def answer(self, scope: Scope, body: bytes | None) -> Response:
        """Find the tenant, build the call, run the handler of the origin."""
        if body is None:
            return PlainTextResponse("The request body is too large.", 413)
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        segments = tuple(unquote(part) for part in raw.decode("latin-1").split("/")[1:])
        slug = ""
        if len(segments) >= 2 and segments[0] == "t":
            slug, segments = segments[1], segments[2:]
        tenant = self.find(slug)
        if tenant is None:
            return PlainTextResponse("There is no such deployment here.", 404)
        host, port = scope["server"]
        try:
            query = pairs(scope["query_string"])
        except ValueError:
            return PlainTextResponse("Too many parameters.", 400)
        call = Call(
            tenant=tenant,
            method=scope["method"],
            segments=segments,
            query=query,
            headers=Headers(raw=scope["headers"]),
            body=body,
            peer=(scope.get("client") or ("", 0))[0],
            url=f"{scope['scheme']}://{host}:{port}{raw.decode('latin-1')}",
        )
        return finish(call, self.handlers[port](call))


@step
def finish(call: Call, response: Response) -> Response:  # noqa: ARG001
    """Last word on every response of every origin: what holds for all of them."""
    response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


async def _read(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)
