"""The rooms import in one direction only (ARCHITECTURE.md)."""

import ast
import re
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parent
LEAVES = {"errors", "findings", "guide_selection", "redaction"}
MAY_IMPORT = {
    **{leaf: set() for leaf in LEAVES},
    "requirements": set(),
    "target": set(),
    "transport": set(),
    "guides": set(),
    "validator": {"guides"},
    "oauth": {"transport", "target"},
    "login": {"oauth", "transport", "target"},
    "fhir": {"transport"},
    "collection": {"fhir", "oauth", "target", "transport"},
    "verdict": {"requirements", "target"},
    "report": {"verdict", "requirements"},
    "onboarding": {"login", "oauth", "fhir", "guides", "target", "transport", "report", "requirements"},
    "reference": None,
    "proving": {"reference", "verdict"},
}
MAY_IMPORT["areas"] = {
    *("validator", "guides", "fhir", "oauth", "login", "collection", "transport", "target", "requirements", "verdict"),
    "engine",
}
MAY_IMPORT["engine"] = set(MAY_IMPORT) - {"areas", "reference", "proving", "onboarding"}
OF_THE_ENGINE = {"conformance.engine.run", "conformance.engine.judge"}
ONLY_IN = {
    "pytest": ("engine", "areas"),
    "_pytest": ("engine",),
    "allure": ("engine", "report/allure"),
    "allure_commons": ("engine", "report/allure"),
    "playwright": ("login",),
}
HEAVY = {"httpx", "playwright", "jsonschema", "fhir", "rich", "joserfc", "yaml", "starlette", "uvicorn", "cryptography"}


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        if relative.parts[0] not in {"_data", "__init__.py"}:
            yield relative, ast.parse(path.read_text(encoding="utf-8"))


def room(relative):
    return relative.parts[0].removesuffix(".py")


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == "conformance":
                for alias in node.names:
                    if not alias.name.startswith("__"):
                        yield f"conformance.{alias.name}", node
            else:
                yield node.module, node


@pytest.mark.parametrize(
    ("relative", "tree"), list(modules()), ids=lambda value: str(value) if isinstance(value, Path) else ""
)
def test_a_room_imports_only_what_it_may(relative, tree):
    own = room(relative)
    if own in {"cli", "__main__"}:
        return
    allowed = MAY_IMPORT[own]
    for name, node in imported(tree):
        parts = name.split(".")
        if parts[0] != "conformance" or len(parts) == 1 or parts[1] == own:
            continue
        assert allowed is not None, f"{relative}:{node.lineno} reference imports {name}"
        assert parts[1] in allowed | LEAVES, f"{relative}:{node.lineno} imports {name}"


@pytest.mark.parametrize(
    ("relative", "tree"), list(modules()), ids=lambda value: str(value) if isinstance(value, Path) else ""
)
def test_an_area_imports_no_other_area(relative, tree):
    if room(relative) != "areas" or len(relative.parts) < 3:
        return
    for name, node in imported(tree):
        parts = name.split(".")
        if parts[:2] == ["conformance", "engine"]:
            assert name in OF_THE_ENGINE, f"{relative}:{node.lineno} imports {name}"
        if parts[:2] == ["conformance", "areas"] and len(parts) > 2:
            assert parts[2] in {relative.parts[1], "shared"}, f"{relative}:{node.lineno} imports {name}"


@pytest.mark.parametrize(
    ("relative", "tree"), list(modules()), ids=lambda value: str(value) if isinstance(value, Path) else ""
)
def test_pytest_stays_in_the_engine_and_in_fixtures(relative, tree):
    if room(relative) == "areas" and "fixtures" not in relative.stem and "fixtures" not in relative.parts:
        assert "pytest" not in {name.partition(".")[0] for name, _ in imported(tree)}, relative


@pytest.mark.parametrize(
    ("relative", "tree"), list(modules()), ids=lambda value: str(value) if isinstance(value, Path) else ""
)
def test_frameworks_stay_in_their_rooms(relative, tree):
    place = relative.with_suffix("").as_posix()
    for name, node in imported(tree):
        rooms = ONLY_IN.get(name.partition(".")[0])
        assert rooms is None or place.startswith(rooms), f"{relative}:{node.lineno} imports {name}"


def test_the_command_line_starts_without_anything_heavy():
    import subprocess
    import sys

    code = "import sys, conformance.cli; print(' '.join(sorted({m.partition('.')[0] for m in sys.modules})))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & (HEAVY | {"pytest", "allure"})


def test_no_module_is_a_drawer():
    assert not [path for path, _ in modules() if path.stem in {"utils", "helpers", "manager", "common", "misc"}]


def test_suites_hold_no_branches_urls_or_reporting():
    suites = ROOT.parent / "suites"
    for path in sorted(suites.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = {name for block in tree.body if isinstance(block, ast.If) for name, _ in imported(block)}
        for name in {name for name, _ in imported(tree)} - for_types:
            assert name.partition(".")[0] not in {"allure", "httpx", "playwright"}, f"{path.name} imports {name}"
            assert not name.startswith("conformance.") or re.match(
                r"conformance\.areas\.(\w+\.(rules|probes)|shared)\b", name
            ), f"{path.name} imports {name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path.name}:{node.lineno} {node.name} has no sentence"
                branches = [n for n in ast.walk(node) if isinstance(n, ast.If | ast.Try | ast.While | ast.For)]
                assert not branches, f"{path.name}:{node.lineno} {node.name} branches"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "://" not in node.value, f"{path.name}:{node.lineno} names a URL"
