"""Faults of what Patient/$everything holds beside searches, of its pages and of ``_since``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, everything, paging, search
from conformance.reference.fhir.store import WITHHELD

if TYPE_CHECKING:
    from conformance.reference.steps import Step

STRICT = {"strict.PA-EVRY-008": "gate"}


def _withheld_too(original: Step, call: Any, fields: Any) -> Any:
    """Records whose status is not known, which searches leave out, come too."""
    sql = "SELECT pk FROM resource WHERE patient = ? AND state = ?"
    rows = call.tenant.store.rows(sql, (access.patient_of(call), WITHHELD))
    return [*original(call, fields), *call.tenant.store.records([row[0] for row in rows])]


def _since_forgets_claims(original: Step, call: Any, fields: Any) -> Any:
    found = original(call, fields)
    return [each for each in found if each.type != "ExplanationOfBenefit"] if "_since" in dict(fields) else found


def _unpaged_without_immunizations(original: Step, call: Any, fields: Any) -> Any:
    found = original(call, fields)
    return found if "_count" in dict(fields) else [each for each in found if each.type != "Immunization"]


def _next_elsewhere(before: str, after: str) -> Step:
    """For `paging.links`: the next link of the operation's pages is another address."""

    def replacement(original: Step, call: Any, listing: Any, offset: int) -> Any:
        links = original(call, listing, offset)
        if "$everything" not in listing.path:
            return links
        return [
            each | {"url": each["url"].replace(before, after, 1)} if each["relation"] == "next" else each
            for each in links
        ]

    return replacement


def _last_comes_twice(original: Step, call: Any, bundle: dict[str, Any]) -> Any:
    sent = original(call, bundle)
    if "$everything" not in call.segments or "_count" not in dict(call.query):
        return sent
    return {**sent, "entry": [*sent["entry"], sent["entry"][-1]]}


def _total_grows(original: Step, call: Any, listing: Any) -> int:
    later = "$everything" in listing.path and paging.PARAMETER in dict(call.query)
    return int(original(call, listing)) + int(later)


FAULTS = (
    Fault(
        "PA-EVRY-002.withheld-too",
        "everything.beyond.lost",
        "Records that no search finds, as their status is not known, are in the record.",
        {everything.compartment: _withheld_too},
        warning=True,
    ),
    Fault(
        "PA-EVRY-006.claims-forgotten",
        "everything.since.lost",
        "With _since no claims come, not even those updated later.",
        {everything.compartment: _since_forgets_claims},
    ),
    Fault(
        "PA-EVRY-008.more-in-pages",
        "everything.paging.extra",
        "Immunizations come with _count only.",
        {everything.compartment: _unpaged_without_immunizations},
        target=STRICT,
    ),
    Fault(
        "PA-EVRY-008.last-comes-twice",
        "paging.duplicate",
        "The last record of the first page comes twice on it.",
        {answer.outgoing_bundle: _last_comes_twice},
        target=STRICT,
    ),
    Fault(
        "PA-EVRY-008.total-changes",
        "paging.total-changed",
        "total is another one on later pages.",
        {search.total: _total_grows},
        target=STRICT,
    ),
    Fault(
        "PA-EVRY-008.next-over-http",
        "paging.scheme-changed",
        "The next link of the operation's pages begins with http.",
        {paging.links: _next_elsewhere("https:", "http:")},
        target=STRICT,
    ),
    Fault(
        "PA-EVRY-008.next-is-a-name",
        "paging.unusable-link",
        "The next link of the operation's pages is a URN.",
        {paging.links: _next_elsewhere("https://", "urn:page:")},
        target=STRICT,
    ),
    Fault(
        "PA-EVRY-008.next-on-another-host",
        "paging.foreign-host",
        "The next link of the operation's pages leads to another host.",
        {paging.links: _next_elsewhere("://", "://pages.")},
        warning=True,
    ),
)
