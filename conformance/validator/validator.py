"""The validator: a set of guides, compiled as needed, and what it finds in resources."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import ConfigError
from conformance.validator import must_support
from conformance.validator.claims import claimed
from conformance.validator.compiler import Compiler
from conformance.validator.context import Context, Unchecked
from conformance.validator.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.findings import Finding
    from conformance.guides import Guides
    from conformance.validator.bindings import CodeLookup
    from conformance.validator.definitions import Structure
    from conformance.validator.must_support import MustSupport


class Record(NamedTuple):
    """What was found in one resource: findings in the order of the data, and what could not be checked.

    ``start`` is the place of a Bundle entry's resource within the Bundle (``.entry[2].resource``), ``profiles`` the
    definitions that the resource was judged by. ``has_zero`` says of the first record whether an integer was 0, which
    in the text may have been the -0 that integers are not.
    """

    resource: dict[str, Any]
    findings: list[Finding]
    not_checked: dict[str, int]
    profiles: tuple[str, ...]
    start: str = ""
    has_zero: bool = False


class Validator:
    """Judges resources by the base definitions and profiles of ``guides``.

    Definitions are compiled when a resource first needs them and kept. ``information=True`` also reports each place
    that could not be judged (codes of unknown systems, unknown extensions) and best-practice rules. ``not_checked``
    counts over all calls, by system or reason, what could be neither confirmed nor refused. ``lookup`` is asked, by
    value set, system and code, for codes that the guides cannot judge. Not for several threads at once.
    """

    def __init__(self, guides: Guides, *, information: bool = False, lookup: CodeLookup | None = None) -> None:
        self.guides = guides
        self.not_checked: Counter[str] = Counter()
        self.compiler = Compiler(guides, information=information, lookup=lookup)

    def check(self, resource: dict[str, Any], profiles: Sequence[str] = ()) -> list[Finding]:
        """Everything wrong with a resource: by its type, the profiles it claims, and ``profiles``.

        A Bundle's findings include those of its entries, with paths from the Bundle. Raises ConfigError when one of
        ``profiles`` is not at hand.
        """
        return [finding for record in self._records(resource, profiles, apart=False) for finding in record.findings]

    def check_only(self, resource: dict[str, Any], profiles: Sequence[str]) -> list[Finding]:
        """As :meth:`check`, but by its type and ``profiles`` alone, whatever profiles the resource claims."""
        records = self._records(resource, profiles, apart=False, by_claims=False)
        return [finding for record in records for finding in record.findings]

    def check_bundle(self, bundle: dict[str, Any]) -> list[Finding]:
        """As :meth:`check`, of a Bundle alone: what its entries hold is not judged."""
        (record,) = self._records(bundle, (), apart=False, shallow=True)
        return record.findings

    def records(self, resource: dict[str, Any], profiles: Sequence[str] = ()) -> list[Record]:
        """As :meth:`check`, but a Bundle gives one record of its own and one per entry, with paths from the entry.

        Of several ``profiles``, those for the resource's type apply; in a Bundle those for other types apply to its
        entries. A resource for which none of them is meant does not conform.
        """
        return self._records(resource, profiles, apart=True)

    def profile(self, canonical: str) -> Structure:
        """The structure of a profile that somebody asked for; ConfigError when it is not at hand."""
        structure = self.compiler.definitions.named(canonical)
        if structure is None:
            raise ConfigError(f"profile {canonical} is not in the guides at hand{self._elsewhere(canonical)}")
        return structure

    def _elsewhere(self, canonical: str) -> str:
        other = self.compiler.definitions.structure(canonical)
        if other is None:
            return ""
        return f" at the version selected; {self.guides.label(other.package)} defines it: name it {other.canonical}"

    def must_support(self, profile: str) -> tuple[MustSupport, ...]:
        """The must-support elements of a profile; ConfigError when it is not at hand."""
        return must_support.elements(self.profile(profile))

    def shown(self, profile: str, resource: dict[str, Any]) -> dict[str, set[str]]:
        """The ids of the profile's elements that a resource has, with the types or reference targets it has there."""
        return must_support.shown(self.compiler, self.profile(profile), resource)

    def _records(
        self, resource: Any, profiles: Sequence[str], *, apart: bool, by_claims: bool = True, shallow: bool = False
    ) -> list[Record]:
        demanded = tuple(self.profile(canonical) for canonical in profiles)
        counts = Unchecked()
        context = Context(resource, counts)
        context.shallow = shallow
        is_bundle = resource.__class__ is dict and resource.get("resourceType") == "Bundle"
        if apart and is_bundle:
            context.records = []
            context.demanded = tuple(one for one in demanded if one.type != "Bundle")
            demanded = tuple(one for one in demanded if one.type == "Bundle")
        elif apart and demanded and resource.__class__ is dict:
            ancestors = self.compiler.definitions.ancestors(str(resource.get("resourceType")))
            demanded = tuple(one for one in demanded if one.type in ancestors) or demanded
        try:
            found = self.compiler.resources.check(resource, context, demanded, by_claims=by_claims)
        except RecursionError:
            found = [Problem("depth", "The resource is nested too deeply to be judged.", found="")]
        has_zero = counts.has_zero
        records = [Record(resource, self._finished(found, resource), dict(counts), context.profiles, "", has_zero)]
        for entry in context.records or ():
            findings = self._finished(entry.problems, entry.resource)
            records.append(Record(entry.resource, findings, entry.not_checked, entry.profiles, entry.start))
        for record in records:
            for reason, count in record.not_checked.items():
                self.not_checked[reason] += count
        return records

    def _finished(self, problems: list[Problem] | None, resource: Any) -> list[Finding]:
        """Problems as findings; those by a version that another guide brings in name that guide."""
        found = finished(problems, resource)
        return [self._attributed(finding, resource) for finding in found] if found else found

    def _attributed(self, finding: Finding, resource: Any) -> Finding:
        structure = self.compiler.definitions.structure(finding.profile) if finding.profile else None
        dependent = self.guides.dependent(structure.package) if structure is not None else ""
        if structure is None or not dependent or structure.package in self._packages_claimed(resource):
            return finding
        version = self.guides.label(structure.package)
        return replace(finding, message=f"{finding.message} ({version} is not selected; {dependent} depends on it)")

    def _packages_claimed(self, resource: Any) -> set[str]:
        """The packages of the profiles that a resource claims at a version."""
        made = (one for one in claimed(resource) if "|" in one) if isinstance(resource, dict) else ()
        return {one.package for one in map(self.compiler.definitions.structure, made) if one is not None}


def named(resource: Any) -> str:
    """``Type/id`` of a resource, as far as it has them."""
    if not isinstance(resource, dict):
        return ""
    return f"{resource.get('resourceType', '')}/{resource.get('id', '')}".rstrip("/")


def once(problems: list[Problem]) -> list[Problem]:
    """Without what only repeats another finding: a code outside its own system is also outside the set bound there."""
    undefined = {one.found for one in problems if one.rule == "coding.code"}
    if not undefined:
        return problems
    outside = [one for one in problems if one.rule in {"binding.required", "binding.max"}]
    refused = tuple(f"{one.path}." for one in outside)
    kept = [one for one in problems if one.rule != "coding.code" or not one.path.startswith(refused)]
    return [one for one in kept if one.rule != "binding.extensible" or one.found not in undefined]


def finished(problems: list[Problem] | None, resource: Any) -> list[Finding]:
    """Problems as findings, with paths from the resource's type."""
    if not problems:
        return []
    problems = once(problems)
    name = named(resource)
    root = name.partition("/")[0]
    for problem in problems:
        problem.path = f"{root}{problem.path}"
        problem.resource = problem.resource or name
    return [problem.finding() for problem in problems]
