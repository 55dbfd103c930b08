"""Documentation for app developers: public and accurate (42 CFR 422.119(d))."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.areas.shared.documents import status_is
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from conformance.areas.documentation.rules.page import Page
    from conformance.areas.shared.documents import Answer

_SCOPE = re.compile(r"(?<![\w/])(?:patient|user|system)/(?:\*|[A-Z]\w+)\.(?:read|write|\*|c?r?u?d?s?)(?![\w*])")
_PLAIN_SCOPES = ("openid", "fhirUser", "offline_access", "online_access", "launch/patient")
_ENDPOINT = re.compile(
    r"(?:GET|POST)\s+(?:[\[{]base[\]}]|https?://[^\s/]+(?:/[^\s/A-Z$]+)*)?/([A-Z][A-Za-z]+)([^\s?]*)"
)
_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_SIGN_IN = re.compile(r"/(?:log-?in|sign-?in|sso|saml|register|sign-?up)\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:sign|log) ?in to|create (?:an|your) account|request access|enter your e-?mail", re.IGNORECASE)
_ABOUT_AN_API = re.compile(r"\b(?:FHIR|OAuth|endpoint|scope)s?\b", re.IGNORECASE)
_MIN_TEXT = 400
_OPERATION = re.compile(r"\$[\w-]+")


@dataclass(frozen=True, slots=True)
class Tables:
    """What a documentation lists: scopes, (type, operation or "") of its endpoints, types with their profiles."""

    scopes: frozenset[str] = frozenset()
    endpoints: frozenset[tuple[str, str]] = frozenset()
    profiles: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """How many entries there are to compare."""
        return len(self.scopes) + len(self.endpoints) + len(self.profiles)


@dataclass(frozen=True, slots=True)
class Reality:
    """What the deployment declares: scopes, and the operations and profiles of each resource type."""

    scopes: Sequence[str]
    operations: Mapping[str, Collection[str]]
    profiles: Mapping[str, Collection[str]]


def is_public(answer: Answer, page: Page) -> Iterator[Finding]:
    """PA-DOC-001: HTTP 200 without login, account or e-mail address."""
    problems = list(status_is(answer, 200, rule="documentation.public.status", what="the documentation"))
    yield from problems
    if problems:
        return
    if _documents(page):
        return
    led = next((address for address in _addresses(answer) if _SIGN_IN.search(urlsplit(address).path)), "")
    if led:
        yield _public("login", "the documentation leads to a sign-in page", led, answer)
    elif "password" in page.fields:
        yield _public("login", "the documentation asks for a password", "a password field", answer)
    else:
        asks = _ASKS.search(page.text)
        if asks or "email" in page.fields:
            found = asks[0] if asks else "an e-mail field"
            yield _public("gate", "the documentation is served only after something is asked for", found, answer)
        elif not _ABOUT_AN_API.search(page.text):
            yield _public("empty", "the documentation says nothing about an API", page.text[:80], answer)


def _documents(page: Page) -> bool:
    """Whether a page documents an API, whatever else it shows: a table of it, or enough text about it."""
    return bool(tables_of(page).size) or (len(page.text) >= _MIN_TEXT and bool(_ABOUT_AN_API.search(page.text)))


def _addresses(answer: Answer) -> Sequence[str]:
    redirects = getattr(answer, "redirects", ())
    return tuple(redirects)[-1:]


def _public(kind: str, message: str, found: str, answer: Answer) -> Finding:
    return Finding(
        f"documentation.public.{kind}",
        message,
        path="documentation.url",
        expected="the documentation, without preconditions",
        found=found,
        exchange=answer.number,
    )


def tables_of(page: Page) -> Tables:
    """What a page lists, wherever it lists it; profiles are read from tables that speak of profiles."""
    scopes = set(_SCOPE.findall(page.text))
    cells = {cell for table in page.tables for row in table.rows for cell in row[:1]}
    scopes.update(name for name in _PLAIN_SCOPES if name in cells)
    endpoints = {endpoint(f"/{name}{rest}") for name, rest in _ENDPOINT.findall(page.text)}
    profiles = [
        (row[0], row[1])
        for table in page.tables
        if any("profile" in text.lower() for text in (table.heading, *table.head))
        for row in table.rows
        if len(row) > 1 and _TYPE.fullmatch(row[0])
    ]
    return Tables(frozenset(scopes), frozenset(endpoints), tuple(profiles))


def endpoint(path: str) -> tuple[str, str]:
    """The type and the operation (``""`` for none) that a documented path is about."""
    type_name = path.lstrip("/").partition("/")[0].partition("?")[0]
    operation = _OPERATION.search(path)
    return type_name, operation[0].removeprefix("$") if operation else ""


def scopes_agree(
    documented: Collection[str], listed: Sequence[str], *, implied: Callable[[str, Iterable[str]], bool]
) -> Iterator[Finding]:
    """PA-DOC-005: every documented scope is listed in scopes_supported, and every listed patient scope documented."""
    if not documented:
        return
    for scope in sorted(documented):
        if not implied(scope, listed):
            yield _differs("scope.not-offered", f"{scope} is documented and not in scopes_supported", scope)
    for scope in listed:
        if not scope.startswith(("user/", "system/")) and not implied(scope, documented):
            yield _differs("scope.undocumented", f"{scope} is in scopes_supported and not documented", scope)


def endpoints_agree(documented: Collection[tuple[str, str]], reality: Reality) -> Iterator[Finding]:
    """PA-DOC-005: documented types and operations are declared, and declared ones documented."""
    if not documented:
        return
    types = {type_name for type_name, _ in documented}
    for type_name in sorted(types - set(reality.operations)):
        yield _differs("endpoint.not-served", f"/{type_name} is documented and not declared in metadata", type_name)
    for type_name in sorted(set(reality.operations) - types):
        yield _differs("endpoint.undocumented", f"/{type_name} is declared in metadata and not documented", type_name)
    for type_name, operation in sorted(documented):
        if operation and type_name in reality.operations and operation not in reality.operations[type_name]:
            message = f"${operation} on {type_name} is documented and not declared in metadata"
            yield _differs("endpoint.not-served", message, f"{type_name}/${operation}")
    for type_name, operations in reality.operations.items():
        for operation in sorted(operations):
            if type_name in types and (type_name, operation) not in documented:
                message = f"${operation} on {type_name} is declared in metadata and not documented"
                yield _differs("endpoint.undocumented", message, f"{type_name}/${operation}")


def profiles_agree(documented: Sequence[tuple[str, str]], reality: Reality) -> Iterator[Finding]:
    """PA-DOC-005: documented types are served with the profile documented, and declared profiles are documented."""
    if not documented:
        return
    for type_name, profile in documented:
        if type_name not in reality.profiles:
            message = f"the profile table lists {type_name}, which metadata does not declare"
            yield _differs("profile.not-served", message, type_name)
        elif _short(profile) not in {_short(each) for each in reality.profiles[type_name]}:
            message = f"the profile documented for {type_name} is not a supportedProfile of it"
            yield _differs("profile.not-supported", message, profile)
    named = {(type_name, _short(profile)) for type_name, profile in documented}
    for type_name, profiles in reality.profiles.items():
        for profile in profiles:
            if (type_name, _short(profile)) not in named:
                message = f"a supportedProfile of {type_name} is not documented"
                yield _differs("profile.undocumented", message, profile)


def describes_links(text: str, patients: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    """PA-DOC-005: where Patients are linked, the documentation says what that means (SMART App Launch 2.2.0)."""
    linked = sum(bool(patient.get("link")) for patient in patients)
    if linked and not re.search(r"Patient\.link|merged?\b|linked (?:patients?|records?)", text, re.IGNORECASE):
        message = f"{linked} Patients have a link, and the documentation does not say what that means"
        yield _differs("link", message, f"{linked} Patients")


def _short(profile: str) -> str:
    """The last part of a canonical, without a version: documentation often gives no more."""
    return profile.partition("|")[0].rstrip("/").rpartition("/")[2].strip().lower()


def _differs(kind: str, message: str, found: str) -> Finding:
    return Finding(f"documentation.{kind}", message, path=kind.partition(".")[0], found=found)
