"""Routine care from a seeded generator: visits, tests and refills over the years, each claim coherent in itself."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from conformance.reference.records import elements as el
from conformance.reference.records.claims import Claim, Line
from conformance.reference.records.money import Amounts
from conformance.reference.records.pharmacy import pharmacy
from conformance.reference.records.professional import professional

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

VISITS = (("99212", 9800), ("99213", 15500), ("99214", 21500))
TESTS = (("83036", 4800), ("80053", 8800), ("80061", 7200), ("85025", 3900))
DRUGS = (("00093-7214-01", 3400), ("68180-0513-01", 2100), ("00904-5852-61", 1800))


def routine(
    chart: Chart,
    net: Network,
    covered_by: Callable[[int], str],
    *,
    claims: int,
    first: int,
    last: int,
    diagnoses: tuple[str, ...],
) -> None:
    """Write this many claims between two days; ``covered_by`` tells the coverage in force on a day.

    The same member gets the same claims in every run.
    """
    assert chart.member is not None
    chance = random.Random(chart.member.key)  # noqa: S311 - a story, not a secret
    for number in range(claims):
        on = first + (last - first) * number // max(claims - 1, 1)
        slug, label = f"routine-{number}", f"HXR{number:06}-{chart.member.number[-3:]}"
        write = _refill if number % 3 == 2 else _visit
        write(chart, net, Claim(slug, label, on, on, covered_by(on), net.internist, (), diagnoses[:1]), chance)


def _visit(chart: Chart, net: Network, claim: Claim, chance: random.Random) -> None:
    code, price = chance.choice(VISITS)
    discount = price * chance.randint(20, 35) // 100
    lines = [Line((el.CPT, code), Amounts(price, discount=discount, copay=2000))]
    if chance.random() < 0.4:
        code, price = chance.choice(TESTS)
        lines.append(Line((el.CPT, code), Amounts(price, discount=price // 2), reasons=("45",)))
    professional(chart, net, _with_lines(claim, lines, net.internist))


def _refill(chart: Chart, net: Network, claim: Claim, chance: random.Random) -> None:
    code, price = chance.choice(DRUGS)
    line = Line((el.NDC, code), Amounts(price, discount=price // 2, copay=min(500, price // 2)), units=30)
    pharmacy(chart, net, _with_lines(claim, [line], net.pharmacy), days=30, refill=chance.randint(0, 3), refills=3)


def _with_lines(claim: Claim, lines: list[Line], provider: str) -> Claim:
    return Claim(
        *(claim.slug, claim.number, claim.start, claim.end, claim.coverage, provider, tuple(lines), claim.diagnoses)
    )
