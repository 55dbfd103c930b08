"""A sealed page runs its own scripts and reaches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import HarnessError
from conformance.report.sealing import seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = """<!DOCTYPE html>
<html><head lang="en"><title>report</title></head><body><p id="p">not run</p>
<script>document.getElementById("p").textContent = "run"</script>
<script src="data:text/javascript,document.title='gtag(loaded)'"></script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>window.dataLayer = []; function gtag(){dataLayer.push(arguments);} gtag('js', new Date());</script>
<img src="https://tracker.example/pixel.gif" onerror="document.title='handler ran'">
</body></html>
"""


def test_analytics_go_and_the_rest_stays() -> None:
    page = seal(PAGE)

    assert "googletagmanager" not in page
    assert "dataLayer" not in page
    assert page.count("<script") == 2


def test_the_policy_stands_first_and_names_only_the_scripts_that_are_there() -> None:
    page = seal(PAGE)
    policy = page[page.index("<head") :].partition(">")[2]

    assert policy.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\';')
    assert policy.partition(">")[0].count("sha256-") == 1
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("source", ["https://cdn.example/app.js", "app.js", "//cdn.example/a.js", "http:a.js"])
def test_a_script_from_elsewhere_is_trouble_not_a_surprise(source: str) -> None:
    with pytest.raises(HarnessError, match="loads a script from elsewhere"):
        seal(f'<html><head></head><script src="{source}"></script></html>')


def test_what_is_no_page_is_trouble() -> None:
    with pytest.raises(HarnessError, match="not an HTML page"):
        seal("allure: nothing to show")


@pytest.mark.browser
def test_in_a_browser_own_scripts_run_and_nothing_leaves(open_page: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(seal(PAGE), encoding="utf-8")

    opened = open_page(path)

    assert opened.page.text_content("#p") == "run"
    assert opened.page.title() == "gtag(loaded)"
    assert opened.outside == []
