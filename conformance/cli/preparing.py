"""Commands before a run: ``doctor`` and ``login``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONFIGURATION = 4


@click.command()
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


@click.command()
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
