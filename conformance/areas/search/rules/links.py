"""Page links: usable by the app, closed to others, telling nothing (FHIR R4 search, paging; RFC 6750 section 5.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.search_envelope import link_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.evidence import SearchEvidence

Resource = dict[str, Any]

_TOKEN_PARAMETERS = frozenset({"access_token", "token", "bearer", "authorization", "id_token"})


@dataclass(frozen=True, slots=True)
class PageLink:
    """A next link, asked for without a token, and with its paging id altered.

    ``number`` is the exchange that brought it. An answer is None where it could not be asked for.
    """

    what: str
    url: str
    number: int
    closed: Answer | None = None
    altered: Answer | None = None


def next_links(searches: Iterable[SearchEvidence]) -> Iterator[tuple[SearchEvidence, str]]:
    """Every next link, absolute, with the search it belongs to."""
    for each in searches:
        for bundle in each.bundles:
            if url := link_of(bundle, "next"):
                yield each, urljoin(str(getattr(each.first, "url", "")), url)


def altered(url: str, asked: Sequence[tuple[str, str]]) -> str:
    """The address with its longest value that was not asked for spoilt; where there is none, its last path segment."""
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in asked} - {"_count"}
    own = [index for index, (name, value) in enumerate(given) if name not in known and value]
    if not own:
        return urlunsplit(parts._replace(path=f"{parts.path}-x"))
    longest = max(own, key=lambda index: len(given[index][1]))
    name, value = given[longest]
    given[longest] = (name, f"{value[:-3].swapcase()}x-x")
    return urlunsplit(parts._replace(query=urlencode(given)))


def links_are_clean(
    links: Iterable[PageLink], *, base: str, secrets: Sequence[str], names: Sequence[str]
) -> Iterator[Finding]:
    """PA-SRCH-008: links stay below the public base, on https, and carry neither a token nor a member's name."""
    for each in links:
        parts, own = urlsplit(each.url), urlsplit(base)
        if parts.scheme != own.scheme:
            yield _wrong_link(each, "paging.link.scheme", "changes the scheme", expected=own.scheme, found=parts.scheme)
        elif parts.netloc.lower() != own.netloc.lower():
            yield _wrong_link(
                each, "paging.link.host", "leads to another host", expected=own.netloc, found=parts.netloc
            )
        elif not parts.path.startswith(own.path.rstrip("/")):
            yield _wrong_link(
                each, "paging.link.base", "leaves the public base", expected=own.path, found="another path"
            )
        text = unquote(each.url)
        if _carries_token(each.url, text, secrets):
            yield _wrong_link(each, "paging.link.token", "carries a token", expected="no token", found="a token")
        if any(re.search(rf"(?i)(?<![a-z]){re.escape(name)}(?![a-z])", text) for name in names if len(name) > 2):
            yield _wrong_link(
                each, "paging.link.name", "carries the name of the member", expected="no name", found="a name"
            )


def _carries_token(url: str, text: str, secrets: Sequence[str]) -> bool:
    named = any(name.lower() in _TOKEN_PARAMETERS for name, _ in parse_qsl(urlsplit(url).query))
    return named or any(secret in text for secret in secrets if len(secret) > 8)


def links_are_closed(links: Iterable[PageLink]) -> Iterator[Finding]:
    """PA-SRCH-008: a page needs the token, and an altered paging id is refused with an OperationOutcome."""
    for each in links:
        if each.closed is not None and each.closed.status not in {401, 403}:
            status = str(each.closed.status or each.closed.fault)
            yield _wrong_link(
                each,
                "paging.link.open",
                "is answered without a token",
                expected="401",
                found=status,
                answer=each.closed,
            )
        if each.altered is None:
            continue
        status = str(each.altered.status or each.altered.fault)
        if each.altered.status not in {400, 404, 410}:
            said = "with an altered paging id is not refused"
            yield _wrong_link(
                each, "paging.link.altered", said, expected="400, 404 or 410", found=status, answer=each.altered
            )
        elif resource_of(each.altered).get("resourceType") != "OperationOutcome":
            said = "with an altered paging id is refused without an OperationOutcome"
            yield _wrong_link(
                each, "paging.link.outcome", said, expected="an OperationOutcome", found=status, answer=each.altered
            )


def _wrong_link(
    link: PageLink, rule: str, said: str, *, expected: str, found: str, answer: Answer | None = None
) -> Finding:
    return Finding(
        rule,
        f"the next link of {link.what} {said}",
        path="Bundle.link.where(relation = 'next').url",
        expected=expected,
        found=found,
        exchange=answer.number if answer is not None else link.number,
    )


def member_names(patients: Iterable[Resource]) -> list[str]:
    """Family and given names of the Patients."""
    found = []
    for name in (name for patient in patients for name in patient.get("name") or []):
        if isinstance(name, dict):
            given = name.get("given")
            found += [name.get("family"), *(given if isinstance(given, list) else [])]
    return [each for each in found if isinstance(each, str)]
