"""Why a member has nothing of a type: the search failed, or there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import Undecided

if TYPE_CHECKING:
    from conformance.collection import Collection

SEARCH_ROW = "PA-SRCH-001"


def search_failed(how: str) -> Undecided:
    """The exception for a check that rests on a search which failed; ``how`` is a clause that names the search."""
    return Undecided(f"{how}, see {SEARCH_ROW}", blocked_by=SEARCH_ROW)


def nothing_of(collection: Collection, what: str, *types: str, advice: str) -> Undecided:
    """The exception for a member who has no ``what`` among the resources of ``types`` (of all types if none is given).

    ``advice`` is a sentence without a stop; it is given only where every search of these types was read to its end, so
    that following it would help. Otherwise the row that owns searching is named.
    """
    if how := collection.unread(*types):
        return search_failed(f"no {what} was found ({how})")
    return Undecided(f"no {what} was found for member {collection.member}; {advice}")
