"""The attachment origin: document bytes outside the FHIR base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from conformance.reference.web import Call


def handle(call: Call) -> Response:  # noqa: ARG001
    """One request to the attachment origin."""
    return PlainTextResponse("There is nothing here.", 404)
