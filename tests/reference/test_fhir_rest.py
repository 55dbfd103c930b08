"""Reads, errors, negotiation, isolation: the REST interface."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
import yaml


@pytest.fixture
def get(payer, session_a):
    """GET with Maria's token."""
    return lambda path, **headers: payer.get(path, session_a["access_token"], **headers)


def outcome(answer, status: int) -> bool:
    """Whether an answer is a refusal with an OperationOutcome."""
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8", answer.text
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["severity"] == "error"
    return answer.status_code == status


def ids(bundle) -> set[str]:
    return {entry["fullUrl"] for entry in bundle.get("entry", [])}


def test_version_headers_mirror_meta_and_conditional_read_works(get, session_a):
    path = f"Patient/{session_a['patient']}"
    answer = get(path)
    tag = answer.headers["etag"]

    assert tag == f'W/"{answer.json()["meta"]["versionId"]}"'
    assert get(path, **{"If-None-Match": tag}).status_code == 304
    assert get(path, **{"If-None-Match": tag}).content == b""
    assert get(path, **{"If-None-Match": 'W/"99"'}).status_code == 200
    assert get(path, **{"If-Modified-Since": answer.headers["last-modified"]}).status_code == 304
    assert get(path, **{"If-Modified-Since": "nonsense"}).status_code == 200


def test_vread_and_history_tell_versions_apart(get, session_a):
    path = f"Patient/{session_a['patient']}"
    current = get(path).json()
    version = current["meta"]["versionId"]

    assert get(f"{path}/_history/{version}").json() == current
    assert outcome(get(f"{path}/_history/77"), 404)
    assert get(f"{path}/_history").json()["type"] == "history"


@pytest.mark.parametrize(
    "bad", ["x" * 65, "a%20b", "a%27b", "..%2F..%2Fetc%2Fpasswd", "a%2Fb", "%00", "%ff", "a;b", "-", "'--", "💥"]
)
def test_malformed_ids_are_not_found(get, bad):
    assert outcome(get(f"Patient/{bad}"), 404)


@pytest.mark.parametrize(
    "path", ["NotAType", "patient/1", "patient", "Device/1", "Patient/x/y", "Patient/x/_history/1/2"]
)
def test_unknown_paths_are_not_found(get, path):
    assert outcome(get(path), 404)


def test_a_deleted_claim_is_gone(get, payer):
    target = yaml.safe_load(Path(payer.ready["target_file"]).read_text(encoding="utf-8"))
    deleted = target["ids"]["deleted"]["ExplanationOfBenefit"]

    assert outcome(get(f"ExplanationOfBenefit/{deleted}"), 410)
    history = get(f"ExplanationOfBenefit/{deleted}/_history").json()["entry"]
    assert [entry["request"]["method"] for entry in history] == ["DELETE", "PUT"]
    assert outcome(get(f"ExplanationOfBenefit/{deleted}/_history/2"), 410)
    assert get(f"ExplanationOfBenefit/{deleted}/_history/1").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["Coverage", "Coverage/x", ""])
def test_nothing_can_be_written(payer, session_a, method, path):
    answer = payer.http.request(
        method, f"{payer.base}/{path}", headers={"Authorization": f"Bearer {session_a['access_token']}"}, content=b"{}"
    )

    assert outcome(answer, 405)


@pytest.mark.parametrize(
    "accept", ["application/fhir+json", "application/json", "*/*", "", "application/*", "text/json"]
)
def test_json_is_given_to_whoever_takes_it(get, session_a, accept):
    answer = get(f"Patient/{session_a['patient']}", Accept=accept)

    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"


def test_other_formats_are_refused_and_format_outweighs_accept(get, session_a):
    path = f"Patient/{session_a['patient']}"

    assert outcome(get(path, Accept="application/fhir+xml"), 406)
    assert outcome(get(f"{path}?_format=xml"), 406)
    for wanted in ("json", "application/json", "application/fhir%2Bjson", "application/fhir+json"):
        assert get(f"{path}?_format={wanted}", Accept="text/html").status_code == 200


PROTECTED = ["Patient", "Patient/x", "Patient/x/$everything", "Patient/$everything", "Binary/x", "Patient/x/_history"]


@pytest.mark.parametrize("path", [*PROTECTED, "NotAType", "", "DocumentReference/$docref?patient=x"])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "nonsense", "Bearer a b"])
def test_without_a_valid_token_nothing_is_answered(payer, path, header):
    answer = payer.get(path, **({"Authorization": header} if header else {}))

    assert outcome(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_the_scheme_is_case_insensitive_and_the_query_is_not_looked_at(payer, session_a):
    token = session_a["access_token"]

    assert payer.get("Patient", Authorization=f"bearer {token}").status_code == 200
    assert outcome(payer.get(f"Patient?access_token={token}"), 401)
    assert outcome(payer.get("Patient", token[:-1] + ("a" if token[-1] != "a" else "b")), 401)
    assert outcome(payer.get("Patient", session_a["id_token"]), 401)


def test_insufficient_scope_is_said(app, payer):
    tokens = app.tokens("a", scope="launch/patient patient/Patient.read")

    answer = payer.get("Coverage", tokens["access_token"])

    assert outcome(answer, 403)
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_v2_letters_are_enforced(app, payer, session_a):
    known = payer.get("Condition", session_a["access_token"]).json()["entry"][0]["resource"]["id"]
    reading = app.tokens("a", scope="launch/patient patient/Condition.r")["access_token"]
    searching = app.tokens("a", scope="launch/patient patient/Condition.s")["access_token"]

    assert payer.get(f"Condition/{known}", reading).status_code == 200
    assert outcome(payer.get("Condition", reading), 403)
    assert payer.get("Condition", searching).status_code == 200
    assert outcome(payer.get(f"Condition/{known}", searching), 403)


def test_a_granular_scope_hides_what_its_filter_leaves_out(app, payer, session_a):
    category = "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
    scope = f"launch/patient patient/Patient.rs patient/Observation.rs?{category}"
    tokens = app.tokens("a", scope=scope)
    everything = payer.get("Observation", session_a["access_token"]).json()
    vital = next(
        entry["resource"]
        for entry in everything["entry"]
        if entry["resource"]["category"][0]["coding"][0]["code"] == "vital-signs"
    )

    seen = payer.get("Observation", tokens["access_token"]).json()

    assert tokens["scope"] == scope
    assert 0 < seen["total"] < everything["total"]
    assert ids(seen) == ids(payer.get(f"Observation?{category}", session_a["access_token"]).json())
    assert outcome(payer.get(f"Observation/{vital['id']}", tokens["access_token"]), 404)
    whole = payer.get(f"Patient/{session_a['patient']}/$everything", tokens["access_token"]).json()
    assert vital["id"] not in str(whole)


def test_scopes_that_would_write_or_are_no_scopes_are_cut_down(app):
    asked = "launch/patient patient/Observation.dus patient/Observation.readx patient/Patient.cruds patient/Coverage.*"
    asked += " patient/Condition.write system/Patient.read patient/Immunization.rs patient/*.read banana"

    granted = app.tokens("a", scope=asked)["scope"]

    assert granted == "launch/patient patient/Patient.rs patient/Coverage.read patient/Immunization.rs patient/*.read"


def test_no_record_of_another_member_is_reachable(payer, session_a, session_b):
    token_a, token_b, b = session_a["access_token"], session_b["access_token"], session_b["patient"]
    others = payer.get(f"Patient/{b}/$everything", token_b).json()["entry"]
    own = [entry["resource"] for entry in others if entry["search"]["mode"] == "match"]
    reached = []
    for resource in own:
        name = f"{resource['resourceType']}/{resource['id']}"
        answers = [payer.get(path, token_a) for path in (name, f"{name}/_history", f"{name}/_history/1")]
        reached += [name for answer in answers if answer.status_code != 404]
        found = payer.get(f"{resource['resourceType']}?_id={resource['id']}", token_a).json()
        reached += [name for entry in found.get("entry", []) if entry["search"]["mode"] != "outcome"]

    assert len(own) > 30
    assert reached == []
    for search in (f"patient={b}", f"patient=Patient/{b}", f"subject=Patient/{b}", f"patient=Patient/{b}&_count=0"):
        answer = payer.get(f"Observation?{search}", token_a).json()
        assert answer["total"] == 0


def test_another_members_page_and_document_are_not_there(payer, session_a, session_b):
    first = payer.get("ExplanationOfBenefit?_count=2", session_b["access_token"]).json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    document = payer.get("DocumentReference", session_b["access_token"]).json()["entry"][0]["resource"]
    url = document["content"][0]["attachment"]["url"]

    assert payer.get(following, session_b["access_token"]).status_code == 200
    assert outcome(payer.get(following, session_a["access_token"]), 404)
    assert outcome(payer.get(following), 401)
    assert payer.get(url, session_b["access_token"]).status_code == 200
    assert outcome(payer.get(url, session_a["access_token"]), 404)
    assert outcome(payer.get(url), 401)


def test_hints_about_identity_are_ignored(payer, session_a, session_b):
    headers = [("Authorization", f"Bearer {session_a['access_token']}"), ("X-Patient-Id", session_b["patient"])]
    headers += [("Authorization", f"Bearer {session_b['access_token']}"), ("X-Forwarded-User", "walter.brandt")]

    answer = payer.http.get(f"{payer.base}/Patient", headers=headers)

    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == [session_a["patient"]]


def test_a_document_elsewhere_opens_by_its_link_alone_and_dies_with_the_token(app, payer):
    tokens = app.tokens("a")
    documents = payer.get("DocumentReference", tokens["access_token"]).json()["entry"]
    attachments = [entry["resource"]["content"][0]["attachment"] for entry in documents]
    (url,) = [each["url"] for each in attachments if not each.get("url", payer.base).startswith(payer.base)]
    again = payer.get("DocumentReference", tokens["access_token"]).text
    altered = url[:-1] + ("0" if url[-1] != "0" else "1")

    answer = payer.http.get(url)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert url in again
    assert payer.http.get(altered).status_code == 403
    assert payer.http.get(url.partition("?")[0]).status_code == 403
    client = app.client
    payer.http.post(
        payer.oauth("revoke"),
        data={"token": tokens["access_token"]},
        auth=(client["client_id"], client["client_secret"]),
    )
    assert payer.http.get(url).status_code == 403


def test_attachments_have_the_size_and_hash_they_say(payer, session_a):
    token = session_a["access_token"]
    for entry in payer.get("DocumentReference", token).json()["entry"]:
        attachment = entry["resource"]["content"][0]["attachment"]
        if "url" in attachment:
            content = payer.get(attachment["url"], token).content
            assert len(content) == attachment["size"]
            assert base64.b64encode(hashlib.sha1(content).digest()).decode() == attachment["hash"]
