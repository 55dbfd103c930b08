"""Must-support: which elements of a profile the data of a deployment has, compared with what the payer promises.

US Core 6.1.0 and CARIN BB 2.1.0, "Must Support": elements that the payer maintains are populated; others need not be.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from conformance.areas.must_support.rules.missing_data import without_absent
from conformance.areas.shared.routing import CLAIM_KINDS, PRIOR_AUTHORIZATION
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.validator import MustSupport

Resource = dict[str, Any]
"""A resource (``Type/id``) and the element ids it has, each with the types or reference targets it has there."""

_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


class Surveyor(Protocol):
    """The must-support elements of a profile and those a resource has: :class:`conformance.validator.Validator`."""

    def must_support(self, profile: str) -> tuple[MustSupport, ...]:
        """The must-support elements of a profile."""

    def shown(self, profile: str, resource: Resource) -> Mapping[str, Collection[str]]:
        """The element ids that a resource has."""


class Promise(NamedTuple):
    """What the manifest says of one element: ``promised``, ``never`` (the payer does not maintain it) or nothing.

    ``elsewhere`` says why its absence decides nothing: records that may have it were not examined.
    """

    word: str = ""
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One element of a profile (or one of its types or reference targets): in how many resources it was seen.

    ``of`` is how many resources of the profile there were; ``example`` the ``Type/id`` of one that has it.
    """

    profile: str
    id: str
    element: str
    seen: int
    of: int
    example: str
    promise: Promise

    @property
    def row(self) -> dict[str, Any]:
        """The line as the report's table has it."""
        shown = {"profile": self.profile, "element": self.element, "seen": self.seen, "of": self.of}
        return shown | {"example": self.example, "promised": self.promise.word == "promised"}


def survey(
    profile: str,
    resources: Sequence[Resource],
    surveyor: Surveyor,
    type_of: Callable[[str], str],
    promise: Callable[[str], Promise],
) -> list[Line]:
    """A line for each must-support element of ``profile``, its marked types and its marked reference targets.

    Elements that only mark data as absent are not counted. ``type_of`` gives the resource type of a profile.
    """
    seen = _seen(profile, resources, surveyor)
    lines = []
    for wanted in surveyor.must_support(profile):
        parts = [("", ""), *((kind, f" as {kind}") for kind in wanted.types)]
        targets = dict.fromkeys(type_of(url) for url in wanted.targets)
        parts += [(name, f" to {name}") for name in targets if name and name != "Resource"]
        for part, label in parts:
            count, example = seen.get((wanted.id, part), (0, ""))
            word = promise(wanted.id)
            element = f"{wanted.id}{label}"
            lines.append(Line(profile, wanted.id, element, count, len(resources), example, word))
    return lines


def _seen(profile: str, resources: Sequence[Resource], surveyor: Surveyor) -> dict[tuple[str, str], tuple[int, str]]:
    """By element and type (empty for any): in how many resources it is, and the first of them."""
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    for resource in resources:
        name = f"{resource['resourceType']}/{resource.get('id')}"
        for element, kinds in surveyor.shown(profile, without_absent(resource)).items():
            for kind in {"", *kinds}:
                count, first = seen.get((element, kind), (0, name))
                seen[element, kind] = (count + 1, first)
    return seen


def unseen(lines: Iterable[Line]) -> Iterator[Finding]:
    """PA-MS-006, 007, 008: promised elements that no resource has are errors, others are warnings.

    Elements below an unseen element, other alternatives of a choice that is met, elements that the payer does not
    maintain, and elements that may be in records that were not examined are left out.
    """
    known = list(lines)
    missing = {(line.profile, line.id) for line in known if not line.seen and line.element == line.id}
    met = {(line.profile, line.element) for line in known if line.seen}
    bare: dict[str, Line] = {}
    for line in known:
        if line.seen or line.promise.word == "never" or line.promise.elsewhere:
            continue
        if line.of == 0:
            bare.setdefault(line.profile, line)
        elif not _below(line, missing) and (line.promise.word or not _alternative_met(line, met)):
            yield _missing(line)
    for line in bare.values():
        if line.promise.word:
            message = "elements of this profile are promised, and no resource of it was found"
            yield Finding("must-support.unseen", message, path=line.id.partition(".")[0], profile=line.profile)


def undetermined(lines: Iterable[Line]) -> str:
    """Why the absence of promised elements decides nothing; empty when it does."""
    found = [line for line in lines if not line.seen and line.promise.word == "promised" and line.promise.elsewhere]
    if not found:
        return ""
    names = ", ".join(dict.fromkeys(line.element for line in found[:5]))
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return f"{names}{more}: promised, not seen, and {found[0].promise.elsewhere}"


def _missing(line: Line) -> Finding:
    promised = line.promise.word == "promised"
    message = (
        f"{line.element} is promised, and no resource has it"
        if promised
        else f"no examined resource has {line.element}; the manifest does not promise it"
    )
    return Finding(
        "must-support.unseen" if promised else "must-support.not-in-sample",
        message,
        severity="error" if promised else "warning",
        path=line.element,
        profile=line.profile,
        expected="in at least 1 resource",
        found=f"in 0 of {line.of}",
    )


def _below(line: Line, missing: Collection[tuple[str, str]]) -> bool:
    """Whether the element above (or, for a type or target, the element itself) is unseen too."""
    if line.element != line.id:
        return (line.profile, line.id) in missing
    above = line.id
    while "." in above:
        above, _, last = above.rpartition(".")
        if (line.profile, above) in missing:
            return True
        if ":" in last and (line.profile, f"{above}.{last.partition(':')[0]}") in missing:
            return True
        if ":" in above and (line.profile, above.rpartition(":")[0]) in missing:
            return True
    return False


# Alternatives of which US Core wants one at least ("Must Support", choice of elements), by element as in Line.element.
_ALTERNATIVES: Sequence[frozenset[str]] = (
    frozenset({"Condition.onset[x]", "Condition.extension:assertedDate"}),
    frozenset({"MedicationRequest.reported[x]", "MedicationRequest.reported[x] as boolean"}),
    frozenset({"MedicationRequest.reported[x] as boolean", "MedicationRequest.reported[x] as Reference"}),
    frozenset({"DocumentReference.content.attachment.url", "DocumentReference.content.attachment.data"}),
)


def _alternative_met(line: Line, met: Collection[tuple[str, str]]) -> bool:
    groups = [group for group in _ALTERNATIVES if line.element in group]
    return any((line.profile, other) in met for group in groups for other in group)


# -- what the manifest promises ----------------------------------------------------------------------------------------

_KINDS_OF: Mapping[str, frozenset[str]] = {
    **{profile: frozenset({kind}) for kind, profile in CLAIM_KINDS.items()},
    CLAIM_KINDS["professional"]: frozenset({"professional", "vision"}),
    PRIOR_AUTHORIZATION: frozenset({"authorization"}),
}


def promise_of(
    manifest: Mapping[str, Any], profile: str, type_name: str, looked_at: Collection[str]
) -> Callable[[str], Promise]:
    """What the manifest says of the elements of ``profile``, once the records of ``looked_at`` were examined.

    A promise holds over all members of the manifest, or over those it names. When some of them who may have such a
    resource were not examined, what is not seen may be theirs.
    """
    promise = (manifest.get("must_support") or {}).get(profile)
    named = promise.get("members") if isinstance(promise, Mapping) else None
    others = _who_may_have(manifest, profile, type_name, named) - set(looked_at)
    elsewhere = f"the records of {', '.join(sorted(others))} were not examined" if others else ""
    return lambda element: Promise(_word(promise, element), elsewhere)


def _word(promise: Any, element: str) -> str:
    if promise == "all":
        return "promised"
    if isinstance(promise, Mapping):
        never = promise.get("all_but") or []
        return (
            "never"
            if any(element == each or element.startswith((f"{each}.", f"{each}:")) for each in never)
            else ("promised")
        )
    return "promised" if element in (promise or ()) else ""


def _who_may_have(manifest: Mapping[str, Any], profile: str, type_name: str, named: Collection[str] | None) -> set[str]:
    members = manifest.get("members") or {}
    return {
        key
        for key, member in members.items()
        if (named is None or key in named)
        and any(_may_be(entry, profile) for entry in (member.get("resources") or {}).get(type_name) or [])
    }


def _may_be(entry: Any, profile: str) -> bool:
    """Whether a resource of the manifest may be of a profile; one of another kind of claim is not."""
    kind = entry.get("kind") if isinstance(entry, Mapping) else None
    return kind is None or profile not in _KINDS_OF or kind in _KINDS_OF[profile]


def promised_profiles(manifest: Mapping[str, Any], of_type: Callable[[str], str], type_name: str) -> list[str]:
    """The profiles of a resource type of which the manifest promises something."""
    return [url for url in manifest.get("must_support") or {} if of_type(url) == type_name]


# -- choices of elements -----------------------------------------------------------------------------------------------


MIN_RECORDS = 10
"""Fewer resources of a type than this show nothing about elements that none of them has."""


class Choice(NamedTuple):
    """Alternatives of which a resource type shows one at least somewhere; ``elements`` are their ids in profiles."""

    type: str
    alternatives: str
    shown: Callable[[Resource], bool]
    elements: tuple[str, ...]


def _has(*names: str) -> Callable[[Resource], bool]:
    return lambda resource: any(name.startswith(names) for name in resource)


def _onset_or_asserted(resource: Resource) -> bool:
    asserted = any(part.get("url") == _ASSERTED for part in resource.get("extension") or [] if isinstance(part, dict))
    return asserted or _has("onset")(resource)


def _attached(resource: Resource) -> bool:
    contents = [each for each in resource.get("content") or [] if isinstance(each, dict)]
    return any({"url", "data"} & set(each.get("attachment") or {}) for each in contents)


_ATTACHMENT = "DocumentReference.content.attachment"
CHOICES: Sequence[Choice] = (
    Choice(
        "Condition",
        "onset[x] or the assertedDate extension",
        _onset_or_asserted,
        ("Condition.onset[x]", "Condition.extension:assertedDate"),
    ),
    Choice("Condition", "recordedDate", _has("recordedDate"), ("Condition.recordedDate",)),
    Choice(
        "MedicationRequest",
        "reportedBoolean or reportedReference",
        _has("reported"),
        ("MedicationRequest.reported[x]",),
    ),
    Choice(
        "DocumentReference", "content.attachment.url or data", _attached, (f"{_ATTACHMENT}.url", f"{_ATTACHMENT}.data")
    ),
)


def with_choices(resources: Iterable[Resource]) -> list[Resource]:
    """Those of the types that have alternatives."""
    types = {choice.type for choice in CHOICES}
    return [resource for resource in resources if resource.get("resourceType") in types]


def choices_met(
    resources: Iterable[Resource], manifest: Mapping[str, Any], choices: Iterable[Choice] = CHOICES
) -> Iterator[Finding]:
    """PA-MS-001: some resource has one of each group of alternatives; a type without resources says nothing.

    An error where the manifest promises one of them, since the payer has the data then; a warning where
    :data:`MIN_RECORDS` resources or more have none; fewer resources without a promise decide nothing.
    """
    for choice, found in _unmet(resources, choices):
        promised = _is_promised(choice, manifest)
        if promised or len(found) >= MIN_RECORDS:
            yield Finding(
                "must-support.choice",
                f"no {choice.type} has {choice.alternatives}",
                severity="error" if promised else "warning",
                path=choice.type,
                expected=choice.alternatives,
                found=f"in 0 of {len(found)}",
            )


def choices_unproven(
    resources: Iterable[Resource], manifest: Mapping[str, Any], choices: Iterable[Choice] = CHOICES
) -> str:
    """Why alternatives that nothing shows decide nothing; empty when there are none or a finding says it."""
    unmet = [(choice, found) for choice, found in _unmet(resources, choices) if not _is_promised(choice, manifest)]
    few = [f"{choice.alternatives} in 0 of {len(found)} {choice.type}" for choice, found in unmet]
    if not few or any(len(found) >= MIN_RECORDS for _, found in unmet):
        return ""
    return f"{', '.join(few)}: fewer than {MIN_RECORDS} resources show nothing, and the manifest does not promise it"


def _unmet(resources: Iterable[Resource], choices: Iterable[Choice]) -> Iterator[tuple[Choice, list[Resource]]]:
    by_type: dict[str, list[Resource]] = {}
    for resource in resources:
        by_type.setdefault(str(resource.get("resourceType")), []).append(without_absent(resource))
    for choice in choices:
        found = by_type.get(choice.type, [])
        if found and not any(choice.shown(resource) for resource in found):
            yield choice, found


def _is_promised(choice: Choice, manifest: Mapping[str, Any]) -> bool:
    """Whether the manifest promises an alternative in a profile whose other promises are of this type's elements."""
    promised = (manifest.get("must_support") or {}).items()
    name = choice.type.lower()
    profiles = [promise for url, promise in promised if url.rpartition("/")[2].startswith(f"us-core-{name}")]
    return any(_word(promise, element) == "promised" for promise in profiles for element in choice.elements)
