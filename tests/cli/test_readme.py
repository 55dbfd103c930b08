"""What the README tells a newcomer to type is there: every command, every option, every file it points to."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from conformance.cli import commands

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]


def commands_in(line):
    """What a line runs of ours; of ``eval "$(…)"`` what stands inside."""
    inner = re.search(r"\$\((conformance .*?)\)", line)
    words = shlex.split(inner.group(1) if inner else line, comments=True)
    if words and words[0].rpartition("/")[2] == "conformance":
        yield [word for word in words[1:] if word != "&"]


@pytest.mark.parametrize("words", [words for line in LINES for words in commands_in(line)], ids=" ".join)
def test_a_command_line_of_the_readme_is_one_we_take(words):
    context = click.Context(commands)
    name, command, rest = commands.resolve_command(context, words)
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(click.Context(command), rest)
    command.make_parser(click.Context(command, info_name=name)).parse_args(list(rest))


def test_the_targets_of_make_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", "\n".join(LINES), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_files_it_points_to_are_there():
    for path in re.findall(r"`(conformance/[\w./]+)`", README):
        assert (ROOT / path).exists()


def test_it_says_which_systems_were_tried():
    assert re.search(r"Tried on Linux: .*Not tried on\s+macOS or Windows", README, re.DOTALL)
