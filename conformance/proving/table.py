"""The kill table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.proving.prove import Kill, Proof


def lines_of(proof: Proof) -> Iterator[str]:
    """One line per fault, survivors last and explained, then the sums."""
    for kill in sorted(proof.kills, key=lambda kill: not kill.killed):
        yield f"{'killed  ' if kill.killed else 'SURVIVED'}  {kill.fault}: {kill.description}"
        if not kill.killed:
            yield f"          {_why(kill)}"
        if kill.collateral:
            yield f"          also changed: {', '.join(kill.collateral)}"
    killed = sum(kill.killed for kill in proof.kills)
    yield f"{killed} of {len(proof.kills)} faults killed; the clean payer is {proof.clean}"
    if proof.untested:
        yield f"{len(proof.untested)} rows have no seeded fault: {', '.join(row for row, _ in proof.untested)}"


def _why(kill: Kill) -> str:
    if kill.clean_status != "pass":
        return f"{kill.requirement} is {kill.clean_status} on the clean payer"
    if kill.faulty_status in {"fail", "advisory"}:
        return f"{kill.requirement} is {kill.faulty_status}, but without a finding of the rule {kill.rule}"
    return f"{kill.requirement} is {kill.faulty_status} with the fault"
