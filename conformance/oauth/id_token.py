"""The id_token taken apart, tolerantly and without trust; the area ``identity`` judges it."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

USER_TYPES = ("Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person")
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class IdToken:
    """A compact JWS taken apart, verified or not.

    ``problem`` says why it could not be read; then both parts are empty.
    """

    raw: str = field(repr=False)
    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""

    def text(self, claim: str) -> str:
        """A claim if it is a string, else ``""``."""
        value = self.claims.get(claim)
        return value if isinstance(value, str) else ""

    @property
    def algorithm(self) -> str:
        """The ``alg`` of the header."""
        value = self.header.get("alg")
        return value if isinstance(value, str) else ""

    @property
    def key_id(self) -> str:
        """The ``kid`` of the header, ``""`` when there is none."""
        value = self.header.get("kid")
        return value if isinstance(value, str) else ""

    @property
    def audiences(self) -> tuple[str, ...]:
        """``aud`` as a list, whether it was a string, a list or something else (then nothing)."""
        value = self.claims.get("aud")
        values = value if isinstance(value, list) else [value]
        return tuple(item for item in values if isinstance(item, str))

    @property
    def fhir_user(self) -> FhirUser | None:
        """The resource the ``fhirUser`` claim names, ``None`` when it names none."""
        return parse_fhir_user(self.text("fhirUser"))


@dataclass(frozen=True, slots=True)
class FhirUser:
    """Who the user is: resource type and id; ``base`` is the server's URL when the claim was absolute, else ``""``."""

    type: str
    id: str
    base: str = ""


def read_id_token(raw: str) -> IdToken:
    """Take a token apart without trusting it."""
    parts = raw.split(".")
    if len(parts) != 3:
        return IdToken(raw, problem=f"{len(parts)} parts instead of three")
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
    except (ValueError, RecursionError):
        return IdToken(raw, problem="header or payload is not base64url-encoded JSON")
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return IdToken(raw, problem="header or payload is not a JSON object")
    return IdToken(raw, header, claims)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def parse_fhir_user(value: str) -> FhirUser | None:
    """A ``fhirUser`` URL, absolute or relative: its last two path segments are an allowed type and a FHIR id."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    segments = parts.path.split("/")
    if len(segments) < 2 or parts.query or parts.fragment:
        return None
    *before, type_, id_ = segments
    if type_ not in USER_TYPES or not FHIR_ID.fullmatch(id_):
        return None
    base = f"{parts.scheme}://{parts.netloc}{'/'.join(before)}" if parts.scheme and parts.netloc else ""
    return FhirUser(type_, id_, base)
