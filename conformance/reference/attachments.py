"""The attachment origin: document bytes outside the FHIR base.

An app sends its token to the FHIR base only, so a link to here needs no further authorization (US Core 6.1.0,
DocumentReference guidance). It is signed for one access token instead: it cannot be guessed, it opens one document, and
it dies with the token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from conformance.reference.fhir.store import LIVE
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Token
    from conformance.reference.web import Call

_SECRET = secrets.token_bytes(32)


@step
def link(call: Call, logical_id: str) -> str:
    """The address of a document for the app that asks: the same for as long as its token lives."""
    assert call.token is not None
    handle = call.token.handle
    signed = _signature(call.tenant.slug, logical_id, handle)
    return f"{call.tenant.attachments_base}/{logical_id}?for={handle}&signature={signed}"


def handle(call: Call) -> Response:
    """One request to the attachment origin."""
    if call.segments[:1] != ("attachments",) or len(call.segments) != 2 or call.method not in ("GET", "HEAD"):
        return PlainTextResponse("There is nothing here.", 404)
    logical_id = call.segments[1]
    record = call.tenant.store.read("Binary", logical_id)
    if record is None or record.state != LIVE or not opened(call, logical_id):
        return PlainTextResponse("There is no such document for you.", 403)
    resource = record.resource()
    headers = {"Cache-Control": "no-store", "Content-Disposition": "attachment", "Referrer-Policy": "no-referrer"}
    return Response(base64.b64decode(resource["data"]), 200, headers, resource["contentType"])


@step
def opened(call: Call, logical_id: str) -> bool:
    """Whether the link is one that we signed, for a token that still lives."""
    asked = dict(call.query)
    name = asked.get("for", "")
    genuine = hmac.compare_digest(
        asked.get("signature", "").encode(), _signature(call.tenant.slug, logical_id, name).encode()
    )
    token: Token | None = call.tenant.state.handles.get(name)
    return genuine and token is not None and token.alive(call.tenant.clock())


def _signature(slug: str, logical_id: str, name: str) -> str:
    return hmac.new(_SECRET, f"{slug} {logical_id} {name}".encode(), hashlib.sha256).hexdigest()
