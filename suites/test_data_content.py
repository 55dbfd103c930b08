"""Data content: what the regulation demands is served, compared with the payer's own fixture manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.data_content.probes import manifest
from conformance.areas.data_content.rules import content as data
from conformance.areas.data_content.rules import documents as document_rules
from conformance.areas.shared import claims as claim_rules
from conformance.areas.shared.evidence import each
from conformance.areas.shared.promises import served

if TYPE_CHECKING:
    import datetime as dt
    from typing import Any

    from conformance.areas.data_content.rules.documents import Document
    from conformance.areas.shared.promises import Promises
    from conformance.areas.shared.records import Records
    from conformance.collection import Collection
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run


@pytest.mark.verifies("PA-DATA-001")
def test_claims_of_every_kind_and_outcome_are_served(promises: Promises, judge: Judge) -> None:
    """Every promised claim is served: each kind, paid, denied, partly paid, appealed, reversed."""
    claims = promises.claims()

    judge(data.all_served(claims, rule="data.claim-missing", what="claim"), of=claims)


@pytest.mark.verifies("PA-DATA-002")
def test_remittance_and_cost_sharing_are_shown(promises: Promises, judge: Judge) -> None:
    """Paid claims show what the provider was paid, what the member pays, and that they were paid."""
    paid = served(promises.marked("paid"))

    judge(data.amounts_as_promised(paid), data.payment_status_shown(paid), of=paid)


@pytest.mark.verifies("PA-DATA-003")
def test_encounters_of_capitated_providers_are_served(promises: Promises, judge: Judge) -> None:
    """Every promised capitated encounter is served."""
    capitated = promises.marked("capitated")

    judge(data.all_served(capitated, rule="data.capitated-missing", what="encounter"), of=capitated)


@pytest.mark.verifies("PA-DATA-004")
def test_maintained_data_classes_are_served(
    run: Run, collections: dict[str, Collection], gathered: dict[str, dict[str, Any]], judge: Judge
) -> None:
    """Every USCDI v3 data class that the payer states it maintains has at least one resource."""
    classes = manifest.data_classes_of(run)
    judged = data.judgeable(classes, manifest.unread_types(collections))

    judge(data.classes_exposed(judged, gathered.values()), judged=(len(judged), len(classes)))


@pytest.mark.verifies("PA-DATA-005")
def test_authorizations_of_every_state_are_served(promises: Promises, judge: Judge) -> None:
    """Pending, approved, partly approved and denied authorizations are served and their states differ."""
    promised = promises.authorizations()

    judge(
        data.all_served(promised, rule="data.authorization-missing", what="authorization"),
        data.states_distinguish(served(promised)),
        of=promised,
    )


@pytest.mark.verifies("PA-DATA-006")
def test_decisions_show_their_date_and_end(promises: Promises, judge: Judge) -> None:
    """Decided authorizations show the date of the decision, approved ones the end of their validity."""
    found = served(promises.authorizations())

    judge(data.decision_and_end(found), of=found)


@pytest.mark.verifies("PA-DATA-007")
def test_approved_items_are_listed(promises: Promises, judge: Judge) -> None:
    """Approved authorizations list the items and services approved, with their quantity."""
    approved = served(promises.marked("approved", "partly-approved", kind="authorization"))

    judge(data.approved_items_listed(approved), of=approved)


@pytest.mark.verifies("PA-DATA-008")
def test_denials_carry_a_specific_reason(promises: Promises, judge: Judge) -> None:
    """Denied authorizations carry a coded reason."""
    denied = served(promises.marked("denied", kind="authorization"))

    judge(data.denials_have_reasons(denied), of=denied)


@pytest.mark.verifies("PA-DATA-009")
def test_submitted_documentation_can_be_read(documents: list[Document], judge: Judge) -> None:
    """The member can read the documentation that was submitted with a request."""
    judged = [document for document in documents if document.is_judged]

    judge(
        document_rules.documentation_served(documents),
        document_rules.content_readable(documents),
        judged=(len(judged), len(documents)),
    )


@pytest.mark.verifies("PA-DATA-010")
def test_authorizations_are_served_for_a_year(promises: Promises, run_date: dt.date, judge: Judge) -> None:
    """Authorizations are served while active and for one year after their last change."""
    promised = promises.authorizations()

    judge(data.kept_a_year(promised, today=run_date), of=promised)


@pytest.mark.verifies("PA-DATA-011")
def test_history_reaches_back_to_2016(promises: Promises, judge: Judge) -> None:
    """Promised claims with service dates of 2016 are served."""
    early = promises.claims_of("2016")

    judge(data.reaches_back(early), of=early)


@pytest.mark.verifies("PA-DATA-012")
def test_corrections_are_linked_in_both_directions(promises: Promises, judge: Judge) -> None:
    """An adjusted claim refers to the claim it replaces, and that claim to its replacement."""
    corrected = served(promises.marked("adjusted", "replaced", "appealed"))

    judge(data.corrections_linked(corrected), of=corrected)


@pytest.mark.verifies("PA-DATA-013")
def test_claims_are_coherent(records: Records, judge: Judge) -> None:
    """Claims are active or cancelled and complete, their amounts add up and their sequence numbers resolve."""
    claims = records.claims()

    judge(
        each(claim_rules.states_are_final, claims),
        each(claim_rules.amounts_add_up, claims),
        each(claim_rules.sequences_resolve, claims),
        of=claims,
    )


@pytest.mark.verifies("PA-DATA-014")
def test_the_focal_coverage_is_the_insurers_and_in_force(
    records: Records, gathered: dict[str, dict[str, Any]], judge: Judge
) -> None:
    """The payor of the focal Coverage of a claim is its insurer, and the Coverage includes the date of service."""
    claims = records.claims()
    judged = data.with_focal_coverage(claims, gathered)

    judge(each(data.focal_coverage_fits, judged, coverages=gathered), judged=(len(judged), len(claims)))
