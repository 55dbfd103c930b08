"""Page links: opaque, bound to the grant, short-lived (R4 RESTful API, paging; RFC 6750 5.3: no token in a URL).

A link names a list of matches that the server keeps; the list does not change while somebody turns its pages.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.fhir.errors import FhirError
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Grant
    from conformance.reference.fhir.query import Query
    from conformance.reference.web import Call

PARAMETER = "_page"


@dataclass(slots=True, eq=False)
class Listing:
    """All matches of a search or operation. ``path`` below the FHIR base is where pages are asked for.

    ``needs`` is the scope (type, letter) without which no page is shown; ``supporting`` are the keys that are not
    matches but belong to them.
    """

    query: Query
    keys: list[int]
    self_url: str
    path: str
    needs: tuple[str, str]
    supporting: frozenset[int] = frozenset()


@dataclass(slots=True, eq=False)
class Link:
    """What a page link stands for."""

    listing: Listing
    offset: int
    grant: Grant
    expires: float


@step
def links(call: Call, listing: Listing, offset: int) -> list[dict[str, str]]:
    """The links of a page: self, and previous and next where there is one."""
    size = listing.query.count
    found = {"self": listing.self_url if offset == 0 else page_url(call, listing, offset)}
    if listing.query.summary != "count":
        if offset > 0:
            found["previous"] = page_url(call, listing, max(offset - size, 0))
        if offset + size < len(listing.keys):
            found["next"] = page_url(call, listing, offset + size)
    return [{"relation": relation, "url": url} for relation, url in found.items()]


@step
def page_url(call: Call, listing: Listing, offset: int) -> str:
    """A new link to a page."""
    assert call.token is not None
    name = secrets.token_urlsafe(18)
    now = call.tenant.clock()
    link = Link(listing, offset, call.token.grant, now + call.tenant.behaviour.page_link_lifetime)
    call.tenant.state.keep(call.tenant.state.pages, name, link, now)
    return f"{call.tenant.fhir_base}/{listing.path}?{PARAMETER}={name}"


@step
def opened(call: Call, name: str) -> Link:
    """What a link stands for; 404 when it is nobody's or somebody else's, 410 when its time is over."""
    assert call.token is not None
    link: Link | None = call.tenant.state.pages.get(name)
    if link is None or link.grant is not call.token.grant:
        raise FhirError(404, "not-found", "There is no such page.")
    if call.tenant.clock() > link.expires:
        raise FhirError(410, "expired", "This page link is too old; please search again.")
    return link
