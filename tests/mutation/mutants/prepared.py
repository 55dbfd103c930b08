"""Bases that the examples lack: Bundles of every kind, contained resources, values of every datatype."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from mutants import made, samples
from mutants.model import Base, Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOME = "https://example.org/fhir"
WHEN = "2023-05-06T07:08:09Z"
MOST_ENTRIES = 4
SEARCHED = ("Patient", "Observation", "Coverage", "Organization", "ExplanationOfBenefit", "Practitioner")
TOGETHER = ("Patient", "Observation", "Organization", "Practitioner")
CONTENT = b"The content of an attachment."
DATATYPES = {
    "Attachment": {
        "contentType": "text/plain",
        "data": base64.b64encode(CONTENT).decode(),
        "size": len(CONTENT),
        "hash": base64.b64encode(hashlib.sha1(CONTENT).digest()).decode(),
    },
    "Timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "count": 3}},
}


def prepared(knows: Knowledge, examples: Sequence[Base]) -> Iterator[Base]:
    """The prepared bases of one realm."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for base in examples:
        if not base.demanded:
            by_type.setdefault(base.resource["resourceType"], []).append(base.resource)
    for code in SEARCHED:
        if by_type.get(code):
            yield Base(f"prepared:searchset-{code}", searchset(code, by_type[code][:MOST_ENTRIES]), knows)
    some = [by_type[code][0] for code in TOGETHER if by_type.get(code)]
    for kind in ("collection", "transaction", "batch", "transaction-response", "history"):
        yield Base(f"prepared:{kind}", bundle(kind, some), knows)
    yield Base("prepared:document", document(some[0]), knows)
    yield Base("prepared:message", message(some[0]), knows)
    yield Base("prepared:datatypes", of_every_type(), knows)
    yield Base("prepared:observation", OBSERVATION, knows)
    yield Base("prepared:patient", PATIENT, knows)
    yield Base("prepared:document-reference", DOCUMENT_REFERENCE, knows)
    yield Base("prepared:made", made.RESOURCE, knows)


def addressed(resource: dict[str, Any]) -> dict[str, Any]:
    """An entry with its address."""
    return {"fullUrl": f"{SOME}/{resource['resourceType']}/{resource['id']}", "resource": resource}


def searchset(code: str, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The answer to a search for one type."""
    return {
        "resourceType": "Bundle",
        "id": f"search-{code.lower()}",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": f"{SOME}/{code}?_count=4"}],
        "entry": [{**addressed(one), "search": {"mode": "match"}} for one in found],
    }


def bundle(kind: str, resources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A Bundle of a kind whose entries need a request, a response or neither."""
    entries = []
    for one in resources:
        entry = addressed(one)
        if kind in {"transaction", "batch", "history"}:
            entry["request"] = {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}
        if kind in {"transaction-response", "history"}:
            entry["response"] = {"status": "200", "lastModified": WHEN}
        entries.append(entry)
    return {"resourceType": "Bundle", "id": f"a-{kind}", "type": kind, "entry": entries}


def document(subject: dict[str, Any]) -> dict[str, Any]:
    """A document about somebody."""
    about = {"reference": f"{subject['resourceType']}/{subject['id']}"}
    composition = {
        "resourceType": "Composition",
        "id": "contents",
        "status": "final",
        "type": {"text": "Summary"},
        "subject": about,
        "date": WHEN,
        "author": [{"display": "Somebody"}],
        "title": "A summary",
        "section": [{"title": "Who", "entry": [about]}],
    }
    return {
        "resourceType": "Bundle",
        "id": "a-document",
        "identifier": {"system": "http://example.org/documents", "value": "1"},
        "type": "document",
        "timestamp": WHEN,
        "entry": [addressed(composition), addressed(subject)],
    }


def message(focus: dict[str, Any]) -> dict[str, Any]:
    """A message about somebody."""
    header = {
        "resourceType": "MessageHeader",
        "id": "header",
        "eventUri": "http://example.org/events/something",
        "source": {"endpoint": f"{SOME}/source"},
        "focus": [{"reference": f"{focus['resourceType']}/{focus['id']}"}],
    }
    return {
        "resourceType": "Bundle",
        "id": "a-message",
        "type": "message",
        "timestamp": WHEN,
        "entry": [addressed(header), addressed(focus)],
    }


def of_every_type() -> dict[str, Any]:
    """A resource with unknown extensions that have a value of every datatype."""
    values = {code: value for code, value in samples.VALUES.items() if code != "Extension"} | DATATYPES
    extensions = [
        {"url": f"http://example.org/fhir/of-type/{code}", samples.key_of("value[x]", code): value}
        for code, value in values.items()
    ]
    return {"resourceType": "Basic", "id": "datatypes", "extension": extensions, "code": {"text": "all types"}}


OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "with-contained",
    "contained": [
        {"resourceType": "Organization", "id": "lab", "name": "A laboratory"},
        {"resourceType": "Practitioner", "id": "doctor", "name": [{"family": "Doe"}]},
    ],
    "status": "final",
    "code": {"coding": [{"system": "http://example.org/codes", "code": "a"}]},
    "subject": {"reference": "Patient/somebody"},
    "performer": [{"reference": "#lab"}, {"reference": "#doctor"}],
    "valueTime": "07:08:09",
    "referenceRange": [{"low": {"value": 1, "unit": "mg"}, "text": "all"}],
}

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "with-contained",
    "contained": [
        {
            "resourceType": "Condition",
            "id": "illness",
            "clinicalStatus": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
            },
            "code": {"text": "an illness"},
            "subject": {"reference": "#"},
        }
    ],
    "active": True,
    "name": [{"family": "Doe", "given": ["Jo"]}],
    "contact": [{"name": {"family": "Roe"}, "gender": "male", "period": {"start": "2020-01-01"}}],
    "photo": [DATATYPES["Attachment"]],
}

DOCUMENT_REFERENCE: dict[str, Any] = {
    "resourceType": "DocumentReference",
    "id": "with-data",
    "status": "current",
    "content": [{"attachment": DATATYPES["Attachment"]}],
}
