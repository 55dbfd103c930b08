"""Faults of versions and of what was deleted; the area is rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import PlainTextResponse, Response

from conformance.reference.faults.deviations import always, edited
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer, capability, matching, read, search
from conformance.reference.fhir.errors import FhirError, not_found
from conformance.reference.fhir.store import DELETED

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step


def current_version(original: Step, call: Any, type_name: str, logical_id: str, version: str) -> Response:  # noqa: ARG001
    """The version asked for is not looked at."""
    return read.read(call, type_name, logical_id)


def no_versions(original: Step, call: Any, type_name: str, logical_id: str, version: str) -> Response:  # noqa: ARG001
    """No version can be read."""
    raise not_found()


def version_edited(edit: Callable[[dict[str, Any]], None]) -> Step:
    """Reading a version answers what ``edit`` leaves of it."""

    def vread(original: Step, call: Any, type_name: str, logical_id: str, version: str) -> Response:
        response: Response = original(call, type_name, logical_id, version)
        resource = orjson.loads(response.body)
        edit(resource)
        return answer.document(call, resource)

    return vread


def without_profiles(resource: dict[str, Any]) -> None:
    """The resource claims no profile."""
    resource["meta"].pop("profile", None)


def without_version(resource: dict[str, Any]) -> None:
    """The resource does not say which version it is."""
    del resource["meta"]["versionId"]


def unknown_version_fails(original: Step, call: Any, type_name: str, logical_id: str, version: str) -> Response:
    """The version asked for is taken from an empty list."""
    try:
        return original(call, type_name, logical_id, version)  # type: ignore[no-any-return]
    except FhirError as error:
        raise FhirError(500, "exception", "The list of versions is empty.") from error


def no_vread_declared(described: dict[str, Any]) -> None:
    """The capability statement does not list vread."""
    described["interaction"] = [each for each in described["interaction"] if each["code"] != "vread"]


def before_deletion(original: Step, call: Any, wanted: Any, record: Any, mode: str) -> Any:
    """What was deleted is shown as it was before."""
    if record.state == DELETED:
        record = call.tenant.store.versions(record.type, record.id)[1]
    return original(call, wanted, record, mode)


def deleted_lives(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    """The version before the deletion is served as if nothing had happened."""
    try:
        return original(call, type_name, logical_id)
    except FhirError as error:
        if error.status != 410:
            raise
        return call.tenant.store.versions(type_name, logical_id)[1]


FAULTS = (
    Fault(
        "PA-REST-008.any-version",
        "vread.ignores-version",
        "Whatever version is asked for, the current one is answered.",
        {read.vread: current_version},
    ),
    Fault(
        "PA-REST-008.declared-only",
        "vread.declared",
        "Versions are declared and cannot be read.",
        {read.vread: no_versions},
    ),
    Fault(
        "PA-REST-008.shortened",
        "vread.differs",
        "Versions are kept without the profiles they claim.",
        {read.vread: version_edited(without_profiles)},
    ),
    Fault(
        "PA-REST-008.unnumbered",
        "vread.version",
        "Versions are kept without their version ids.",
        {read.vread: version_edited(without_version)},
    ),
    Fault(
        "PA-REST-008.crash",
        "vread.status",
        "A version that does not exist makes the server fail.",
        {read.vread: unknown_version_fails},
    ),
    Fault(
        "PA-REST-008.refused-in-words",
        "vread.refusal",
        "Versions are neither declared nor kept, and the refusal is plain text.",
        {
            read.vread: always(PlainTextResponse("There is no history here.", 404)),
            capability.resource: edited(no_vread_declared),
        },
    ),
    Fault(
        "PA-REST-010.deleted-lives",
        "http.status",
        "A deleted claim can still be read.",
        {read.visible: deleted_lives},
        target={"strict.PA-REST-010": "gate"},
    ),
    Fault(
        "PA-REST-010.found-by-search",
        "search.deleted-found",
        "A search by _id finds a deleted claim.",
        {matching.live: always(("r.state != 2", [])), search.entry: before_deletion},
        target={"strict.PA-REST-010": "gate"},
    ),
)
