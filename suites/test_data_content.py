"""Data content: what the regulation says must be there, compared with the payer's own fixture manifest."""

import pytest

from conformance.areas.data_content.rules import content as data
from conformance.areas.shared import claims as claim_rules


@pytest.mark.verifies("PA-DATA-001")
def test_claims_of_every_kind_and_fate_are_served(promised_claims, judge):
    """Every promised claim is served: each kind, paid, denied, partly paid, appealed, reversed."""
    count = len(promised_claims)

    judge(data.all_served(promised_claims, rule="data.claim-missing", what="claim"), judged=(count, count))


@pytest.mark.verifies("PA-DATA-002")
def test_remittance_and_cost_sharing_are_shown(promised, promises, judge):
    """Paid claims show what was paid to the provider and what the member owes, and that they were paid."""
    paid = promises.served(promised("paid"))

    judge(data.amounts_as_promised(paid), data.payment_status_shown(paid), of=paid)


@pytest.mark.verifies("PA-DATA-003")
def test_encounters_of_capitated_providers_are_served(promised, judge):
    """A promised capitated encounter is served."""
    capitated = promised("capitated")

    judge(data.all_served(capitated, rule="data.capitated-missing", what="encounter"), of=capitated)


@pytest.mark.verifies("PA-DATA-004")
def test_maintained_data_classes_are_exposed(maintained_classes, gathered, judge):
    """Every USCDI v3 data class that the payer says it keeps is shown by some resource."""
    judge(data.classes_exposed(maintained_classes, gathered.values()), of=maintained_classes)


@pytest.mark.verifies("PA-DATA-005")
def test_authorizations_of_every_state_are_served(promised_authorizations, promises, judge):
    """Pending, approved, partly approved and denied authorizations are served and can be told apart."""
    judge(
        data.all_served(promised_authorizations, rule="data.authorization-missing", what="authorization"),
        data.states_distinguish(promises.served(promised_authorizations)),
        of=promised_authorizations,
    )


@pytest.mark.verifies("PA-DATA-006")
def test_decisions_show_their_date_and_end(promised_authorizations, promises, judge):
    """Decided authorizations show the day of the decision, approved ones until when they hold."""
    served = promises.served(promised_authorizations)

    judge(data.decision_and_end(served), of=served)


@pytest.mark.verifies("PA-DATA-007")
def test_approved_items_are_listed(promised, promises, judge):
    """Approved authorizations list the items and services approved, with their quantity."""
    approved = promises.served(promised("approved", "partly-approved", kind="authorization"))

    judge(data.approved_items_listed(approved), of=approved)


@pytest.mark.verifies("PA-DATA-008")
def test_denials_carry_a_specific_reason(promised, promises, judge):
    """Denied authorizations carry a coded reason."""
    denied = promises.served(promised("denied", kind="authorization"))

    judge(data.denials_have_reasons(denied), of=denied)


@pytest.mark.verifies("PA-DATA-009")
def test_submitted_documentation_is_reachable(documented_authorizations, gathered, judge):
    """Documentation that came with a request can be reached by the member."""
    count = len(documented_authorizations)

    judge(data.documentation_reachable(documented_authorizations, gathered), judged=(count, count))


@pytest.mark.verifies("PA-DATA-010")
def test_authorizations_stay_for_a_year(promised_authorizations, run_date, judge):
    """Authorizations are served while active and for a year after their last change."""
    judge(
        data.kept_a_year(promised_authorizations, today=run_date),
        of=promised_authorizations,
    )


@pytest.mark.verifies("PA-DATA-011")
def test_history_reaches_back_to_2016(early_claims, judge):
    """Promised claims with service dates of 2016 are served."""
    judge(data.reaches_back(early_claims), of=early_claims)


@pytest.mark.verifies("PA-DATA-012")
def test_corrections_are_linked_both_ways(promised, promises, judge):
    """An adjusted claim points to the one before it, and that one to its replacement."""
    corrected = promises.served(promised("adjusted", "replaced", "appealed"))

    judge(data.corrections_linked(corrected), of=corrected)


@pytest.mark.verifies("PA-DATA-013")
def test_claims_are_coherent(claims, each, judge):
    """Claims are active or cancelled and complete, their amounts add up and their sequences resolve."""
    judge(
        each(claim_rules.states_are_final, claims),
        each(claim_rules.amounts_add_up, claims),
        each(claim_rules.sequences_resolve, claims),
        of=claims,
    )


@pytest.mark.verifies("PA-DATA-014")
def test_the_focal_coverage_is_the_insurers_and_in_force(claims, gathered, each, judge):
    """The focal coverage of a claim is the insurer's and covers the date of service."""
    judge(each(data.focal_coverage_fits, claims, coverages=gathered), of=claims)
