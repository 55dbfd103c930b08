"""What is kept of a login that did not reach the app: the trail of screens and a masked picture of the last page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.login.trail import login_trail

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome


def keep_login_evidence(run: Run, outcome: AuthorizationOutcome) -> None:
    """Write ``login/<number>-<how it ended>.txt`` and ``.png`` into the run folder and say so in the run's notes."""
    folder = run.out / "login"
    folder.mkdir(exist_ok=True)
    name = f"{run.authorizations:02d}-{outcome.kind}"
    trail = "\n".join(run.redactor.sentence(line) for line in login_trail(outcome, explain=True))
    (folder / f"{name}.txt").write_text(trail + "\n", encoding="utf-8")
    if outcome.page is not None and outcome.page.screenshot:
        (folder / f"{name}.png").write_bytes(outcome.page.screenshot)
    reason = run.login_log[-1]["reason"] if run.login_log else "an authorization"
    run.notes.append(f"{reason} (member {outcome.member}) ended as {outcome.kind}: see login/{name}.txt")
