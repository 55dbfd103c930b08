"""Where references lead: to a resource of that type and id, which the same token opens (R4 references)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.shared.bundles import resource_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.rest_evidence import Target


def resolve(targets: Sequence[Target]) -> Iterator[Finding]:
    """PA-REST-019: each target is answered 200 with that type and id, or 403 where the grant does not open its type."""
    dangling = [each for each in targets if not _answered(each)]
    rate = f"{len(dangling)} of {len(targets)} targets followed do not resolve" if dangling else ""
    for each in targets:
        if each in dangling:
            yield from _at_each_source(each, "reference.dangling", f"leads to nothing ({rate})", _shown(each))
        elif each.answer.status == 200:
            yield from _is_the_target(each)


def same_content(targets: Iterable[Target]) -> Iterator[Finding]:
    """A reference to the current version leads to what the same reference without a version leads to."""
    for each in targets:
        if each.unversioned is None or each.answer.status != 200:
            continue
        versioned, current = resource_of(each.answer), resource_of(each.unversioned)
        named = str((versioned.get("meta") or {}).get("versionId", ""))
        if named != each.version:
            yield from _at_each_source(each, "reference.version", "leads to another version", named or "none")
        elif (current.get("meta") or {}).get("versionId") == named and versioned != current:
            yield from _at_each_source(each, "reference.version-differs", "differs from the current content", named)


def _answered(each: Target) -> bool:
    allowed = {200} if each.opened else {200, 401, 403, 404}
    return each.answer.status in allowed and not each.answer.fault


def _is_the_target(each: Target) -> Iterator[Finding]:
    resource = resource_of(each.answer)
    found = f"{resource.get('resourceType')}/{resource.get('id')}"
    if found != each.target:
        yield from _at_each_source(each, "reference.another", "leads to another resource", found)


def _at_each_source(each: Target, rule: str, message: str, found: str) -> Iterator[Finding]:
    for resource, path in each.sources:
        yield Finding(
            rule,
            f"the reference to {each.target} {message}",
            path=path,
            expected=each.target,
            found=found,
            resource=resource,
            exchange=each.answer.number,
        )


def _shown(each: Target) -> str:
    return f"HTTP {each.answer.status}" if each.answer.status else each.answer.fault
