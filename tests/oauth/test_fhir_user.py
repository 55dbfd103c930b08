"""fhirUser names the same resource in whatever form it is written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.oauth.id_token import parse_fhir_user

IDS = st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True).filter(lambda text: text.strip("."))
TYPES = st.sampled_from(["Patient", "Practitioner", "RelatedPerson", "Person"])
BASES = st.sampled_from(["https://payer.example/fhir", "https://payer.example/fhir/r4", "http://127.0.0.1:8080"])


@given(base=BASES, kind=TYPES, number=IDS)
def test_absolute_and_relative_name_the_same(base, kind, number):
    absolute, relative = parse_fhir_user(f"{base}/{kind}/{number}"), parse_fhir_user(f"{kind}/{number}")

    assert absolute is not None
    assert relative is not None
    assert (absolute.type, absolute.id) == (relative.type, relative.id) == (kind, number)
    assert (absolute.base.rstrip("/"), relative.base) == (base, "")
