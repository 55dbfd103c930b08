"""The files of a run folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import ConfigError
from conformance.report import files
from conformance.report.files import read_document, write_allure, write_junit, write_summary

if TYPE_CHECKING:
    from pathlib import Path


def test_summary_and_junit_are_made_from_what_the_folder_holds(document: Any, exchanges: Any, tmp_path: Path) -> None:
    (tmp_path / "conformance.json").write_text(json.dumps(document), encoding="utf-8")
    records = "\n".join(json.dumps(record) for record in exchanges.values())
    (tmp_path / "exchanges.jsonl").write_text(records, encoding="utf-8")

    read = read_document(tmp_path)

    assert "Reproduce" in write_summary(tmp_path, read).read_text(encoding="utf-8")
    assert write_junit(tmp_path, read).read_text(encoding="utf-8").startswith("<?xml")
    assert write_allure(tmp_path, read).problem == "there are no results to render: no check ran"


def test_each_deployment_has_a_history_of_its_own(
    document: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    monkeypatch.setattr(files, "render", lambda *paths, name, history: used.append(history.name))

    for environment in ("staging", "production"):
        document["target"]["deployment"] |= {"name": "A/B: Payer", "environment": environment}
        write_allure(tmp_path / "run", document)

    assert used == ["history-a-b-payer-staging.jsonl", "history-a-b-payer-production.jsonl"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "holds no run"),
        ("{", "is not JSON"),
        ("[]", "is not the document of a run"),
        ("{}", "is not the document"),
    ],
)
def test_a_folder_without_a_run_is_the_callers_mistake(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "conformance.json").write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match=said):
        read_document(tmp_path)
