"""Claim amounts that add up, in cents: CARIN BB adjudication categories.

eligible = submitted - noncovered - discount; what the member owes is deductible, copay, coinsurance and what is not
covered; the plan pays the rest of what is eligible.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reference.records import elements as el

BASE = f"{el.TERMINOLOGY}/adjudication"
BLUE_BUTTON = f"{el.CARIN}/C4BBAdjudication"


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a line or claim."""

    submitted: int
    discount: int = 0
    noncovered: int = 0
    deductible: int = 0
    copay: int = 0
    coinsurance: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        """The amounts of two lines together."""
        return Amounts(
            self.submitted + other.submitted,
            self.discount + other.discount,
            self.noncovered + other.noncovered,
            self.deductible + other.deductible,
            self.copay + other.copay,
            self.coinsurance + other.coinsurance,
        )

    def __neg__(self) -> Amounts:
        """The amounts of the reversal."""
        return Amounts(
            *(-self.submitted, -self.discount, -self.noncovered, -self.deductible, -self.copay, -self.coinsurance)
        )

    @property
    def eligible(self) -> int:
        """What the plan reckons with."""
        return self.submitted - self.noncovered - self.discount

    @property
    def paid(self) -> int:
        """What the plan pays."""
        return self.eligible - self.deductible - self.copay - self.coinsurance

    @property
    def owed(self) -> int:
        """What the member is liable for."""
        return self.deductible + self.copay + self.coinsurance + self.noncovered

    def categories(self) -> list[tuple[el.Element, int]]:
        """Each amount with its category."""
        named = [
            (BASE, "submitted", self.submitted),
            (BLUE_BUTTON, "discount", self.discount),
            (BLUE_BUTTON, "noncovered", self.noncovered),
            (BASE, "eligible", self.eligible),
            (BASE, "deductible", self.deductible),
            (BASE, "copay", self.copay),
            (BLUE_BUTTON, "coinsurance", self.coinsurance),
            (BLUE_BUTTON, "memberliability", self.owed),
            (BASE, "benefit", self.paid),
            (BLUE_BUTTON, "paidtoprovider", self.paid),
        ]
        return [(el.concept(system, code), cents) for system, code, cents in named]

    def elements(self) -> list[el.Element]:
        """The amounts as adjudication or total elements."""
        return [{"category": category, "amount": el.money(cents)} for category, cents in self.categories()]
