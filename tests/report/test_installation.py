"""Finding and installing the renderer: nothing outside the user's cache, and always a way out in the message."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from conformance.errors import HarnessError
from conformance.report import installation
from conformance.report.installation import (
    Renderer,
    cache_dir,
    configuration_dir,
    find_node,
    find_npm,
    find_renderer,
    install_renderer,
)

NPM_THAT_WORKS = """
import pathlib, sys
assert sys.argv[1] == "ci" and "--ignore-scripts" in sys.argv, sys.argv
assert pathlib.Path("package.json").is_file() and pathlib.Path("package-lock.json").is_file()
script = pathlib.Path("node_modules/allure/cli.js")
script.parent.mkdir(parents=True)
script.write_text("")
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a stand-in for npm in place that runs the given Python text."""

    def put(text: str) -> None:
        program = tmp_path / "npm.py"
        program.write_text(text, encoding="utf-8")
        monkeypatch.setattr(installation, "find_npm", lambda: [sys.executable, str(program)])

    return put


def test_the_cache_follows_the_users_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "patient-access-conformance"

    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == Path.home() / ".cache" / "patient-access-conformance"


def test_the_lock_names_exact_versions_with_digests_and_no_address() -> None:
    package = json.loads((configuration_dir() / "package.json").read_text(encoding="utf-8"))
    text = (configuration_dir() / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}

    assert re.fullmatch(r"3\.\d+\.\d+", package["dependencies"]["allure"])
    assert packages["node_modules/allure"]["version"] == package["dependencies"]["allure"]
    assert all(entry["integrity"] for entry in packages.values())
    assert "resolved" not in text
    assert "registry" not in text


def test_what_is_missing_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_renderer(tmp_path) == "the Allure renderer is not installed; run: conformance doctor --install"

    monkeypatch.setattr(installation, "find_node", lambda: None)
    assert "no Node.js 20 or newer was found; install Node.js" in str(find_renderer(tmp_path))


def test_installing_puts_the_locked_package_into_the_cache_once(tmp_path: Path, npm) -> None:
    npm(NPM_THAT_WORKS)
    home = install_renderer(tmp_path / "cache")
    npm("raise SystemExit('not again')")

    assert install_renderer(tmp_path / "cache") == home
    assert isinstance(find_renderer(tmp_path / "cache"), Renderer)
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == [home.name]


def test_another_version_is_installed_beside_the_old(tmp_path: Path, npm, monkeypatch: pytest.MonkeyPatch) -> None:
    npm(NPM_THAT_WORKS)
    old = install_renderer(tmp_path / "cache")
    newer = tmp_path / "newer"
    newer.mkdir()
    for name in ("package.json", "package-lock.json"):
        (newer / name).write_text((configuration_dir() / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(installation, "configuration_dir", lambda: newer)

    assert install_renderer(tmp_path / "cache") != old


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; print('EACCES', file=sys.stderr); sys.exit(7)", r"\(exit 7\): EACCES"),
        ("pass", r"\(exit 0\)"),
    ],
)
def test_an_npm_that_fails_leaves_nothing_behind(tmp_path: Path, npm, program: str, said: str) -> None:
    npm(program)

    with pytest.raises(HarnessError, match=said):
        install_renderer(tmp_path / "cache")

    assert list((tmp_path / "cache").iterdir()) == []


def test_without_npm_the_ways_to_get_it_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "find_npm", lambda: None)

    with pytest.raises(HarnessError, match=r"pip install 'patient-access-conformance\[report\]'"):
        install_renderer(tmp_path)


def test_a_node_is_found_though_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation.shutil, "which", lambda name: None)

    node = find_node()

    assert node is not None
    assert os.access(node, os.X_OK)


def test_an_old_system_node_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.0\n", encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setattr(installation.shutil, "which", lambda name: str(old))
    monkeypatch.setattr(installation, "find_spec", lambda name: None)

    assert find_node() is None
    assert find_npm() == [str(old)]
