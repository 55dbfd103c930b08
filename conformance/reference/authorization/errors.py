"""Errors as OAuth 2.0 says them: JSON from the token endpoint (RFC 6749 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.web import Call

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """A refusal with a defined error code; ``description`` is for the developer and tells nothing about others."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


@step
def error_response(call: Call, error: OAuthError) -> Response:
    """The refusal as JSON; 401 carries a challenge for the scheme the client should have used."""
    headers = dict(NO_STORE)
    if error.status == 401:
        headers["WWW-Authenticate"] = f'Basic realm="{call.tenant.issuer}"'
    body = {"error": error.code, "error_description": error.description}
    return JSONResponse(body, error.status, headers)


def single(fields: list[tuple[str, str]], *, allow_repeated: tuple[str, ...] = ()) -> dict[str, str]:
    """Parameters as a dictionary; a repeated one is ``invalid_request`` (RFC 6749 3.1 and 3.2)."""
    found: dict[str, str] = {}
    for name, value in fields:
        if name in found and name not in allow_repeated:
            raise OAuthError("invalid_request", f"The parameter {name} is repeated.")
        found[name] = value
    return found
