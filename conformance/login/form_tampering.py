"""A consent page's form on its way, changed as a page of somebody else would send it (RFC 9700 4.7.1, CSRF)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.login.login_state import LoginState

ANYWHERE = "**/*"
FORM = "application/x-www-form-urlencoded"


async def strip_fields(walk: LoginState, fields: Sequence[str], route: Any) -> None:
    """Let a request go on, what is posted from the consent page without these fields and without a Referer.

    A body that cannot be changed is not sent at all, so that an answer always is one to the changed form.
    """
    request = route.request
    if request.method != "POST" or walk.consent is None:
        await route.continue_()
        return
    body = without(request.post_data or "", request.headers.get("content-type", ""), fields)
    if body is None:
        await route.abort()
    else:
        headers = {name: value for name, value in request.headers.items() if name != "referer"}
        await route.continue_(post_data=body, headers=headers)


def without(body: str, media_type: str, fields: Sequence[str]) -> str | None:
    """A form or JSON object without these fields; ``None`` when it is neither or holds none of them."""
    if media_type.startswith(FORM):
        pairs = parse_qsl(body, keep_blank_values=True)
        kept = [pair for pair in pairs if pair[0] not in fields]
        return urlencode(kept) if len(kept) < len(pairs) else None
    try:
        document = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict) or not document.keys() & set(fields):
        return None
    return json.dumps({name: value for name, value in document.items() if name not in fields})
