"""The reference payer, whose records are of US Core 6.1.0, is judged by other versions of US Core."""

import pytest

from tests.run.conftest import command

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Rows whose status differs from that under 6.1.0, and why.
DIFFERENT = {
    "3.1.1": {
        "PA-PROF-005": "not-applicable",  # 3.1.1 has no profile of Coverage
        "PA-DISC-017": "advisory",  # the Condition profiles declared are of 6.1.0; 3.1.1 requires no declaration
        "PA-PROF-026": "advisory",  # further value sets are extensible, and the payer has codes outside them
        "PA-OPS-001": "advisory",  # its adoption ended on 2026-01-01
    },
    "7.0.0": {
        "PA-PROF-026": "advisory",  # as above
        "PA-MS-007": "advisory",  # 7.0.0 has must-support elements that the payer does not show
    },
}


@pytest.fixture(scope="module", params=DIFFERENT)
def judged(request, payer, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "out"
    guide = f"us-core@{request.param}"
    return request.param, command(
        "conformance", "run", str(payer.target_file), f"--out={folder}", f"--guide={guide}", folder=folder
    )


def test_no_gate_fails(judged):
    _, ended = judged
    failing = {row["id"]: row["findings"] for row in ended.document["requirements"] if row["status"] == "fail"}
    assert failing == {}
    assert ended.code == 0, ended.output


def test_only_the_rows_that_the_version_changes_differ(judged, finished_run):
    version, ended = judged
    assert {row: status for row, status in ended.statuses.items() if status != finished_run.statuses[row]} == (
        DIFFERENT[version]
    )


def test_the_selected_version_is_named(judged):
    version, ended = judged
    named = {guide["version"]: guide["needed_by"] for guide in ended.document["guides"] if guide["name"] == "us-core"}
    assert named[version] == ""
    assert all(needed_by for other, needed_by in named.items() if other != version)
