"""Faults of data content: what a payer must show is missing, late or incoherent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import coded, dropped, hidden, stored
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.profile_deviations import is_kind
from conformance.reference.fhir import matching

if TYPE_CHECKING:
    from conformance.reference.faults.fault import Change

EOB = "ExplanationOfBenefit"
REMITTANCE = ("paidtoprovider", "memberliability", "deductible", "copay", "coinsurance", "benefit")

Resource = dict[str, Any]


def _authorization(resource: Resource) -> bool:
    return bool(resource["use"] == "preauthorization")


def _point_nowhere(resource: Resource) -> None:
    for item in resource["item"]:
        item["diagnosisSequence"] = [99]


def _only_billed(resource: Resource) -> None:
    """Takes every amount but the billed one away, wherever it is."""
    for place in [resource, *resource.get("item", [])]:
        for name in ("adjudication", "total"):
            if name in place:
                kept = [entry for entry in place[name] if not coded(entry.get("category"), *REMITTANCE)]
                place.pop(name) if not kept else place.update({name: kept})


def _without_dates(resource: Resource) -> None:
    """Takes away when an authorization was decided and until when it holds."""
    resource.pop("preAuthRefPeriod", None)
    for place in [resource, *resource.get("item", []), *resource.get("adjudication", [])]:
        place.pop("extension", None)
    for item in resource.get("item", []):
        for entry in item.get("adjudication", []):
            entry.pop("extension", None)


def _requested_only(resource: Resource) -> None:
    for item in resource["item"]:
        item.pop("adjudication", None)
        item["quantity"] = {"value": 999}


def _without_reason(resource: Resource) -> None:
    for place in [resource, *resource.get("item", [])]:
        for entry in place.get("adjudication", []):
            entry.pop("reason", None)
            entry.pop("extension", None)


def _unlinked(resource: Resource) -> None:
    resource.pop("related", None)


def _denied(resource: Resource) -> bool:
    return resource["resourceType"] == EOB and coded(resource.get("payment", {}).get("type"), "denied")


def _of_another_time(resource: Resource) -> None:
    resource["period"] = {"start": "2001-01-01", "end": "2001-12-31"}


def _other_amounts(*categories: str) -> Any:
    """The totals of these categories are a dollar too high."""

    def edit(resource: Resource) -> None:
        for entry in resource.get("total", []):
            if "amount" in entry and coded(entry.get("category"), *categories):
                entry["amount"]["value"] = round(entry["amount"]["value"] + 1, 2)

    return edit


def _payment_hidden(resource: Resource) -> None:
    resource.pop("payment", None)
    for place in [resource, *resource.get("item", [])]:
        if "adjudication" in place:
            kept = [each for each in place["adjudication"] if not coded(each.get("category"), "benefitpaymentstatus")]
            place["adjudication"] = kept


def _called_decided(resource: Resource) -> None:
    resource["outcome"] = "complete"
    for place in [resource, *resource["item"]]:
        for entry in place.get("adjudication", []):
            for extension in entry.get("extension", []):
                for part in extension.get("extension", []):
                    if part["url"].endswith("reviewActionCode"):
                        part["valueCodeableConcept"]["coding"][0]["code"] = "A1"


def _without_end(resource: Resource) -> None:
    resource.pop("preAuthRefPeriod", None)
    resource.pop("processNote", None)
    for item in resource["item"]:
        kept = [each for each in item.pop("extension", []) if "period" not in each["url"].lower()]
        item.update({"extension": kept} if kept else {})


def _other_items(resource: Resource) -> None:
    for item in resource["item"]:
        item["productOrService"] = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99199"}]}


def _dead_links(resource: Resource) -> None:
    for content in resource["content"]:
        content["attachment"].pop("data", None)
        content["attachment"]["url"] = "Binary/there-is-no-such-binary"


def _insured_by_provider(resource: Resource) -> None:
    resource["insurer"] = resource["provider"]


def _pending(resource: Resource) -> bool:
    return _authorization(resource) and resource["outcome"] == "queued"


def _is_claim(resource: Resource) -> bool:
    return not _authorization(resource)


def _service_year(resource: Resource) -> str:
    return str(resource.get("billablePeriod", {}).get("start", ""))[:4]


def _changed(where: Any, edit: Any) -> Change:
    return stored(EOB, edit, where)


FAULTS = (
    Fault(
        "PA-DATA-001.denied-filtered",
        "data.claim-missing",
        "Denied claims are left out.",
        records=dropped(EOB, _denied),
    ),
    Fault(
        "PA-DATA-001.denied-not-listed",
        "data.claim-missing",
        "Denied claims can be read by their id, and no search nor $everything lists them.",
        {matching.matches: hidden(lambda record: _denied(record.resource()))},
    ),
    Fault(
        "PA-DATA-002.other-amounts",
        "data.amount-differs",
        "What the member is liable for is a dollar too high.",
        records=_changed(_is_claim, _other_amounts("memberliability")),
    ),
    Fault(
        "PA-DATA-002.payment-hidden",
        "data.payment-status",
        "Claims do not say whether they were paid.",
        records=_changed(_is_claim, _payment_hidden),
    ),
    Fault(
        "PA-DATA-002.only-billed",
        "data.amount-missing",
        "Only billed amounts are shown.",
        records=_changed(lambda resource: not _authorization(resource), _only_billed),
    ),
    Fault(
        "PA-DATA-003.capitated-missing",
        "data.capitated-missing",
        "Services of capitated providers never appear.",
        records=dropped(
            EOB,
            lambda resource: (
                not _authorization(resource)
                and any(
                    coded(entry.get("category"), "paidtoprovider") and entry.get("amount", {}).get("value") == 0
                    for entry in resource.get("total", [])
                )
            ),
        ),
    ),
    Fault(
        "PA-DATA-004.no-laboratory",
        "data.class-missing",
        "Laboratory results are kept but not shown.",
        records=dropped(
            "Observation",
            lambda resource: any(coded(category, "laboratory") for category in resource.get("category", [])),
        ),
    ),
    Fault(
        "PA-DATA-005.approved-only",
        "data.authorization-missing",
        "Only decided authorizations are shown.",
        records=dropped(EOB, lambda resource: _authorization(resource) and resource["outcome"] == "queued"),
    ),
    Fault(
        "PA-DATA-005.pended-as-decided",
        "data.authorization-state",
        "Pending authorizations look like approved ones.",
        records=_changed(
            lambda resource: _authorization(resource) and resource["outcome"] == "queued", _called_decided
        ),
    ),
    Fault(
        "PA-DATA-006.no-end",
        "data.no-validity",
        "Approved authorizations do not say until when they are valid.",
        records=_changed(_authorization, _without_end),
    ),
    Fault(
        "PA-DATA-006.no-dates",
        "data.no-decision-date",
        "Authorizations say neither when they were decided nor until when they hold.",
        records=_changed(_authorization, _without_dates),
    ),
    Fault(
        "PA-DATA-007.requested-only",
        "data.approved-quantity",
        "Authorizations list what was asked for, not what was approved.",
        records=_changed(_authorization, _requested_only),
    ),
    Fault(
        "PA-DATA-007.other-items",
        "data.approved-item-missing",
        "Authorizations list one unspecified service instead of what was approved.",
        records=_changed(_authorization, _other_items),
    ),
    Fault(
        "PA-DATA-008.no-reason",
        "data.no-denial-reason",
        "Denied authorizations carry no reason.",
        records=_changed(_authorization, _without_reason),
    ),
    Fault(
        "PA-DATA-009.documents-gone",
        "data.documentation-missing",
        "What the provider sent in with a request cannot be reached.",
        records=dropped("DocumentReference", lambda _: True),
    ),
    Fault(
        "PA-DATA-009.dead-links",
        "data.document-unreadable",
        "The addresses of the documents lead nowhere.",
        records=stored("DocumentReference", _dead_links),
    ),
    Fault(
        "PA-DATA-010.expired-vanish",
        "data.authorization-vanished",
        "Authorizations vanish when they are decided.",
        records=dropped(EOB, lambda resource: _authorization(resource) and resource["outcome"] != "queued"),
    ),
    Fault(
        "PA-DATA-011.two-years-only",
        "data.history-missing",
        "Claims older than a few years are gone.",
        records=dropped(EOB, lambda resource: not _authorization(resource) and _service_year(resource) < "2020"),
    ),
    Fault(
        "PA-DATA-012.unlinked",
        "data.correction-link",
        "A claim and its correction are served without a link.",
        records=_changed(lambda resource: "related" in resource, _unlinked),
    ),
    Fault(
        "PA-DATA-013.diagnosis-link-broken",
        "claim.dangling-sequence",
        "Claim lines point to a diagnosis that the claim does not have.",
        records=_changed(lambda resource: "diagnosis" in resource and "item" in resource, _point_nowhere),
    ),
    Fault(
        "PA-DATA-013.eligible-does-not-add-up",
        "claim.eligible-amount",
        "The eligible amount of a professional claim is not the sum of its parts.",
        records=_changed(is_kind("professional"), _other_amounts("eligible")),
    ),
    Fault(
        "PA-DATA-013.liability-does-not-add-up",
        "claim.member-liability",
        "The member liability of a professional claim is not the sum of its parts.",
        records=_changed(is_kind("professional"), _other_amounts("memberliability")),
    ),
    Fault(
        "PA-DATA-013.outcome-error",
        "claim.outcome",
        "Claims have outcome error.",
        records=_changed(_is_claim, lambda resource: resource.update(outcome="error")),
    ),
    Fault(
        "PA-DATA-013.drafts",
        "claim.status",
        "Claims have status draft.",
        records=_changed(_is_claim, lambda resource: resource.update(status="draft")),
    ),
    Fault(
        "PA-DATA-014.insured-by-the-hospital",
        "data.insurer-differs",
        "The insurer of a claim is the hospital and not the payor of its coverage.",
        records=_changed(is_kind("inpatient", "outpatient"), _insured_by_provider),
        warning=True,
    ),
    Fault(
        "PA-DATA-014.coverage-of-another-time",
        "data.coverage-not-in-force",
        "Claims point to a coverage that was not in force at the date of service.",
        records=stored("Coverage", _of_another_time),
    ),
)
