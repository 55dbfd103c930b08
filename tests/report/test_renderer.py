"""From results to one file that opens from disk and asks nobody for anything."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from conformance.report import renderer
from conformance.report.allure_results import lighten
from conformance.report.installation import Renderer, find_node, find_renderer
from conformance.report.renderer import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def run_folder(sample_results: Path, tmp_path: Path) -> Path:
    """A run folder that holds the sample's results and nothing else."""
    folder = tmp_path / "runs" / "first"
    shutil.copytree(sample_results, folder / "allure-results")
    return folder


@pytest.fixture
def installed() -> None:
    missing = find_renderer()
    if isinstance(missing, str):
        pytest.skip(missing)


@pytest.fixture
def fake_allure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a stand-in for Allure's command line in place, a Node script."""

    def put(script: str) -> None:
        path = tmp_path / "cli.js"
        path.write_text(script, encoding="utf-8")
        node = find_node()
        assert node is not None
        monkeypatch.setattr(renderer, "find_renderer", lambda cache=None: Renderer(node, path))

    return put


@pytest.mark.browser
@pytest.mark.usefixtures("installed")
def test_the_report_opens_without_a_request_and_shows_the_tree(run_folder: Path, open_page: Callable[..., Any]) -> None:
    result = render(run_folder / "allure-results", run_folder / "allure" / "index.html", name="Sample payer")
    assert result.path is not None, result.problem

    opened = open_page(result.path)
    page = opened.page
    page.get_by_text("10 Profile").wait_for()
    page.get_by_text("PA-PROF-001 The Patient conforms to us-core-patient").first.wait_for()
    page.get_by_text("Patients fit their profile [a]").first.click()
    page.get_by_text("Exchange 17").first.click()
    page.get_by_text('→   "gender": "woman"').first.wait_for()

    afresh = open_page(result.path)
    afresh.page.get_by_text("Categories").first.click()
    for category in ("Violation of a gate requirement", "Undecided", "Error of the harness"):
        afresh.page.get_by_text(category).first.wait_for()

    assert opened.outside + afresh.outside == []
    assert opened.said + afresh.said == []
    assert page.title() == "Sample payer"


def test_only_fixtures_that_failed_stand_before_what_a_check_found(tmp_path: Path, fake_allure: Any) -> None:
    fake_allure("process.exit(1)")
    done, failed = {"name": "search", "status": "passed"}, {"name": "session", "status": "broken"}
    for name, befores in (("a", [done]), ("b", [done, failed])):
        container = {"uuid": name, "children": [], "befores": befores, "afters": [{"name": "search::<lambda>"}]}
        (tmp_path / f"{name}-container.json").write_text(json.dumps(container), encoding="utf-8")
    (tmp_path / "a-result.json").write_text("{}", encoding="utf-8")

    render(tmp_path, tmp_path / "index.html")

    (kept,) = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*-container.json")]
    assert (kept["befores"], kept["afters"]) == ([failed], [])


@pytest.mark.browser
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_narrow_screen_sentences_have_room(run_folder: Path, open_page: Callable[..., Any], scheme: str) -> None:
    result = render(run_folder / "allure-results", run_folder / "allure" / "index.html")
    page = open_page(result.path, width=400, scheme=scheme).page

    title = page.get_by_text("PA-PROF-001 The Patient conforms to us-core-patient").first
    title.wait_for()
    assert title.evaluate("title => title.scrollWidth <= title.clientWidth + 1")
    page.get_by_text("Patients fit their profile [a]").first.click()
    step = page.get_by_text("binding.required (2 times)").first
    step.wait_for()
    assert step.bounding_box()["width"] > 150
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.browser
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bars_of_the_tree_tell_statuses_without_colour(
    run_folder: Path, open_page: Callable[..., Any], scheme: str
) -> None:
    page = open_page(render(run_folder / "allure-results", run_folder / "index.html").path, scheme=scheme).page
    page.get_by_text("10 Profile").wait_for()

    told = page.evaluate("""[...document.querySelectorAll('[class*="tree-status-bar-item"]')].map(bar =>
        [bar.className.match(/styles_(failed|broken|skipped|passed)/)[1], getComputedStyle(bar, '::before').content])""")
    assert {(status, sign.strip('"\N{NO-BREAK SPACE}')) for status, sign in told} == {
        ("failed", "✕"),
        ("broken", "⚠"),
        ("skipped", "–"),
        ("passed", "✓"),
    }
    failed = page.locator('[class*="tree-status-bar-item"][class*="styles_failed"]').first
    assert failed.evaluate("bar => getComputedStyle(bar).backgroundColor") == "rgb(179, 38, 30)"


@pytest.mark.usefixtures("installed")
def test_history_is_kept_beside_the_runs_and_the_run_folder_gets_one_file(run_folder: Path) -> None:
    for number in (1, 2):
        render(run_folder / "allure-results", run_folder / "allure" / "index.html")
        history = (run_folder.parent / "history.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(history) == number
        json.loads(history[-1])
    remembered = json.loads(history[0])["testResults"].values()
    assert {len(result["labels"]) for result in remembered} == {0}  # each is in the page twice for every run

    assert [entry.name for entry in (run_folder / "allure").iterdir()] == ["index.html"]


def test_without_results_there_is_no_report(tmp_path: Path) -> None:
    result = render(tmp_path, tmp_path / "index.html")

    assert (result.path, result.problem) == (None, "there are no results to render: no check ran")


def test_a_missing_renderer_is_said_and_raises_nothing(run_folder: Path, tmp_path: Path) -> None:
    result = render(run_folder / "allure-results", run_folder / "index.html", cache=tmp_path / "empty")

    assert result.path is None
    assert "conformance doctor --install" in result.problem


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('toArray is not a function'); process.exit(3)", "(exit 3): toArray is not a function"),
        ("", "Allure ended well but wrote no report"),
    ],
)
def test_an_allure_that_fails_is_said(
    run_folder: Path, fake_allure: Callable[[str], None], script: str, problem: str
) -> None:
    fake_allure(script)

    result = render(run_folder / "allure-results", run_folder / "index.html")

    assert result.path is None
    assert problem in result.problem


def test_a_hanging_allure_ends(
    run_folder: Path, fake_allure: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_allure("setInterval(() => {}, 1000)")
    monkeypatch.setattr(renderer, "_RENDER_SECONDS", 0.5)

    assert "did not finish" in render(run_folder / "allure-results", run_folder / "index.html").problem


def test_a_report_that_would_load_from_elsewhere_is_not_written(
    run_folder: Path, fake_allure: Callable[[str], None]
) -> None:
    fake_allure(
        """
        const fs = require("fs"), path = require("path");
        const config = JSON.parse(fs.readFileSync(process.argv[process.argv.indexOf("--config") + 1]));
        fs.mkdirSync(config.output, {recursive: true});
        const page = "<html><head></head><script src='https://cdn.example/new.js'></script></html>";
        fs.writeFileSync(path.join(config.output, "index.html"), page);
        """
    )

    result = render(run_folder / "allure-results", run_folder / "index.html")

    assert "loads a script from elsewhere" in result.problem
    assert not (run_folder / "index.html").exists()


@pytest.mark.usefixtures("installed")
def test_a_check_with_two_thousand_findings_does_not_swell_the_report(run_folder: Path) -> None:
    path = next(
        path
        for path in (run_folder / "allure-results").glob("*-result.json")
        if json.loads(path.read_text(encoding="utf-8"))["status"] == "failed"
    )
    result = json.loads(path.read_text(encoding="utf-8"))
    lines = [f"error binding.required [ExplanationOfBenefit/{n}]: {'not in the value set ' * 5}" for n in range(2000)]
    result["statusDetails"] = {"message": "\n".join(lines), "trace": "\n".join(lines)}
    path.write_text(json.dumps(result), encoding="utf-8")

    rendered = render(run_folder / "allure-results", run_folder / "allure" / "index.html")

    assert rendered.path is not None, rendered.problem
    assert rendered.path.stat().st_size < 5_000_000
    kept = json.loads(path.read_text(encoding="utf-8"))["statusDetails"]["message"]
    assert kept.endswith("and 1,980 more lines; see the steps below")


def test_the_history_of_a_check_outlives_its_file(tmp_path: Path) -> None:
    def written(name: str, full_name: str, **parts: Any) -> dict[str, Any]:
        labels = [{"name": "requirement", "value": "PA-TOK-001 A title"}]
        path = tmp_path / f"{name}-result.json"
        path.write_text(json.dumps({"name": "a", "fullName": full_name, "labels": labels, **parts}), encoding="utf-8")
        lighten(tmp_path)
        lighten(tmp_path)
        return dict(json.loads(path.read_text(encoding="utf-8")))

    old, new = written("old", "test_token#test_a"), written("new", "suites.test_token_life#test_a")
    other = written("other", "test_token#test_a", parameters=[{"name": "kind", "value": "x"}])
    names = ("fullName", "testCaseId", "historyId")

    assert [old[name] for name in names] == [new[name] for name in names]
    assert (other["testCaseId"] == old["testCaseId"], other["historyId"] == old["historyId"]) == (True, False)
