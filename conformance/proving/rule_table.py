"""Which seeded faults lead to which finding rule; a rule without a fault has not been shown to be raised at all."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.reference.faults import Fault

WITHOUT_FAULT: Mapping[str, str] = {
    "assertion": "only an assert statement in a check of one's own raises it",
    "identity.sub.not-the-patient": "sub of the reference payer is opaque, so that its row does not pass where the "
    "target expects sub to be the patient's id",
    "paging.limit": "an information, which turns no row: more pages than are read leave it undecided",
}
"""Rules that no seeded fault can prove, and why; a unit test raises each of them."""


class RuleCoverage(NamedTuple):
    """A finding rule and the ids of the faults that declare it; ``*`` in the rule is a part known only at run time."""

    rule: str
    faults: tuple[str, ...]


def is_declared(declared: str, rule: str) -> bool:
    """Whether a fault that declares one rule may lead to a finding of another: the same, or a kind of it."""
    return rule == declared or rule.startswith(f"{declared}.")


def coverage(names: Iterable[str], faults: Sequence[Fault], prefixes: Sequence[str] = ()) -> list[RuleCoverage]:
    """Each of the rules that begin with one of ``prefixes`` (all without), in order of name, with its faults.

    A rule that only a fault declares (the validator's come from the guides) is listed beside ``names``.
    """
    known = set(names)
    known.update(fault.rule for fault in faults if not any(_leads_to(fault, name) for name in known))
    return [
        RuleCoverage(name, tuple(sorted(fault.id for fault in faults if _leads_to(fault, name))))
        for name in sorted(known)
        if name.startswith(tuple(prefixes) or "")
    ]


def _leads_to(fault: Fault, name: str) -> bool:
    return is_declared(fault.rule, name) or fnmatchcase(fault.rule, name)


def lines_of_rules(rules: Sequence[RuleCoverage]) -> Iterator[str]:
    """One line per rule, those without a fault marked or explained, then the sum."""
    for rule, faults in rules:
        reason = f"no fault: {WITHOUT_FAULT[rule]}" if rule in WITHOUT_FAULT else "NO FAULT"
        yield f"{rule}: {', '.join(faults) or reason}"
    without = sum(not faults for _, faults in rules)
    explained = sum(not faults and rule in WITHOUT_FAULT for rule, faults in rules)
    yield f"{without} of {len(rules)} finding rules have no seeded fault, {explained} of them for a reason"


def unproved(rules: Iterable[RuleCoverage]) -> list[str]:
    """The rules that neither a fault nor a reason covers."""
    return [rule for rule, faults in rules if not faults and rule not in WITHOUT_FAULT]


def rules_as_json(rules: Sequence[RuleCoverage]) -> dict[str, Any]:
    """The document of ``conformance prove --rules --format json``."""
    return {
        "rules": [
            {"rule": rule, "faults": list(faults), "without_fault": "" if faults else WITHOUT_FAULT.get(rule, "")}
            for rule, faults in rules
        ]
    }
