"""Deviations in a few words: replacements that many faults share.

Each returns what a fault puts in place of a step; see the package for how they read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.index import Resource
from conformance.reference.fhir.store import LIVE, Entry, Record

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.faults.fault import Change
    from conformance.reference.steps import Step

Condition = Callable[[Resource], bool]
Edit = Callable[[Any], Any]


def always(value: Any) -> Step:
    """The step gives this value, whatever it was asked."""
    return lambda original, *arguments, **named: value  # noqa: ARG005


yes = always(value=True)
no = always(value=False)


def skipped(original: Step, *arguments: Any, **named: Any) -> None:
    """The step (a check that raises) is not made."""


def edited(edit: Edit) -> Step:
    """The step's result is changed in place by ``edit``, or replaced by what ``edit`` returns."""

    def replacement(original: Step, *arguments: Any, **named: Any) -> Any:
        result = original(*arguments, **named)
        changed = edit(result)
        return result if changed is None else changed

    return replacement


def without(*names: str) -> Step:
    """The step's dictionary lacks these members."""
    return edited(lambda document: {name: value for name, value in document.items() if name not in names})


def without_capability(name: str) -> Step:
    """For `discovery.capabilities`: one is not listed."""
    return edited(lambda names: [each for each in names if each != name])


def with_members(**members: Any) -> Step:
    """The step's dictionary has these members."""
    return edited(lambda document: document | members)


def with_headers(**headers: str) -> Step:
    """The step's response has these headers (`Cache_Control="public"`); an empty value removes the header."""

    def edit(response: Response) -> None:
        for name, value in headers.items():
            header = name.replace("_", "-")
            if value:
                response.headers[header] = value
            elif header in response.headers:
                del response.headers[header]

    return edited(edit)


def with_status(status: int) -> Step:
    """The step's response has this status."""

    def edit(response: Response) -> None:
        response.status_code = status

    return edited(edit)


def argument(position: int, value: Any) -> Step:
    """The step runs with another argument: the one at this position (0 is the tenant or call)."""

    def replacement(original: Step, *arguments: Any, **named: Any) -> Any:
        return original(*arguments[:position], value, *arguments[position + 1 :], **named)

    return replacement


def served(type_name: str, edit: Edit, where: Condition = lambda resource: True) -> Step:  # noqa: ARG005
    """For `answer.outgoing`: resources of a type (all for "") leave changed, where the condition holds.

    Search still goes by the stored values; for a change that search should see, use :func:`stored`.
    """

    def change(resource: Resource) -> Any:
        concerned = not type_name or resource["resourceType"] == type_name
        return edit(resource) if concerned and where(resource) else None

    return edited(change)


def stored(type_name: str, edit: Edit, where: Condition = lambda resource: True) -> Change:  # noqa: ARG005
    """For `Fault.records`: live entries of a type are changed before they are indexed, where the condition holds."""

    def change(entries: list[Entry]) -> list[Entry]:
        changed = []
        for entry in entries:
            concerned = not type_name or entry.resource["resourceType"] == type_name
            if concerned and entry.state == LIVE and where(entry.resource):
                result = edit(entry.resource)
                entry = Entry(entry.resource if result is None else result, entry.patient, entry.state)  # noqa: PLW2901
            changed.append(entry)
        return changed

    return change


def dropped(type_name: str, where: Condition) -> Change:
    """For `Fault.records`: entries of a type are not there, where the condition holds."""

    def change(entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if entry.resource["resourceType"] != type_name or not where(entry.resource)]

    return change


def forgotten(type_name: str, where: Condition) -> Change:
    """For `Fault.records`: entries of a type are not there, and no reason and no Provenance refers to them."""

    def change(entries: list[Entry]) -> list[Entry]:
        kept = dropped(type_name, where)(entries)
        lost = {_name(entry) for entry in entries} - {_name(entry) for entry in kept}

        def unreferred(resource: Resource) -> None:
            for name in {"reasonReference", "target"} & set(resource):
                resource[name] = [each for each in resource[name] if each.get("reference") not in lost]
                if not resource[name]:
                    del resource[name]

        return dropped("Provenance", lambda resource: "target" not in resource)(stored("", unreferred)(kept))

    return change


def _name(entry: Entry) -> str:
    return f"{entry.resource['resourceType']}/{entry.resource['id']}"


def hidden(where: Callable[[Record], bool]) -> Step:
    """For `matching.matches`: search does not find the records where the condition holds; read still does."""

    def replacement(original: Step, call: Any, query: Any) -> list[int]:
        records = call.tenant.store.records(original(call, query))
        return [record.pk for record in records if not where(record)]

    return replacement


def coded(concept: Any, *codes: str) -> bool:
    """Whether a CodeableConcept has one of these codes."""
    return any(coding.get("code") in codes for coding in (concept or {}).get("coding", []))
