"""Bundles (FHIR R4, bundle 2.36): what invariants do not say about addresses, entries and search results."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.validator import resolving
from conformance.validator.context import Context, Entry, Unchecked
from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.validator.checks import Check


URN_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
ABSOLUTE = re.compile(r"(?:https?|urn|[a-z][a-z0-9+.\-]*):\S+").fullmatch
PAGING = frozenset({"first", "previous", "prev", "next", "last"})
SINGLE = PAGING | {"self"}
"""Relations that lead to one place; others (``alternate``, ``related``) may be given for several (RFC 8288, 3.3)."""
DIRECT = ("subject", "encounter", "author", "attester", "custodian", "event", "section")
"""What a Composition refers to that its document carries with it."""
UNADDRESSED = frozenset({"transaction", "batch", "transaction-response", "batch-response"})


def entry_context(resource: dict[str, Any], context: Context) -> Context:
    """The surroundings of an entry's resource; its own root, with the Bundle for resolving references."""
    if context.addresses is None:
        context.addresses = addresses_of(context.resource)
    return context.entry(resource, context.addresses.get(id(resource), (0, ""))[1])


def addresses_of(bundle: dict[str, Any]) -> dict[int, tuple[int, str]]:
    """The position and fullUrl of each entry's resource, by the identity of the resource."""
    entries = bundle.get("entry")
    return {
        id(one.get("resource")): (index, one["fullUrl"] if isinstance(one.get("fullUrl"), str) else "")
        for index, one in enumerate(entries if isinstance(entries, list) else ())
        if isinstance(one, dict)
    }


def recorded(inner: Context, found: Problems, context: Context, before: dict[str, int]) -> Problems:
    """Keep an entry's problems apart if somebody collects them, with what could not be checked in it."""
    resource = inner.resource
    name = f"{resource.get('resourceType', '')}/{resource.get('id', '')}".rstrip("/")
    for problem in found or ():
        problem.resource = problem.resource or name
    if context.records is None:
        return found
    own = Counter(context.counts)
    own.subtract(before)
    context.counts.clear()
    context.counts.update(before)
    start = f".entry[{(context.addresses or {}).get(id(resource), (0, ''))[0]}].resource"
    unchecked = {reason: n for reason, n in own.items() if n > 0}
    context.records.append(Entry(resource, start, inner.profiles, found or [], unchecked))
    return None


def check_bundle(source: str, is_resource: Callable[[str], bool]) -> Check:
    """The rules of a Bundle beyond its definition; ``is_resource`` says of a name whether it is a resource type."""

    def check(value: Any, _context: Context) -> Problems:
        entries = [one for one in value["entry"] if isinstance(one, dict)] if _listed(value, "entry") else []
        kind = value.get("type") if isinstance(value.get("type"), str) else ""
        found = [*addresses(entries, kind, is_resource), *links(value, kind)]
        if kind == "searchset":
            found.extend(search_results(entries, value))
        if kind in {"document", "message"}:
            found.extend(first_entry(entries, kind))
        if kind == "document":
            found.extend(left_out(entries))
            found.extend(unreachable(entries))
        for problem in found:
            problem.profile = problem.profile or source
        return found or None

    return check


def _listed(value: dict[str, Any], key: str) -> bool:
    return isinstance(value.get(key), list)


def addresses(entries: list[dict[str, Any]], kind: Any, is_resource: Callable[[str], bool]) -> Iterator[Problem]:
    """fullUrl: absolute, agreeing with the resource of its entry."""
    for index, entry in enumerate(entries):
        full_url, resource = entry.get("fullUrl"), entry.get("resource")
        path = f".entry[{index}].fullUrl"
        if not isinstance(full_url, str):
            if (
                isinstance(resource, dict)
                and kind not in UNADDRESSED
                and "fullUrl" not in entry
                and not _anonymous(entry)
            ):
                message = "An entry with a resource says by fullUrl what it is the address of."
                yield Problem("bundle.full-url", message, path=path, expected="the resource's address")
            continue
        if full_url.startswith("urn:uuid:"):
            if not URN_UUID(full_url.lower()):
                message = "A urn:uuid: address is followed by a UUID."
                yield Problem("bundle.full-url", message, path=path, expected="urn:uuid: and a UUID", found=full_url)
            continue
        if not ABSOLUTE(full_url):
            message = "fullUrl is an absolute address."
            yield Problem("bundle.full-url", message, path=path, expected="an absolute URL", found=full_url)
            continue
        yield from _disagreement(full_url, resource, path, is_resource)


def _anonymous(entry: dict[str, Any]) -> bool:
    """Parameters and operation outcomes have no address of their own."""
    return entry["resource"].get("resourceType") in {"Parameters", "OperationOutcome"} or "id" not in entry["resource"]


def _disagreement(full_url: str, resource: Any, path: str, is_resource: Callable[[str], bool]) -> Iterator[Problem]:
    """A RESTful address, which has a type of resource (FHIR R4, references 2.3.0.3), names the entry."""
    match = resolving.RESTFUL(full_url)
    if match is None or not isinstance(resource, dict) or not full_url.startswith("http"):
        return
    if not is_resource(match["type"]):
        return
    kind, local = resource.get("resourceType"), resource.get("id")
    if isinstance(kind, str) and isinstance(local, str) and (kind, local) != (match["type"], match["id"]):
        message = "fullUrl names another resource than the entry holds."
        yield Problem("bundle.full-url-id", message, path=path, expected=f"…/{kind}/{local}", found=full_url)


def links(bundle: dict[str, Any], kind: Any) -> Iterator[Problem]:
    """Link relations: each once, those of paging only where there are pages."""
    found = bundle.get("link")
    relations: set[str] = set()
    for index, link in enumerate(found if isinstance(found, list) else ()):
        relation = link.get("relation") if isinstance(link, dict) else None
        if not isinstance(relation, str):
            continue
        path = f".link[{index}].relation"
        if relation in relations and relation in SINGLE:
            yield Problem("bundle.link", "This relation is given twice.", path=path, found=relation)
        relations.add(relation)
        if relation in PAGING and kind not in {"searchset", "history"}:
            yield Problem("bundle.link", "Only search results and histories have pages.", path=path, found=relation)


def search_results(entries: list[dict[str, Any]], bundle: dict[str, Any]) -> Iterator[Problem]:
    """A search answers with resources that have ids, of the type asked for; outcomes only as outcomes."""
    wanted = _searched_type(bundle)
    for index, entry in enumerate(entries):
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            continue
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        code = resource.get("resourceType")
        path = f".entry[{index}]"
        if code == "OperationOutcome":
            if mode != "outcome":
                message = "An OperationOutcome in a search result is marked as outcome."
                yield Problem("bundle.search-mode", message, path=f"{path}.search.mode", expected="outcome", found=mode)
            continue
        if mode == "outcome":
            message = "Only an OperationOutcome is an outcome of a search."
            yield Problem("bundle.search-mode", message, path=f"{path}.search.mode", expected="match", found=mode)
        if "id" not in resource:
            message = "A resource in a search result has an id."
            yield Problem("bundle.search-id", message, path=f"{path}.resource.id")
        if wanted and mode == "match" and code != wanted:
            message = f"The search was for {wanted}; a {code} is no match of it."
            yield Problem("bundle.search-type", message, path=f"{path}.resource", expected=wanted, found=code)
        if mode is None:
            message = "The entry does not say whether it matches or was included."
            yield Problem("bundle.search-mode", message, severity="warning", path=f"{path}.search.mode")


def _searched_type(bundle: dict[str, Any]) -> str:
    """The resource type in the Bundle's ``self`` link, if it has one."""
    found = bundle.get("link")
    for link in found if isinstance(found, list) else ():
        if isinstance(link, dict) and link.get("relation") == "self" and isinstance(link.get("url"), str):
            path, _, query = link["url"].partition("?")
            last = path.rstrip("/").rpartition("/")[2]
            if last[:1].isupper() and last.isalpha() and "_type=" not in query:
                return str(last)
    return ""


def first_entry(entries: list[dict[str, Any]], kind: str) -> Iterator[Problem]:
    """A document or message has entries at all (bdl-11 and bdl-12 say what the first is)."""
    if not entries:
        message = f"A {kind} has at least one entry."
        yield Problem("bundle.entry", message, path=".entry", expected="at least 1", found="0")


def left_out(entries: list[dict[str, Any]]) -> Iterator[Problem]:
    """What a document's Composition refers to directly and the Bundle lacks (FHIR R4, definition of Composition)."""
    composition = entries[0].get("resource") if entries else None
    if not isinstance(composition, dict) or composition.get("resourceType") != "Composition":
        return
    address = entries[0].get("fullUrl")
    context = Context(composition, Unchecked())
    context.bundle, context.full_url = {"entry": entries}, address if isinstance(address, str) else ""
    for name in DIRECT:
        for text in references(composition.get(name)):
            is_literal = not text.startswith(("#", "http:", "https:", "urn:"))
            if is_literal and resolving.entry(text, context) is None:
                message = f"What the Composition's {name} refers to belongs into the document."
                path = f".entry[0].resource.{name}"
                yield Problem("bundle.document", message, path=path, expected=f"an entry for {text}", found=text)


def unreachable(entries: list[dict[str, Any]]) -> Iterator[Problem]:
    """Entries of a document that the Composition does not lead to, over any number of references."""
    bundle = {"entry": entries}
    index = resolving.index_of(bundle)
    known = addresses_of(bundle)
    reached: set[int] = set()
    waiting = [entry.get("resource") for entry in entries[:1]]
    while waiting:
        resource = waiting.pop()
        if not isinstance(resource, dict) or id(resource) in reached:
            continue
        reached.add(id(resource))
        own = resolving.RESTFUL(known.get(id(resource), (0, ""))[1])
        for text in references(resource):
            base = own["base"] or "" if own else ""
            waiting.append(index.get(text) or index.get(f"{base}{text}") or index.get(f" {text}"))
    linked_back = {id(e.get("resource")) for e in entries if _leads_to(e.get("resource"), reached, index)}
    for position, entry in enumerate(entries):
        resource = entry.get("resource")
        if isinstance(resource, dict) and id(resource) not in reached and id(resource) not in linked_back:
            message = "Nothing in the document leads to this entry."
            yield Problem("bundle.unreachable", message, severity="warning", path=f".entry[{position}]")


def _leads_to(resource: Any, reached: set[int], index: dict[str, dict[str, Any]]) -> bool:
    found = (index.get(text) or index.get(f" {text}") for text in references(resource))
    return any(id(target) in reached for target in found if target is not None)


def references(value: Any) -> Iterator[str]:
    """Every ``reference`` string in a resource."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "reference" and isinstance(part, str):
                yield part.partition("/_history/")[0]
            else:
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)
