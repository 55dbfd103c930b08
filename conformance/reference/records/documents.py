"""Clinical documents: the reference, and the bytes it points to (US Core 6.1.0 DocumentReference guidance)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.parameters import US_CORE
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart

FORMAT = "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem"


def document(  # noqa: PLR0917
    chart: Chart, slug: str, on: int, loinc: str, title: str, text: str, author: str, custodian: str, **more: Any
) -> str:
    """A note whose text is a Binary of the same member."""
    body = {
        "resourceType": "Binary",
        "contentType": "text/plain; charset=utf-8",
        "data": base64.b64encode(text.encode()).decode(),
    }
    binary = chart.add(slug, on + 1, (), body)
    attachment = {"contentType": "text/plain", "language": "en-US", "url": binary, "title": title}
    return _reference(chart, slug, on, loinc, attachment, author, custodian, more)


def inline_document(  # noqa: PLR0917
    chart: Chart, slug: str, on: int, loinc: str, title: str, text: str, author: str, custodian: str, **more: Any
) -> str:
    """A note that carries its bytes itself."""
    attachment = {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode(), "title": title}
    return _reference(chart, slug, on, loinc, attachment, author, custodian, more)


def _reference(  # noqa: PLR0917
    chart: Chart,
    slug: str,
    on: int,
    loinc: str,
    attachment: el.Element,
    author: str,
    custodian: str,
    more: el.Element,
) -> str:
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
        "context": {"period": el.period(chart.moment(on, "09:00"), chart.moment(on, "09:40"))},
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-documentreference",), resource | more)
