"""A run date other than today: whose rules apply, and that every page says so."""

import datetime as dt

import pytest

pytestmark = pytest.mark.browser

ROWS = ("PA-DATA-005", "PA-PROF-017", "PA-OPS-001")
DATED = ROWS[:2]


@pytest.mark.parametrize(
    ("day", "counts"), [("2026-12-31", "advisory"), ("2027-01-01", "gate"), ("2028-02-29", "gate")]
)
def test_prior_authorization_gates_from_2027(run, day, counts):
    ended = run("--reference", f"--run-date={day}", *(f"--requirement={row}" for row in ROWS), "--allow-untested")
    today = ended.document["run"]["today"]

    assert ended.code == 0, ended.output
    assert {ended.row(row)["effective"] for row in DATED} == {counts}
    assert {ended.statuses[row] for row in ROWS} == {"pass"}
    assert ended.document["run"]["date"] == day
    assert abs(dt.date.fromisoformat(today) - dt.datetime.now(dt.UTC).date()) <= dt.timedelta(days=1)
    told = f"{day}, run on {today}"
    assert f"Judged by the rules of another day: {told}" in ended.output
    assert (ended.folder / "summary.html").read_text(encoding="utf-8").count(told) == 3
    assert f"date={told}" in (ended.folder / "allure-results" / "environment.properties").read_text(encoding="utf-8")
