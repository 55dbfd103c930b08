"""Allure results in, one HTML file out that opens from disk and makes no request."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import HarnessError
from conformance.report.allure_results import lighten, lighten_history
from conformance.report.installation import Renderer, configuration_dir, find_renderer
from conformance.report.printable import one_line
from conformance.report.sealing import seal

if TYPE_CHECKING:
    from collections.abc import Sequence

_RENDER_SECONDS = 300


@dataclass(frozen=True, slots=True)
class RenderResult:
    """``path`` is the report, ``None`` when there is none; ``problem`` then says why in one sentence."""

    path: Path | None
    problem: str = ""
    seconds: float = 0.0


def render(
    results_dir: Path, output_html: Path, *, name: str = "", history: Path | None = None, cache: Path | None = None
) -> RenderResult:
    """Render the results into the single file ``output_html``; never raises: a missing renderer fails no run.

    ``history`` is the file that remembers earlier runs; it defaults to ``history.jsonl`` beside the run folder, which
    holds ``results_dir``. ``cache`` is where the renderer was installed.
    """
    started = time.monotonic()
    if not any(results_dir.glob("*-result.json")):
        return RenderResult(None, "there are no results to render: no check ran")
    renderer = find_renderer(cache)
    if isinstance(renderer, str):
        return RenderResult(None, renderer)
    remembered = history or results_dir.resolve().parent.parent / "history.jsonl"
    try:
        lighten(results_dir)
        lighten_history(remembered)
        page = _generate(renderer, results_dir.resolve(), name or "Patient Access conformance", remembered)
        _write_whole(output_html, seal(page))
    except HarnessError as problem:
        return RenderResult(None, str(problem))
    except ValueError:
        return RenderResult(None, "the results of the checks cannot be read")
    except OSError as problem:
        return RenderResult(None, f"the report could not be written: {problem.strerror or type(problem).__name__}")
    return RenderResult(output_html, seconds=time.monotonic() - started)


def _generate(renderer: Renderer, results: Path, name: str, history: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="allure-report-") as work:
        folder = Path(work)
        output = folder / "report"
        config = folder / "allurerc.json"
        config.write_text(json.dumps(_configuration(name, output, history)), encoding="utf-8")
        _run([str(renderer.node), str(renderer.script), "generate", "--config", str(config), str(results)], folder)
        page = output / "index.html"
        if not page.is_file():
            raise HarnessError("Allure ended well but wrote no report")
        return page.read_text(encoding="utf-8")


def _configuration(name: str, output: Path, history: Path) -> dict[str, Any]:
    """Our allurerc.yaml with what only this run knows; written as JSON, which Allure reads as well."""
    import yaml  # noqa: PLC0415  only rendering pays for it

    loaded = yaml.safe_load((configuration_dir() / "allurerc.yaml").read_text(encoding="utf-8"))
    remember = {"historyPath": str(history)} if _writable(history) else {}
    return {**loaded, "name": one_line(name, 160), "output": str(output), **remember}


def _writable(path: Path) -> bool:
    return os.access(path if path.exists() else path.parent, os.W_OK)


def _run(command: Sequence[str], folder: Path) -> None:
    environ = {**os.environ, "ALLURE_NO_ANALYTICS": "true", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_RENDER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise HarnessError(f"Allure did not finish within {_RENDER_SECONDS} s") from problem
    if done.returncode:
        said = one_line(done.stderr or done.stdout, 400)
        raise HarnessError(f"Allure could not render the report (exit {done.returncode}): {said}")


def _write_whole(path: Path, text: str) -> None:
    """Write beside the place and move there, so that a half-written report is never opened."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
