"""Faults of scopes: what is granted, and whether the API goes by it."""

from __future__ import annotations

from conformance.reference.authorization import authorize, discovery, identity, scopes, signin, token
from conformance.reference.faults import scope_steps as steps
from conformance.reference.faults.deviations import edited, without
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, matching, query, search, server
from conformance.reference.target_file import REQUIRED

FAULTS = (
    Fault(
        "PA-SCOP-001.coverage-dropped",
        "scope.not-granted",
        "patient/Coverage.read is dropped from every grant.",
        {signin.granted_scope: steps.never_granted("/Coverage.")},
    ),
    Fault(
        "PA-SCOP-001.commas",
        "scope.commas",
        "The granted scopes are separated by commas.",
        {token.token_document: edited(steps.comma_separated)},
    ),
    Fault(
        "PA-SCOP-001.two-spaces",
        "scope.spaces",
        "The granted scopes are separated by two spaces.",
        {token.token_document: edited(lambda document: document | {"scope": document["scope"].replace(" ", "  ")})},
        warning=True,
    ),
    Fault(
        "PA-SCOP-002.breaks",
        "scope.unanswered",
        "A type that was not granted answers 500.",
        {access.require_scope: steps.breaks_without_scope},
        warning=True,
    ),
    Fault(
        "PA-SCOP-002.patient-opens-coverage",
        "scope.not-enforced",
        "A grant for Patient opens Coverage too.",
        {access.scopes_for: steps.opened_by("Coverage", "Patient")},
    ),
    Fault(
        "PA-SCOP-002.everything",
        "scope.not-enforced",
        "$everything returns every type, whatever the scopes.",
        {access.scopes_for: steps.operation_opens_all},
    ),
    Fault(
        "PA-SCOP-002.revinclude",
        "scope.not-enforced",
        "_revinclude returns types that were not granted.",
        {query.use: steps.any_revinclude, search.includable: steps.included_without_scope},
    ),
    Fault(
        "PA-SCOP-003.coverage-opens-patient",
        "scope.not-enforced",
        "A grant for Coverage opens Patient too.",
        {access.scopes_for: steps.opened_by("Patient", "Coverage")},
    ),
    Fault(
        "PA-SCOP-003.include",
        "scope.not-enforced",
        "_include returns types that were not granted.",
        {search.includable: steps.included_without_scope},
    ),
    Fault(
        "PA-SCOP-003.a-part",
        "scope.partial",
        "With the Coverage scope alone a search finds one Coverage.",
        {matching.matches: steps.one_coverage},
    ),
    Fault(
        "PA-SCOP-004.claims-open-patient",
        "scope.not-enforced",
        "A grant for claims opens Patient too.",
        {access.scopes_for: steps.opened_by("Patient", "ExplanationOfBenefit")},
    ),
    Fault(
        "PA-SCOP-005.granted-and-closed",
        "scope.not-opened",
        "patient/Condition.read is granted, and Condition answers 403.",
        {access.scopes_for: steps.never_opened("Condition")},
    ),
    Fault(
        "PA-SCOP-005.never-granted",
        "scope.offered-not-granted",
        "Conditions are offered, and no scope for them can be had.",
        {signin.granted_scope: steps.never_granted("/Condition.")},
        target={"offered.Condition": True},
    ),
    Fault(
        "PA-SCOP-006.open-without-scope",
        "scope.not-enforced",
        "MedicationRequest needs no scope.",
        {access.scopes_for: steps.always_opened("MedicationRequest")},
    ),
    Fault(
        "PA-SCOP-006.medication-closed",
        "scope.medication-closed",
        "No scope opens the Medications that MedicationRequests point to.",
        {access.scopes_for: steps.never_opened("Medication")},
    ),
    Fault(
        "PA-SCOP-007.vital-signs-only",
        "scope.not-opened",
        "Of Observations only vital signs can be searched for by category.",
        {matching.matches: steps.one_category},
    ),
    Fault(
        "PA-SCOP-008.metadata-only",
        "scope.content-closed",
        "DocumentReference is open, the content of documents is not.",
        {access.require_scope: steps.bytes_closed},
    ),
    Fault(
        "PA-SCOP-008.content-with-any-scope",
        "scope.content-open",
        "The content of documents needs a token and no scope.",
        {access.require_scope: steps.bytes_open},
    ),
    Fault(
        "PA-SCOP-008.public-content",
        "scope.content-open",
        "The content of documents needs no token.",
        {server.dispatch: steps.bytes_without_token},
    ),
    Fault(
        "PA-SCOP-009.no-patient",
        "scope.no-patient",
        "launch/patient is granted, and no patient comes beside the token.",
        {token.token_document: without("patient")},
    ),
    Fault(
        "PA-SCOP-009.not-repeated",
        "scope.launch-dropped",
        "The granted scope does not repeat launch/patient.",
        {token.token_document: edited(lambda d: d | {"scope": d["scope"].replace("launch/patient ", "")})},
        warning=True,
    ),
    Fault(
        "PA-SCOP-010.without-openid",
        "scope.lone-fhir-user",
        "fhirUser is granted without openid.",
        {scopes.grantable: steps.fhir_user_kept, signin.granted_scope: steps.all_that_is_ticked},
        warning=True,
    ),
    Fault(
        "PA-SCOP-010.claim-missing",
        "scope.fhir-user-missing",
        "fhirUser is granted, and the id_token lacks it.",
        {identity.id_token_claims: without("fhirUser")},
    ),
    Fault(
        "PA-SCOP-010.dropped",
        "scope.identity-dropped",
        "fhirUser is dropped from every grant.",
        {signin.granted_scope: steps.never_granted("fhirUser")},
    ),
    Fault(
        "PA-SCOP-010.no-id-token",
        "scope.no-id-token",
        "openid and fhirUser are granted, and no id_token is issued.",
        {token.token_document: without("id_token")},
    ),
    Fault(
        "PA-SCOP-011.invalid-scope",
        "scope.offline-refused",
        "Asking for offline_access is an error.",
        {authorize.requested_scope: steps.no_offline_access},
    ),
    Fault(
        "PA-SCOP-011.dropped",
        "scope.offline",
        "offline_access is never granted.",
        {signin.granted_scope: steps.never_granted("offline_access")},
    ),
    Fault(
        "PA-SCOP-012.read-is-by-id",
        "scope.not-opened",
        "A .read scope allows reading by id and not searching.",
        {scopes.parse: steps.read_is_by_id},
    ),
    Fault(
        "PA-SCOP-012.v1-dropped",
        "scope.v1-not-granted",
        "permission-v1 is advertised, and v1 scopes are dropped.",
        {scopes.resource_scope_text: steps.v2_only},
        target={"scopes.required": steps.V2_REQUIRED, "scopes.optional": [], "scopes.syntax": "v2"},
    ),
    Fault(
        "PA-SCOP-012.respelled",
        "scope.respelled",
        "A .read scope is granted as .rs.",
        {scopes.resource_scope_text: steps.respelled},
    ),
    Fault(
        "PA-SCOP-013.letters-mixed",
        "scope.letter",
        "A .r scope searches, and a .s scope reads.",
        {scopes.parse: steps.either_letter_is_both},
    ),
    Fault(
        "PA-SCOP-013.filter-ignored",
        "scope.granular",
        "A granular scope opens its whole type.",
        {matching.filters: steps.unfiltered},
    ),
    Fault(
        "PA-SCOP-013.filter-dropped",
        "scope.exceeds",
        "A granular scope is granted without its filter.",
        {scopes.resource_scope_text: steps.filter_dropped},
    ),
    Fault(
        "PA-SCOP-013.not-advertised",
        "scope.v2-not-advertised",
        "permission-v2 is not among the capabilities.",
        {discovery.capabilities: edited(lambda names: [each for each in names if each != "permission-v2"])},
    ),
    Fault(
        "PA-SCOP-013.v1-only",
        "scope.not-granted",
        "permission-v2 is advertised, and v2 scopes are dropped.",
        {scopes.resource_scope_text: steps.v1_only},
    ),
    Fault(
        "PA-SCOP-014.granted-as-asked",
        "scope.undefined-granted",
        "Scopes with letters out of order are granted as requested.",
        {scopes.resource_scope_text: lambda original, tenant, word: original(tenant, word) or word},
    ),
    Fault(
        "PA-SCOP-014.letters-in-any-order",
        "scope.writes-granted",
        "Letters out of order are put in order, those for writing among them.",
        {scopes.resource_scope_text: steps.letters_in_order},
    ),
    Fault(
        "PA-SCOP-015.user-level",
        "scope.exceeds",
        "user/Patient.read is granted along with any patient scope.",
        {signin.granted_scope: edited(steps.user_level_along)},
    ),
    Fault(
        "PA-SCOP-015.writes",
        "scope.exceeds",
        "patient/Observation.cruds is granted along with any patient scope.",
        {signin.granted_scope: edited(steps.writing_along)},
    ),
    Fault(
        "PA-SCOP-016.requested-decides",
        "scope.not-enforced",
        "The API enforces the requested scopes, not the granted ones.",
        {signin.granted_scope: steps.remember_request, access.scopes_for: steps.as_requested},
    ),
    Fault(
        "PA-SCOP-017.breaks",
        "scope.status",
        "A type that was not granted answers 500.",
        {access.require_scope: steps.breaks_without_scope},
    ),
    Fault(
        "PA-SCOP-017.empty-bundle",
        "scope.hidden",
        "Searching a type that was not granted answers an empty Bundle.",
        {matching.matches: steps.finds_nothing},
    ),
    Fault(
        "PA-SCOP-017.no-reason",
        "scope.challenge",
        "The challenge of a 403 does not say insufficient_scope.",
        {access.challenge: lambda original, call, detail="": original(call)},  # noqa: ARG005
        warning=True,
    ),
    Fault(
        "PA-SCOP-018.delete",
        "scope.write-accepted",
        "DELETE answers 204.",
        {server.dispatch: steps.deletes},
    ),
    Fault(
        "PA-SCOP-018.breaks",
        "scope.write-status",
        "PUT answers 500.",
        {server.dispatch: steps.update_breaks},
    ),
    Fault(
        "PA-SCOP-018.update-done",
        "scope.write-done",
        "A write is refused after it was done.",
        {server.dispatch: steps.writes_and_refuses, answer.outgoing: steps.shows_what_was_written},
    ),
    Fault(
        "PA-SCOP-019.no-scope",
        "scope.not-granted",
        "Immunization is served and documented, and no scope for it can be had.",
        {signin.granted_scope: steps.never_granted("/Immunization.")},
    ),
    Fault(
        "PA-SCOP-019.documented-not-offered",
        "scope.type-documented",
        "Immunization is documented and not offered, and its scope is dropped from every grant.",
        {signin.granted_scope: steps.never_granted("/Immunization.")},
        target={
            "scopes.required": [*REQUIRED, "patient/Immunization.read"],
            "scopes.optional": [],
            "offered.Immunization": False,
        },
        warning=True,
    ),
    Fault(
        "PA-SCOP-019.closed",
        "scope.not-opened",
        "A scope for Procedure can be had and opens nothing.",
        {access.scopes_for: steps.never_opened("Procedure")},
    ),
    Fault(
        "PA-SCOP-020.no-organization",
        "scope.carin-minimum",
        "No scope for Organization can be had.",
        {signin.granted_scope: steps.never_granted("/Organization.")},
    ),
    Fault(
        "PA-SCOP-020.no-user-scopes",
        "scope.carin-minimum",
        "No user scope can be had.",
        {signin.granted_scope: steps.never_granted("user/")},
    ),
    Fault(
        "PA-SCOP-021.include-unchecked",
        "scope.include",
        "_include returns what a direct read refuses.",
        {search.includable: steps.included_without_scope},
    ),
)
