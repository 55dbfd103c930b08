"""What a payer serves (42 CFR 422.119(b) and its parallels), compared with the fixture manifest of its members."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.evidence import identity
from conformance.areas.shared.routing import codes
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.promises import Promise

Resource = dict[str, Any]

_CENT = Decimal("0.01")

# A USDCI v3 data class and the resource types, with the category where one type serves several, that show it.
_DATA_CLASSES: Mapping[str, tuple[str, str]] = {
    "allergies": ("AllergyIntolerance", ""),
    "clinical-notes": ("DocumentReference", ""),
    "demographics": ("Patient", ""),
    "documents": ("DocumentReference", ""),
    "encounters": ("Encounter", ""),
    "health-insurance": ("Coverage", ""),
    "immunizations": ("Immunization", ""),
    "laboratory": ("Observation", "laboratory"),
    "medications": ("MedicationRequest", ""),
    "problems": ("Condition", "problem-list-item"),
    "procedures": ("Procedure", ""),
    "provenance": ("Provenance", ""),
    "vital-signs": ("Observation", "vital-signs"),
}
# X12 306: pended; contact the payer; no decision yet is needed of others.
_PENDING_ACTIONS = frozenset({"A4", "CT"})
_GENERIC_REASONS = {"", "denied", "not approved", "rejected", "no"}


def all_served(promises: Iterable[Promise], *, rule: str, what: str) -> Iterator[Finding]:
    """Every promised resource is returned by a search or by $everything; one that only a read gives is not."""
    for promise in promises:
        if promise.resource is None or not promise.listed:
            about = ", ".join(sorted(promise.marks)) or str(promise.entry.get("kind", "promised"))
            lack = "not served" if promise.resource is None else "served by its id and returned by no search"
            yield Finding(rule, f"a promised {what} ({about}) is {lack}", expected=promise.id, resource=promise.id)


def amounts_as_promised(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-DATA-002: remittance and cost-sharing of a paid claim are shown, as the manifest has them."""
    for promise in promises:
        shown = amounts_of(promise.resource or {})
        for category, value in (promise.entry.get("amounts") or {}).items():
            wanted = Decimal(str(value))
            if category not in shown:
                if wanted:
                    yield _about(promise, "data.amount-missing", f"no amount for {category}", str(wanted), "")
            elif abs(shown[category] - wanted) > _CENT:
                yield _about(
                    promise, "data.amount-differs", f"another amount for {category}", str(wanted), str(shown[category])
                )


def amounts_of(claim: Resource) -> dict[str, Decimal]:
    """Amounts by category over the whole claim: its totals, else its header, else the sum of its lines."""
    sources = [claim.get("total"), claim.get("adjudication")]
    sources.append([entry for item in claim.get("item") or [] for entry in item.get("adjudication") or []])
    found: dict[str, Decimal] = {}
    for source in sources:
        here: dict[str, Decimal] = {}
        for entry in source or []:
            value = (entry.get("amount") or {}).get("value")
            for code in codes(entry.get("category")) if value is not None else ():
                here[code] = here.get(code, Decimal(0)) + Decimal(str(value))
        found = {**here, **found}
    return found


def payment_status_shown(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-DATA-002: a paid claim says how it was paid."""
    for promise in promises:
        claim = promise.resource or {}
        lines = [entry for item in claim.get("item") or [] for entry in item.get("adjudication") or []]
        adjudications = [*(claim.get("adjudication") or []), *lines]
        status = any("benefitpaymentstatus" in codes(entry.get("category")) for entry in adjudications)
        if not (status or codes((claim.get("payment") or {}).get("type"))):
            yield _about(
                promise, "data.payment-status", "neither payment nor a benefit payment status is shown", "paid", ""
            )


def judgeable(maintained: Iterable[str], unread: Container[str]) -> list[str]:
    """The data classes whose resource type could be searched."""
    return [name for name in maintained if _DATA_CLASSES.get(name, ("", ""))[0] not in unread]


def classes_exposed(maintained: Iterable[str], resources: Iterable[Resource]) -> Iterator[Finding]:
    """PA-DATA-004: every data class that the payer says it maintains has at least one resource."""
    present = {(str(resource.get("resourceType")), code) for resource in resources for code in _categories(resource)}
    for name in maintained:
        wanted = _DATA_CLASSES.get(name)
        if wanted is not None and wanted not in present:
            yield Finding(
                "data.class-missing", f"no resource belongs to the data class {name}", expected=" ".join(wanted).strip()
            )


def _categories(resource: Resource) -> set[str]:
    return {"", *codes(resource.get("category"))}


def states_distinguish(promises: Sequence[Promise]) -> Iterator[Finding]:
    """PA-DATA-005: pending and decided authorizations differ in review action, outcome or status."""
    for promise in promises:
        wanted = "pending" if "pended" in promise.marks else "decided"
        shown = _states(promise.resource or {})
        if wanted not in shown:
            yield _about(
                promise,
                "data.authorization-state",
                f"neither review action, outcome nor status shows that the authorization is {wanted}",
                wanted,
                " and ".join(sorted(shown)),
            )


def _states(authorization: Resource) -> set[str]:
    """Whether an authorization is pending or decided: as its review actions say, else its outcome or status."""
    actions = [code for entry in _adjudications(authorization) for code in _review_codes(entry, "reviewActionCode")]
    if actions:
        return {"pending" if code in _PENDING_ACTIONS else "decided" for code in actions}
    pending = authorization.get("outcome") == "queued" or authorization.get("status") == "draft"
    return {"pending" if pending else "decided"}


def _adjudications(authorization: Resource) -> list[Resource]:
    """The adjudications of the header and of every line."""
    places = [authorization, *(authorization.get("item") or [])]
    return [entry for place in places for entry in place.get("adjudication") or []]


def decision_and_end(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-DATA-006: a decided authorization has the date of the decision, an approved one its end or circumstance."""
    for promise in promises:
        authorization = promise.resource or {}
        if promise.entry.get("decided") and not _decided_on(authorization):
            yield _about(promise, "data.no-decision-date", "no date of the decision", str(promise.entry["decided"]), "")
        approved = promise.marks & {"approved", "partly-approved"}
        if approved and not _valid_until(authorization):
            yield _about(
                promise, "data.no-validity", "no validity period or end", str(promise.entry.get("valid", "")), ""
            )


def _decided_on(authorization: Resource) -> bool:
    names = ("when-adjudicated", "itemAuthorizedDate", "itemPreAuthIssueDate", "adjudicationactiondate", "reviewAction")
    entries = [*(authorization.get("adjudication") or []), *(authorization.get("item") or [])]
    entries += [entry for item in authorization.get("item") or [] for entry in item.get("adjudication") or []]
    urls = {str(extension.get("url", "")) for entry in entries for extension in entry.get("extension") or []}
    return any(name.lower() in url.lower() for name in names for url in urls)


def _valid_until(authorization: Resource) -> bool:
    """Whether an end is given: a period, or the circumstance that ends it, in a note."""
    if any(period.get("end") or period.get("start") for period in authorization.get("preAuthRefPeriod") or []):
        return True
    if any(note.get("text") for note in authorization.get("processNote") or []):
        return True
    urls = [str(e.get("url", "")) for item in authorization.get("item") or [] for e in item.get("extension") or []]
    return any("period" in url.lower() for url in urls)


def approved_items_listed(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-DATA-007: what was approved is listed by code, with the quantity allowed."""
    for promise in promises:
        items = (promise.resource or {}).get("item") or []
        for wanted in promise.entry.get("items") or []:
            if not wanted.get("allowed"):
                continue
            lines = [item for item in items if wanted["code"] in codes(item.get("productOrService"))]
            if not lines:
                yield _about(
                    promise, "data.approved-item-missing", "an approved item is not listed", wanted["code"], ""
                )
            elif not any(_allowed(line) == Decimal(str(wanted["allowed"])) for line in lines):
                shown = ", ".join(str(_allowed(line)) for line in lines)
                yield _about(
                    promise,
                    "data.approved-quantity",
                    "not the quantity that was approved",
                    str(wanted["allowed"]),
                    shown,
                )


def _allowed(line: Resource) -> Decimal | None:
    for entry in line.get("adjudication") or []:
        if "allowedunits" in {code.lower() for code in codes(entry.get("category"))} and "value" in entry:
            return Decimal(str(entry["value"]))
    quantity = (line.get("quantity") or {}).get("value")
    return None if quantity is None else Decimal(str(quantity))


def denials_have_reasons(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-DATA-008: a denied authorization has a specific reason, as a code or in words."""
    for promise in promises:
        entries = _adjudications(promise.resource or {})
        reasons = [code for entry in entries for code in codes(entry.get("reason"))]
        reasons += [str((entry.get("reason") or {}).get("text", "")) for entry in entries]
        reasons += [code for entry in entries for code in _review_codes(entry, "reason")]
        if not [reason for reason in reasons if reason.strip().lower() not in _GENERIC_REASONS]:
            yield _about(
                promise,
                "data.no-denial-reason",
                "no specific reason for the denial",
                "a reason",
                ", ".join(filter(None, reasons)),
            )


def _review_codes(entry: Resource, part: str) -> list[str]:
    """Codes in one part of PDex's review action extension; ``part`` is in the url of that part, whatever its case."""
    return [
        code
        for extension in entry.get("extension") or []
        for nested in extension.get("extension") or []
        if part.lower() in str(nested.get("url", "")).lower()
        for code in codes(nested.get("valueCodeableConcept"))
    ]


def reaches_back(promises: Iterable[Promise], *, year: int = 2016) -> Iterator[Finding]:
    """PA-DATA-011: claims of service dates in the first year that the rule covers are served."""
    early = [promise for promise in promises if str(promise.entry.get("date", "9999"))[:4] <= str(year)]
    yield from all_served(early, rule="data.history-missing", what=f"claim of {year}")


def corrections_linked(promises: Sequence[Promise]) -> Iterator[Finding]:
    """PA-DATA-012: an adjustment points to the claim before it, and that one to its replacement.

    By reference or by claim number, which the manifest knows of both.
    """
    number_of = {promise.id: str(promise.entry.get("identifier", "")) for promise in promises}
    for promise in promises:
        for key, relationship in (("replaces", "prior"), ("replaced_by", "replacedby")):
            wanted = str(promise.entry.get(key) or "")
            named = {wanted, number_of.get(wanted, "")} - {""}
            if wanted and not named & _related(promise.resource or {}, relationship):
                message = f"no related claim of relationship {relationship}"
                yield _about(promise, "data.correction-link", message, wanted, "")


def _related(claim: Resource, relationship: str) -> set[str]:
    """References and claim numbers of the related claims of one relationship."""
    found = set()
    for related in claim.get("related") or []:
        if relationship in codes(related.get("relationship")):
            target = related.get("claim") or {}
            found |= {
                _tail(target),
                str((target.get("identifier") or {}).get("value", "")),
                str((related.get("reference") or {}).get("value", "")),
            }
    return found - {""}


def kept_a_year(promises: Iterable[Promise], *, today: dt.date) -> Iterator[Finding]:
    """PA-DATA-010: an authorization is served while active and for a year after its last change."""
    due = [
        promise
        for promise in promises
        if promise.entry.get("last_change")
        and (today - dt.date.fromisoformat(promise.entry["last_change"])).days <= 365
    ]
    yield from all_served(due, rule="data.authorization-vanished", what="authorization")


def with_focal_coverage(claims: Iterable[Resource], known: Mapping[str, Resource]) -> list[Resource]:
    """The claims whose focal coverage was served; the others cannot be judged."""
    return [claim for claim in claims if any(_focal(claim, known))]


def _focal(claim: Resource, known: Mapping[str, Resource]) -> Iterator[tuple[int, Resource]]:
    """Place and resource of each focal coverage; not where the claim refers to another version than the one served."""
    for index, entry in enumerate(claim.get("insurance") or []):
        reference = entry.get("coverage") if entry.get("focal") is True else None
        coverage = known.get(_tail(reference))
        version = str((reference or {}).get("reference", "")).partition("/_history/")[2]
        if coverage is not None and version in {"", str((coverage.get("meta") or {}).get("versionId", ""))}:
            yield index, coverage


def focal_coverage_fits(claim: Resource, coverages: Mapping[str, Resource]) -> Iterator[Finding]:
    """PA-DATA-014: the payor of the focal coverage is the insurer, and it was in force at the date of service."""
    for index, coverage in _focal(claim, coverages):
        path = f"ExplanationOfBenefit.insurance[{index}].coverage"
        payors = {_tail(payor) for payor in coverage.get("payor") or []} - {""}
        insurer = _tail(claim.get("insurer"))
        if insurer and payors and insurer not in payors:
            yield Finding(
                "data.insurer-differs",
                "the payor of the focal coverage is not the insurer of the claim",
                severity="warning",
                resource=identity(claim),
                path=path,
                expected=insurer,
                found=", ".join(sorted(payors)),
            )
        start, end = (str((coverage.get("period") or {}).get(name, "")) for name in ("start", "end"))
        served = str((claim.get("billablePeriod") or {}).get("start", ""))[:10]
        if served and ((start and served < start[: len(served)]) or (end and served[: len(end)] > end)):
            yield Finding(
                "data.coverage-not-in-force",
                "the focal coverage was not in force at the date of service",
                resource=identity(claim),
                path=path,
                expected=f"{start}..{end}",
                found=served,
            )


def _tail(reference: Any) -> str:
    text = str((reference or {}).get("reference", "")) if isinstance(reference, dict) else ""
    return "/".join(text.partition("/_history")[0].split("/")[-2:])


def _about(promise: Promise, rule: str, message: str, expected: str, found: str) -> Finding:
    return Finding(rule, message, resource=promise.id, path=promise.type, expected=expected, found=found)
