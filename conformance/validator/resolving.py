"""Where a reference leads: contained resources, Bundle entries (FHIR R4, references 2.3, bundle 2.36.4), or nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.validator.context import Context, Unchecked

if TYPE_CHECKING:
    from conformance.validator.check_source import CheckSource
    from conformance.validator.definitions import Structure

Resource = dict[str, Any]
RESTFUL = re.compile(
    r"(?P<base>(?:https?|urn:[a-z]+):.*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9\-.]{1,64}))?"
).fullmatch


def target(value: Any, context: Context) -> Resource | None:
    """The resource that a Reference object or a URI leads to; None when it is not at hand."""
    text = value.get("reference") if value.__class__ is dict else value
    if text.__class__ is not str or not text:
        return None
    if text.startswith("#"):
        return contained(text[1:], context)
    return entry(text, context) if context.bundle is not None or context.resource.get("entry") else None


def contained(local: str, context: Context) -> Resource | None:
    """The resource of that id inside the container; the container itself for an empty one."""
    if not local:
        return context.root
    for resource in contained_in(context.root):
        if resource.__class__ is dict and resource.get("id") == local:
            return resource
    return None


def contained_in(resource: Resource) -> list[Any]:
    """What a resource contains, as far as it is a list."""
    found = resource.get("contained")
    return found if isinstance(found, list) else []


def entry(text: str, context: Context) -> Resource | None:
    """The resource of the Bundle entry that ``text`` means, read relative to the referring entry's own address."""
    bundle = context.bundle if context.bundle is not None else context.resource
    index = context.indexes.get(id(bundle))
    if index is None:
        index = context.indexes[id(bundle)] = index_of(bundle)
    wanted, _, version = text.partition("#")[0].partition("/_history/")
    found = index.get(wanted)
    if found is None and "://" not in wanted and not wanted.startswith("urn:"):
        if not context.prefix:
            own = RESTFUL(context.full_url)
            context.prefix = own["base"] or " " if own else " "
        found = index.get(context.prefix + wanted)
    if found is not None and version and (found.get("meta") or {}).get("versionId", version) != version:
        return None
    return found


def index_of(bundle: Resource) -> dict[str, Resource]:
    """A Bundle's resources by fullUrl and, after a blank, by ``Type/id`` where only one has it."""
    by_url: dict[str, Resource] = {}
    by_id: dict[str, list[Resource]] = {}
    entries = bundle.get("entry")
    for one in entries if isinstance(entries, list) else ():
        resource = one.get("resource") if isinstance(one, dict) else None
        if not isinstance(resource, dict):
            continue
        if isinstance(one.get("fullUrl"), str):
            by_url.setdefault(one["fullUrl"], resource)
        by_id.setdefault(f" {resource.get('resourceType')}/{resource.get('id')}", []).append(resource)
    return by_url | {key: found[0] for key, found in by_id.items() if len(found) == 1}


def conforms(compiler: CheckSource, resource: Any, structure: Structure, context: Context) -> bool:
    """Whether a resource or element meets a profile without an error; each pair is judged once per run.

    A pair that is still being judged (profiles that refer to each other in a circle) is taken to conform.
    """
    if not isinstance(resource, dict):
        return False
    if "resourceType" in resource and structure.type not in compiler.definitions.ancestors(
        str(resource["resourceType"])
    ):
        return False
    if context.conforming is None:
        context.conforming = {}
    key = (id(resource), structure.canonical)
    if key not in context.conforming:
        context.conforming[key] = True
        context.conforming[key] = _judged(compiler, resource, structure, context)
    return context.conforming[key]


def _judged(compiler: CheckSource, resource: Resource, structure: Structure, context: Context) -> bool:
    inner = Context(resource, Unchecked())
    inner.bundle, inner.full_url, inner.indexes = context.bundle, context.full_url, context.indexes
    inner.conforming = context.conforming
    if any(resource is one for one in contained_in(context.root)):
        inner.root = context.root
    if "resourceType" not in resource:
        inner.resource, inner.root = context.resource, context.root
        check = compiler.value((structure.root,), structure.type, (structure.type,))
    else:
        base = compiler.definitions.type(str(resource["resourceType"]))
        check = compiler.resource([structure] if base is None else [base, structure])
    found = check(resource, inner)
    return not found or all(problem.severity != "error" for problem in found)
