"""A lab's convenience: age a code or token, so that expiry can be tested without waiting. Loopback only."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from conformance.reference.web import Call

KINDS = {"code": "codes", "token": "access_tokens", "refresh_token": "refresh_tokens"}


def age(call: Call) -> Response:
    """POST {"code"|"token"|"refresh_token": value, "seconds": n}: it was issued n seconds earlier from now on."""
    try:
        if not ipaddress.ip_address(call.peer).is_loopback:
            return JSONResponse({"error": "not here"}, 403)
        wanted: dict[str, Any] = call.json()
        seconds = float(wanted["seconds"])
        kind = next(name for name in KINDS if name in wanted)
    except (ValueError, KeyError, TypeError, StopIteration):
        return JSONResponse({"error": f"send one of {', '.join(KINDS)}, and seconds"}, 400)
    found = getattr(call.tenant.state, KINDS[kind]).get(str(wanted[kind]))
    if found is None:
        return JSONResponse({"error": f"no such {kind}"}, 404)
    found.expires -= seconds
    return JSONResponse({"aged": kind, "seconds": seconds})
