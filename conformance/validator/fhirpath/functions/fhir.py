"""FHIR's additions (FHIR R4, fhirpath 2.1.9): extensions, values, references, terminology, profiles, narrative."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.functions.strings import text
from conformance.validator.fhirpath.nodes import NOT_AT_HAND, Collection, Item, Unresolved, member_step, root, value_of
from conformance.validator.fhirpath.operators import single
from conformance.validator.fhirpath.registry import eager

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Environment, Resource, Run

_REFERENCE = re.compile(
    r"(?:https?://.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?"
)


@eager("extension", 1)
def extension(items: Collection, run: Run, url: Collection) -> Collection:
    """The extensions of the given URL."""
    wanted = text(url)
    found = member_step("extension", run.model)(items)
    return [entry for entry in found if isinstance(entry.value, dict) and entry.value.get("url") == wanted]


@eager("hasValue")
def has_value(items: Collection, _run: Run) -> Collection:
    """Whether the only item is a primitive with a value."""
    return [len(items) == 1 and _primitive(items[0]) is not None]


@eager("getValue")
def get_value(items: Collection, _run: Run) -> Collection:
    """The FHIRPath value of the only item if it is a primitive with a value."""
    value = _primitive(items[0]) if len(items) == 1 else None
    return [] if value is None else [value]


def _primitive(item: Any) -> Any:
    if isinstance(item, Unresolved):
        return None
    value = value_of(item)
    return None if isinstance(value, Item) else value


@eager("elementDefinition")
def element_definition(_items: Collection, _run: Run) -> Collection:
    """The definition of an element is not carried along."""
    raise NotEvaluated("elementDefinition() is not known to this engine")


@eager("slice", 2)
def slice_(_items: Collection, _run: Run, _structure: Collection, _name: Collection) -> Collection:
    """Slices are the validator's business."""
    raise NotEvaluated("slice() is not known to this engine")


@eager("checkModifiers", 1, 64)
def check_modifiers(items: Collection, run: Run, *known: Collection) -> Collection:
    """The input, or an error where it has modifier extensions that are not among the known ones."""
    urls = {text(entry) for entry in known}
    found = member_step("modifierExtension", run.model)(items)
    if any(isinstance(entry.value, dict) and entry.value.get("url") not in urls for entry in found):
        raise EvaluationError("an element has an unknown modifier extension")
    return items


@eager("htmlChecks")
def html_checks(items: Collection, run: Run) -> Collection:
    """Whether a narrative keeps the rules (txt-1), as the caller's check says."""
    check = run.environment.html_checks
    content = text(items)
    if content is None:
        return []
    return [_decided(check(content) if check else None, "no check of narratives at hand")]


def _decided(answer: bool | None, reason: str) -> bool:
    if answer is None:
        raise NotEvaluated(reason)
    return answer


@eager("memberOf", 1)
def member_of(items: Collection, run: Run, value_set: Collection) -> Collection:
    """Whether a code is in a value set; what terminology does not know is not evaluated."""
    url = single(value_set)
    if not items or url is None:
        return []
    single(items)
    item = items[0]
    value, type_name = (item.value, item.type) if isinstance(item, Item) else (item, "string")
    lookup = run.environment.member_of
    answer = lookup(value, type_name, url) if lookup and value is not None else None
    return [_decided(answer, f"membership in {url} is not known")]


@eager("subsumes", 1)
def subsumes(_items: Collection, _run: Run, _code: Collection) -> Collection:
    """Hierarchies of codes are not at hand."""
    raise NotEvaluated("subsumes() needs a terminology service")


@eager("subsumedBy", 1)
def subsumed_by(_items: Collection, _run: Run, _code: Collection) -> Collection:
    """Hierarchies of codes are not at hand."""
    raise NotEvaluated("subsumedBy() needs a terminology service")


@eager("conformsTo", 1)
def conforms_to(items: Collection, run: Run, profile: Collection) -> Collection:
    """Whether the only item meets a profile, as the caller's validator says."""
    url = single(profile)
    if not items or url is None:
        return []
    single(items)
    item = items[0]
    if isinstance(item, Unresolved):
        raise NotEvaluated(NOT_AT_HAND)
    check = run.environment.conforms_to
    answer = check(item.value if isinstance(item, Item) else item, str(url)) if check else None
    return [_decided(answer, f"conformance to {url} is not known")]


@eager("resolve")
def resolve(items: Collection, run: Run) -> Collection:
    """The targets of references, canonicals and URIs.

    A contained one that is missing gives nothing. Any other that is not at hand, be it named by a literal, a URN, an
    identifier or in words (FHIR R4, Reference), gives a stand-in that knows its type at most, so that
    ``resolve() is Patient`` can be answered and no more.
    """
    found: Collection = []
    for item in items:
        reference, declared = _reference(item)
        if reference:
            target = target_of(reference, run.environment, run)
            if target is not None:
                found.append(root(target))
            elif not reference.startswith("#"):
                found.append(Unresolved(type_of_reference(reference) or declared))
        elif _is_logical(item):
            found.append(Unresolved(declared))
    return found


def _is_logical(item: Any) -> bool:
    """Whether a Reference names its target by an identifier or in words instead of an address."""
    value = item.value if isinstance(item, Item) else item
    return isinstance(value, dict) and ("identifier" in value or "display" in value)


def _reference(item: Any) -> tuple[str, str]:
    """The reference's text and the type it declares."""
    value = item.value if isinstance(item, Item) else item
    if isinstance(value, dict):
        reference, declared = value.get("reference"), value.get("type")
        return (
            reference if isinstance(reference, str) else "",
            declared if isinstance(declared, str) and "/" not in declared else "",
        )
    return (value if isinstance(value, str) else ""), ""


def type_of_reference(reference: str) -> str:
    """The resource type that a RESTful reference names; empty if it names none."""
    match = _REFERENCE.fullmatch(reference.partition("#")[0])
    return match.group(1) if match else ""


def target_of(reference: str, environment: Environment, run: Run) -> Resource | None:
    """Look in the container, then in the Bundle, then ask the caller's resolver."""
    if reference.startswith("#"):
        return _contained(reference[1:], run)
    bundle = environment.bundle or _own_bundle(run)
    target = _in_bundle(reference, bundle, environment) if bundle else None
    if target is None and environment.resolve is not None:
        target = environment.resolve(reference)
    return target


def _contained(local: str, run: Run) -> Resource | None:
    containers: list[Resource] = [item.value for item in run.root_resource() if isinstance(item.value, dict)]
    for container in containers:
        if not local:
            return container
        for resource in container.get("contained") or ():
            if isinstance(resource, dict) and resource.get("id") == local:
                return resource
    return None


def _own_bundle(run: Run) -> Resource | None:
    for item in run.root_resource():
        if item.type == "Bundle" and isinstance(item.value, dict):
            return item.value
    return None


def _in_bundle(reference: str, bundle: Resource, environment: Environment) -> Resource | None:
    """The entry whose fullUrl the reference is, or becomes when it is read relative to the referring entry's."""
    if environment.entries is None:
        environment.entries = _by_full_url(bundle)
    bare = reference.partition("/_history/")[0]
    if bare in environment.entries:
        return environment.entries[bare]
    match = _REFERENCE.fullmatch(bare)
    if match is None or "://" in bare:
        return None
    own_type = type_of_reference(environment.full_url)
    if own_type:
        base = environment.full_url[: environment.full_url.rindex(f"{own_type}/")]
        return environment.entries.get(base + bare)
    matches = [resource for resource in _resources(bundle) if _names(resource, match.group(1), match.group(2))]
    return matches[0] if len(matches) == 1 else None


def _by_full_url(bundle: Resource) -> dict[str, Resource]:
    entries = [entry for entry in bundle.get("entry") or () if isinstance(entry, dict)]
    urls = ((entry.get("fullUrl"), entry.get("resource")) for entry in reversed(entries))
    return {url: resource for url, resource in urls if isinstance(url, str) and isinstance(resource, dict)}


def _resources(bundle: Resource) -> list[Resource]:
    entries = [entry for entry in bundle.get("entry") or () if isinstance(entry, dict)]
    return [entry["resource"] for entry in entries if isinstance(entry.get("resource"), dict)]


def _names(resource: Resource, type_name: str, identifier: str) -> bool:
    return resource.get("resourceType") == type_name and resource.get("id") == identifier
