"""One verdict and one exit code for a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.verdict.judgement import RowVerdict

Verdict = Literal[
    "interrupted",
    "configuration error",
    "target unreachable",
    "non-conformant",
    "harness error",
    "incomplete",
    "conformant",
    "conformant in the selection",
]

EXIT_CODES: dict[Verdict, ExitCode] = {
    "conformant": ExitCode.CONFORMANT,
    "conformant in the selection": ExitCode.CONFORMANT,
    "non-conformant": ExitCode.NON_CONFORMANT,
    "interrupted": ExitCode.INTERRUPTED,
    "harness error": ExitCode.HARNESS_ERROR,
    "configuration error": ExitCode.CONFIGURATION,
    "incomplete": ExitCode.INCOMPLETE,
    "target unreachable": ExitCode.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run ended with: verdict, exit code and the sentence that explains it.

    ``over_waivers`` says that nothing but a waiver that must go makes the run fail.
    """

    verdict: Verdict
    explanation: str
    over_waivers: bool = False

    @property
    def exit_code(self) -> int:
        """The process exit code of the verdict."""
        return int(EXIT_CODES[self.verdict])


def decide(
    rows: Sequence[RowVerdict],
    *,
    selected: bool = False,
    interrupted: str = "",
    misconfigured: str = "",
    unreachable: str = "",
    broken: str = "",
    waivers: str = "",
    allow_undecided: Mapping[str, str] | None = None,
    allow_untested: bool = False,
) -> RunOutcome:
    """The run's outcome; the order of the branches is the order of precedence.

    ``interrupted``, ``misconfigured`` (a wrong target, option or login), ``unreachable`` and ``broken`` (trouble of the
    harness outside any row) are sentences, empty when it did not happen; ``waivers`` is one when waivers must go.
    ``selected`` says that only part of the catalogue was asked for. ``allow_undecided`` maps row ids the target may
    leave undecided to its reasons.
    """
    allowed = allow_undecided or {}
    gates = [row for row in rows if row.effective == "gate" and row.selected]
    failed = [row.row.id for row in gates if row.status == "fail"]
    errored = [row.row.id for row in gates if row.status == "error"]
    undecided = [row.row.id for row in gates if row.status == "undecided" and row.row.id not in allowed]
    untested = [row.row.id for row in gates if row.status == "untested"]
    judged = any(row.status in {"pass", "advisory", "waived"} for row in rows)
    trouble = broken or (errored and _name(errored, "gate requirements could not be judged: trouble in the harness"))

    by_precedence: tuple[tuple[Verdict, object, str], ...] = (
        ("interrupted", interrupted, interrupted),
        ("configuration error", misconfigured, misconfigured),
        ("target unreachable", unreachable, unreachable),
        ("non-conformant", failed, _name(failed, "gate requirements are violated")),
        ("non-conformant", waivers, waivers),
        ("harness error", trouble, str(trouble)),
        ("incomplete", not judged, "nothing was judged"),
        ("incomplete", undecided, _name(undecided, "gate requirements could not be decided")),
        ("incomplete", untested and not allow_untested, _name(untested, "gate requirements have no check that ran")),
        ("conformant in the selection", selected, "no gate requirement of the selection is violated"),
        ("conformant", untested, f"no tested gate requirement is violated; {len(untested)} have no check yet"),
        ("conformant", True, "no gate requirement is violated"),
    )
    verdict, _, sentence = next(each for each in by_precedence if each[1])
    return RunOutcome(verdict, sentence, over_waivers=verdict == "non-conformant" and not failed)


def _name(ids: Sequence[str], what: str) -> str:
    return f"{len(ids)} {what}: {', '.join(ids[:8])}{', …' if len(ids) > 8 else ''}"
