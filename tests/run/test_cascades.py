"""With one thing broken on which many rows rest, only the rows that own it fail; the rest are undecided and say why."""

import sys
from pathlib import Path

import pytest

from conformance.proving import payer as proving
from tests.run.conftest import command

BROKEN_PAYER = Path(__file__).with_name("broken_payer.py")

OWNERS = {
    "search": {"PA-SRCH-001"},
    "paging": {"PA-SRCH-007"},
    "id-token": {"PA-TOK-015", "PA-IDEN-001"},
    "everything": {"PA-EVRY-001"},
}
# Undecided rows that name no row: what they lack is a precondition that no row owns.
NAME_NO_ROW = {"search": {"PA-SCOP-018"}, "paging": set(), "id-token": set(), "everything": set()}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("broken", OWNERS)
def test_only_the_rows_that_own_what_is_broken_fail(broken, tmp_path, monkeypatch):
    monkeypatch.setattr(proving, "_command", lambda _: [sys.executable, str(BROKEN_PAYER), broken])
    with proving.reference_payer() as payer:
        folder = tmp_path / "out"
        ended = command("conformance", "run", str(payer.target_file), f"--out={folder}", folder=folder)
    rows = ended.document["requirements"]
    assert {row["id"] for row in rows if row["status"] in {"fail", "error"}} == OWNERS[broken]
    silent = {row["id"] for row in rows if row["status"] == "undecided" and not row["blocked_by"]}
    assert silent == NAME_NO_ROW[broken]
    named = {row for each in rows for row in each["blocked_by"]}
    assert named == OWNERS[broken] - {"PA-TOK-015"}
