"""Clinical documents: the reference, and the bytes it points to (US Core 6.1.0 DocumentReference guidance).

The bytes are a Binary below the FHIR base, a file on the attachment origin, or part of the reference itself.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from conformance.reference.fhir.parameters import US_CORE
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart

FORMAT = "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem"
ELSEWHERE = "attachment:"
"""Begins the stored address of bytes on the attachment origin; what it becomes is decided when it is served."""


def document(  # noqa: PLR0917 - a document is its kind, words, author and keeper
    chart: Chart,
    slug: str,
    on: int,
    loinc: str,
    title: str,
    text: str,
    author: str,
    custodian: str,
    *,
    encounter: str = "",
    elsewhere: bool = False,
) -> str:
    """A note whose text is a Binary of the same member, or a file on the attachment origin."""
    body = {
        "resourceType": "Binary",
        "contentType": "text/plain; charset=utf-8",
        "data": base64.b64encode(text.encode()).decode(),
    }
    binary = chart.add(slug, on + 1, (), body)
    attachment = {
        "contentType": "text/plain; charset=utf-8",
        "language": "en-US",
        "url": f"{ELSEWHERE if elsewhere else ''}{binary}",
        "size": len(text.encode()),
        "hash": base64.b64encode(hashlib.sha1(text.encode()).digest()).decode(),  # noqa: S324 - as FHIR says
        "title": title,
    }
    return _reference(chart, slug, on, (loinc, author, custodian, encounter), attachment)


def inline_document(  # noqa: PLR0917 - the same
    chart: Chart,
    slug: str,
    on: int,
    loinc: str,
    title: str,
    text: str,
    author: str,
    custodian: str,
    *,
    encounter: str = "",
) -> str:
    """A note that carries its bytes itself."""
    data = base64.b64encode(text.encode()).decode()
    attachment = {"contentType": "text/plain; charset=utf-8", "data": data, "title": title}
    return _reference(chart, slug, on, (loinc, author, custodian, encounter), attachment)


def _reference(chart: Chart, slug: str, on: int, kind: tuple[str, str, str, str], attachment: el.Element) -> str:
    loinc, author, custodian, encounter = kind
    context: el.Element = {"period": el.period(chart.moment(on, "09:00"), chart.moment(on, "09:40"))}
    if encounter:
        context["encounter"] = [el.reference(encounter)]
    resource = {
        "resourceType": "DocumentReference",
        "identifier": [el.identifier(f"{el.PLAN_IDS}/document", f"D-{slug.upper()}-{chart.owner[:4]}")],
        "status": "current",
        "type": el.concept(el.LOINC, loinc),
        "category": [el.concept(f"{el.US_CORE_CODES}/us-core-documentreference-category", "clinical-note")],
        "subject": chart.subject,
        "date": chart.moment(on + 1, "16:40"),
        "author": [el.reference(author)],
        "custodian": el.reference(custodian),
        "content": [{"attachment": attachment, "format": el.coding(FORMAT, "urn:ihe:iti:xds:2017:mimeTypeSufficient")}],
        "context": context,
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-documentreference",), resource)
