"""Kills: each seeded fault of the reference payer must make the check of its row fail, and the clean payer none.

A fault is killed when its row passes on the clean payer under the same target, fails on the faulty one (advisory for
rows that do not gate), and a finding of the rule that the fault declares is among the findings.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigError
from conformance.proving.batch import Job, run_jobs
from conformance.proving.payer import Payer, extended, reference_payer
from conformance.proving.rule_table import is_declared
from conformance.reference import faults as seeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.reference.faults import Fault

CLEAN = "the clean payer"
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Kill:
    """What became of one fault. ``collateral`` are other judged rows whose status changed with it."""

    fault: str
    requirement: str
    rule: str
    description: str
    clean_status: str
    faulty_status: str
    checks: tuple[str, ...]
    collateral: tuple[str, ...]
    killed: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """``clean`` is the clean payer's verdict on the rows concerned; ``untested`` are rows without any fault."""

    clean: str
    kills: tuple[Kill, ...]
    untested: tuple[tuple[str, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the clean payer is conformant and no fault survived."""
        return self.clean.startswith("conformant") and all(kill.killed for kill in self.kills)

    def as_json(self) -> dict[str, Any]:
        """The document of ``conformance prove --format json``."""
        return {
            "clean": self.clean,
            "faults": [asdict(kill) for kill in self.kills],
            "untested": [{"requirement": row, "reason": reason} for row, reason in self.untested],
        }


def choose(prefixes: Sequence[str]) -> list[Fault]:
    """The faults whose id begins with any of ``prefixes``; all without prefixes.

    Raises :class:`ConfigError` for a prefix that matches none.
    """
    known = list(seeded.every().values())
    for prefix in prefixes:
        if not prefix or not any(fault.id.upper().startswith(prefix.upper()) for fault in known):
            raise ConfigError(f"no seeded fault begins with {prefix!r}")
    wanted = tuple(prefix.upper() for prefix in prefixes) or ("",)
    return [fault for fault in known if fault.id.upper().startswith(wanted)]


def prove(
    faults: Sequence[Fault],
    *,
    rows: Sequence[tuple[str, str]],
    say: Callable[[str], None],
    workers: int = WORKERS,
    **how: Any,
) -> Proof:
    """Judge the clean payer and every faulty one; ``rows`` are (id, status of coverage) of the catalogue's rows.

    ``say`` is called with each fault as it ends; ``how`` is what :func:`reference_payer` takes.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-prove-")))
        payer = stack.enter_context(reference_payer(**how))
        jobs, clean_of = _jobs(faults, payer, folder, stack, how)
        documents = run_jobs(jobs, workers=workers, done=lambda job: say(job.name))
        kills = tuple(_judged(fault, documents[clean_of[fault.id]], documents[fault.id]) for fault in faults)
        proven = {fault.requirement for fault in faults}
        return Proof(
            clean=_worst([documents[name]["run"]["verdict"] for name in set(clean_of.values())]),
            kills=kills,
            untested=tuple((row, reason) for row, reason in rows if row not in proven),
        )


def _jobs(
    faults: Sequence[Fault], payer: Payer, folder: Path, stack: ExitStack, how: Mapping[str, Any]
) -> tuple[list[Job], dict[str, str]]:
    """The runs to make, and for every fault the name of the clean run it is compared with.

    Faults that need the same overrides of the target share a clean run.
    """
    jobs: dict[str, Job] = {}
    clean_of: dict[str, str] = {}
    shared: dict[str, set[str]] = {}
    for number, fault in enumerate(faults):
        name = f"{CLEAN} {json.dumps(dict(fault.target), sort_keys=True)}" if fault.target else CLEAN
        clean_of[fault.id] = name
        shared.setdefault(name, set()).add(fault.requirement)
        home = payer
        if fault.listeners:
            home = stack.enter_context(reference_payer(faults=[fault.id], **how))
        base = "" if fault.listeners else f"/t/{fault.slug}"
        target = target_file(folder / f"{number}.yaml", home, base, fault.target)
        jobs[fault.id] = Job(fault.id, target, (fault.requirement,), folder / f"run-{number}")
    for number, (name, requirements) in enumerate(shared.items()):
        overrides = json.loads(name.removeprefix(CLEAN)) if name != CLEAN else {}
        target = target_file(folder / f"clean-{number}.yaml", payer, "", overrides)
        jobs[name] = Job(name, target, tuple(sorted(requirements)), folder / f"clean-run-{number}")
    return sorted(jobs.values(), key=lambda job: not job.name.startswith(CLEAN)), clean_of


def target_file(path: Path, payer: Payer, base: str, overrides: Mapping[str, Any]) -> Path:
    """A target file for the tenant at ``base`` that extends the payer's own by what differs."""
    origin, issuer = payer.facts["fhir_base"].removesuffix("/fhir"), payer.facts["issuer"]
    known = {
        "deployment.fhir_base": f"{origin}{base}/fhir",
        "documentation.url": f"{issuer}{base}/developer",
        "documentation.token_path": f"{base}/oauth2/token",
        "lab.age_grant": f"{issuer}{base}/_lab/age",
    }
    return extended(path, payer.target_file, {**known, **overrides})


def _judged(fault: Fault, clean: Mapping[str, Any], faulty: Mapping[str, Any]) -> Kill:
    before, after = _rows(clean), _rows(faulty)
    own, was = after[fault.requirement], before[fault.requirement]
    wanted = "fail" if own["effective"] == "gate" and not fault.warning else "advisory"
    rules = {finding["rule"] for finding in own["findings"]}
    as_declared = any(is_declared(fault.rule, rule) for rule in rules)
    judged = [row for row, entry in after.items() if entry["checks"] and before[row]["checks"]]
    changed = [row for row in judged if row != fault.requirement and after[row]["status"] != before[row]["status"]]
    return Kill(
        fault=fault.id,
        requirement=fault.requirement,
        rule=fault.rule,
        description=fault.sentence,
        clean_status=was["status"],
        faulty_status=own["status"],
        checks=tuple(check["id"] for check in own["checks"] if check["outcome"] == own["status"]),
        collateral=tuple(changed),
        killed=was["status"] == "pass" and own["status"] == wanted and as_declared,
    )


def _rows(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in document["requirements"]}


def _worst(verdicts: Sequence[str]) -> str:
    return next((verdict for verdict in verdicts if not verdict.startswith("conformant")), verdicts[0])
