"""Why a member has nothing of a type: the search failed, or there is nothing, or the listing broke off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import Undecided

if TYPE_CHECKING:
    from conformance.collection import Collection

SEARCH_ROW = "PA-SRCH-001"


def nothing_of(collection: Collection, what: str, *types: str, advice: str) -> Undecided:
    """The exception for a member who has no ``what`` among the resources of ``types`` (of all types if none is given).

    ``advice`` is a sentence without a stop; it is given only where every search of these types was answered, so that
    following it would help. Otherwise the row that owns searching is named.
    """
    for request in collection.requests:
        type_name = request.what.partition("?")[0]
        if request.kind == "search" and request.status != 200 and (not types or type_name in types):
            return Undecided(
                f"no {what} was found: the search of {type_name} was answered HTTP {request.status}, see {SEARCH_ROW}",
                blocked_by=SEARCH_ROW,
            )
    return Undecided(f"no {what} was found for member {collection.member}; {advice}")
