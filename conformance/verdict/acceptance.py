"""What a run accepts although it is violated: waivers in force and, behind them, the baseline."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.verdict.baseline import Baseline, gone, load_baseline
from conformance.verdict.waivers import Waivers, load_waivers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.findings import Finding
    from conformance.verdict.judgement import RowVerdict


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The waivers and the baseline of one run."""

    waivers: Waivers = field(default_factory=Waivers)
    baseline: Baseline = field(default_factory=Baseline)

    def reason(self, row_id: str, finding: Finding) -> str:
        """Why the violation is accepted; empty when it counts."""
        return self.waivers.covering(row_id, finding) or self.baseline.covering(row_id, finding)

    def account(self, rows: Sequence[RowVerdict], *, whole: bool) -> list[dict[str, Any]]:
        """The waivers as ``conformance.json`` holds them."""
        return self.waivers.account(rows, whole=whole)

    def notes(self, document: Mapping[str, Any]) -> list[str]:
        """What a reader must know of the baseline: how much of it there is, and what may be struck from it."""
        known = self.baseline
        if not known.file:
            return []
        ended = gone(known, document)
        size = f"{len(known.failures)} known violation{'' if len(known.failures) == 1 else 's'}"
        shrink = f"; {len(ended)} no longer found: shrink it with conformance baseline RUN {known.file}"
        return [f"the baseline {known.file} holds {size}{shrink if ended else ''}"]


def load_acceptance(waivers: str | None, baseline: str | None, rows: Iterable[str], *, on: dt.date) -> Acceptance:
    """From the two files, either of which may be absent; raises :class:`ConfigError` for one that cannot be used."""
    return Acceptance(
        Waivers(load_waivers(Path(waivers), rows) if waivers is not None else (), on),
        load_baseline(Path(baseline)) if baseline is not None else Baseline(),
    )
