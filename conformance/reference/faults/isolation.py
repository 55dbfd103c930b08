"""Faults of isolation: one member sees what belongs to another."""

from __future__ import annotations

from conformance.reference import attachments
from conformance.reference.faults import isolation_steps as steps
from conformance.reference.faults.deviations import stored, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, matching, paging, query, read, search, server

FAULTS = (
    Fault(
        "PA-ISO-001.any-patient",
        "isolation.read",
        "Any Patient can be read by its id.",
        {access.in_compartment: steps.open_to(("Patient",))},
    ),
    Fault(
        "PA-ISO-001.refused-by-name",
        "isolation.disclosed",
        "The refusal of another member's record discloses their family name.",
        {access.in_compartment: steps.told_by_name},
    ),
    Fault(
        "PA-ISO-002.any-id",
        "isolation.read",
        "Every record can be read by its id.",
        {access.in_compartment: yes},
    ),
    Fault(
        "PA-ISO-002.any-claim",
        "isolation.read",
        "Any ExplanationOfBenefit can be read by its id; other types are guarded.",
        {access.in_compartment: steps.open_to(("ExplanationOfBenefit",))},
    ),
    Fault(
        "PA-ISO-003.parameter-decides",
        "isolation.search",
        "A search follows its patient parameter, not the patient in context.",
        {matching.compartment: steps.unguarded("patient", "subject", "beneficiary")},
    ),
    Fault(
        "PA-ISO-003.one-of-several",
        "isolation.search",
        "A search for several patients is allowed when one of them is the open one.",
        {matching.compartment: steps.one_is_enough},
    ),
    Fault(
        "PA-ISO-003.counted",
        "isolation.count",
        "A search for another patient shows nothing, but its total counts their records.",
        {search.total: steps.counts_everybody},
    ),
    Fault(
        "PA-ISO-004.whole-plan",
        "isolation.search",
        "A search that names no patient returns the whole membership.",
        {matching.compartment: steps.guarded_only_with("patient", "subject", "beneficiary", "_id", "identifier")},
    ),
    Fault(
        "PA-ISO-004.update-feed",
        "isolation.search",
        "A search by _lastUpdated returns every member's changes.",
        {matching.compartment: steps.unguarded("_lastUpdated")},
    ),
    Fault(
        "PA-ISO-004.similar-id",
        "isolation",
        "Claims of members whose id ends like the open one's are taken for theirs.",
        records=stored("ExplanationOfBenefit", steps.tail_is_enough),
    ),
    Fault(
        "PA-ISO-005.claim-number",
        "isolation.search",
        "Searching by identifier is global.",
        {matching.compartment: steps.unguarded("identifier")},
    ),
    Fault(
        "PA-ISO-005.id-search",
        "isolation.search",
        "Searching by _id is global.",
        {matching.compartment: steps.unguarded("_id")},
    ),
    Fault(
        "PA-ISO-005.name",
        "isolation.search",
        "Searching by name or birth date is global.",
        {matching.compartment: steps.unguarded("name", "family", "given", "birthdate")},
    ),
    Fault(
        "PA-ISO-006.body-decides",
        "isolation.search",
        "A posted search goes by the patient in its body.",
        {matching.compartment: steps.body_decides},
    ),
    Fault(
        "PA-ISO-006.address-vouches",
        "isolation.search",
        "A posted search is checked by the patient in its address and carried out by the one in its body.",
        {search.search_fields: steps.body_only, matching.compartment: steps.address_vouches},
    ),
    Fault(
        "PA-ISO-007.chain",
        "isolation.search",
        "A chained search is not narrowed to the open record.",
        {matching.compartment: steps.any_chain},
    ),
    Fault(
        "PA-ISO-007.revinclude",
        "isolation.search",
        "_revinclude returns every member's records that reference a shared payer or doctor.",
        {query.use: steps.any_revinclude, search.includable: steps.includes_unchecked},
    ),
    Fault(
        "PA-ISO-007.compartment-address",
        "isolation.search",
        "Searching a compartment by its address goes by that address.",
        {server.instance: steps.compartment_by_address},
    ),
    Fault(
        "PA-ISO-007.everything",
        "isolation.search",
        "$everything opens whatever record its address names.",
        {access.patient_of: steps.address_is_the_patient},
    ),
    Fault(
        "PA-ISO-007.docref",
        "isolation.search",
        "$docref goes by its patient parameter.",
        {matching.compartment: steps.docref_goes_by_parameter},
    ),
    Fault(
        "PA-ISO-008.pages-for-anybody",
        "isolation.page",
        "A page link works with any token and without one.",
        {paging.opened: steps.pages_for_anybody},
    ),
    Fault(
        "PA-ISO-008.pages-without-token",
        "isolation.page",
        "A page link works without a token.",
        {access.authenticate: steps.pages_without_token},
    ),
    Fault(
        "PA-ISO-009.history",
        "isolation.history",
        "Reading is guarded, history and versions are not.",
        {read.versions: steps.versions_of_anybody},
    ),
    Fault(
        "PA-ISO-009.vread",
        "isolation.history",
        "Reading and history are guarded, reading one version is not.",
        {read.vread: steps.any_version},
    ),
    Fault(
        "PA-ISO-010.any-binary",
        "isolation.binary",
        "Any Binary can be read by its id.",
        {access.in_compartment: steps.open_to(("Binary",))},
    ),
    Fault(
        "PA-ISO-010.public-bytes",
        "isolation.binary",
        "A Binary can be read without a token.",
        {server.dispatch: steps.bytes_without_token},
    ),
    Fault(
        "PA-ISO-010.guessable-links",
        "isolation.binary",
        "Document links are public addresses made of the document's id.",
        {answer.attachment_urls: steps.guessable, attachments.opened: yes},
    ),
    Fault(
        "PA-ISO-011.whole-contract",
        "isolation.family",
        "A search returns the records of everybody on the contract.",
        {matching.compartment: steps.whole_family},
    ),
    Fault(
        "PA-ISO-011.siblings",
        "isolation.family",
        "With one child's record open the other children's can be read.",
        {access.in_compartment: steps.in_the_family},
    ),
    Fault(
        "PA-ISO-012.batch-as-system",
        "isolation.batch",
        "The entries of a batch are carried out with the server's own rights.",
        {server.dispatch: steps.batch_as_system},
    ),
    Fault(
        "PA-ISO-013.cached-by-address",
        "isolation.cache",
        "A cache in front keeps answers by their address alone.",
        {server.dispatch: steps.cached_by_address},
    ),
    Fault(
        "PA-ISO-014.patient-header",
        "isolation.hint",
        "A header names the patient whose record is opened.",
        {access.patient_of: steps.header_names_the_patient},
    ),
    Fault(
        "PA-ISO-014.forwarded-user",
        "isolation.hint",
        "X-Forwarded-User is trusted from any client.",
        {access.patient_of: steps.gateway_names_the_user},
    ),
    Fault(
        "PA-ISO-014.second-authorization",
        "isolation.hint",
        "Of two Authorization values the first is checked and the second is believed.",
        {access.bearer: steps.first_value, access.patient_of: steps.last_value_names_the_patient},
    ),
    Fault(
        "PA-ISO-015.status",
        "isolation.existence",
        "Somebody else's record answers 403, an unknown id 404.",
        {access.in_compartment: steps.refused_with(403, "This record is not yours.")},
    ),
    Fault(
        "PA-ISO-015.words",
        "isolation.existence",
        "Somebody else's record and an unknown id are refused in different words.",
        {access.in_compartment: steps.refused_with(404, "This record belongs to somebody else.")},
    ),
)
