"""sub and the patient in context: another patient's id is always wrong, an opaque one only where the target says so."""

import pytest

from conformance.areas.identity.rules.context import Subject, subject_names_no_other_patient


@pytest.mark.parametrize(
    ("sub", "status", "mode", "expected"),
    [
        ("p1", 200, "standard", []),
        ("p1", 200, "documented", []),
        ("Patient/p1", 200, "documented", []),
        ("3f0c", 404, "standard", []),
        ("3f0c", 404, "either", []),
        ("3f0c", 404, "documented", ["identity.sub.not-the-patient"]),
        ("p1", 404, "documented", ["identity.sub.not-the-patient"]),
        ("p2", 200, "standard", ["identity.sub.another-patient"]),
        ("p2", 403, "standard", ["identity.sub.another-patient"]),
        ("p2", 200, "documented", ["identity.sub.another-patient"]),
    ],
)
def test_sub_and_the_patient_in_context(answer, rules_of, sub, status, mode, expected):  # noqa: PLR0917
    read = answer(status, {"resourceType": "Patient", "id": sub} if status == 200 else {})
    subject = Subject(sub, "p1", read, {"p2"})
    assert rules_of(subject_names_no_other_patient(subject, mode=mode)) == expected


def test_a_sub_that_cannot_be_an_id_is_not_read(rules_of):
    subject = Subject("member@payer.example", "p1", None)
    assert rules_of(subject_names_no_other_patient(subject, mode="standard")) == []
    assert rules_of(subject_names_no_other_patient(subject, mode="documented")) == ["identity.sub.not-the-patient"]
