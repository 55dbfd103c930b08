"""Commands on finished runs: ``compare``, ``verify``, ``report`` and ``baseline``."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.errors import ConfigError, ExitCode


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def baseline(run_folder: Path, file: Path) -> int:
    """Write the violations of a run to FILE for --baseline, or strike from FILE what the run no longer found.

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
    return ExitCode.NON_CONFORMANT if refused else ExitCode.CONFORMANT


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path, exists=True, file_okay=False))
def report(run_folder: Path) -> int:
    """Render the reports of a finished run again.

    \b
    conformance report reports/latest
    """
    from conformance.report import certification, files  # noqa: PLC0415

    document = files.read_document(run_folder)
    if (run_folder / certification.MANIFEST).exists():
        raise ConfigError(f"{run_folder} is a sealed certification bundle; rendering again would break its seal")
    for path in (files.write_summary(run_folder, document), files.write_junit(run_folder, document)):
        click.echo(path)
    rendered = files.write_allure(run_folder, document)
    click.echo(rendered.path or f"no Allure report: {rendered.problem}")
    return 0


@click.command()
@click.argument("before", metavar="RUN_A", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("after", metavar="RUN_B", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--format", "form", type=click.Choice(["text", "markdown", "html"]), default="text", show_default=True)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write to FILE.")
def compare(before: Path, after: Path, form: str, out: Path | None) -> int:
    """Say what changed from RUN_A to RUN_B; exit 1 if a gate requirement newly fails or is newly undecided.

    \b
    conformance compare reports/monday reports/latest
    """
    from conformance.report import comparison, files  # noqa: PLC0415
    from conformance.verdict.comparison import compare as compare_runs  # noqa: PLC0415

    compared = compare_runs(files.read_document(before), files.read_document(after))
    render = {"text": comparison.as_text, "markdown": comparison.as_markdown, "html": comparison.as_page}[form]
    if out is None:
        click.echo(render(compared).rstrip())
    else:
        out.write_text(render(compared).rstrip() + "\n", encoding="utf-8")
    return ExitCode.NON_CONFORMANT if compared.regressed else ExitCode.CONFORMANT


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--seal", default="", metavar="SHA256", help="The seal noted when the bundle was made.")
def verify(folder: Path, seal: str) -> int:
    """Check a certification bundle: every file as sealed, the document consistent, what the attestation states.

    Exit 0 whole, 1 changed or contradictory, 4 no bundle. Only --seal proves that the manifest is the one of the run.

    \b
    conformance verify certificate
    """
    from conformance.report.certification import verify as verify_bundle  # noqa: PLC0415

    verified = verify_bundle(folder, expected=seal)
    for line in verified.said:
        click.echo(line)
    for problem in verified.problems:
        click.echo(f"does not fit: {problem}")
    if not verified.problems:
        click.echo("every file is as the manifest says")
    return ExitCode.NON_CONFORMANT if verified.problems else ExitCode.CONFORMANT
