"""Page links: usable by the app, closed to others, telling nothing (FHIR R4 search, paging; RFC 6750 section 5.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.compartment import owners
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.search_envelope import entries_of, link_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.evidence import SearchEvidence

Resource = dict[str, Any]

_FORMING = frozenset({"_count", "_format", "_pretty", "_sort", "_summary", "_total", "_elements"})
_MIN_ID = 6
_TOKEN_PARAMETERS = frozenset({"access_token", "token", "bearer", "authorization", "id_token"})


@dataclass(frozen=True, slots=True)
class PageLink:
    """A next link, asked for without a token, and with its paging id altered.

    ``number`` is the exchange that returned it. An answer is None where it could not be asked for; ``altered`` is
    asked for only where the link holds an opaque page id. ``whose`` is the patient in context.
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
    """The address with its opaque page id spoilt: its longest value that was not asked for; empty where there is none.

    A number is an offset or a page number, and a parameter of FHIR's own says how to answer: neither is an id.
    """
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in asked} | _FORMING
    own = [index for index, (name, value) in enumerate(given) if name not in known and _is_opaque(value)]
    if not own:
        return ""
    longest = max(own, key=lambda index: len(given[index][1]))
    name, value = given[longest]
    given[longest] = (name, f"{value[:-3].swapcase()}x-x")
    return urlunsplit(parts._replace(query=urlencode(given)))


def _is_opaque(value: str) -> bool:
    return len(value) >= _MIN_ID and not value.isdigit()


def links_are_clean(
    links: Iterable[PageLink], *, base: str, secrets: Sequence[str], names: Sequence[str]
) -> Iterator[Finding]:
    """PA-SRCH-008: links keep https and lead to a host that answers, and carry no token.

    R4 gives links no structure, so another host that answers over https and a member's name are warnings.
    """
    for each in links:
        parts, own = urlsplit(each.url), urlsplit(base)
        if own.scheme == "https" and parts.scheme != own.scheme:
            yield _wrong_link(each, "paging.link.scheme", "leaves https", expected=own.scheme, found=parts.scheme)
        elif parts.netloc.lower() != own.netloc.lower():
            yield _another_host(each, own.netloc, parts.netloc)
        text = unquote(each.url)
        if _carries_token(each.url, text, secrets):
            yield _wrong_link(each, "paging.link.token", "carries a token", expected="no token", found="a token")
        if any(re.search(rf"(?i)(?<![a-z]){re.escape(name)}(?![a-z])", text) for name in names if len(name) > 2):
            said = "carries the name of the member"
            found = _wrong_link(each, "paging.link.name", said, expected="no name", found="a name")
            yield replace(found, severity="warning")


def _another_host(each: PageLink, expected: str, found: str) -> Finding:
    if each.closed is not None and each.closed.status == 0:
        said = f"leads to a host that cannot be reached ({each.closed.fault})"
        return _wrong_link(each, "paging.link.host", said, expected=expected, found=found)
    said = "leads to another host, where the token was not sent"
    return replace(
        _wrong_link(each, "paging.link.other-host", said, expected=expected, found=found), severity="warning"
    )


def _carries_token(url: str, text: str, secrets: Sequence[str]) -> bool:
    named = any(name.lower() in _TOKEN_PARAMETERS for name, _ in parse_qsl(urlsplit(url).query))
    return named or any(secret in text for secret in secrets if len(secret) > 8)


def links_are_closed(links: Iterable[PageLink], patient: str) -> Iterator[Finding]:
    """PA-SRCH-008: a page needs the token, and an altered page id opens nothing of another patient.

    What an altered id must give is said nowhere: a page of the member's own data is a warning.
    """
    for each in links:
        if each.closed is not None and 200 <= each.closed.status < 300:
            status = str(each.closed.status)
            said = "is answered without a token"
            yield _wrong_link(each, "paging.link.open", said, expected="401", found=status, answer=each.closed)
        if each.altered is not None and each.altered.status == 200:
            yield from _opened(each, each.altered, patient)


def _opened(each: PageLink, answer: Answer, patient: str) -> Iterator[Finding]:
    resources = [resource for _, _, resource in entries_of(resource_of(answer))]
    strangers = [one for one in resources if (whose := owners(one)) and patient not in whose]
    if strangers:
        said = "with an altered page id shows resources of another patient"
        yield _wrong_link(
            each, "paging.link.altered", said, expected="a refusal", found=identity(strangers[0]), answer=answer
        )
    elif resources:
        said = "with an altered page id is answered with a page"
        found = _wrong_link(each, "paging.link.altered", said, expected="a refusal", found="200", answer=answer)
        yield replace(found, severity="warning")


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
