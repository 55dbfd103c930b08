"""A lab's conveniences, on loopback only: age a code or token instead of waiting, change the signing key."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from conformance.reference.web import Call

KINDS = {"code": "codes", "token": "access_tokens", "refresh_token": "refresh_tokens"}


def rotate_keys(call: Call) -> Response:
    """POST: sign with a new key from now on; the key set keeps the ones before."""
    if not _from_here(call):
        return JSONResponse({"error": "not here"}, 403)
    call.tenant.keys.rotate()
    return JSONResponse({"keys": [key.kid for key in call.tenant.keys.all()]})


def _from_here(call: Call) -> bool:
    try:
        return ipaddress.ip_address(call.peer).is_loopback
    except ValueError:
        return False


def age(call: Call) -> Response:
    """POST {"code"|"token"|"refresh_token": value, "seconds": n}: it was issued n seconds earlier from now on."""
    if not _from_here(call):
        return JSONResponse({"error": "not here"}, 403)
    try:
        wanted: dict[str, Any] = call.json()
        seconds = float(wanted["seconds"])
        kind = next(name for name in KINDS if name in wanted)
    except (ValueError, KeyError, TypeError, StopIteration):
        return JSONResponse({"error": f"send one of {', '.join(KINDS)}, and seconds"}, 400)
    found = getattr(call.tenant.state, KINDS[kind]).get(str(wanted[kind]))
    if found is None:
        return JSONResponse({"error": f"no such {kind}"}, 404)
    found.expires -= seconds
    found.issued -= seconds
    return JSONResponse({"aged": kind, "seconds": seconds})
