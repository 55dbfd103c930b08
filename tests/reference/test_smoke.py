"""The whole way once: discovery, login, token, read, search, everything."""

from __future__ import annotations

from joserfc import jwt
from joserfc.jwk import KeySet


def test_a_member_reads_their_record(payer, session_a):
    patient = session_a["patient"]

    answer = payer.get(f"Patient/{patient}", session_a["access_token"])

    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == patient
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"


def test_the_id_token_verifies_with_the_published_keys(payer, session_a):
    keys = KeySet.import_key_set(payer.get(f"{payer.ready['issuer']}/.well-known/jwks.json").json())

    claims = jwt.decode(session_a["id_token"], keys, algorithms=["RS256"]).claims

    assert claims["iss"] == payer.ready["issuer"]
    assert claims["fhirUser"] == f"{payer.base}/Patient/{session_a['patient']}"
    assert claims["sub"] != session_a["patient"]


def test_every_type_is_searchable_and_everything_holds_it_all(payer, session_a):
    token, patient = session_a["access_token"], session_a["patient"]
    metadata = payer.get("metadata").json()
    found = set()
    for resource in metadata["rest"][0]["resource"]:
        names = [each["name"] for each in resource.get("searchParam", [])]
        if "patient" in names:
            bundle = payer.get(f"{resource['type']}?patient={patient}&_count=500", token).json()
            assert bundle["type"] == "searchset", bundle
            found |= {entry["fullUrl"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == "match"}

    everything = payer.get(f"Patient/{patient}/$everything", token).json()

    assert len(found) > 40
    assert found <= {entry["fullUrl"] for entry in everything["entry"]}


def test_another_members_records_are_not_there(payer, session_a, session_b):
    answer = payer.get(f"Patient/{session_b['patient']}", session_a["access_token"])

    assert answer.status_code == 404
