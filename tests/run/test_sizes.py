"""A member without records: nothing to judge is said so, and is no violation."""

import pytest

pytestmark = pytest.mark.browser

ROWS = ("PA-PROF-012", "PA-PROF-020", "PA-SRCH-014")


def test_a_member_without_records_leaves_rows_undecided(run, payer, changed_target):
    nobody = {key: payer.facts["members"]["empty"][key] for key in ("username", "password", "patient_id")}

    def change(target):
        target.pop("fixtures")
        target["members"]["a"] = nobody

    ended = run(changed_target(change), *(f"--requirement={row}" for row in ROWS), "--allow-untested")

    assert ended.code == 5, ended.output
    assert {row: ended.statuses[row] for row in ROWS} == dict.fromkeys(ROWS, "undecided")
    assert {row: ended.row(row)["reason"] for row in ROWS if "give a member w" not in ended.row(row)["reason"]} == {}
