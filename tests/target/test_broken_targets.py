"""Every way a target can be wrong is told with its place, its key and what was probably meant.

The targets and what must be said of them are data: broken_targets.yaml and not_a_target.yaml.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from conformance.target import TargetProblems, load_target

ROWS = {"PA-TOK-006": "gate", "PA-SCOP-020": "configurable", "PA-IDEN-011": "configurable"}


def cases(name: str) -> list[object]:
    """One parameter per entry of a data file beside this one, named by its ``case``."""
    entries = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return [pytest.param(entry, id=entry["case"]) for entry in entries]


@pytest.mark.parametrize("entry", cases("broken_targets.yaml"))
def test_every_mistake_is_told_with_its_place_and_remedy(entry, base, here, target_file):
    (here / "empty.txt").write_text("\n", encoding="utf-8")
    changed = base.replace(entry.get("replace", "\0"), entry.get("by", ""), 1) + entry.get("append", "") + "\n"
    assert changed != f"{base}\n"

    with pytest.raises(TargetProblems) as refused:
        load_target(target_file(changed), environ={"PA_EMPTY": ""}, known_rows=ROWS)

    assert [str(problem) for problem in refused.value.problems] == entry["problems"]


@pytest.mark.parametrize("entry", cases("not_a_target.yaml"))
def test_a_file_that_is_no_target_ends_with_one_sentence(entry, target_file):
    with pytest.raises(TargetProblems) as refused:
        load_target(target_file(entry["text"]), environ={})

    assert str(refused.value) == entry["problem"]
    assert "hush" not in str(refused.value)


def test_bytes_that_are_no_text_are_told(here):
    (here / "target.yaml").write_bytes(b"deployment: \xff\xfe")

    with pytest.raises(TargetProblems) as refused:
        load_target("target.yaml", environ={})

    assert str(refused.value) == "target.yaml: not UTF-8 text (byte 13)"


def test_a_missing_file_is_told(here):
    with pytest.raises(TargetProblems) as refused:
        load_target("targets/missing.yaml", environ={})

    assert str(refused.value) == "targets/missing.yaml: no such file"


def test_a_folder_is_told(here):
    (here / "folder.yaml").mkdir()

    with pytest.raises(TargetProblems) as refused:
        load_target("folder.yaml", environ={})

    assert str(refused.value).startswith("folder.yaml: cannot be read: ")


def test_aliases_that_unfold_without_end_are_told(target_file):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )

    with pytest.raises(TargetProblems, match="its aliases unfold to too many values"):
        load_target(target_file(bomb), environ={})


def test_everything_wrong_is_told_at_once_file_by_file_and_line_by_line(base, target_file):
    broken = base.replace("environment: lab", "environment: labb").replace("data: synthetic", "data: syntetic")
    target_file(broken, "base.yaml")
    file = target_file("extends: base.yaml\nslow: 3\npoliteness:\n  sampel: 3\n")

    with pytest.raises(TargetProblems) as refused:
        load_target(file, environ={}, sets=["politeness.rate=fast"])

    lines = str(refused.value).splitlines()
    assert lines[0] == "5 problems:"
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "base.yaml:3",
        "base.yaml:4",
        "target.yaml:2",
        "target.yaml:4",
        "--set politeness.rate",
    ]
