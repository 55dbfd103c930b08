"""Bodies that are not well-formed FHIR JSON: HTML pages, FHIR XML, and JSON that was cut off or broken.

Of these the structure cannot be trusted, so the rule is turned round: only what is known to be harmless stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.redaction.member_data import shape
from conformance.redaction.names import marked, words

if TYPE_CHECKING:
    from collections.abc import Callable

    Mask = Callable[[str], str]

_SAFE_ELEMENTS = words(
    "resourceType id reference system url fullUrl versionId lastUpdated profile status use code type linkId relation "
    "mode total source start end date severity expression sequence currency unit issued recorded effectiveDateTime "
    "created outcome intent fhirVersion kind rank version language error error_description"
)
"""Elements that keep their value even where nothing else is known about the document."""

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)("?)(\s*:)?', re.DOTALL)
_ELEMENT = re.compile(r"""<([A-Za-z][\w.:-]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_XML_VALUE = re.compile(r"""(\bvalue\s*=\s*)("[^"]*"?|'[^']*'?)""")
_TEXT = re.compile(r"(?<=>)[^<>]+")
_SCRIPT = re.compile(r"(<(?P<kind>script|style)\b[^<>]*>)(.*?)(</(?P=kind)\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_INPUT = re.compile(r"<(?:input|meta|button|textarea)\b[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(\b(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_CHOICE = re.compile(r"(<(option|td|textarea)\b[^<>]*>)([^<]*)", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.-]+"  # mail address
    r"|\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d\b"  # dates as pages write birth dates
    r"|\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b|\b\d{3}-\d\d-\d{4}\b"  # telephone, social security number
    r"|\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d\b"  # Medicare beneficiary identifier
)
_KEPT_CONTENT = re.compile(r"""name\s*=\s*["']?(?:viewport|generator|robots|description|referrer)\b""", re.IGNORECASE)
_KEPT_VALUE = re.compile(r"""<button\b|type\s*=\s*["']?(?:submit|button|reset)\b|http-equiv""", re.IGNORECASE)


def broken_json(text: str) -> str:
    """Text meant to be JSON: every string and number masked unless its name is known to be harmless."""
    name = ""
    pieces: list[str] = []
    last = 0
    for found in _LITERAL.finditer(text):
        between = text[last : found.start()]
        pieces.append(between if name in _SAFE_ELEMENTS else re.sub(r"\d", "#", between))
        last = found.end()
        if found[3] is not None:
            name = found[1]
            pieces.append(found[0])
        else:
            pieces.append(found[0] if name in _SAFE_ELEMENTS else f'"{shape(found[1])}{found[2]}')
    pieces.append(re.sub(r"\d", "#", text[last:]))
    return "".join(pieces)


def xml(text: str) -> str:
    """FHIR XML: ``value`` attributes masked unless the element is known to be harmless, all running text masked."""

    def element(found: re.Match[str]) -> str:
        if found[1] in _SAFE_ELEMENTS:
            return found[0]
        return f"<{found[1]}{_XML_VALUE.sub(lambda value: value[1] + shape(value[2]), found[2])}>"

    return _TEXT.sub(lambda found: shape(found[0]), _ELEMENT.sub(element, text))


def html(text: str, *, hide_all: bool) -> str:
    """An HTML page: scripts emptied, field values and personal patterns masked; with ``hide_all`` every text too."""
    text = _SCRIPT.sub(lambda found: f"{found[1]}{marked(f'{len(found[3])} characters')}{found[4]}", text)
    text = _INPUT.sub(_field, text)
    if hide_all:
        return _TEXT.sub(lambda found: shape(found[0]), text)
    text = _CHOICE.sub(lambda found: found[1] + shape(found[3]), text)
    return personal(text)


def personal(text: str) -> str:
    """Mail addresses, birth dates, telephone and beneficiary numbers masked wherever they stand."""
    return _PERSONAL.sub(lambda found: shape(found[0]), text)


def _field(found: re.Match[str]) -> str:
    if _KEPT_VALUE.search(found[0]) or _KEPT_CONTENT.search(found[0]):
        return found[0]
    return _ATTRIBUTE.sub(lambda attribute: f'{attribute[1]}"{marked("value")}"', found[0])
