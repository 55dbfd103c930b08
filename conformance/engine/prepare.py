"""From options to a run, and whether the deployment answers at all."""

from __future__ import annotations

import datetime as dt
import json
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.engine.run import BROWSER, Run
from conformance.errors import ConfigError
from conformance.guide_selection import name_and_version
from conformance.guides.reading import require
from conformance.redaction import Redactor
from conformance.requirements import effective, load_catalogue
from conformance.target import load_target, today_in
from conformance.transport import transport_for
from conformance.verdict.acceptance import load_acceptance

if TYPE_CHECKING:
    import pytest

    from conformance.target import Target
    from conformance.transport.exchange import Exchange

_NO_ANSWER = ("/.well-known/smart-configuration", "/metadata")


def prepare(config: pytest.Config) -> Run:
    """Everything a run needs before the first check; raises :class:`ConfigError`.

    The run folder is made here, so that a folder which cannot be written is known before anything is asked of the
    deployment; and made last, so that a mistake in a file or an option leaves none behind.
    """
    catalogue = load_catalogue()
    named = config.getoption("conformance_target")
    if not named:
        raise ConfigError("--target is empty: name the target file of the deployment to judge")
    sets = [*config.getoption("conformance_sets"), *map(_guide_override, config.getoption("conformance_guides"))]
    target = load_target(Path(named), sets=sets, known_rows={row.id: row.disposition for row in catalogue})
    require(target.guides)
    selection = {
        "areas": list(config.getoption("conformance_areas")),
        "requirements": list(config.getoption("conformance_requirements")),
    }
    if config.getoption("conformance_certify"):
        _refuse_what_cannot_certify(config, target, selection)
    redactor = Redactor(target.evidence.member_data)
    for value, label in target.secrets:
        redactor.register(value, label)
    date = target.run_date
    today = _today(target, date)
    acceptance = load_acceptance(
        config.getoption("conformance_waivers"), config.getoption("conformance_baseline"), catalogue.rows, on=today
    )
    selected = catalogue.select(selection["areas"], selection["requirements"])
    return Run(
        target=target,
        catalogue=catalogue,
        redactor=redactor,
        transport=transport_for(target, redactor),
        selected=selected,
        selection=selection,
        effective={row.id: effective(row, strict=target.strict, on=date) for row in catalogue},
        out=run_folder(config.getoption("conformance_out")),
        date=date,
        acceptance=acceptance,
        today=today,
        allow_untested=config.getoption("conformance_allow_untested"),
        reference=config.getoption("conformance_reference"),
        live=config.getoption("conformance_live"),
        verdict_only=config.getoption("conformance_verdict_only"),
        exhaustive=config.getoption("conformance_exhaustive"),
        waivers_file=config.getoption("conformance_waivers") or "",
        certify=config.getoption("conformance_certify"),
        browser=config.stash.get(BROWSER, None),
    )


def _refuse_what_cannot_certify(config: pytest.Config, target: Target, selection: dict[str, list[str]]) -> None:
    """A certificate speaks of the whole catalogue, today, with nothing overlooked; raises :class:`ConfigError`."""
    today = _today(target, target.run_date)
    refused = (
        (config.getoption("conformance_reference"), "of a deployment: name its target file, not --reference"),
        (any(selection.values()), "of every requirement: leave --area and --requirement away"),
        (config.getoption("conformance_allow_untested"), "with every gate tested: leave --allow-untested away"),
        (config.getoption("conformance_baseline") is not None, "of every violation: leave --baseline away"),
        (config.getoption("conformance_verdict_only"), "with its reports: leave --verdict-only away"),
        (target.run_date != today, f"as of today, {today}: leave run_date {target.run_date} away"),
        (not config.getoption("conformance_out"), "in a folder that you name: add --out DIR"),
    )
    wrong = [said for holds, said in refused if holds]
    if wrong:
        raise ConfigError(f"a certificate is {'; '.join(wrong)}")


def _today(target: Target, chosen: dt.date) -> dt.date:
    """The day on which the run happens: the chosen one, if it is today here, in UTC or where the deployment is."""
    there = today_in(target.deployment.timezone)
    return chosen if chosen in {there, dt.datetime.now(dt.UTC).date(), dt.datetime.now().astimezone().date()} else there


def run_folder(named: str | None) -> Path:
    """The folder of this run, made and empty: the one named, or a new one below ``reports/`` of the current folder."""
    if named == "":
        raise ConfigError("--out is empty: name the run folder")
    folder = Path(named) if named else _free(Path("reports") / f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H%M%SZ}")
    if (folder / "conformance.json").exists() or (folder / "allure-results").exists():
        raise ConfigError(f"{folder} already holds a run; name another folder or remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "allure-results").mkdir()
    except OSError as problem:
        raise ConfigError(f"the run folder {folder} cannot be written: {problem.strerror}") from None
    return folder.resolve()


def _free(folder: Path) -> Path:
    """``folder``, or with a number where a run of the same second has it."""
    names = chain([folder], (folder.with_name(f"{folder.name}-{number}") for number in count(2)))
    return next(name for name in names if not name.exists())


def unreachable(run: Run) -> str:
    """Why the deployment gives no HTTP answer at all; empty when it gives any, whatever the answer is worth."""
    base = run.target.deployment.fhir_base
    silent: list[Exchange] = []
    for path in _NO_ANSWER:
        exchange = run.transport.request(
            "GET", f"{base}{path}", headers={"Accept": "application/json"}, purpose="reachability", endpoint=path
        )
        if exchange.answered:
            return ""
        silent.append(exchange)
    return (
        f"{base} gave no HTTP answer to discovery or metadata ({silent[0].fault}): {silent[0].detail.rstrip('.')}. "
        f"Nothing was judged."
    )


def _guide_override(option: str) -> str:
    name, version = name_and_version(option)
    return f"guides.{name}={json.dumps(version)}"  # quoted: YAML would read 9 or 6.1 as a number
