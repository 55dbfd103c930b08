"""What the faults of scopes put in place of the payer's own steps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.reference.authorization import scopes
from conformance.reference.authorization.entities import ResourceScope
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults.isolation_steps import any_revinclude, bytes_without_token
from conformance.reference.fhir import access
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.store import LIVE

if TYPE_CHECKING:
    from conformance.reference.fhir.index import Resource
    from conformance.reference.steps import Step

__all__ = ["any_revinclude", "bytes_without_token"]

ALL = [ResourceScope("patient/*.rs", "*", "rs")]
_REQUESTED: dict[tuple[int, str], list[str]] = {}
_WRITTEN: set[tuple[int, str]] = set()
V2_REQUIRED = [
    *("launch/patient", "openid", "fhirUser", "patient/Patient.rs", "patient/Coverage.rs"),
    *("patient/ExplanationOfBenefit.rs", "patient/Condition.rs"),
]
WRITING = ("POST", "PUT", "PATCH", "DELETE")


def never_granted(part: str) -> Step:
    """Scopes with this in them are dropped from every grant."""
    return lambda original, call, request, ticked: [
        each for each in original(call, request, ticked) if part not in each
    ]


def opened_by(type_name: str, other: str) -> Step:
    """A type is open wherever another one is."""

    def replacement(original: Step, call: Any, asked: str, letter: str) -> Any:
        found = original(call, asked, letter)
        return ALL if asked == type_name and not found and original(call, other, letter) else found

    return replacement


def never_opened(type_name: str) -> Step:
    """No scope opens a type."""
    return lambda original, call, asked, letter: [] if asked == type_name else original(call, asked, letter)


def always_opened(type_name: str) -> Step:
    """A type is open without a scope."""
    return lambda original, call, asked, letter: ALL if asked == type_name else original(call, asked, letter)


def operation_opens_all(original: Step, call: Any, asked: str, letter: str) -> Any:
    """An operation asks for no scope."""
    return ALL if call.segments[-1].startswith("$") else original(call, asked, letter)


def included_without_scope(original: Step, call: Any, record: Any) -> bool:  # noqa: ARG001
    """What is included is asked for its compartment only."""
    return bool(record.state == LIVE and access.in_compartment(call, record))


def one_category(original: Step, call: Any, wanted: Any) -> Any:
    """A search by category is allowed for vital signs."""
    asked = [value for each in wanted.criteria if each.parameter.name == "category" for value in each.values]
    if wanted.type == "Observation" and asked and not any("vital-signs" in value for value in asked):
        raise FhirError(403, "forbidden", "This category is not open.", access.challenge(call))
    return original(call, wanted)


def _is_bytes(call: Any) -> bool:
    return bool(call.segments[1:2] == ("Binary",))


def bytes_closed(original: Step, call: Any, type_name: str, letter: str) -> Any:
    """No scope opens the bytes of a document."""
    if _is_bytes(call):
        raise FhirError(403, "forbidden", "The content of documents is not open.", access.challenge(call))
    return original(call, type_name, letter)


def bytes_open(original: Step, call: Any, type_name: str, letter: str) -> Any:
    """The bytes of a document need no scope."""
    return ALL if _is_bytes(call) else original(call, type_name, letter)


def fhir_user_kept(original: Step, tenant: Any, requested: str) -> list[str]:
    """FhirUser can be had without openid."""
    granted = list(original(tenant, requested))
    return [*granted, "fhirUser"] if "fhirUser" in requested.split() and "fhirUser" not in granted else granted


def all_that_is_ticked(original: Step, call: Any, request: Any, ticked: list[str]) -> list[str]:  # noqa: ARG001
    """No scope needs another one beside it."""
    return [text for text in request.scope if text in ticked]


def no_offline_access(original: Step, call: Any, values: dict[str, str]) -> Any:
    """Asking for offline_access is refused."""
    if "offline_access" in values.get("scope", "").split():
        raise OAuthError("invalid_scope", "offline_access is not known here.")
    return original(call, values)


def read_is_by_id(original: Step, tenant: Any, scope: str) -> Any:
    """A v1 .read opens reading alone."""
    parsed = original(tenant, scope)
    return replace(parsed, letters="r") if parsed and scope.endswith(".read") else parsed


def either_letter_is_both(original: Step, tenant: Any, scope: str) -> Any:
    """Any letter opens reading and searching."""
    parsed = original(tenant, scope)
    return replace(parsed, letters="rs") if parsed else parsed


def respelled(original: Step, tenant: Any, word: str) -> str:
    """v1 scopes are granted in v2 spelling."""
    return re.sub(r"\.read$", ".rs", str(original(tenant, word)))


def unfiltered(original: Step, call: Any, type_name: str, granted: Any) -> Any:  # noqa: ARG001
    """Filters of scopes are not looked at."""
    return "1", []


def filter_dropped(original: Step, tenant: Any, word: str) -> str:
    """The filter of a scope is cut off."""
    return str(original(tenant, word)).partition("?")[0]


def v1_only(original: Step, tenant: Any, word: str) -> str:
    """Only scopes in v1 spelling are known."""
    return str(original(tenant, word)) if word.endswith(".read") else ""


def letters_in_order(original: Step, tenant: Any, word: str) -> str:
    """Letters are sorted and then granted."""
    found = re.fullmatch(r"((?:patient|user)/[A-Za-z]+)\.([cruds]+)", word)
    if original(tenant, word) or not found:
        return str(original(tenant, word))
    return f"{found[1]}.{''.join(letter for letter in 'cruds' if letter in found[2])}"


def _along(scope: str, granted: list[str]) -> list[str]:
    """One more scope with any scope of a patient's data."""
    opened = any(each.startswith("patient/") for each in granted)
    return [*granted, scope] if opened and scope not in granted else granted


def user_level_along(granted: list[str]) -> list[str]:
    """Any scope of a patient's data has one of the user's with it."""
    return _along("user/Patient.read", granted)


def writing_along(granted: list[str]) -> list[str]:
    """Any scope of a patient's data has one for writing with it."""
    return _along("patient/Observation.cruds", granted)


def comma_separated(document: dict[str, Any]) -> dict[str, Any]:
    """The scope of the token response as other people write lists."""
    return document | {"scope": ",".join(document["scope"].split())}


def one_coverage(original: Step, call: Any, wanted: Any) -> Any:
    """Where Patient is closed, a search for Coverage stops at the first."""
    found = original(call, wanted)
    return found if wanted.type != "Coverage" or access.scopes_for(call, "Patient", "r") else found[:1]


def v2_only(original: Step, tenant: Any, word: str) -> str:
    """Only scopes in v2 spelling are known."""
    return "" if word.endswith(".read") else str(original(tenant, word))


def breaks_without_scope(original: Step, call: Any, type_name: str, letter: str) -> Any:
    """A missing scope breaks the server."""
    try:
        return original(call, type_name, letter)
    except FhirError:
        raise FhirError(500, "exception", "Something went wrong.") from None


def update_is_read_first(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """The content of an update is judged before its scope."""
    if call.method == "PUT" and len(path) == 2:
        access.authenticate(call)
        raise FhirError(400, "invalid", "The resource cannot be read.")
    return original(call, path)


def creates(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """Every token may create, and delete what was created."""
    made = "made-by-a-reading-app"
    if call.method == "POST" and len(path) == 1:
        access.authenticate(call)
        return Response(status_code=201, headers={"Location": f"{path[0]}/{made}/_history/1"})
    if call.method == "DELETE" and path[1:] == (made,):
        return Response(status_code=204)
    return original(call, path)


def remember_request(original: Step, call: Any, request: Any, ticked: list[str]) -> Any:
    """What was asked for is kept."""
    _REQUESTED[id(call.tenant), request.nonce] = list(request.scope)
    return original(call, request, ticked)


def as_requested(original: Step, call: Any, type_name: str, letter: str) -> Any:
    """What was asked for decides."""
    asked = _REQUESTED.get((id(call.tenant), call.token.grant.nonce), [])
    parsed = [scopes.parse(call.tenant, each) for each in asked]
    found = [each for each in parsed if each is not None and each.covers(type_name, letter)]
    return found or original(call, type_name, letter)


def finds_nothing(original: Step, call: Any, wanted: Any) -> Any:
    """A missing scope is answered with nothing."""
    return original(call, wanted) if access.scopes_for(call, wanted.type, "s") else []


def deletes(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """Every token may delete."""
    if call.method == "DELETE" and len(path) == 2:
        access.authenticate(call)
        return Response(status_code=204)
    return original(call, path)


def writes_and_refuses(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """The refusal comes after the deed."""
    if call.method in WRITING and len(path) == 2 and not path[1].startswith(("_", "$")):
        _WRITTEN.add((id(call.tenant), "/".join(path)))
        raise FhirError(403, "forbidden", "Writing is not allowed.", access.challenge(call))
    return original(call, path)


def shows_what_was_written(original: Step, call: Any, resource: Resource) -> Resource:
    """What was written is seen from then on."""
    shown: Resource = original(call, resource)
    if (id(call.tenant), f"{shown['resourceType']}/{shown['id']}") in _WRITTEN:
        shown["meta"] = {**shown["meta"], "versionId": f"{shown['meta']['versionId']}0"}
    return shown
