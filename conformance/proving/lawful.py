"""Lawful variations of the reference payer: with each of them, alone and together, nothing may be held against it.

Each variation meets alone the checks of its row, of the rows it names and of those that it is known to concern, and
must change exactly the rows it names. Then compatible ones are stacked in one deployment and go through all suites,
where any row but those they name must stay as it is; what changes there is traced back to single variations by halving
the stack. So a whole proof costs a few whole runs, and one short run for each variation.
"""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigError
from conformance.proving.batch import NO_VERDICT, Job, run_jobs
from conformance.proving.payer import reference_payer
from conformance.proving.prove import CLEAN, WORKERS, target_file
from conformance.reference import lawful

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.proving.payer import Payer
    from conformance.reference.lawful import Variation

    Document = Mapping[str, Any]

_TROUBLE = ("fail", "error")
_SHOWN = ("advisory", "undecided")
_ENDED = ("interrupted", "configuration error", "target unreachable", "harness error", NO_VERDICT)
RUN = "run"


@dataclass(frozen=True, slots=True)
class Changed:
    """A row whose status changed with a variation, and the first thing said of it; ``id`` is "run" for the whole."""

    id: str
    status: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What became of one variation. ``rows`` are all that changed; ``reason`` says why it does not hold."""

    variation: str
    requirement: str
    description: str
    authority: str
    holds: bool
    rows: tuple[Changed, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """What became of several variations in one deployment; ``rows`` are those that none of them names."""

    name: str
    variations: tuple[str, ...]
    holds: bool
    rows: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class LawfulProof:
    """``clean`` is the clean payer's verdict on every row."""

    clean: str
    variations: tuple[Holding, ...]
    stacks: tuple[Stack, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the clean payer is conformant and nothing is held against any variation."""
        together = all(stack.holds for stack in self.stacks)
        return self.clean.startswith("conformant") and together and all(each.holds for each in self.variations)

    def as_json(self) -> dict[str, Any]:
        """The part of the document of ``conformance prove --format json`` that is about lawful variations."""
        return {
            "clean": self.clean,
            "lawful": [asdict(each) for each in self.variations],
            "stacks": [asdict(each) for each in self.stacks],
        }


def choose(prefixes: Sequence[str]) -> list[Variation]:
    """The variations whose id begins with any of ``prefixes``; all without prefixes.

    Raises :class:`ConfigError` for a prefix that matches none.
    """
    known = list(lawful.every().values())
    for prefix in prefixes:
        if not prefix or not any(each.slug.startswith(prefix.lower()) for each in known):
            raise ConfigError(f"no lawful variation begins with {prefix!r}")
    wanted = tuple(prefix.lower() for prefix in prefixes) or ("",)
    return [each for each in known if each.slug.startswith(wanted)]


def stacks_of(variations: Sequence[Variation]) -> list[list[Variation]]:
    """As few stacks as first fit finds, so that every variation is in one and those of a stack agree."""
    found: list[list[Variation]] = []
    for variation in variations:
        for stack in found:
            if all(variation.agrees_with(other) for other in stack):
                stack.append(variation)
                break
        else:
            found.append([variation])
    return found


def subsets_of(variations: Sequence[Variation], count: int, seed: int) -> list[list[Variation]]:
    """``count`` random sets of variations that agree; the same for the same seed and variations."""
    chance = random.Random(seed)  # noqa: S311
    found = []
    for _ in range(count):
        chosen: list[Variation] = []
        for variation in chance.sample(list(variations), len(variations)):
            if chance.random() < 0.5 and all(variation.agrees_with(other) for other in chosen):
                chosen.append(variation)
        found.append(chosen)
    return [chosen for chosen in found if chosen]


def changes(clean: Document, after: Document) -> tuple[Changed, ...]:
    """The judged rows that fail or err now and did not, or that were passed and are advisory or undecided now."""
    before = {row["id"]: row["status"] for row in clean["requirements"]}
    found = [
        Changed(row["id"], row["status"], _said(row))
        for row in after["requirements"]
        if row["checks"]
        and row["status"] != before[row["id"]]
        and (row["status"] in _TROUBLE or (row["status"] in _SHOWN and before[row["id"]] == "pass"))
    ]
    verdict = after["run"]["verdict"]
    return (*found, *([Changed(RUN, "error", verdict)] if verdict.startswith(_ENDED) else []))


def _said(row: Mapping[str, Any]) -> str:
    """The first thing that a row says: the message of a finding of that weight, or its reason."""
    weighed = sorted(row["findings"], key=lambda finding: finding["severity"] != "error")
    return str(next((finding["message"] for finding in weighed), "") or row.get("reason") or "")


def judged_alone(variation: Variation, clean: Document, after: Document) -> Holding:
    """Whether a variation changed exactly the rows it names, as far as they were judged."""
    rows = changes(clean, after)
    judged = {row["id"] for row in after["requirements"] if row["checks"]}
    named = {row: status for row, status in variation.rows.items() if row in judged}
    unnamed = [row for row in rows if named.get(row.id) != row.status]
    kept = [row for row in named if row not in {each.id for each in rows}]
    reason = "; ".join([*map(_told, unnamed), *(f"{row} is named and did not change" for row in kept)])
    return Holding(
        variation.id, variation.requirement, variation.sentence, variation.authority, not reason, rows, reason
    )


def _told(row: Changed) -> str:
    return f"{row.id} is {row.status}: {row.said}"


def judged_together(name: str, variations: Sequence[Variation], clean: Document, after: Document) -> Stack:
    """Whether several variations together changed no row but those they name."""
    named = {(row, status) for variation in variations for row, status in variation.rows.items()}
    rows = tuple(row for row in changes(clean, after) if (row.id, row.status) not in named)
    return Stack(name, tuple(variation.id for variation in variations), not rows, rows)


@dataclass(slots=True)
class _Bench:
    """Runs sets of variations against one payer."""

    payer: Payer
    folder: Path
    workers: int
    say: Callable[[str], None]
    made: int = 0

    def run(self, wanted: Mapping[str, tuple[Sequence[Variation], tuple[str, ...]]]) -> dict[str, dict[str, Any]]:
        """The documents by name; what is wanted are the variations and the rows (prefixes; all if empty)."""
        jobs = []
        for name, (variations, requirements) in wanted.items():
            self.made += 1
            base = f"/t/{lawful.slug_of(each.id for each in variations)}" if variations else ""
            overrides = {path: value for each in variations for path, value in each.target.items()}
            if changes_of := [each.fixtures for each in variations if each.fixtures]:
                overrides["fixtures"] = str(self._fixtures(changes_of))
            target = target_file(self.folder / f"{self.made}.yaml", self.payer, base, overrides)
            jobs.append(Job(name, target, requirements, self.folder / f"run-{self.made}"))
        return run_jobs(jobs, workers=self.workers, done=lambda job: self.say(job.name), lenient=True)

    def _fixtures(self, changes_of: Sequence[Callable[[dict[str, Any]], None]]) -> Path:
        """The payer's fixture manifest with these changes, in a file of its own."""
        manifest = json.loads(Path(self.payer.facts["fixtures"]).read_text(encoding="utf-8"))
        for change in changes_of:
            change(manifest)
        path = self.folder / f"fixtures-{self.made}.json"
        path.write_text(json.dumps(manifest), encoding="utf-8")
        return path

    def culprits(self, stack: Sequence[Variation], rows: Sequence[Changed], clean: Document) -> dict[str, Stack]:
        """The single variations that change these rows, by halving the stack until each half is one."""
        wanted = tuple(row.id for row in rows if row.id != RUN)
        found: dict[str, Stack] = {}
        parts = [list(stack)] if len(stack) > 1 else []
        while parts:
            halves = [half for part in parts for half in (part[: len(part) // 2], part[len(part) // 2 :])]
            named = {f"{half[0].id} and {len(half) - 1} more": half for half in halves}
            documents = self.run({name: (half, wanted) for name, half in named.items()})
            parts = []
            for name, half in named.items():
                outcome = judged_together(name, half, clean, documents[name])
                if outcome.holds:
                    continue
                if len(half) > 1:
                    parts.append(half)
                else:
                    found[half[0].id] = outcome
        return found


def own_rows(variation: Variation) -> tuple[str, ...]:
    """The rows, or prefixes of rows, that a variation is judged by when it is alone."""
    return tuple(sorted({variation.requirement, *variation.rows, *variation.also}))


def prove_lawful(
    variations: Sequence[Variation],
    *,
    say: Callable[[str], None],
    stacked: bool = True,
    subsets: int = 0,
    seed: int = 0,
    workers: int = WORKERS,
    **how: Any,
) -> LawfulProof:
    """Judge every variation alone and, with ``stacked``, all that hold together, and random ``subsets`` of them.

    ``say`` is called with each run as it ends; ``how`` is what :func:`reference_payer` takes.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-prove-")))
        bench = _Bench(stack.enter_context(reference_payer(**how)), folder, workers, say)
        judged = () if stacked or subsets else tuple(sorted({row for each in variations for row in own_rows(each)}))
        alone = bench.run({CLEAN: ((), judged), **{each.id: ((each,), own_rows(each)) for each in variations}})
        clean = alone[CLEAN]
        holdings = {each.id: judged_alone(each, clean, alone[each.id]) for each in variations}
        together: dict[str, Sequence[Variation]] = {}
        holding = [each for each in variations if holdings[each.id].holds]
        if stacked:
            together |= {f"stack {n}": chosen for n, chosen in enumerate(stacks_of(holding), 1)}
        chosen_sets = subsets_of(holding, subsets, seed)
        together |= {f"subset {n} of seed {seed}": chosen for n, chosen in enumerate(chosen_sets, 1)}
        documents = bench.run({name: (chosen, ()) for name, chosen in together.items()})
        stacks = []
        for name, chosen in together.items():
            outcome = judged_together(name, chosen, clean, documents[name])
            stacks.append(outcome)
            found = {} if outcome.holds else bench.culprits(chosen, outcome.rows, clean)
            holdings |= {each: _also(holdings[each], culprit) for each, culprit in found.items()}
        return LawfulProof(clean["run"]["verdict"], tuple(holdings.values()), tuple(stacks))


def _also(holding: Holding, found: Stack) -> Holding:
    """A variation that changes rows beyond its own areas."""
    known = {row.id for row in holding.rows}
    more = [row for row in found.rows if row.id not in known]
    reason = "; ".join([*([holding.reason] if holding.reason else []), *map(_told, more)])
    return replace(holding, holds=False, rows=(*holding.rows, *more), reason=reason)
