"""Whom to probe one by one where probing everybody would be impolite: every edge case, and a seeded sample beside."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """The ids chosen, in the order the resources came; ``of`` is how many there are."""

    ids: tuple[str, ...]
    of: int

    @property
    def judged(self) -> tuple[int, int]:
        """(chosen, available), as checks state it."""
        return len(self.ids), self.of


def sample(resources: Sequence[Resource], most: int | None, *, seed: str) -> Sample:
    """At most ``most`` of the resources, but never fewer than all edge cases; all of them when ``most`` is None.

    The same seed and resources give the same sample, whatever else the run does. A resource without an id cannot be
    probed and does not count.
    """
    ids = list(dict.fromkeys(_id(resource) for resource in resources if _id(resource)))
    if most is None or len(ids) <= most:
        return Sample(tuple(ids), len(ids))
    chosen = set(edge_cases(resources))
    others = [identity for identity in ids if identity not in chosen]
    chosen.update(random.Random(seed).sample(others, max(0, min(most - len(chosen), len(others)))))  # noqa: S311
    return Sample(tuple(identity for identity in ids if identity in chosen), len(ids))


def edge_cases(resources: Sequence[Resource]) -> tuple[str, ...]:
    """Ids of the resources that differ from the rest.

    The first and the last that came, the oldest and the newest, the smallest and the largest, those with the shortest,
    the longest or an oddly spelled id, and one of each profile, status, kind and category.
    """
    usable = [resource for resource in resources if _id(resource)]
    if not usable:
        return ()
    found = [usable[0], usable[-1]]
    for measure in _EXTREMES:
        found += [min(usable, key=measure), max(usable, key=measure)]
    found += [resource for resource in usable if not _id(resource)[0].isalnum() or "." in _id(resource)][:2]
    seen: set[str] = set()
    for resource in usable:
        features = set(_features(resource))
        if not features <= seen:
            seen |= features
            found.append(resource)
    return tuple(dict.fromkeys(_id(resource) for resource in found))


def _id(resource: Resource) -> str:
    value = resource.get("id")
    return value if isinstance(value, str) else ""


def _updated(resource: Resource) -> str:
    meta = resource.get("meta")
    value = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return value if isinstance(value, str) else ""


_EXTREMES: tuple[Callable[[Resource], Any], ...] = (
    _updated,
    lambda resource: len(_id(resource)),
    lambda resource: len(json.dumps(resource)),
)


def _features(resource: Resource) -> Iterator[str]:
    """What tells kinds of resources of one type apart: profiles, status, the codes of type and category."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    yield f"profile {profiles}"
    yield f"status {resource.get('status')} {resource.get('use')} {resource.get('outcome')}"
    for element in ("type", "category"):
        value = resource.get(element)
        for concept in value if isinstance(value, list) else [value]:
            codings = concept.get("coding") if isinstance(concept, dict) else None
            for coding in codings if isinstance(codings, list) else []:
                if isinstance(coding, dict):
                    yield f"{element} {coding.get('system')}|{coding.get('code')}"
