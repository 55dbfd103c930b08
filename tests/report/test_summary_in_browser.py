"""The summary page as a reader has it: light and dark, wide and narrow, with a keyboard, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.report.summary import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.browser

# Every visible text against the nearest painted background: WCAG 2.2 contrast below 4.5 (3 for large text).
LOW_CONTRAST = """() => {
  const channel = value => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const background = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  document.querySelectorAll('details').forEach(details => details.open = true);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), poor = new Set();
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement, style = getComputedStyle(parent);
    if (!node.textContent.trim() || !parent.checkVisibility()) continue;
    const [a, b] = [light(parse(style.color)), light(background(parent))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) poor.add(parent.className + ': ' + node.textContent.slice(0, 40));
  }
  return [...poor];
}"""


@pytest.fixture
def page_file(document: Any, exchanges: Any, tmp_path: Path) -> Path:
    path = tmp_path / "summary.html"
    path.write_text(render(document, exchanges), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(open_page: Callable[..., Any], page_file: Path, scheme: str) -> None:
    opened = open_page(page_file, scheme=scheme)

    assert opened.page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_never_scrolls_sideways(open_page: Callable[..., Any], page_file: Path, width: int) -> None:
    opened = open_page(page_file, width=width)
    opened.page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")

    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_opening_it_makes_no_request_and_no_complaint(open_page: Callable[..., Any], page_file: Path) -> None:
    opened = open_page(page_file)

    assert opened.outside == []
    assert opened.said == []
    assert opened.page.evaluate("getComputedStyle(document.querySelector('.verdict')).borderTopWidth") == "5px"


def test_the_reproduction_is_reached_and_opened_by_keyboard(open_page: Callable[..., Any], page_file: Path) -> None:
    page = open_page(page_file).page
    page.locator("#PA-TOK-006 a.id").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.locator("#PA-TOK-006 pre.curl").is_visible()
    assert "$TOKEN" in page.locator("#PA-SRCH-007 pre.curl").first.text_content()


def test_on_paper_long_tables_end_where_they_fold(open_page: Callable[..., Any], document: Any, tmp_path: Path) -> None:
    document["not_checked"] = {f"urn:system:{number:03}": 999 - number for number in range(200)}
    (tmp_path / "long.html").write_text(render(document), encoding="utf-8")
    page = open_page(tmp_path / "long.html").page
    page.emulate_media(media="print")

    assert page.get_by_text("urn:system:009").is_visible()
    assert page.get_by_text("Show 190 more").is_visible()
    assert not page.get_by_text("urn:system:010").is_visible()
    assert not page.get_by_text("Patient.telecom.system").is_visible()


def test_the_skip_link_leads_past_the_navigation_and_what_scrolls_has_a_name(
    open_page: Callable[..., Any], page_file: Path
) -> None:
    page = open_page(page_file).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('#status-fail') !== null")
    assert page.evaluate("document.querySelectorAll('[tabindex]:not([role=group][aria-label])').length") == 0


def test_on_paper_folded_lists_are_open_and_exchanges_are_left_out(
    open_page: Callable[..., Any], page_file: Path
) -> None:
    page = open_page(page_file, scheme="dark").page
    page.emulate_media(media="print")

    assert page.get_by_text("and 1,993 more places").is_visible()
    assert not page.locator("pre.curl").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
