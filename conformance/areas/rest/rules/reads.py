"""What a read returns beside the resource (R4 RESTful API): media type, negotiation, headers, conditions, versions."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.copies import without_addresses
from conformance.areas.shared.documents import media_type_is, status_is
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.evidence import Read
    from conformance.areas.shared.rest_evidence import Asked, Conditional, Copies, VersionReads

FHIR_JSON = "application/fhir+json"
JSON_TYPES = (FHIR_JSON, "application/json")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_TWICE_ENCODED = re.compile("[\u00c2\u00c3][\u0080-\u00bf]")
_NOT_OFFERED = {400, 404, 405, 410, 501}


def is_fhir_json(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-002: every FHIR response with a body is application/fhir+json in UTF-8.

    A refusal without a resource in its body is no FHIR response: a gateway may have given it, and PA-REST-014 judges
    what it holds.
    """
    for each in asked:
        if not each.answer.status or each.answer.fault:
            yield from status_is(each.answer, 200, what=each.what)
        elif each.answer.body and (each.answer.status < 400 or "resourceType" in resource_of(each.answer)):
            yield from media_type_is(each.answer, FHIR_JSON, what=each.what)
            yield from _utf_8(each)


def _utf_8(asked: Asked) -> Iterator[Finding]:
    header = asked.answer.headers.get("content-type", "")
    named = _CHARSET.search(header)
    if named and named[1].lower().replace("-", "") != "utf8":
        message = f"names the character set {named[1]}"
        yield _finding("http.charset", asked, message, path="Content-Type", expected="utf-8", found=header)
    elif not named:
        message = "names no character set"
        yield _warning("http.charset.absent", asked, message, path="Content-Type", found=header)
    try:
        text = asked.answer.body.decode("utf-8")
    except UnicodeDecodeError as problem:
        place = f"byte {problem.start}"
        yield _finding("http.encoding", asked, "is not UTF-8", path=place, expected="UTF-8", found=problem.reason)
        return
    if twice := _TWICE_ENCODED.search(text):
        place = f"character {twice.start()}"
        yield _warning("http.encoding.twice", asked, "seems to hold text that was encoded twice", path=place)


def answers_json(asked: Iterable[Asked], *, rule: str) -> Iterator[Finding]:
    """PA-REST-003 and -004: HTTP 200 with a resource as JSON, for each kind of JSON or ``_format`` asked for.

    Generic media types SHOULD be understood (R4 RESTful API, content types): 406 to one of them is a warning.
    """
    for each in asked:
        problems = list(status_is(each.answer, 200, rule=f"{rule}.refused", what=each.what))
        generic = each.what.endswith("Accept: application/json") and each.answer.status == 406
        yield from (replace(problem, severity="warning") if generic else problem for problem in problems)
        if problems:
            continue
        found = each.answer.media_type
        if found not in JSON_TYPES or "resourceType" not in resource_of(each.answer):
            message = f"is {found or 'of no type'} instead of JSON"
            yield _finding(
                f"{rule}.not-json", each, message, path="Content-Type", expected=" or ".join(JSON_TYPES), found=found
            )


def refuses_unsupported(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-003: a media type that does not exist gives 406; answering in JSON all the same is a warning."""
    for each in asked:
        if each.answer.status == 200 and each.answer.media_type in JSON_TYPES:
            yield _warning("negotiation.unsupported", each, "is JSON all the same", path="Accept", found="200")
        else:
            yield from status_is(each.answer, 406, rule="negotiation.unsupported", what=each.what)


def xml_as_declared(asked: Asked, *, declared: bool) -> Iterator[Finding]:
    """PA-REST-005: where metadata declares XML, asking for it gives XML; elsewhere it may be refused, not crash."""
    answer = asked.answer
    if declared:
        problems = list(status_is(answer, 200, rule="xml.declared", what=asked.what))
        yield from problems
        if not problems and not (answer.media_type.endswith("xml") and b"http://hl7.org/fhir" in answer.body[:2000]):
            message, wanted = "is not FHIR XML", "application/fhir+xml"
            yield _finding(
                "xml.declared", asked, message, path="Content-Type", expected=wanted, found=answer.media_type
            )
    elif answer.status == 0 or answer.status >= 500:
        yield from status_is(answer, 200, 406, 415, rule="xml.crash", what=asked.what)


def version_headers(reads: Sequence[Read]) -> Iterator[Finding]:
    """PA-REST-006: ETag is the weak form of meta.versionId, Last-Modified is meta.lastUpdated to the second."""
    for read in reads:
        meta = resource_of(read.answer).get("meta")
        if read.answer.status == 200 and isinstance(meta, dict):
            yield from _etag(read, meta.get("versionId"))
            yield from _last_modified(read, meta.get("lastUpdated"))


def has_version_data(read: Read) -> bool:
    """Whether the resource read says its version or its last update."""
    meta = resource_of(read.answer).get("meta")
    return isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta)


def _etag(read: Read, version: object) -> Iterator[Finding]:
    found = read.answer.headers.get("etag", "")
    if not isinstance(version, str) or found == f'W/"{version}"':
        return
    if not found:
        rule, message = "http.etag.missing", "has no ETag although the resource has a version"
    elif found == f'"{version}"':
        rule, message = "http.etag.strong", "has a strong ETag; only a weak one says that the version is the same"
    else:
        rule, message = "http.etag.other", "has an ETag that is not the version of the resource"
    yield _about(read, rule, message, path="ETag", expected=f'W/"{version}"', found=found)


def _last_modified(read: Read, updated: object) -> Iterator[Finding]:
    found = read.answer.headers.get("last-modified", "")
    if not isinstance(updated, str) or (expected := _instant(updated)) is None:
        return
    if not found:
        message = "has no Last-Modified although the resource says when it was updated"
        yield _about(read, "http.last-modified.missing", message, path="Last-Modified", expected=updated, found=found)
        return
    try:
        shown = parsedate_to_datetime(found)
    except (ValueError, TypeError):
        shown = None
    if shown is None or abs((_aware(shown) - expected).total_seconds()) >= 1:
        message = "has a Last-Modified that is not meta.lastUpdated"
        yield _about(read, "http.last-modified.other", message, path="Last-Modified", expected=updated, found=found)


def _instant(text: str) -> dt.datetime | None:
    try:
        return _aware(dt.datetime.fromisoformat(text))
    except ValueError:
        return None


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def conditions_hold(reads: Iterable[Conditional]) -> Iterator[Finding]:
    """PA-REST-007: 304 only where the condition names what the server has, else an ordinary 200.

    A 304 ends after its header fields (RFC 9112 section 6.3), so that no client sees a body in it.
    """
    for read in reads:
        status = read.answer.status
        if status == 304 and read.names == "other":
            yield _conditional(
                read, "stale", "was answered with 304 although the copy named is not the current one", "200"
            )
        elif status not in {200, 304}:
            yield _conditional(
                read,
                "refused",
                f"was answered with {status}" if status else f"got no answer ({read.answer.fault})",
                "200 or 304",
            )


def versions_are_kept(reads: Iterable[VersionReads]) -> Iterator[Finding]:
    """PA-REST-008: the current version read by its id is what a read gives, and no other version id gives anything."""
    for each in reads:
        if each.current.status == 200:
            yield from _same_version(each)
        else:
            yield from _not_offered(each)
        if each.unknown.status == 200:
            message = "a version that does not exist is answered with a resource"
            yield _version(each, "vread.ignores-version", message, each.unknown, "404")
        elif each.unknown.status == 0 or each.unknown.status >= 500:
            yield _version(
                each, "vread.status", "asking for a version that does not exist makes the server fail", each.unknown
            )


def _same_version(each: VersionReads) -> Iterator[Finding]:
    found, read = resource_of(each.current), resource_of(each.read)
    meta = found.get("meta")
    if not isinstance(meta, dict) or meta.get("versionId") != each.version:
        yield _version(each, "vread.version", "the version read is not the one requested", each.current, each.version)
    elif parts := differing(found, read):
        message = f"the current version differs from what a read gives in {', '.join(parts[:5])}"
        yield _version(each, "vread.differs", message, each.current)


def _not_offered(each: VersionReads) -> Iterator[Finding]:
    if each.declared:
        yield _version(each, "vread.declared", "vread is declared and does not work", each.current, "200")
    elif each.current.status not in _NOT_OFFERED:
        yield _version(each, "vread.status", "vread is neither answered nor refused", each.current, "200, 404 or 405")
    elif resource_of(each.current).get("resourceType") != "OperationOutcome":
        yield _version(each, "vread.refusal", "vread is refused without an OperationOutcome", each.current)


def copies_agree(copies: Iterable[Copies]) -> Iterator[Finding]:
    """PA-REST-001: what a search showed is what a read gives, unless the resource was updated between the two."""
    for each in copies:
        problems = list(status_is(each.answer, 200, rule="read.status", what=f"reading {each.identity}"))
        read = resource_of(each.answer)
        if problems:
            yield from problems
        elif _version_of(read) != _version_of(each.shown):
            continue
        elif parts := differing(read, each.shown):
            yield Finding(
                "read.differs",
                f"a read differs from what the search showed in {', '.join(parts[:5])}",
                path=f"{read.get('resourceType')}.{parts[0]}",
                resource=each.identity,
                exchange=each.answer.number,
            )


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names of the members in which two copies of a resource differ."""
    one, other = without_addresses(one), without_addresses(other)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _version_of(resource: Mapping[str, object]) -> tuple[object, object]:
    meta = resource.get("meta")
    return (meta.get("versionId"), meta.get("lastUpdated")) if isinstance(meta, dict) else (None, None)


def _finding(rule: str, asked: Asked, message: str, *, path: str, expected: str = "", found: str = "") -> Finding:
    message = f"the answer to {asked.what} {message}"
    return Finding(rule, message, path=path, expected=expected, found=found, exchange=asked.answer.number)


def _warning(rule: str, asked: Asked, message: str, *, path: str, found: str = "") -> Finding:
    return replace(_finding(rule, asked, message, path=path, found=found), severity="warning")


def _about(read: Read, rule: str, message: str, *, path: str, expected: str, found: str) -> Finding:
    return Finding(
        rule,
        f"the answer to reading a {read.type} {message}",
        path=path,
        expected=expected,
        found=found,
        resource=f"{read.type}/{read.id}",
        exchange=read.answer.number,
    )


def _conditional(read: Conditional, kind: str, message: str, expected: str) -> Finding:
    return Finding(
        f"http.conditional.{kind}",
        f"a read with {read.what} {message}",
        path=read.what,
        expected=expected,
        found=str(read.answer.status),
        exchange=read.answer.number,
    )


def _version(each: VersionReads, rule: str, message: str, answer: Answer, expected: str = "") -> Finding:
    return Finding(
        rule,
        f"{each.type}: {message}",
        path="_history",
        expected=expected,
        found=f"HTTP {answer.status}" if answer.status else answer.fault,
        resource=f"{each.type}/{each.id}",
        exchange=answer.number,
    )
