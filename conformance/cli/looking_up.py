"""Commands that need no deployment: ``list``, ``explain``, ``validate``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import completing

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("list")
@click.option("--untested", is_flag=True, help="Only requirements that no check judges, each with the reason.")
@click.option(
    "--area", multiple=True, metavar="AREA", shell_complete=completing.areas, help="Only this area; repeatable."
)
def list_(untested: bool, area: Sequence[str]) -> int:
    """List the requirements and how many checks judge each.

    \b
    conformance list --untested --area token
    """
    from conformance.requirements import coverage, load_catalogue  # noqa: PLC0415

    catalogue = load_catalogue()
    chosen = catalogue.select(area)
    judged = coverage.by_requirement(catalogue, coverage.checks())
    without = {row.id: reason for row, reason in coverage.untested(catalogue, coverage.checks())}
    rows = [row for row in catalogue if row.id in chosen and (not untested or row.id in without)]
    for row in rows:
        note = without.get(row.id) or f"{len(judged[row.id])} check{'s' if len(judged[row.id]) != 1 else ''}"
        click.echo(f"{row.id}  {row.disposition:<12}  {row.title}  [{note}]")
    click.echo(f"{len(rows)} requirements, {sum(1 for row in rows if row.id in without)} without a check", err=True)
    return 0


@click.command()
@click.argument("requirement", shell_complete=completing.requirements)
def explain(requirement: str) -> int:
    """Explain one requirement: source, how it is tested, what a broken server looks like, its checks.

    \b
    conformance explain PA-TOK-006
    """
    from conformance.requirements import coverage, load_catalogue  # noqa: PLC0415

    catalogue = load_catalogue()
    row = catalogue.get(requirement.upper())
    judged = coverage.by_requirement(catalogue, coverage.checks())[row.id]
    for label, text in _explanation(row):
        click.echo(f"{label:<13}{text}")
    for check in judged:
        click.echo(f"{'check':<13}{check.id}: {check.sentence}")
    if not judged:
        click.echo(f"{'check':<13}none: {row.untested or 'no check yet'}")
    return 0


def _explanation(row: Any) -> list[tuple[str, str]]:
    strictness = f"{row.strength}, {row.disposition}"
    dated = f" (gates from {row.gate_from})" if row.gate_from else ""
    confirmed = "citation read" if row.verified else "citation not confirmed against its text"
    return [
        ("requirement", f"{row.id}: {row.title}"),
        ("area", row.area),
        ("strength", f"{strictness}{dated}"),
        ("source", f"{row.source} ({confirmed}: {row.basis})"),
        *(("read", f"{label}: {url}") for label, url in row.links),
        ("applies to", row.applies_to),
        ("tested by", row.how_to_test),
        ("broken when", row.broken),
    ]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@click.option(
    "--guide",
    "guides",
    multiple=True,
    metavar="NAME@VERSION",
    shell_complete=completing.guides,
    help="Use this guide version; repeatable.",
)
@click.option("--profile", "profiles", multiple=True, metavar="P", help="Judge against this profile too; repeatable.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "operationoutcome"]), default="text", show_default=True
)
@click.option("--strict", is_flag=True, help="Exit 1 also where a resource claims a profile that is not at hand.")
def validate(paths: Sequence[str], guides: Sequence[str], profiles: Sequence[str], form: str, *, strict: bool) -> int:
    """Validate resources: JSON, Bundles, NDJSON, folders, or - for standard input.

    Each is judged against its base type, the profiles it claims and every P. Exit 0 valid, 1 invalid, 4 usage.

    \b
    conformance validate eob.json --guide carin-bb@2.0.0
    """
    from conformance.validator.run import validate_paths  # noqa: PLC0415

    return validate_paths(paths, guides=guides, profiles=profiles, format=form, stdin=sys.stdin.buffer, strict=strict)
