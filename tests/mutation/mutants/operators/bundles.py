"""Bundles (FHIR R4, bundle 2.36): addresses, entries, what each kind of Bundle needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants.edit import add, change, extended, put, take, value_at
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

SOME = "https://example.org/fhir"
OUTCOME = {
    "resourceType": "OperationOutcome",
    "id": "said",
    "issue": [{"severity": "information", "code": "informational"}],
}
SEARCHED = "an entry of a search result"


def bundle(base: Base, *kinds: str) -> list[dict[str, Any]]:
    """The entries of a Bundle of one of these kinds; empty for everything else."""
    resource = base.resource
    is_meant = resource["resourceType"] == "Bundle" and (not kinds or resource.get("type") in kinds)
    return resource.get("entry", []) if is_meant else []


def on_entry(
    kinds: tuple[str, ...], because: str, edit: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> Callable[[Base, Random], Any]:
    """An operator's function that edits one entry."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for index in shuffled(range(len(bundle(base, *kinds))), rng):
            path = ("entry", index)
            new = edit(value_at(base.resource, path))
            if new is not None:
                yield Fault(put(base.resource, path, new), path, f"Bundle {base.resource['type']}: {because}")

    return mutate


def on_bundle(
    kinds: tuple[str, ...], because: str, edit: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> Callable[[Base, Random], Any]:
    """An operator's function that edits a whole Bundle."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        new = edit(base.resource) if bundle(base, *kinds) else None
        if new is not None:
            yield Fault(new, (), f"Bundle {base.resource['type']}: {because}")

    return mutate


def with_key(key: str, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], Any]:
    """An edit of entries that have a key."""
    return lambda entry: edit(entry) if key in entry else None


def same_address(resource: dict[str, Any]) -> dict[str, Any] | None:
    """Two entries, one fullUrl, and no versions that tell them apart."""
    entries = resource["entry"]
    if len(entries) < 2 or "fullUrl" not in entries[0]:
        return None
    first = {**entries[0]["resource"], "meta": {**entries[0]["resource"].get("meta", {}), "versionId": "1"}}
    return {**resource, "entry": [{**entries[0], "resource": first}, *entries[1:], {**entries[0], "resource": first}]}


def other_address(entry: dict[str, Any]) -> dict[str, Any] | None:
    """A fullUrl that names another resource."""
    if "id" not in entry.get("resource", {}) or not str(entry.get("fullUrl", "")).startswith("http"):
        return None
    return {**entry, "fullUrl": f"{SOME}/{entry['resource']['resourceType']}/another-id"}


def other_type_in_address(entry: dict[str, Any]) -> dict[str, Any] | None:
    """A fullUrl that names another type."""
    if "id" not in entry.get("resource", {}) or not str(entry.get("fullUrl", "")).startswith("http"):
        return None
    return {**entry, "fullUrl": f"{SOME}/Basic/{entry['resource']['id']}"}


def unaddressed(entry: dict[str, Any]) -> dict[str, Any] | None:
    """An entry without address though its resource has an identity."""
    return take(entry, ("fullUrl",)) if "fullUrl" in entry and "id" in entry.get("resource", {}) else None


def not_searched(base: Base, rng: Random) -> Iterator[Fault]:
    """A match of a type that the search did not ask for."""
    entries = bundle(base, "searchset")
    links = [one for one in base.resource.get("link", ()) if one.get("relation") == "self"]
    matches = [index for index, one in enumerate(entries) if one.get("search", {}).get("mode") == "match"]
    if links and matches and f"/{entries[matches[0]]['resource']['resourceType']}?" in links[0]["url"]:
        entry = {
            "fullUrl": f"{SOME}/Basic/unasked",
            "resource": {"resourceType": "Basic", "id": "unasked", "code": {"text": "x"}},
            "search": {"mode": "match"},
        }
        yield Fault(add(base.resource, ("entry",), entry), ("entry",), "a search for one type matches that type")


def faulty_inside(base: Base, rng: Random) -> Iterator[Fault]:
    """A resource in an entry is judged like any other."""
    for index, entry in enumerate(bundle(base)):
        if "resource" in entry and entry["resource"]["resourceType"] not in {"Parameters", "Bundle"}:
            path = ("entry", index, "resource")
            mutant = extended(base.resource, path, language=17)
            yield Fault(mutant, path, f"Bundle.entry.resource, a {entry['resource']['resourceType']}")


def untyped_resource(base: Base, rng: Random) -> Iterator[Fault]:
    """An entry's resource has a type."""
    for index, entry in enumerate(bundle(base)):
        if "resource" in entry:
            path = ("entry", index, "resource", "resourceType")
            yield Fault(take(base.resource, path), path, "Bundle.entry.resource")


def same_relation(base: Base, rng: Random) -> Iterator[Fault]:
    """A link relation given twice."""
    if bundle(base) and base.resource.get("link"):
        mutant = add(base.resource, ("link",), base.resource["link"][0])
        yield Fault(mutant, ("link",), "Bundle#Bundle.link: a relation once")


ADDRESS = ("bundle", "invariant:bdl", "cardinality", "reference")
SEARCH = ("searchset",)
TRANSACTION = ("transaction", "batch")
ANSWERED = ("transaction-response", "batch-response")
NOT_PAGED = ("collection", "transaction", "batch", "document", "message")
DOCUMENT, MESSAGE = ("document",), ("message",)

ROWS: tuple[tuple[str, Callable[[Base, Random], Any]], ...] = (
    ("same fullUrl twice", on_bundle(("searchset", "collection"), "bdl-7", same_address)),
    ("fullUrl relative", on_entry((), "fullUrl", with_key("fullUrl", lambda e: {**e, "fullUrl": "Patient/1"}))),
    ("fullUrl of another id", on_entry(SEARCH, "fullUrl", other_address)),
    ("fullUrl of another type", on_entry(SEARCH, "fullUrl", other_type_in_address)),
    ("fullUrl no UUID", on_entry(("collection",), "fullUrl", lambda e: {**e, "fullUrl": "urn:uuid:12"})),
    ("fullUrl with version", on_entry(SEARCH, "bdl-8", lambda e: {**e, "fullUrl": f"{e['fullUrl']}/_history/1"})),
    ("entry without content", on_entry((), "bdl-5", lambda e: {"fullUrl": f"{SOME}/Patient/1"})),
    ("total where nothing is searched", on_bundle(NOT_PAGED, "bdl-1", lambda b: {**b, "total": 1})),
    (
        "search mode where nothing is searched",
        on_entry(NOT_PAGED, "bdl-2", lambda e: {**e, "search": {"mode": "match"}}),
    ),
    (
        "transaction without request",
        on_entry(TRANSACTION, "bdl-3", with_key("request", lambda e: take(e, ("request",)))),
    ),
    (
        "request in a search result",
        on_entry(SEARCH, "bdl-3", lambda e: {**e, "request": {"method": "GET", "url": "Patient/1"}}),
    ),
    (
        "response missing",
        on_entry((*ANSWERED, "history"), "bdl-4", with_key("response", lambda e: take(e, ("response",)))),
    ),
    ("response in a search result", on_entry(SEARCH, "bdl-4", lambda e: {**e, "response": {"status": "200"}})),
    ("document without identifier", on_bundle(DOCUMENT, "bdl-9", lambda b: take(b, ("identifier",)))),
    ("document without timestamp", on_bundle(DOCUMENT, "bdl-10", lambda b: take(b, ("timestamp",)))),
    ("document without Composition first", on_bundle(DOCUMENT, "bdl-11", lambda b: {**b, "entry": b["entry"][::-1]})),
    ("message without header first", on_bundle(MESSAGE, "bdl-12", lambda b: {**b, "entry": b["entry"][::-1]})),
    ("document entry without fullUrl", on_entry(DOCUMENT, "fullUrl", unaddressed)),
    ("search result without fullUrl", on_entry(SEARCH, "fullUrl", unaddressed)),
    (
        "search result without id",
        on_entry(SEARCH, "id", lambda e: change(e, ("resource",), lambda one: take(one, ("id",)))),
    ),
    ("outcome as a match", on_entry(SEARCH, SEARCHED, lambda e: {"resource": OUTCOME, "search": {"mode": "match"}})),
    (
        "match as an outcome",
        on_entry(SEARCH, SEARCHED, with_key("search", lambda e: {**e, "search": {"mode": "outcome"}})),
    ),
    ("search mode that is none", on_entry(SEARCH, SEARCHED, lambda e: {**e, "search": {"mode": "matched"}})),
    ("match of another type", not_searched),
    ("faulty resource in an entry", faulty_inside),
    ("resource without type in an entry", untyped_resource),
    ("link relation twice", same_relation),
    (
        "paging where there are no pages",
        on_bundle(NOT_PAGED, "links", lambda b: {**b, "link": [{"relation": "next", "url": f"{SOME}?page=2"}]}),
    ),
)

RULES = {
    "faulty resource in an entry": ("type",),
    "resource without type in an entry": ("resource-type",),
    "search mode that is none": ("binding.required",),
}

WITHOUT_MODE = on_entry(SEARCH, SEARCHED, with_key("search", lambda e: take(e, ("search",))))

OPERATORS = (
    *(Operator(name, mutate, RULES.get(name, ADDRESS)) for name, mutate in ROWS),
    Operator("search result without mode", WITHOUT_MODE, ("bundle.search-mode",), "warning"),
)
