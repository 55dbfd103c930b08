from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.profile.rules import codes
from conformance.areas.profile.rules import declarations as profiles
from conformance.areas.shared import claims, routing
from conformance.findings import Finding

PHARMACY = f"{routing.ABSTRACT_EOB}-Pharmacy"
SUBTYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBInstitutionalClaimSubType"
INSTITUTIONAL = f"{routing.ABSTRACT_EOB}-Inpatient-Institutional"


def concept(code, system=""):
    return {"coding": [{"code": code, **({"system": system} if system else {})}]}


def claim(kind="pharmacy", sub="", **parts):
    base = {
        "resourceType": "ExplanationOfBenefit",
        "id": "e",
        "use": "claim",
        "type": concept(kind, routing.CLAIM_TYPE),
    }
    return {**base, **({"subType": concept(sub, SUBTYPE)} if sub else {}), **parts}


def amount(code, value):
    return {"category": concept(code), "amount": {"value": value, "currency": "USD"}}


@pytest.mark.parametrize(
    ("resource", "profile"),
    [
        ({"resourceType": "Patient"}, "us-core-patient"),
        ({"resourceType": "Observation", "category": [concept("laboratory")]}, "us-core-observation-lab"),
        (
            {"resourceType": "Observation", "category": [concept("vital-signs")], "code": concept("8867-4")},
            "us-core-heart-rate",
        ),
        ({"resourceType": "Observation", "category": [concept("vital-signs")]}, "us-core-vital-signs"),
        (
            {"resourceType": "Observation", "category": [concept("social-history")], "code": concept("72166-2")},
            "us-core-smokingstatus",
        ),
        ({"resourceType": "Observation", "category": [concept("therapy")]}, ""),
        (
            {"resourceType": "Condition", "category": [concept("problem-list-item")]},
            "us-core-condition-problems-health-concerns",
        ),
        (
            {"resourceType": "Condition", "category": [concept("encounter-diagnosis")]},
            "us-core-condition-encounter-diagnosis",
        ),
        (claim("pharmacy"), "C4BB-ExplanationOfBenefit-Pharmacy"),
        (claim("vision"), "C4BB-ExplanationOfBenefit-Professional-NonClinician"),
        (claim("institutional", "inpatient"), "C4BB-ExplanationOfBenefit-Inpatient-Institutional"),
        (claim("institutional"), ""),
        (claim("pharmacy", meta={"profile": [f"{PHARMACY}-Basis"]}), "C4BB-ExplanationOfBenefit-Pharmacy-Basis"),
        (claim("pharmacy", use="preauthorization"), "pdex-priorauthorization"),
        ({"resourceType": "Basic"}, ""),
    ],
)
def test_a_resource_is_judged_by_the_profile_of_its_kind(resource, profile):
    assert routing.profile_for(resource, lambda _: True).rpartition("/")[2] == profile


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (claim(meta={"profile": [PHARMACY]}), []),
        (claim(meta={"profile": [f"{PHARMACY}|2.1.0", f"{PHARMACY}-Basis"]}), []),
        (claim(meta={"profile": [routing.ABSTRACT_EOB]}), ["claim.no-concrete-profile"]),
        (claim(), ["claim.no-concrete-profile"]),
        (claim(meta={"profile": [INSTITUTIONAL]}), ["claim.other-kind"]),
        (claim(meta={"profile": [PHARMACY, INSTITUTIONAL]}), ["claim.other-kind"]),
        (claim("institutional"), ["claim.unclassifiable"]),
        (claim("pharmacy", meta={"profile": [f"{PHARMACY}-Basis|2.1.0"]}), ["(claim.non-financial)"]),
        (claim("pharmacy", meta={"profile": [f"{PHARMACY}-Basis", PHARMACY]}), []),
        (claim("oral", meta={"profile": [f"{PHARMACY}-Basis"]}), ["claim.no-concrete-profile"]),
    ],
)
def test_a_claim_declares_its_kind(resource, expected, rules_of):
    assert rules_of(profiles.declares_its_kind(resource)) == expected


@pytest.mark.parametrize(
    ("url", "version", "expected"),
    [
        (f"{PHARMACY}|2.0.0", "2.0.0", []),
        (PHARMACY, "2.0.0", ["claim.profile-version"]),
        (f"{PHARMACY}|2.1.0", "2.0.0", ["claim.profile-version"]),
        (PHARMACY, "2.1.0", ["(claim.profile-version)"]),
        (f"{PHARMACY}|2.1.0", "2.1.0", []),
    ],
)
def test_versions_of_claimed_profiles(url, version, expected, rules_of):
    assert rules_of(profiles.version_suffix(claim(meta={"profile": [url]}), carin_version=version)) == expected


def test_prior_authorizations_and_claims_are_kept_apart(rules_of):
    good = claim(use="preauthorization", meta={"profile": [f"{routing.PRIOR_AUTHORIZATION}|2.0.0"]})
    assert list(profiles.authorization_profile(good)) == list(profiles.uses_are_known(good)) == []
    assert rules_of(profiles.authorization_profile(good | {"meta": {}})) == ["authorization.profile"]
    assert rules_of(profiles.uses_are_known(good | {"use": "claim"})) == ["authorization.use"]


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        ({"system": "http://loinc.org", "code": "4548-4"}, []),
        ({"system": "LOINC", "code": "4548-4"}, ["coding.system"]),
        ({"system": "https://loinc.org", "code": "4548-4"}, ["coding.system"]),
        ({"system": "http://loinc.org", "code": "glucose"}, ["(coding.format)"]),
        ({"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}, []),
        ({"system": "http://www.ama-assn.org/go/cpt", "code": "52"}, []),
        ({"system": "http://hl7.org/fhir/sid/ndc", "code": "0777-3105-02"}, []),
        ({"system": "urn:oid:1.2.3", "code": "whatever"}, []),
    ],
)
def test_code_systems_and_codes(coding, expected, rules_of):
    resource = {"resourceType": "Observation", "id": "o", "component": [{"code": {"coding": [coding]}}]}
    assert rules_of(codes.code_systems(resource)) == expected


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("1234567893", True),
        ("1234567890", False),
        ("1245319599", True),
        ("123456789", False),
        ("3234567893", False),
        ("", False),
    ],
)
def test_npi_check_digits(value, good):
    assert codes.is_npi(value) is good


@given(st.integers(min_value=100_000_000, max_value=299_999_999))
def test_exactly_one_check_digit_fits(stem):
    assert sum(codes.is_npi(f"{stem}{digit}") for digit in range(10)) == 1


def test_misspelt_conditions_and_vaccines(rules_of):
    assert rules_of(profiles.condition_canonical({"meta": {"profile": [profiles.MISSPELT_CONDITION]}})) == [
        "condition.misspelt-profile"
    ]
    assert list(profiles.vaccine_code({"vaccineCode": concept("140", profiles.CVX)})) == []
    assert list(profiles.vaccine_code({"vaccineCode": {"text": "flu"}})) == []
    assert rules_of(profiles.vaccine_code({"vaccineCode": concept("90686", "cpt")})) == ["(immunization.no-cvx)"]


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ({"url": "x/us-core-race", "extension": [{"url": "text", "valueString": "a"}]}, []),
        ({"url": "x/us-core-race", "valueString": "White"}, ["patient.extension-shape"]),
        ({"url": "x/us-core-ethnicity", "extension": [{"url": "ombCategory"}]}, ["patient.extension-text"]),
        ({"url": "x/us-core-birthsex", "valueCode": "F"}, []),
        ({"url": "x/us-core-birthsex", "valueString": "F"}, ["patient.extension-shape"]),
        ({"url": "x/other", "valueString": "F"}, []),
    ],
)
def test_us_core_extensions(extension, expected, rules_of):
    assert rules_of(profiles.us_core_extensions([{"extension": [extension]}])) == expected


def test_findings_below_a_path():
    inside = Finding("r", "m", path="Patient.extension[1].url")
    beside = Finding("r", "m", path="Patient.extensions")
    assert list(profiles.below([inside, beside], "Patient.extension")) == [inside]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"adjudication": [amount("submitted", 1)]}, []),
        ({"item": [{"adjudication": [amount("submitted", 1)]}]}, []),
        ({}, ["claim.header-or-line"]),
        (
            {"adjudication": [amount("submitted", 1)], "item": [{"adjudication": [amount("benefit", 1)]}]},
            ["claim.header-or-line"],
        ),
        ({"adjudication": [{"category": concept("benefitpaymentstatus")}]}, ["claim.header-or-line"]),
    ],
)
def test_amounts_stand_in_one_place(parts, expected, rules_of):
    assert rules_of(claims.amounts_in_one_place(claim(**parts))) == expected


def test_sequences_resolve(rules_of):
    good = claim(diagnosis=[{"sequence": 1}], item=[{"sequence": 1, "diagnosisSequence": [1]}])
    assert list(claims.sequences_resolve(good)) == []
    assert rules_of(claims.sequences_resolve(claim(item=[{"diagnosisSequence": [99]}]))) == ["claim.dangling-sequence"]


PARTS = ("submitted", "noncovered", "discount", "eligible")


@given(st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=3, max_size=3))
def test_amounts_that_add_up_are_never_a_finding(numbers):
    submitted, noncovered, discount = numbers
    values = dict(zip(PARTS, (submitted, noncovered, discount, submitted - noncovered - discount), strict=True))
    entries = [amount(code, value) for code, value in values.items()]
    assert list(claims.amounts_add_up(claim("professional", total=entries))) == []
    wrong = [
        amount("eligible", values["eligible"] + Decimal("0.02")) if e["category"] == concept("eligible") else e
        for e in entries
    ]
    assert [f.rule for f in claims.amounts_add_up(claim("professional", total=wrong))] == ["claim.eligible-amount"]


def test_pharmacy_claims_compute_eligible_otherwise():
    parts = [amount(code, value) for code, value in (("submitted", 100), ("noncovered", 0), ("discount", 0))]
    assert list(claims.amounts_add_up(claim("pharmacy", total=[*parts, amount("eligible", 80)]))) == []


def test_member_liability_money_focus_and_state(rules_of):
    parts = [amount(code, 5) for code in ("deductible", "coinsurance", "copay", "noncovered")]
    assert list(claims.amounts_add_up(claim("professional", total=[*parts, amount("memberliability", 20)]))) == []
    assert rules_of(claims.amounts_add_up(claim("professional", total=[*parts, amount("memberliability", 19)]))) == [
        "(claim.member-liability)"
    ]
    assert rules_of(
        claims.money_has_currency(claim(total=[{"category": concept("submitted"), "amount": {"value": "5"}}]))
    ) == [
        "claim.amount-type",
        "(claim.no-currency)",
    ]
    assert rules_of(claims.money_has_currency(claim())) == ["claim.no-total"]
    assert rules_of(claims.one_focal_insurance(claim(insurance=[{"focal": True}] * 2))) == ["claim.two-focal"]
    assert rules_of(claims.states_are_final(claim(status="draft", outcome="queued"))) == [
        "(claim.status)",
        "(claim.outcome)",
    ]
    assert list(claims.states_are_final(claim(status="active", outcome="complete"))) == []
