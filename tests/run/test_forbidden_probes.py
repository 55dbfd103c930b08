"""What a target does not allow is not sent: seen in the record of everything that left for the deployment."""

from __future__ import annotations

import json
from collections import Counter
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

NEEDED = {"PA-AUTH-014": "failed-logins", "PA-TOK-027": "revocation", "PA-SCOP-018": "writes", "PA-SEC-008": "burst"}


def test_without_leave_nothing_is_written_revoked_flooded_or_mistyped(run, changed_target):
    target = changed_target(lambda document: document.update(allow=[]))

    ended = run(target, *(f"--requirement={row}" for row in (*NEEDED, "PA-SCOP-014")), "--allow-untested")

    for row, key in NEEDED.items():
        judged = ended.row(row)
        assert judged["status"] == "undecided", (row, judged["reason"])
        assert key in judged["reason"]
    lines = (ended.folder / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()
    sent = [(each["method"], urlsplit(each["url"]).path) for each in map(json.loads, lines)]
    assert len(sent) > 5
    assert [path for method, path in sent if method in {"PUT", "PATCH", "DELETE"}] == []
    assert [path for method, path in sent if method == "POST" and "/fhir" in path] == []
    assert [path for _, path in sent if path.endswith("/revoke")] == []
    assert max(Counter(sent).values()) < 12
    assert all("wrong password" not in entry["reason"] for entry in ended.document["login_log"])
