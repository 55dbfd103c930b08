"""The Bundle around the matches: links, totals, full addresses and modes (FHIR R4 search and Bundle)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from conformance.areas.shared.bundles import is_searchset
from conformance.areas.shared.compartment import target_of
from conformance.areas.shared.evidence import identity
from conformance.findings import Finding, json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.evidence import SearchEvidence

Resource = dict[str, Any]

_REST = re.compile(r"https?://.+/([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_SHAPING = frozenset({"_count", "_format", "_pretty", "_sort", "_summary", "_total", "_elements"})
_REFERENCES = frozenset({"patient", "subject", "beneficiary"})


def answered(searches: Iterable[SearchEvidence]) -> list[SearchEvidence]:
    """The searches that returned a searchset; PA-SRCH-001 judges the others."""
    return [each for each in searches if each.bundles and not list(is_searchset(each.first, what=each.what))]


def entries_of(bundle: Resource) -> list[tuple[int, dict[str, Any], Resource]]:
    """``(index, entry, resource)`` of every entry with a resource."""
    listed = bundle.get("entry")
    found = []
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            found.append((index, entry, entry["resource"]))
    return found


def link_of(bundle: Resource, relation: str) -> str:
    """The address of a link; empty when the Bundle has none."""
    listed = bundle.get("link")
    for link in listed if isinstance(listed, list) else []:
        if isinstance(link, dict) and link.get("relation") == relation and isinstance(link.get("url"), str):
            return str(link["url"])
    return ""


def self_links(searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-002: the self link of the first page is the search as a GET address, with what was asked and no more."""
    for each in searches:
        url = link_of(each.bundles[0], "self")
        path, given = urlsplit(url).path.rstrip("/"), parse_qsl(urlsplit(url).query, keep_blank_values=True)
        if not url:
            yield _finding(each, "search.self.missing", "has no self link", expected="a self link")
        elif path.endswith(f"/{each.type}/_search"):
            said = "has a self link with the path of a posted search"
            yield _finding(each, "search.self.not-a-get", said, severity="warning", expected=each.type, found=path)
        elif not path.endswith(f"/{each.type}") and path != each.type:
            yield _finding(
                each, "search.self.not-a-get", "has a self link that is no GET search", expected=each.type, found=path
            )
        else:
            yield from _self_parameters(each, given)
        later = [number + 1 for number, bundle in enumerate(each.bundles) if number and not link_of(bundle, "self")]
        if later:
            said = f"has no self link on page {later[0]}"
            yield _finding(each, "search.self.later-page", said, severity="warning", expected="a self link")


def _self_parameters(each: SearchEvidence, given: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    shown = {(name, _comparable(name, value)) for name, value in given}
    wanted = {(name, _comparable(name, value)) for name, value in each.asked if name not in _SHAPING}
    for name, _ in sorted(wanted - shown):
        yield _finding(each, "search.self.lost", f"does not state {name} as asked in its self link", expected=name)
    for name in sorted({name for name, _ in shown - wanted} - {name for name, _ in wanted} - _SHAPING):
        yield _finding(
            each,
            "search.self.extra",
            f"states {name} in its self link, which was not requested",
            severity="warning",
            found=name,
        )


def _comparable(name: str, value: str) -> str:
    return value.rpartition("/")[2] if name.partition(":")[0] in _REFERENCES else value


def ignored_is_not_stated(search: SearchEvidence, name: str) -> Iterator[Finding]:
    """A parameter that the server does not know is not in the self link."""
    stated = [each for each, _ in parse_qsl(urlsplit(link_of(search.bundles[0], "self")).query, keep_blank_values=True)]
    if name in stated:
        yield _finding(
            search, "search.self.ignored", f"states the ignored {name} in its self link", severity="warning", found=name
        )


def totals(searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-003: a total is the number of matches on all pages together; includes and outcomes do not count.

    A search whose pages could not be read to their end, or repeat themselves, is PA-SRCH-007's.
    """
    for each in searches:
        repeats = any(finding.rule == "paging.duplicate" for finding in each.anomalies)
        if repeats or not each.is_read_to_the_end or link_of(each.bundles[-1], "next"):
            continue
        matches = len({identity(resource) for resource in each.matches})
        for number, bundle in enumerate(each.bundles):
            if "total" in bundle and bundle["total"] != matches:
                said = f"claims a total of {bundle['total']} on page {number + 1}"
                yield _finding(
                    each,
                    "search.total",
                    said,
                    expected=str(matches),
                    found=json_text(bundle["total"]),
                    path="Bundle.total",
                )
                break


def with_total(searches: Iterable[SearchEvidence]) -> list[SearchEvidence]:
    """The searches whose answer claims a total."""
    return [each for each in searches if any("total" in bundle for bundle in each.bundles)]


def full_urls(searches: Iterable[SearchEvidence], base: str) -> Iterator[Finding]:
    """PA-SRCH-004: every entry has an absolute, unversioned fullUrl that is its own and names its resource.

    Entries without one are counted in one finding for each search.
    """
    for each in searches:
        missing = []
        for bundle in each.bundles:
            seen: set[object] = set()
            for index, entry, resource in entries_of(bundle):
                url, path = entry.get("fullUrl"), f"Bundle.entry[{index}].fullUrl"
                if resource.get("resourceType") == "OperationOutcome":
                    continue
                if not isinstance(url, str) or not url:
                    missing.append((path, identity(resource)))
                    continue
                for rule, said, severity in _wrong_address(url, resource, base, _mode(entry, resource)):
                    yield _finding(
                        each,
                        rule,
                        said,
                        severity=severity,
                        expected=identity(resource),
                        found=json_text(url),
                        path=path,
                        resource=identity(resource),
                    )
                meta = resource.get("meta")
                key = (url, json_text(meta.get("versionId")) if isinstance(meta, dict) else "")
                if key in seen:
                    said = "has two entries with one fullUrl"
                    yield _finding(
                        each, "search.full-url.repeated", said, expected="its own", found=json_text(url), path=path
                    )
                seen.add(key)
        if missing:
            said = f"has {len(missing)} entries without fullUrl"
            path, own = missing[0]
            yield _finding(each, "search.full-url.missing", said, expected="a fullUrl", path=path, resource=own)


def _wrong_address(
    url: str, resource: Resource, base: str, mode: str
) -> Iterator[tuple[str, str, Literal["error", "warning"]]]:
    if not re.match(r"(https?://|urn:(uuid|oid):)", url):
        yield "search.full-url.relative", "has an entry whose fullUrl is not absolute", "error"
    elif "/_history/" in url:
        yield "search.full-url.versioned", "has an entry whose fullUrl names a version", "error"
    elif found := _REST.fullmatch(url):
        if f"{found[1]}/{found[2]}" != identity(resource):
            yield "search.full-url.another", "has an entry whose fullUrl names another resource", "error"
        elif mode == "match" and url != f"{base.rstrip('/')}/{identity(resource)}":
            said = "has a match whose fullUrl is not below the public base"
            yield "search.full-url.base", said, "warning" if url.startswith("https:") else "error"


def _mode(entry: dict[str, Any], resource: Resource) -> str:
    search = entry.get("search")
    mode = search.get("mode") if isinstance(search, dict) else None
    if isinstance(mode, str):
        return mode
    return "outcome" if resource.get("resourceType") == "OperationOutcome" else "match"


def modes(searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-005: matches are of the searched type, includes belong to a match, outcomes are outcomes."""
    for each in searches:
        included = any(name.partition(":")[0] in {"_include", "_revinclude"} for name, _ in each.asked)
        for bundle in each.bundles:
            yield from _modes_of_page(each, bundle, included=included)


def _modes_of_page(each: SearchEvidence, bundle: Resource, *, included: bool) -> Iterator[Finding]:
    connected = _connected(bundle)
    for index, entry, resource in entries_of(bundle):
        mode, kind, path = _mode(entry, resource), resource.get("resourceType"), f"Bundle.entry[{index}].search.mode"
        own = identity(resource)
        if included and not (isinstance(entry.get("search"), dict) and entry["search"].get("mode")):
            yield _finding(
                each, "search.mode.missing", "has an entry without mode", expected="a mode", path=path, resource=own
            )
        elif mode == "match" and kind != each.type:
            yield _finding(
                each,
                "search.mode.match",
                f"has a {kind} as a match",
                expected=each.type,
                found=json_text(kind),
                path=path,
                resource=own,
            )
        elif (mode == "outcome") != (kind == "OperationOutcome"):
            yield _finding(
                each,
                "search.mode.outcome",
                f"has a {kind} as {mode}",
                expected="outcome",
                found=mode,
                path=path,
                resource=own,
            )
        elif mode == "include" and own not in connected:
            said = "includes what no match of the page refers to, nor is it about one"
            yield _finding(
                each, "search.mode.unreferenced", said, expected="a reference", found="none", path=path, resource=own
            )


def _connected(bundle: Resource) -> set[str]:
    """The matches of a page and every include that references tie to them, directly or by another include."""
    targets = {identity(resource): references_of(resource) for _, _, resource in entries_of(bundle)}
    reached = {identity(resource) for _, entry, resource in entries_of(bundle) if _mode(entry, resource) == "match"}
    fresh = set(reached)
    while fresh:
        led_to = {target for own in fresh for target in targets.get(own, set())}
        leading = {own for own, found in targets.items() if found & fresh}
        fresh = ((led_to & set(targets)) | leading) - reached
        reached |= fresh
    return reached


def references_of(node: Any) -> set[str]:
    """``Type/id`` of every literal reference anywhere in a resource."""
    if isinstance(node, list):
        return {target for item in node for target in references_of(item)}
    if not isinstance(node, dict):
        return set()
    text = node.get("reference")
    own = {target_of(text)} - {""} if isinstance(text, str) else set()
    return own | {target for value in node.values() for target in references_of(value)}


def empty_is_success(searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-006: a search without a match answers 200 and a searchset with no matches and no empty array."""
    for each in searches:
        problems = list(is_searchset(each.first, what=each.what))
        yield from problems
        if problems or not each.bundles:
            continue
        if each.matches:
            said = "finds resources that do not match"
            yield _finding(
                each, "search.empty.matches", said, expected="no match", found=f"{len(each.matches)} matches"
            )
        if each.bundles[0].get("entry") == []:
            yield _finding(
                each,
                "search.empty.array",
                "has an empty entry array",
                expected="no entry",
                found="[]",
                path="Bundle.entry",
            )
        if each.bundles[0].get("total", 0) != 0 and not each.matches:
            total = str(each.bundles[0]["total"])
            yield _finding(
                each, "search.empty.total", "claims matches it has not", expected="0", found=total, path="Bundle.total"
            )


def _finding(
    search: SearchEvidence,
    rule: str,
    said: str,
    *,
    severity: Literal["error", "warning"] = "error",
    expected: str = "",
    found: str = "",
    path: str = "",
    resource: str = "",
) -> Finding:
    message = f"the answer to {search.what} {said}"
    path = path or ("Bundle.link" if rule.startswith("search.self") else "Bundle")
    number = search.first.number
    return Finding(rule, message, severity, path, expected, found, resource, exchange=number)
