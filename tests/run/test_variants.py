"""Deployments that differ where payers differ: nothing fails for being another way of doing it right."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.proving.batch import Job, run_jobs

pytestmark = pytest.mark.browser

# Per variant: the row, its status there, and what its reason must tell the reader to do or to look at.
EXPECTED = {
    "one-grant": [
        ("PA-DISC-020", "pass", ""),
        ("PA-TOK-014", "pass", ""),
        ("PA-IDEN-008", "pass", ""),
        ("PA-SCOP-003", "pass", ""),
        ("PA-SCOP-013", "pass", ""),
    ],
    "refresh-kills-access": [("PA-TOK-014", "pass", ""), ("PA-TOK-017", "pass", ""), ("PA-TOK-018", "pass", "")],
    "short-tokens": [("PA-TOK-005", "pass", ""), ("PA-TOK-014", "pass", ""), ("PA-TOK-017", "pass", "")],
    "no-refresh": [
        ("PA-TOK-014", "pass", ""),
        ("PA-TOK-016", "undecided", "scopes.request_offline_access: true"),
        ("PA-TOK-017", "undecided", "PA-TOK-016"),
        ("PA-SCOP-011", "undecided", "scopes.request_offline_access: true"),
    ],
    "no-introspection": [("PA-TOK-014", "pass", ""), ("PA-TOK-028", "undecided", "no introspection_endpoint")],
    "no-id-token": [
        ("PA-TOK-014", "pass", ""),
        ("PA-TOK-015", "undecided", "openid was not granted"),
        ("PA-IDEN-001", "undecided", "PA-TOK-015"),
    ],
    "two-step-login": [("PA-AUTH-001", "pass", "")],
    "totp": [("PA-AUTH-001", "pass", "")],
    # Nobody is asked for approval unless the request wants that: what hangs on the approval page is judged all the same.
    "remembered-consent": [
        ("PA-AUTH-001", "pass", ""),
        ("PA-AUTH-002", "pass", ""),
        ("PA-AUTH-010", "pass", ""),
        ("PA-AUTH-015", "pass", ""),
        ("PA-AUTH-016", "pass", ""),
        ("PA-SCOP-016", "pass", ""),
        ("PA-SEC-006", "pass", ""),
    ],
    # An error shown on the payer's own page refuses the request; RFC 9700 4.11.2 allows it, a redirect is better.
    "errors-on-pages": [("PA-AUTH-003", "advisory", ""), ("PA-AUTH-005", "pass", ""), ("PA-AUTH-010", "advisory", "")],
    "friendly-errors": [("PA-AUTH-003", "advisory", ""), ("PA-AUTH-005", "pass", "")],
    "signed-assertions": [("PA-TOK-001", "pass", "")],
    "hash-sub": [("PA-IDEN-005", "pass", "")],
    "small-pages": [("PA-SRCH-019", "pass", ""), ("PA-EVRY-001", "pass", "")],
    # 5,000 claims: searches and $everything come in many pages, and all of them are read.
    "large": [("PA-REST-002", "pass", ""), ("PA-SRCH-019", "pass", ""), ("PA-EVRY-001", "pass", "")],
}


@pytest.fixture(scope="module")
def judged(payer, tmp_path_factory):
    """The statuses and reasons of the rows above on every variant; one process and one browser for all."""
    folder = tmp_path_factory.mktemp("variants")
    jobs = [
        Job(slug, Path(payer.facts["variants"][slug]["target_file"]), tuple(row for row, *_ in rows), folder / slug)
        for slug, rows in EXPECTED.items()
    ]
    documents = run_jobs(jobs, workers=1, done=lambda job: None)
    return {
        (slug, row["id"]): (row["status"], row["reason"])
        for slug, document in documents.items()
        for row in document["requirements"]
    }


@pytest.mark.parametrize(
    ("slug", "row", "status", "told"), [(slug, *each) for slug in EXPECTED for each in EXPECTED[slug]]
)
def test_a_variant_passes_or_is_told_what_to_add(judged, slug, row, status, told):
    found, reason = judged[slug, row]

    assert found == status, reason
    assert told in reason
