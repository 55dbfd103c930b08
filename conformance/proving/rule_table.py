"""Which seeded faults lead to which finding rule; a rule without a fault has not been shown to be raised at all."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.reference.faults import Fault


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
    """One line per rule, those without a fault marked, then the sum."""
    for rule, faults in rules:
        yield f"{rule}: {', '.join(faults)}" if faults else f"{rule}: NO FAULT"
    without = sum(not faults for _, faults in rules)
    yield f"{without} of {len(rules)} finding rules have no seeded fault"


def rules_as_json(rules: Sequence[RuleCoverage]) -> dict[str, Any]:
    """The document of ``conformance prove --rules --format json``."""
    return {"rules": [{"rule": rule, "faults": list(faults)} for rule, faults in rules]}
