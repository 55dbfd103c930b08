from pathlib import Path

import pytest

from conformance.errors import ConfigError
from conformance.requirements import coverage, load_catalogue

CATALOGUE = load_catalogue()


def suite(tmp_path, row):
    (tmp_path / "test_token.py").write_text(
        f'import pytest\n\n\n@pytest.mark.verifies("{row}")\ndef test_it(judge):\n    """It holds."""\n    judge()\n',
        encoding="utf-8",
    )
    return tmp_path


def test_checks_are_found_with_their_sentence(tmp_path):
    (check,) = coverage.checks(suite(tmp_path, "PA-TOK-006"))
    assert (check.id, check.sentence, check.requirements) == ("test_token.py::test_it", "It holds.", ("PA-TOK-006",))


def test_a_check_of_an_unknown_row_is_refused(tmp_path):
    found = coverage.checks(suite(tmp_path, "PA-TOC-006"))
    with pytest.raises(ConfigError, match="did you mean 'PA-TOK-006'"):
        coverage.by_requirement(CATALOGUE, found)


def test_a_row_without_a_check_says_why(tmp_path):
    found = coverage.checks(suite(tmp_path, "PA-TOK-006"))
    missing = {row.id: reason for row, reason in coverage.untested(CATALOGUE, found)}
    assert "PA-TOK-006" not in missing
    assert len(missing) == len(CATALOGUE) - 1
    assert all(missing.values())


def test_every_check_of_ours_names_known_rows_and_has_a_sentence():
    found = coverage.checks()
    assert found
    coverage.by_requirement(CATALOGUE, found)
    assert all(check.sentence.endswith((".", ").")) for check in found)


def test_the_suites_stand_in_the_file_of_their_area():
    for check in coverage.checks():
        areas = {CATALOGUE.get(row).area.replace("-", "_") for row in check.requirements}
        assert any(Path(check.path).stem.removeprefix("test_").startswith(area) for area in areas), check.id
