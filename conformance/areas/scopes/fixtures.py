"""Fixtures for scopes: grants of exactly one type, of letters, of parts, and what each of them opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.scopes.probes.trials import AccessPlan, Known, ScopeTrials, grant_of
from conformance.areas.scopes.rules.enforcement import OptionalScope
from conformance.areas.shared.compartment import target_of
from conformance.areas.shared.fixtures.collection import searched_by, served_types
from conformance.areas.shared.other_member import attachment_urls
from conformance.errors import Undecided
from conformance.fhir.reference import references
from conformance.oauth.scopes import parse_scopes
from conformance.transport import join, same_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.areas.scopes.rules.enforcement import AccessAttempt, GrantTrial
    from conformance.areas.scopes.rules.grants import Grant
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.collection import Gatherer, Listing
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.transport import Exchange

CONTEXT = "launch/patient"


@pytest.fixture(scope="session")
def known_records(
    run: Run,
    gatherer: Gatherer,
    patient: str,
    searched_types: Sequence[str],
    capability_statement_answer: Exchange,
) -> Known:
    """What the shared session found of each deployed type."""
    searches = [_searching(gatherer, name, patient) for name in searched_types]
    listings = dict(zip(searched_types, gatherer.parallel(searches), strict=True))
    found = {
        name: tuple(match["id"] for match in listing.matches if isinstance(match.get("id"), str))
        for name, listing in listings.items()
    }
    matches = {name: listing.matches for name, listing in listings.items()}
    base = run.target.deployment.fhir_base
    urls = [join(f"{base}/", url) for url in attachment_urls(matches.get("DocumentReference", []))]
    return Known(
        patient,
        found,
        [url for url in urls if same_origin(url, base)],
        _referenced(matches.get("MedicationRequest", []), "Medication"),
        _referenced(matches.get("Coverage", []) + matches.get("ExplanationOfBenefit", []), "Organization"),
        served_types(capability_statement_answer),
    )


def _searching(gatherer: Gatherer, name: str, patient: str) -> Callable[[], Listing]:
    return lambda: gatherer.search(name, dict(searched_by(name, patient)))


def _referenced(resources: Sequence[dict[str, Any]], type_name: str) -> list[str]:
    """Ids of one type that resources refer to, each once."""
    texts = [text for resource in resources for _, text in references(resource)]
    found = [target.partition("/")[2] for text in texts if (target := target_of(text)).startswith(f"{type_name}/")]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="session")
def kept_trials(run: Run, authorizations: Authorizations, known_records: Known) -> ScopeTrials:
    """The grants that were asked for so far."""
    return ScopeTrials(run, authorizations, known_records)


@pytest.fixture
def scope_trials(own_authorization: OwnAuthorization, kept_trials: ScopeTrials) -> ScopeTrials:
    """Grants of a check's own; on some servers they end the shared session, so these checks run late."""
    del own_authorization
    return kept_trials


@pytest.fixture(scope="session")
def doors(run: Run, known_records: Known, deployed_types: Sequence[str]) -> AccessPlan:
    """Which requests to try with a grant."""
    return AccessPlan(known_records, deployed_types, run.target.politeness.concurrency)


@pytest.fixture
def single_scope_trial(scope_trials: ScopeTrials, doors: AccessPlan) -> Callable[[str], GrantTrial]:
    """The grant of launch/patient and one type, with every door tried."""

    def trial(type_name: str) -> GrantTrial:
        scope = scope_trials.scope_of(type_name)
        reason = f"what does {scope} alone open"
        return scope_trials.trial(CONTEXT, scope, reason=reason, doors=doors.around(type_name))

    return trial


@pytest.fixture
def single_scope(single_scope_trial: Callable[[str], GrantTrial]) -> Callable[[str], GrantTrial]:
    """The same for a required type; undecided where the scope was not granted, which is PA-SCOP-001's to say."""

    def trial(type_name: str) -> GrantTrial:
        found = single_scope_trial(type_name)
        if found.grant.refused or found.grant.asked[-1] in found.grant.missing:
            raise Undecided(
                f"{found.grant.asked[-1]} alone was not granted ({found.grant.refused or found.grant.raw}), "
                "see PA-SCOP-001",
                blocked_by="PA-SCOP-001",
            )
        return found

    return trial


@pytest.fixture
def optional_scope(
    run: Run, single_scope_trial: Callable[[str], GrantTrial], scope_trials: ScopeTrials, doors: AccessPlan
) -> Callable[..., OptionalScope]:
    """The grant of one optional type, beside that of Patient alone.

    A type that the target does not offer is asked for together with Patient, so that something is granted.
    """

    def trial(*types: str) -> OptionalScope:
        offered, closed = run.target.offers(types[0]), single_scope_trial("Patient")
        if offered is not False:
            return OptionalScope(types, single_scope_trial(types[0]), closed, offered)
        wanted = (CONTEXT, scope_trials.scope_of("Patient"), scope_trials.scope_of(types[0]))
        tried = scope_trials.trial(*wanted, reason=f"is {wanted[-1]} dropped", doors=doors.around(types[0]))
        return OptionalScope((*types, "Patient"), tried, closed, offered)

    return trial


@pytest.fixture
def medications_beside(known_records: Known, doors: AccessPlan, fhir: FhirClient) -> list[AccessAttempt]:
    """Reads of Medications that MedicationRequests point to, with the whole grant of the shared session."""
    return doors.all(fhir, [doors.read(fhir, "Medication", each) for each in known_records.medications[:3]])


@pytest.fixture(scope="session")
def medication_scope_is_published(run: Run, discovery: Discovery) -> bool:
    """Whether a scope for Medication is listed or documented."""
    published = parse_scopes([*discovery.scopes_supported, *run.target.documentation.scopes])
    return published.allows("patient/Medication.read")


@pytest.fixture
def documents_without_token(known_records: Known, doors: AccessPlan, fhir: FhirClient) -> list[AccessAttempt]:
    """The bytes of documents below the FHIR base, asked for by nobody; undecided where there are none."""
    if not known_records.attachments:
        raise Undecided("member a has no document whose content lies below the FHIR base; give members.a one")
    anybody = fhir.with_token(None)
    return doors.all(anybody, [doors.bytes(anybody, url) for url in known_records.attachments[:1]])


@pytest.fixture(scope="session")
def shared_grant(authorizations: Authorizations, token_answer: TokenAnswer) -> Grant:
    """What the shared session asked for, and what it was granted."""
    grant = grant_of(authorizations.scopes, token_answer)
    if not grant.given:
        raise Undecided("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
    return grant


@pytest.fixture
def lone_fhir_user(scope_trials: ScopeTrials) -> Grant:
    """FhirUser asked for without openid."""
    wanted = (CONTEXT, scope_trials.scope_of("Patient"), "fhirUser")
    return scope_trials.trial(*wanted, reason="fhirUser without openid").grant
