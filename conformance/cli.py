"""The command line: parse, call, print. Everything else is imported by the command that needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from conformance import __version__
from conformance.errors import ConfigError, ConformanceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CONFIGURATION = 4
_INTERRUPTED = 2


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the ``conformance`` script; every ending is one of the documented exit codes."""
    try:
        code = commands.main(arguments, prog_name="conformance", standalone_mode=False)
    except click.exceptions.Abort:
        code = _end("interrupted", _INTERRUPTED)
    except click.UsageError as problem:
        hint = f"\ntry: {problem.ctx.command_path} --help" if problem.ctx else ""
        code = _end(f"{problem.format_message()}{hint}", _CONFIGURATION)
    except click.ClickException as problem:
        code = _end(problem.format_message(), _CONFIGURATION)
    except ConfigError as problem:
        code = _end(str(problem), _CONFIGURATION)
    except ConformanceError as problem:
        code = _end(str(problem), 3)
    except BrokenPipeError:
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _end(message: str, code: int) -> int:
    click.echo(f"conformance: {message}", err=True)
    return code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="conformance")
def commands() -> None:
    r"""Prove a Patient Access API conformant: SMART App Launch, US Core, CARIN Blue Button, HRex, PDex, CMS-0057-F.

    \b
    conformance run --reference        judge the built-in reference payer
    conformance run staging.yaml       judge the deployment that staging.yaml describes

    Exit codes of a run: 0 conformant, 1 non-conformant, 2 interrupted, 3 harness error, 4 usage or configuration,
    5 incomplete, 6 target unreachable.
    """


@commands.command()
@click.argument("target", required=False)
@click.option("--reference", is_flag=True, help="Judge the built-in reference payer.")
@click.option("--area", multiple=True, metavar="AREA", help="Judge only this area; repeatable.")
@click.option("--requirement", multiple=True, metavar="PREFIX", help="Judge only ids that begin so; repeatable.")
@click.option("--guide", multiple=True, metavar="NAME@VERSION", help="Use this guide version; repeatable.")
@click.option(
    "--set", "sets", multiple=True, metavar="PATH=VALUE", help="Override one value of the target; repeatable."
)
@click.option("--out", metavar="DIR", help="Run folder to write; default reports/<UTC time>.")
@click.option(
    "--allow-untested", is_flag=True, help="Gate requirements without a check do not make the run incomplete."
)
@click.option("--waivers", metavar="FILE", help="Accepted violations, each with reason, owner and expiry.")
@click.option("--baseline", metavar="FILE", help="Known violations: only new ones fail.")
@click.option("--exhaustive", is_flag=True, help="Probe every resource one by one instead of a sample per type.")
def run(target: str | None, **options: Any) -> int:
    r"""Judge a deployment and write the run folder.

    \b
    conformance run --reference --area discovery
    """
    if options["reference"] == bool(target):
        raise ConfigError("name either a target file or --reference, not both and not neither")
    from conformance.plugin.launch import run_suites  # noqa: PLC0415

    arguments = _run_options(options)
    if not options["reference"]:
        return run_suites([f"--target={target}", *arguments])
    from conformance.proving.payer import reference_payer  # noqa: PLC0415

    with reference_payer() as payer:
        return run_suites([f"--target={payer.target_file}", "--reference-run", *arguments])


def _run_options(options: dict[str, Any]) -> list[str]:
    arguments = [f"--area={area}" for area in options["area"]]
    arguments += [f"--requirement={prefix}" for prefix in options["requirement"]]
    arguments += [f"--guide={guide}" for guide in options["guide"]]
    arguments += [f"--set={override}" for override in options["sets"]]
    for name in ("out", "waivers", "baseline"):
        if options[name] is not None:
            arguments.append(f"--{name}={options[name]}")
    arguments += [f"--{name.replace('_', '-')}" for name in ("allow_untested", "exhaustive") if options[name]]
    return arguments


@commands.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--fault", "faults", multiple=True, metavar="ID", help="Serve with this seeded fault; repeatable.")
@click.option("--write-target", type=click.Path(path_type=Path), metavar="FILE", help="Write a runnable target file.")
def serve(port: int, faults: Sequence[str], write_target: Path | None) -> int:
    r"""Serve the reference payer until Ctrl-C and print its logins.

    \b
    conformance serve --write-target payer.yaml
    """
    from conformance.proving.payer import serve_in_foreground  # noqa: PLC0415

    return serve_in_foreground(port=port, faults=faults, write_target=write_target)


@commands.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--member", default="a", show_default=True, help="Which member of the target logs in.")
@click.option("--explain", is_flag=True, help="Show for each page which screens matched and which did not, and why.")
@click.option(
    "--set", "sets", multiple=True, metavar="PATH=VALUE", help="Override one value of the target; repeatable."
)
def login(target: Path, member: str, explain: bool, sets: Sequence[str]) -> int:
    r"""Do one login and print the screens, the granted scopes and the names in the token response; nothing secret.

    \b
    conformance login staging.yaml --explain
    """
    from conformance.onboarding.login_trial import try_login  # noqa: PLC0415

    trial = try_login(target, member=member, explain=explain, sets=sets)
    click.echo(trial.text)
    return trial.exit_code


@commands.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--install", is_flag=True, help="Install what is missing and can be installed.")
def doctor(target: Path | None, install: bool) -> int:
    r"""Say what is ready for a run and what is missing: Python, browser, report renderer, guides, target, secrets.

    \b
    conformance doctor --install
    """
    from conformance.onboarding.doctor import examine  # noqa: PLC0415

    findings = examine(target, install=install, say=click.echo)
    return 0 if all(finding.ready or not finding.needed for finding in findings) else _CONFIGURATION


@commands.command("list")
@click.option("--untested", is_flag=True, help="Only requirements that no check judges, each with the reason.")
@click.option("--area", multiple=True, metavar="AREA", help="Only this area; repeatable.")
def list_(untested: bool, area: Sequence[str]) -> int:
    r"""List the requirements and how many checks judge each.

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


@commands.command()
@click.argument("requirement")
def explain(requirement: str) -> int:
    r"""Explain one requirement: source, how it is tested, what a broken server looks like, its checks.

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


@commands.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--guide", "guides", multiple=True, metavar="NAME@VERSION", help="Use this guide version; repeatable.")
@click.option("--profile", "profiles", multiple=True, metavar="P", help="Judge against this profile too; repeatable.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "operationoutcome"]), default="text", show_default=True
)
def validate(paths: Sequence[str], guides: Sequence[str], profiles: Sequence[str], form: str) -> int:
    r"""Validate resources: JSON, Bundles, NDJSON, folders, or - for standard input.

    Each is judged against its base type, the profiles it claims and every P. Exit 0 valid, 1 invalid, 4 usage.

    \b
    conformance validate eob.json --guide carin-bb@2.0.0
    """
    from conformance.validator.run import validate_paths  # noqa: PLC0415

    return validate_paths(paths, guides=guides, profiles=profiles, format=form, stdin=sys.stdin.buffer)


@commands.group()
def guides() -> None:
    r"""Implementation guides: which there are, add one, rebuild those that come with the harness.

    \b
    conformance guides list
    """


@guides.command("list")
def list_guides() -> int:
    r"""List the guides that have constraint tables, with version and standing.

    \b
    conformance guides list
    """
    from conformance.guides.adding import listing  # noqa: PLC0415

    for guide in listing():
        note = f"  {guide.note}" if guide.note else ""
        click.echo(f"{guide.name:<12} {guide.version:<18} {guide.standing:<10} {guide.package}{note}")
    return 0


@guides.command("add")
@click.argument("source", metavar="FILE_OR_NAME@VERSION")
@click.option("--registry", metavar="URL", default="", help="Fetch a package that is not at hand from this registry.")
def add_guide(source: str, registry: str) -> int:
    r"""Add a guide from a package: a .tgz, a folder, or NAME@VERSION from the package cache or a registry.

    \b
    conformance guides add ./hl7.fhir.us.davinci-pas-2.0.1.tgz
    """
    from conformance.guides.adding import add  # noqa: PLC0415

    added = add(source, fetch=_fetch_from(registry) if registry else None)
    click.echo(f"{added.name} {added.version} ({added.package}) can be used now: --guide {added.name}@{added.version}")
    return 0


def _fetch_from(registry: str) -> Callable[[str, str], bytes]:
    from conformance.redaction import Redactor  # noqa: PLC0415
    from conformance.transport import Transport, download_package  # noqa: PLC0415

    return lambda name, version: download_package(Transport(redactor=Redactor()), name, version, registry)


@guides.command("build")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def build_guides(folder: Path) -> int:
    r"""Rebuild the constraint tables of profiles/ into DIR from the packages in $FHIR_PACKAGES.

    \b
    conformance guides build profiles
    """
    from conformance.guides.building import build  # noqa: PLC0415

    for entry in build(folder):
        click.echo(f"{entry['guide']} {entry['version']}: {entry.get('counts', {})}")
    return 0


@commands.command()
@click.argument("prefixes", nargs=-1, metavar="[PREFIX]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 16), default=2, show_default=True, help="Processes that judge at once."
)
def prove(prefixes: Sequence[str], form: str, workers: int) -> int:
    r"""Prove the checks: each seeded fault of the reference payer must be found, and the clean payer be conformant.

    \b
    conformance prove PA-TOK
    """
    import json  # noqa: PLC0415

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
    faults = choose(prefixes)
    proof = prove_faults(faults, rows=rows, say=lambda name: click.echo(f"judged {name}", err=True), workers=workers)
    if form == "json":
        click.echo(json.dumps(proof.as_json(), indent=1))
    else:
        for line in lines_of(proof):
            click.echo(line)
    return 0 if proof.holds else 1


@commands.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def baseline(run_folder: Path, file: Path) -> int:
    r"""Write the violations of a run to FILE for --baseline, or strike from FILE what the run no longer found.

    FILE never grows: violations it does not know are listed, left out, and end with exit 1.

    \b
    conformance baseline reports/latest baseline.json
    """
    from conformance.report.files import read_document  # noqa: PLC0415
    from conformance.verdict.baseline import write_baseline  # noqa: PLC0415

    written, refused = write_baseline(read_document(run_folder), file)
    click.echo(f"{file}: {len(written.failures)} known violations")
    for failure in sorted(refused):
        click.echo(f"not taken up, for a baseline never grows: {failure.requirement} {failure.rule} {failure.path}")
    return 1 if refused else 0


@commands.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path, exists=True, file_okay=False))
def report(run_folder: Path) -> int:
    r"""Render the reports of a finished run again.

    \b
    conformance report reports/latest
    """
    from conformance.report import files  # noqa: PLC0415

    document = files.read_document(run_folder)
    for path in (files.write_summary(run_folder, document), files.write_junit(run_folder, document)):
        click.echo(path)
    rendered = files.write_allure(run_folder, document)
    click.echo(rendered.path or f"no Allure report: {rendered.problem}")
    return 0


if __name__ == "__main__":
    main()
