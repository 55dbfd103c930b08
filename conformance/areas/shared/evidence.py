"""What checks hand to rules: answers with what was read from them, named by what was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.findings import Finding

Resource = dict[str, Any]


def identity(resource: Resource) -> str:
    """``Type/id``."""
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def each(rule: Callable[..., Iterator[Finding]], resources: Iterable[Resource], **facts: Any) -> Iterator[Finding]:
    """The findings of a rule about one resource, for every resource."""
    for resource in resources:
        yield from rule(resource, **facts)


@dataclass(frozen=True, slots=True)
class Read:
    """One read: what was asked for, and the answer."""

    type: str
    id: str
    answer: Answer


_UNREAD = frozenset(
    {
        *("paging.refused", "paging.not-a-bundle", "paging.loop", "paging.repeated-page", "paging.limit"),
        *("paging.foreign-host", "paging.scheme-changed", "paging.unusable-link"),
    }
)
"""Anomalies after which no further page was read."""


@dataclass(frozen=True, slots=True)
class SearchEvidence:
    """One search followed to its last page.

    ``first`` is the answer of the first page. ``pages`` are the matches page by page, ``includes`` what came with them.
    ``anomalies`` is what following the pages ran into: loops, foreign links, unreadable pages. ``type`` and ``asked``
    are the type searched and the parameters sent, ``bundles`` the Bundles themselves, page by page.
    """

    what: str
    first: Answer
    pages: Sequence[Sequence[Resource]] = ()
    includes: Sequence[Resource] = ()
    anomalies: Sequence[Finding] = ()
    type: str = ""
    asked: Sequence[tuple[str, str]] = ()
    bundles: Sequence[Resource] = ()

    @property
    def matches(self) -> list[Resource]:
        """Every match of every page."""
        return [resource for page in self.pages for resource in page]

    @property
    def ids(self) -> list[str]:
        """``Type/id`` of every match."""
        return [identity(resource) for resource in self.matches]

    @property
    def is_read_to_the_end(self) -> bool:
        """Whether every page was read; of what is on pages that were not, nothing is known."""
        return not any(finding.rule in _UNREAD for finding in self.anomalies)


@dataclass(frozen=True, slots=True)
class CoverageSearches:
    """The searches demanded of Coverage: by patient, by the ``_id`` of one found, with the payor, by last update."""

    identity: str
    by_patient: SearchEvidence
    by_id: SearchEvidence
    with_payor: SearchEvidence
    by_last_updated: SearchEvidence


@dataclass(frozen=True, slots=True)
class CategorySearches:
    """Searches of one type: without a category, and per ``code`` and ``system|code`` what was found."""

    unfiltered: SearchEvidence
    by_category: dict[str, SearchEvidence] = field(default_factory=dict)
    patient: str = ""

    @property
    def whole(self) -> list[Resource]:
        """Every match of the search without a category."""
        return self.unfiltered.matches
