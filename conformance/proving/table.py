"""The kill table and the table of lawful variations for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.proving.lawful import LawfulProof
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


def lawful_lines_of(proof: LawfulProof) -> Iterator[str]:
    """One line per variation, those that do not hold last and explained, then the deployments with many, then sums."""
    for each in sorted(proof.variations, key=lambda each: not each.holds):
        yield f"{'holds   ' if each.holds else 'MISJUDGED'}  {each.variation}: {each.description}"
        if each.rows and each.holds:
            yield f"          {', '.join(f'{row.id} {row.status}' for row in each.rows)}"
        if not each.holds:
            yield f"          {each.reason}"
            yield f"          allowed by {each.authority}"
    for stack in proof.stacks:
        changed = ", ".join(f"{row.id} {row.status}" for row in stack.rows)
        words = f"{stack.name}: {len(stack.variations)} variations together"
        yield f"{'holds   ' if stack.holds else 'MISJUDGED'}  {words}{f'; {changed}' if changed else ''}"
    held = sum(each.holds for each in proof.variations)
    yield f"{held} of {len(proof.variations)} lawful variations hold; the clean payer is {proof.clean}"
