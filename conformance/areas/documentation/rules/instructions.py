"""The addresses and the place of the patient id that a documentation page gives apps (42 CFR 422.119(d))."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.areas.documentation.rules.page import Page

_REQUEST = re.compile(r"\b(GET|POST)\s+((?:https?:/)?/[^\s?#<>\"']*)")
_PATIENT_ID = r"(?:patient(?:'s)? (?:id|identifier)\b|id of the patient\b)"
_IN_THE_ID_TOKEN = re.compile(
    rf"{_PATIENT_ID}[^.\n]{{0,80}}\b(sub|fhirUser)\b|\b(sub|fhirUser)\b[^.\n]{{0,80}}{_PATIENT_ID}"
)


@dataclass(frozen=True, slots=True)
class Instructions:
    """Addresses as the page has them (absolute or a path), empty where it does not say.

    ``patient_id_from`` is ``id_token.sub`` or ``id_token.fhirUser`` where the page says so, empty otherwise.
    """

    register: str = ""
    authorize: str = ""
    token: str = ""
    patient_id_from: str = ""


def instructions_of(page: Page) -> Instructions:
    """The requests of the page, each known by the parameters after it."""
    found: dict[str, str] = {}
    requests = list(_REQUEST.finditer(page.text))
    ends = [*(request.start() for request in requests), len(page.text)][1:]
    for request, end in zip(requests, ends, strict=False):
        said = page.text[request.end() : end]
        for name, method, parameter in (
            ("register", "POST", "redirect_uris"),
            ("authorize", "GET", "response_type"),
            ("token", "POST", "grant_type=authorization_code"),
        ):
            if request[1] == method and parameter in said:
                found.setdefault(name, request[2])
    claim = _IN_THE_ID_TOKEN.search(page.text)
    source = f"id_token.{claim[1] or claim[2]}" if claim else ""
    return Instructions(**found, patient_id_from=source)
