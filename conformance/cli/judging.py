"""Commands that judge: ``run``, ``prove``, and ``serve``, the payer to try them on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import completing
from conformance.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.proving.lawful import LawfulProof
    from conformance.proving.prove import Proof


_RUN_DATE = click.option(
    "--run-date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Judge by the rules of this day; the reference payer's records are dated by it.",
)

_SET = click.option(
    "--set", "sets", multiple=True, metavar="PATH=VALUE", help="Override one value of the target; repeatable."
)


def _repeatable(name: str, metavar: str, values: Any, said: str) -> Callable[[Any], Any]:
    """An option that may be given several times and whose values a shell can offer."""
    return click.option(name, multiple=True, metavar=metavar, shell_complete=values, help=f"{said}; repeatable.")


@click.command()
@click.argument("target", required=False, type=click.Path())
@click.option("--reference", is_flag=True, help="Judge the built-in reference payer.")
@_repeatable("--area", "AREA", completing.areas, "Judge only this area")
@_repeatable("--requirement", "PREFIX", completing.requirements, "Judge only ids with this prefix")
@_repeatable("--guide", "NAME@VERSION", completing.guides, "Use this guide version")
@_SET
@_RUN_DATE
@click.option("--out", metavar="DIR", type=click.Path(), help="Run folder to write; default reports/<UTC time>.")
@click.option(
    "--allow-untested", is_flag=True, help="Gate requirements without a check do not make the run incomplete."
)
@click.option(
    "--waivers", metavar="FILE", type=click.Path(), help="Accepted violations, each with reason, owner and expiry."
)
@click.option("--baseline", metavar="FILE", type=click.Path(), help="Known violations: only new ones fail.")
@click.option(
    "--certify", is_flag=True, help="Leave a certification bundle in --out DIR: whole, today, nothing overlooked."
)
@click.option("--exhaustive", is_flag=True, help="Probe every resource one by one instead of a sample per type.")
def run(target: str | None, **options: Any) -> int:
    """Judge a deployment and write the run folder.

    \b
    conformance run --reference --requirement PA-DISC-001
    conformance run staging.yaml --area discovery
    """
    if options["reference"] == bool(target):
        raise ConfigError("name either a target file or --reference, not both and not neither")
    from conformance.engine.pytest_runner import load_fixtures, run_suites  # noqa: PLC0415

    arguments = _run_options(options)
    if not options["reference"]:
        return run_suites([f"--target={target}", *arguments])
    from conformance.proving.payer import reference_payer  # noqa: PLC0415

    with reference_payer(base_date=_day(options), meanwhile=load_fixtures) as payer:
        return run_suites([f"--target={payer.target_file}", "--reference-run", *arguments])


def _run_options(options: dict[str, Any]) -> list[str]:
    arguments = [f"--area={area}" for area in options["area"]]
    arguments += [f"--requirement={prefix}" for prefix in options["requirement"]]
    arguments += [f"--guide={guide}" for guide in options["guide"]]
    arguments += [f"--set={override}" for override in options["sets"]]
    if options["run_date"] is not None:
        arguments.append(f"--set=run_date={_day(options)}")
    for name in ("out", "waivers", "baseline"):
        if options[name] is not None:
            arguments.append(f"--{name}={options[name]}")
    arguments += [
        f"--{name.replace('_', '-')}" for name in ("allow_untested", "exhaustive", "certify") if options[name]
    ]
    return arguments


def _day(options: dict[str, Any]) -> str:
    """The chosen run date in ISO 8601; empty for today."""
    chosen = options["run_date"]
    return chosen.date().isoformat() if chosen is not None else ""


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="Port; 0 chooses a free one."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="ID",
    shell_complete=completing.faults,
    help="Serve with this seeded fault; repeatable.",
)
@click.option("--write-target", type=click.Path(path_type=Path), metavar="FILE", help="Write a runnable target file.")
def serve(port: int, faults: Sequence[str], write_target: Path | None) -> int:
    """Serve the reference payer until Ctrl-C and print its logins.

    \b
    conformance serve --write-target payer.yaml
    """
    from conformance.proving.payer import serve_in_foreground  # noqa: PLC0415
    from conformance.reference.faults import UnknownFault, find  # noqa: PLC0415

    try:
        for fault in faults:
            find(fault)
    except UnknownFault as problem:
        raise ConfigError(str(problem)) from None
    return serve_in_foreground(port=port, faults=faults, write_target=write_target)


@click.command()
@click.argument("prefixes", nargs=-1, metavar="[PREFIX]...", shell_complete=completing.faults)
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 16), default=2, show_default=True, help="Processes that judge at once."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="reports",
    show_default=True,
    help="Folder for the kill table; reports of runs below it show it.",
)
@click.option("--lawful", is_flag=True, help="Prove the lawful variations instead: nothing is held against them.")
@click.option("--stacked", is_flag=True, help="With --lawful PREFIX: also together in one deployment, all suites.")
@click.option("--subsets", type=click.IntRange(0, 1000), default=0, help="With --lawful: this many random sets too.")
@click.option("--seed", type=int, help="Seed of the random sets; printed when it is not given.")
@click.option("--rules", is_flag=True, help="List the finding rules with this prefix and their faults; judge nothing.")
@_SET
@_RUN_DATE
def prove(prefixes: Sequence[str], form: str, workers: int, out: Path, **options: Any) -> int:
    """Prove the checks: each seeded fault of the reference payer must be found, and the clean payer be conformant.

    With --lawful the dual: no lawful variation of the payer may fail a gate or change a row that it does not name.

    \b
    conformance prove PA-DISC-001
    conformance prove --lawful PA-DISC-012
    conformance prove PA-DATA --run-date 2027-07-01 --set deployment.payer_type=medicaid-managed-care
    conformance prove --rules token.
    """
    if options["rules"]:
        return _list_rules(prefixes, form)
    from conformance.report.files import write_kill_table  # noqa: PLC0415

    judged = _lawful_proof if options["lawful"] else _fault_proof
    proof, lines = judged(prefixes, workers, options)
    table, page = write_kill_table(out, proof.as_json())
    if form == "text":
        for line in (*lines, "", f"kill table  {page}"):
            click.echo(line)
    else:
        click.echo((table if form == "json" else page).read_text(encoding="utf-8").rstrip())
    return ExitCode.CONFORMANT if proof.holds else ExitCode.NON_CONFORMANT


def _lawful_proof(prefixes: Sequence[str], workers: int, options: dict[str, Any]) -> tuple[LawfulProof, Iterable[str]]:
    """Each alone, and many in one deployment unless a prefix is given without --stacked."""
    from random import SystemRandom  # noqa: PLC0415

    from conformance.proving.lawful import choose, prove_lawful  # noqa: PLC0415
    from conformance.proving.table import lawful_lines_of  # noqa: PLC0415

    seed = options["seed"]
    if options["subsets"] and seed is None:
        seed = SystemRandom().randrange(1_000_000)
        click.echo(f"--seed {seed}", err=True)
    proof = prove_lawful(
        choose(prefixes),
        say=lambda name: click.echo(f"judged {name}", err=True),
        stacked=options["stacked"] or not prefixes,
        subsets=options["subsets"],
        seed=seed or 0,
        workers=workers,
        base_date=_day(options),
        given=_given(options),
    )
    return proof, lawful_lines_of(proof)


def _fault_proof(prefixes: Sequence[str], workers: int, options: dict[str, Any]) -> tuple[Proof, Iterable[str]]:
    from conformance.proving.prove import choose  # noqa: PLC0415
    from conformance.proving.prove import prove as prove_faults  # noqa: PLC0415
    from conformance.proving.table import lines_of  # noqa: PLC0415
    from conformance.requirements import load_catalogue  # noqa: PLC0415

    wanted = tuple(prefix.upper().partition(".")[0] for prefix in prefixes)
    rows = [
        (row.id, row.untested or "no seeded fault")
        for row in load_catalogue()
        if row.disposition != "evidence" and (not wanted or row.id.startswith(wanted))
    ]
    proof = prove_faults(
        choose(prefixes),
        rows=rows,
        say=lambda name: click.echo(f"judged {name}", err=True),
        workers=workers,
        base_date=_day(options),
        given=_given(options),
    )
    return proof, lines_of(proof)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """What --set says of the reference payer's target, by dotted path."""
    from conformance.target.overrides import override  # noqa: PLC0415

    laid = (override(text, number) for number, text in enumerate(options["sets"], 1))
    return {".".join(map(str, path)): value for path, value, _ in laid}


def _list_rules(prefixes: Sequence[str], form: str) -> int:
    import json  # noqa: PLC0415

    from conformance.proving.rule_names import rule_names  # noqa: PLC0415
    from conformance.proving.rule_table import coverage, lines_of_rules, rules_as_json  # noqa: PLC0415
    from conformance.reference.faults import every  # noqa: PLC0415
    from conformance.requirements.coverage import suites_folder  # noqa: PLC0415

    if form == "html":
        raise ConfigError("--rules is written as text or json")
    found = coverage(rule_names(suites_folder()), list(every().values()), prefixes)
    for line in [json.dumps(rules_as_json(found), indent=2)] if form == "json" else lines_of_rules(found):
        click.echo(line)
    return ExitCode.CONFORMANT
