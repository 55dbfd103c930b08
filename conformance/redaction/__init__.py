"""The only way text leaves for a report, a log, an exception or a terminal.

Secrets never leave: those registered, in whatever form they took on, and those recognisable by the name of their
header, parameter or member. What belongs to a member leaves by policy: ``full`` as it is (synthetic data only),
``masked`` with names, addresses, telecom, identifiers, birth dates, free text and documents replaced by masks of the
same shape, ``none`` with resource ids hashed as well. A hash holds within one run only, so that it cannot be looked up.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets as random
from typing import TYPE_CHECKING, Any, Literal

import orjson

from conformance.redaction import documents, names
from conformance.redaction.member_data import mask_at, mask_resource, member_values, shape
from conformance.redaction.people import People
from conformance.redaction.secrets import MIN_SECRET_LENGTH, Secrets
from conformance.redaction.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAX_SECRET_LENGTH = 8_000
"""No secret is longer than this, in any of its forms."""

MemberData = Literal["full", "masked", "none"]

_REFERENCE = re.compile(
    rf"\b({'|'.join(sorted(names.RESOURCE_TYPES, key=len, reverse=True))})/([A-Za-z0-9.\-]{{1,64}})"
)


class Redactor:
    """Masks secrets always and member data by policy; safe to use from several threads at once."""

    def __init__(self, member_data: MemberData = "masked") -> None:
        self.member_data = member_data
        self._secrets = Secrets()
        self._salt = random.token_bytes(16)
        self._people = People()
        self._web = Web(
            full=member_data == "full", hide_ids=member_data == "none", identify=self._identify, free=self.text
        )

    def __repr__(self) -> str:
        return f"Redactor({self.member_data!r}, {self._secrets!r})"

    def register(self, secret: str, label: str) -> None:
        """Show this value as its label from now on: plain, URL-, JSON- or HTML-escaped, in base64, inside a JWT.

        A value shorter than four characters is masked only where it is a whole value, not inside other text.
        """
        if secret.strip():
            self._secrets.register(secret, label)

    def learn(self, resource: Any) -> None:
        """Note names, addresses, identifiers, birth dates of the people described, to mask them in running text."""
        if self.member_data != "full":
            self._people.learn(member_values(resource))

    def text(self, text: str) -> str:
        """Any text: messages, error descriptions, logs."""
        masked = self._known(text)
        if self.member_data != "full":
            masked = self._secrets.mask(self._people.mask(masked))
        return self._label_or(text, masked)

    def _known(self, text: str) -> str:
        """Text freed of secrets and, where the policy says so, of ids; JSON stays JSON."""
        return self._secrets.mask(self._identify(self._web.text(self._secrets.mask(text))))

    def url(self, url: str) -> str:
        """An address, absolute or relative: codes, tokens, user information, and what a member would be searched by."""
        return self.text(self._web.url(self._secrets.mask(url)))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with credentials masked by name; cookies keep their names and attributes, addresses their shape."""
        masked = {}
        for name, value in headers.items():
            shown = self._web.header(name.lower(), self._secrets.mask(value))
            masked[self._secrets.mask(name)] = self._label_or(value, self.text(shown))
        return masked

    def form(self, form: str, *, fhir: bool | None = None) -> str:
        """``a=1&b=2`` as in a form body; ``fhir`` says that it is a search (where ``code`` is no secret)."""
        return self.text(self._web.pairs(self._secrets.mask(form), fhir=fhir))

    def body(self, body: bytes, media_type: str, *, limit: int = 0, whole: int = 0) -> str:
        """A body as text: JSON, NDJSON, XML, HTML and forms masked by their structure, other bytes only counted.

        With ``limit`` only about so many characters are shown, with a note of how long the whole is; ``whole`` is that
        length in bytes when ``body`` is itself no more than a part.
        """
        kind = media_type.partition(";")[0].strip().lower()
        text = body.decode("utf-8-sig", errors="replace")
        start = text.lstrip()[:64].lower()
        finish = self.text
        if "form-urlencoded" in kind:
            shown = self._web.pairs(self._secrets.mask(text), fhir=None)
        elif "html" in kind or start.startswith(("<!doctype html", "<html")):
            shown = self._html(text)
        elif "json" in kind or start.startswith(("{", "[")):
            parts = text.splitlines() if "ndjson" in kind else [text]
            shown = "\n".join(self._json(part, fhir="fhir" in kind) for part in parts)
            finish = self._known  # people were masked in its strings; a number of theirs may be anybody's amount
        else:
            shown = self._other(text, len(body), kind, marked_up="xml" in kind or start.startswith("<"))
        if not limit or len(shown) <= limit:
            return finish(shown)
        masked = finish(shown[: limit + _MAX_SECRET_LENGTH])
        # what may be half a secret at the cut is cut off too
        sure = len(masked) - (_MAX_SECRET_LENGTH if len(shown) > limit + _MAX_SECRET_LENGTH else 0)
        size = f"{whole:,} bytes" if whole else f"{len(shown):,} characters"
        return f"{masked[: max(0, min(limit, sure))]}\n… (the beginning of {size})"

    def _other(self, text: str, size: int, kind: str, *, marked_up: bool) -> str:
        if not marked_up and not kind.startswith("text/") and not text.isprintable():
            return names.marked(f"{size} bytes of {kind or 'unknown type'}")
        if self.member_data != "full":
            text = (documents.xml if marked_up else documents.personal)(self._secrets.mask(text))
        return text

    def resource(self, resource: Any) -> Any:
        """A FHIR resource, or any part of one, masked by policy; its JSON structure stays."""
        return self._without_secrets(self._masked(resource))

    def found(self, path: str, value: str) -> str:
        """A value found at a FHIRPath location (``Patient.name[0].family``) or in a parameter or header."""
        last = re.split(r"[.\[(]", path.rstrip("])"))[-1] if not path[:1].isupper() else ""
        if last.lower() in names.SECRET_NAMES | names.SECRET_HEADERS:
            return names.marked(last)
        if self.member_data == "full":
            return self.text(value)
        if last.lower() in names.PERSON_CLAIMS | names.MEMBER_PARAMETERS:
            return shape(value)
        try:
            structured = json.loads(value) if value.lstrip()[:1] in {"{", "["} else value
        except (ValueError, RecursionError):
            return self.text(shape(value))
        masked = self._masked(structured, path)
        return self.text(masked if isinstance(masked, str) else json.dumps(masked, ensure_ascii=False))

    def _masked(self, value: Any, path: str = "") -> Any:
        """Member data masked by policy, at a place in a resource or in a whole one."""
        if self.member_data == "full":
            return value
        masks = {"free": self.text, "address": self._web.url, "identify": self._identify}
        return mask_at(path, value, **masks) if path else mask_resource(value, **masks)

    def _json(self, text: str, *, fhir: bool) -> str:
        try:
            value = self._without_secrets(json.loads(text))
            fhir = fhir or '"resourceType"' in text
            return _compact(self._masked(value) if fhir else self._web.json(value))
        except (ValueError, RecursionError):
            return text if self.member_data == "full" else documents.broken_json(self._secrets.mask(text))

    def _html(self, text: str) -> str:
        text = self._secrets.mask(text)
        return text if self.member_data == "full" else documents.html(text, hide_all=self.member_data == "none")

    def _without_secrets(self, value: Any) -> Any:
        """A JSON value freed of secrets string by string; the common case that there are none is decided at once."""
        whole = json.dumps(value, ensure_ascii=False)
        present = self._secrets.found_in(whole) or "eyJ" in whole
        return self._leaf(value) if present or self._secrets.has_short else value

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._secrets.mask(key): self._leaf(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._leaf(item) for item in value]
        if isinstance(value, str):
            return self._label_or(value, self._web.tokens(self._secrets.mask(value)))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            written = json.dumps(value)
            masked = self._secrets.mask(written)
            return value if masked == written else masked
        return value

    def _label_or(self, value: str, masked: str) -> str:
        """The label of a secret too short to be searched for, when it is the whole value."""
        return (self._secrets.label(value) or masked) if 0 < len(value) < MIN_SECRET_LENGTH else masked

    def _identify(self, text: str) -> str:
        """Resource ids in references and addresses, hashed where the policy says so."""
        if self.member_data != "none":
            return text
        return _REFERENCE.sub(lambda found: f"{found[1]}/{self._hashed(found[2])}", text)

    def _hashed(self, identity: str) -> str:
        if re.fullmatch(r"id-[0-9a-f]{10}", identity):
            return identity
        return f"id-{hashlib.blake2b(identity.encode(), key=self._salt, digest_size=5).hexdigest()}"


def _compact(value: Any) -> str:
    """JSON in one line; the fast encoder refuses what few programs have, such as very long integers."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False)


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
