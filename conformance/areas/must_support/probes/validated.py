"""What the validator finds where data may be missing: on patients, on resources with unknown values or statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.areas.shared.promises import Promise
    from conformance.findings import Finding

Resource = dict[str, Any]

_OF_UNKNOWN_STATUS = ("AllergyIntolerance", "Condition", "DocumentReference", "Immunization")


def mandatory(
    validate: Validation,
    profile_of: Callable[[Resource], str],
    resources: Iterable[Resource],
    lacking: Iterable[Promise],
) -> Iterator[Finding]:
    """Findings on patients and on the resources that lack a mandatory value, each by the profile of its kind."""
    patients = [resource for resource in resources if resource.get("resourceType") == "Patient"]
    for resource in [*patients, *(promise.resource for promise in lacking if promise.resource is not None)]:
        yield from validate.resource(resource, [profile for profile in [profile_of(resource)] if profile])


def statuses(validate: Validation, resources: Iterable[Resource]) -> Iterator[Finding]:
    """Findings by base R4 on resources whose status may be unknown."""
    for resource in resources:
        if resource.get("resourceType") in _OF_UNKNOWN_STATUS:
            yield from validate.resource(resource)
