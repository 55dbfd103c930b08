"""Commands before a run: ``init``, ``doctor``, ``login``, ``completion``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--member", default="a", show_default=True, help="Which member of the target logs in.")
@click.option("--explain", is_flag=True, help="Show for each page which screens matched and which did not, and why.")
@click.option(
    "--set", "sets", multiple=True, metavar="PATH=VALUE", help="Override one value of the target; repeatable."
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the access token there, for the curl lines of a report; only you can read it.",
)
def login(target: Path, member: str, explain: bool, sets: Sequence[str], token_file: Path | None) -> int:
    """Do one login and print the screens, the granted scopes and the names in the token response; nothing secret.

    \b
    conformance login staging.yaml --explain
    conformance login staging.yaml --token-file token
    """
    from conformance.onboarding.login_trial import try_login  # noqa: PLC0415

    trial = try_login(target, member=member, explain=explain, sets=sets, token_file=token_file)
    click.echo(trial.text)
    return trial.exit_code


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--install", is_flag=True, help="Install what is missing and can be installed.")
def doctor(target: Path | None, install: bool) -> int:
    """Say what is ready for a run and what is missing: Python, browser, report renderer, guides, target, secrets.

    \b
    conformance doctor --install
    """
    from conformance.onboarding.doctor import examine  # noqa: PLC0415

    findings = examine(target, install=install, say=click.echo)
    return 0 if all(finding.ready or not finding.needed for finding in findings) else ExitCode.CONFIGURATION


@click.command()
@click.argument("base", metavar="BASE_URL")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("target.yaml"),
    show_default=True,
    metavar="FILE",
    help="The target file to write; never overwritten.",
)
@click.option("--ca-file", default="", metavar="FILE", type=click.Path(), help="A private CA to trust.")
def init(base: str, out: Path, ca_file: str) -> int:
    """Ask a deployment what it says about itself and write a commented target file from it.

    \b
    conformance init https://api.payer.example/fhir --out staging.yaml
    """
    from conformance.guides.adding import listing  # noqa: PLC0415
    from conformance.onboarding.probing import probe  # noqa: PLC0415
    from conformance.redaction import Redactor  # noqa: PLC0415
    from conformance.transport import Transport  # noqa: PLC0415
    from conformance.transport.tls import TlsSettings  # noqa: PLC0415

    if out.exists():
        raise ConfigError(f"{out} is there already; name another file with --out")
    trusted = str(Path(ca_file).resolve()) if ca_file else ""
    transport = Transport(redactor=Redactor(), tls=TlsSettings(ca_file=trusted))
    available = [(guide.name, guide.version) for guide in listing()]
    try:
        probed = probe(transport, base, available=available, ca_file=trusted)
    finally:
        transport.close()
    out.write_text(probed.text, encoding="utf-8")
    for sentence in probed.found:
        click.echo(sentence)
    click.echo(f"\nWritten to {out}. Still needed:")
    for sentence in probed.needed:
        click.echo(f"  {sentence}")
    click.echo(f"Then: conformance doctor {out}")
    return 0


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that completes commands and options in a shell.

    \b
    conformance completion bash
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    kind = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if kind is None:
        raise ConfigError(f"no completion for {shell}")
    click.echo(kind(root, {}, "conformance", "_CONFORMANCE_COMPLETE").source())
    return 0
