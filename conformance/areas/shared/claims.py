"""How the parts of a claim agree: sequence numbers resolve, amounts add up and are in one place.

From the notes of CARIN Blue Button on claims; sums may differ by one cent.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.evidence import identity
from conformance.areas.shared.routing import claim_kind, codes
from conformance.findings import Finding, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Resource = dict[str, Any]

_CENT = Decimal("0.01")
_AMOUNT_CATEGORIES = frozenset(
    {
        *("submitted", "copay", "eligible", "deductible", "benefit", "coinsurance", "noncovered", "priorpayerpaid"),
        *("paidbypatient", "paidtopatient", "paidtoprovider", "memberliability", "discount", "drugcost"),
    }
)
_LINKS: Mapping[str, str] = {
    "diagnosisSequence": "diagnosis",
    "procedureSequence": "procedure",
    "informationSequence": "supportingInfo",
    "careTeamSequence": "careTeam",
}


def amounts_in_one_place(claim: Resource) -> Iterator[Finding]:
    """PA-PROF-012: an institutional claim has amounts at its header or at its lines, never at both."""
    header = bool(_amounts(claim.get("adjudication")))
    lines = any(_amounts(item.get("adjudication")) for item in _objects(claim.get("item")))
    if header == lines:
        yield _finding(
            "claim.header-or-line",
            "amounts are at the header and at lines" if header else "amounts are neither at the header nor at lines",
            claim,
            path="ExplanationOfBenefit.adjudication",
            expected="header or lines",
        )


def sequences_resolve(claim: Resource) -> Iterator[Finding]:
    """PA-DATA-013: every sequence that a line refers to exists in the claim."""
    known = {name: {entry.get("sequence") for entry in _objects(claim.get(name))} for name in set(_LINKS.values())}
    for index, item in enumerate(_objects(claim.get("item"))):
        for link, name in _LINKS.items():
            for sequence in item.get(link) or []:
                if sequence not in known[name]:
                    yield _finding(
                        "claim.dangling-sequence",
                        f"{link} {sequence} is the sequence of no {name}",
                        claim,
                        path=f"ExplanationOfBenefit.item[{index}].{link}",
                        expected=f"one of {sorted(str(value) for value in known[name])}",
                        found=json_text(sequence),
                    )


def amounts_add_up(claim: Resource) -> Iterator[Finding]:
    """PA-DATA-013: eligible = submitted - noncovered - discount, and the member liability is the sum of its parts.

    As the notes of the institutional, professional and oral profiles say, wherever all parts are given, as warnings.
    The pharmacy notes compute eligible from ingredient cost, fees and tax, which a claim need not show.
    """
    if claim_kind(claim) in {"", "pharmacy"}:
        return
    places = [("ExplanationOfBenefit", claim.get("adjudication")), ("ExplanationOfBenefit.total", claim.get("total"))]
    places += [
        (f"ExplanationOfBenefit.item[{index}]", item.get("adjudication"))
        for index, item in enumerate(_objects(claim.get("item")))
    ]
    for path, adjudications in places:
        amounts = _amounts(adjudications)
        if {"eligible", "submitted", "noncovered", "discount"} <= set(amounts):
            expected = amounts["submitted"] - amounts["noncovered"] - amounts["discount"]
            if abs(expected - amounts["eligible"]) > _CENT:
                yield _finding(
                    "claim.eligible-amount",
                    "eligible is not submitted minus noncovered minus discount",
                    claim,
                    severity="warning",
                    path=path,
                    expected=str(expected),
                    found=str(amounts["eligible"]),
                )
        yield from _liability(claim, path, amounts)


def _liability(claim: Resource, path: str, amounts: Mapping[str, Decimal]) -> Iterator[Finding]:
    parts = ("deductible", "coinsurance", "copay", "noncovered")
    if "memberliability" in amounts and all(part in amounts for part in parts):
        expected = sum((amounts[part] for part in parts), Decimal(0))
        if abs(expected - amounts["memberliability"]) > _CENT:
            yield _finding(
                "claim.member-liability",
                "memberliability is not the sum of deductible, coinsurance, copay and noncovered",
                claim,
                severity="warning",
                path=path,
                expected=str(expected),
                found=str(amounts["memberliability"]),
            )


def states_are_final(claim: Resource) -> Iterator[Finding]:
    """PA-DATA-013: a claim is active or cancelled, and its outcome complete, as CARIN's element comments expect.

    The required bindings of base R4 allow the other codes, and official examples have them: warnings.
    """
    for element, allowed in (("status", ("active", "cancelled")), ("outcome", ("complete",))):
        if claim.get(element) not in allowed:
            yield _finding(
                f"claim.{element}",
                f"{element} is {json_text(claim.get(element))}",
                claim,
                severity="warning",
                path=f"ExplanationOfBenefit.{element}",
                expected=" or ".join(allowed),
                found=json_text(claim.get(element)),
            )


def one_focal_insurance(claim: Resource) -> Iterator[Finding]:
    """PA-PROF-016: at most one insurance is focal."""
    focal = [entry for entry in _objects(claim.get("insurance")) if entry.get("focal") is True]
    if len(focal) > 1:
        yield _finding(
            "claim.two-focal",
            f"{len(focal)} insurances are focal",
            claim,
            path="ExplanationOfBenefit.insurance",
            expected="at most 1",
            found=str(len(focal)),
        )


def money_has_currency(claim: Resource) -> Iterator[Finding]:
    """PA-PROF-016: every amount is a number, some total has an amount; an amount without a currency is a warning."""
    for path, value in _money(claim, "ExplanationOfBenefit"):
        number = value.get("value")
        if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
            yield _finding("claim.amount-type", "an amount is not a number", claim, path=f"{path}.value")
        if not value.get("currency"):
            yield _finding(
                "claim.no-currency",
                "an amount has no currency",
                claim,
                severity="warning",
                path=path,
                expected="USD",
            )
    if not any("amount" in total for total in _objects(claim.get("total"))):
        yield _finding(
            "claim.no-total",
            "no total has an amount",
            claim,
            path="ExplanationOfBenefit.total",
        )


def _money(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every amount or net or unitPrice below ``value``."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name in {"amount", "net", "unitPrice"} and isinstance(child, dict):
                yield f"{path}.{name}", child
            else:
                yield from _money(child, f"{path}.{name}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _money(child, f"{path}[{index}]")


def _amounts(adjudications: Any) -> dict[str, Decimal]:
    """Amounts by category code; several of one category are added."""
    found: dict[str, Decimal] = {}
    for entry in _objects(adjudications):
        amount = entry.get("amount")
        value = amount.get("value") if isinstance(amount, dict) else None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            continue
        for code in codes(entry.get("category")) & _AMOUNT_CATEGORIES:
            found[code] = found.get(code, Decimal(0)) + number
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _finding(rule: str, message: str, claim: Resource, **parts: Any) -> Finding:
    return Finding(rule, message, resource=identity(claim), **parts)
