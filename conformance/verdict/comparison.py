"""Two runs side by side: which rows changed their status, and which violations came and went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from conformance.verdict.baseline import without_indexes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["worse", "mended", "changed"]

# How bad a status is in a comparison: what was judged and holds is best, what is violated worst.
_BADNESS = {"pass": 0, "not-applicable": 0, "waived": 1, "advisory": 1, "undecided": 2, "error": 2, "fail": 3}
_NEWLY = {"fail", "undecided", "error"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs: status before and after, and the rules of the violations that came and went.

    ``rule`` says what differs in the row itself (its title, its disposition, its checks); where it is empty, both runs
    asked the same and the deployment or its target changed.
    """

    id: str
    title: str
    area: str
    gates: bool
    before: str
    after: str
    kind: Kind
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()

    @property
    def regressed(self) -> bool:
        """Whether the row newly fails or is newly left undecided, and gates."""
        return self.gates and self.after in _NEWLY and (self.before != self.after or bool(self.came))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two runs; ``circumstances`` are (what, before, after) of the runs themselves."""

    changes: tuple[Change, ...]
    circumstances: tuple[tuple[str, str, str], ...]
    rows: int

    @property
    def regressed(self) -> bool:
        """Whether any gate row newly fails or is newly undecided."""
        return any(change.regressed for change in self.changes)

    def of(self, kind: Kind) -> list[Change]:
        """The changes of one kind, those that gate first."""
        return sorted((each for each in self.changes if each.kind == kind), key=lambda each: not each.gates)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """What differs from the run ``before`` to the run ``after``, both as ``conformance.json`` holds them."""
    earlier = {row["id"]: row for row in before["requirements"]}
    changes = [_change(earlier.get(row["id"]), row) for row in after["requirements"]]
    later = {row["id"] for row in after["requirements"]}
    changes += [_change(row, _gone(row)) for row in before["requirements"] if row["id"] not in later]
    return Comparison(
        tuple(change for change in changes if change),
        tuple(each for each in _circumstances(before, after) if each[1] != each[2]),
        len(later | earlier.keys()),
    )


def _gone(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "status": "untested", "findings": []}


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Change | None:
    old = before or {"status": "untested", "findings": []}
    had, has = _violations(old), _violations(after)
    comparable = not {old["status"], after["status"]} & {"untested", "undecided", "error"}
    came = tuple(sorted(has - had)) if comparable or after["status"] == "fail" else ()
    went = tuple(sorted(had - has)) if comparable else ()
    if old["status"] == after["status"] and not came and not went:
        return None
    return Change(
        after["id"],
        after["title"],
        after["area"],
        after["effective"] == "gate",
        old["status"],
        after["status"],
        _kind(old["status"], after["status"], came, went),
        came,
        went,
        _rule_changes(before, after) if before else (),
    )


_OF_THE_RULE = ("title", "strength", "disposition", "source")


def _rule_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between the requirement as it was and as it is; checks only where both runs ran some."""
    changes = [
        f"{key}: {before[key]} → {after[key]}"
        for key in _OF_THE_RULE
        if key in before and key in after and before[key] != after[key]
    ]
    had, has = _checks(before), _checks(after)
    if had and has and had != has:
        changes += [f"check added: {each}" for each in sorted(has - had)]
        changes += [f"check removed: {each}" for each in sorted(had - has)]
    return tuple(changes)


def _checks(row: Mapping[str, Any]) -> set[str]:
    """The names of the checks that judged a row, without their file and the parameters that a deployment decides."""
    return {check["id"].partition("[")[0].rpartition("::")[2] for check in row.get("checks", ())}


def _violations(row: Mapping[str, Any]) -> set[str]:
    """The rules broken, each with its element: what an index or a resource id says differs from run to run."""
    return {
        " at ".join(filter(None, (finding["rule"], without_indexes(finding["path"]))))
        for finding in row["findings"]
        if finding["severity"] != "information"
    }


def _kind(before: str, after: str, came: Sequence[str], went: Sequence[str]) -> Kind:
    """What was judged before and is not now is worse, whatever it was; what was judged only once is no progress."""
    if before != after and after in _NEWLY:
        return "worse"
    if "untested" in {before, after}:
        return "changed"
    was, now = _BADNESS.get(before, 3), _BADNESS.get(after, 3)
    if now > was or (now == was and came):
        return "worse"
    return "mended" if now < was or went else "changed"


def _circumstances(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    pairs = [_facts(before), _facts(after)]
    names = dict.fromkeys([*pairs[0], *pairs[1]])
    return [(name, pairs[0].get(name, "none"), pairs[1].get(name, "none")) for name in names]


def _facts(document: Mapping[str, Any]) -> dict[str, str]:
    """What a run was made with; of a guide in several versions the first, which is the one selected."""
    deployment = document["target"].get("deployment") or {}
    run = document["run"]
    chosen = "; ".join(", ".join(values) for values in run["selection"].values() if values)
    return {
        "deployment": str(deployment.get("name", "")),
        "FHIR base": str(deployment.get("fhir_base", "")),
        "run": str(run["id"]),
        "verdict": str(run["verdict"]),
        "selection": chosen or "everything",
        "tool": str(document["tool"].get("version", "")),
        **{f"guide {guide['name']}": guide["version"] for guide in reversed(document["guides"])},
        "requests": str(document["exchanges"]),
        "logins": str(document["logins"]),
    }
