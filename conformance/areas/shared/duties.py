"""From which day a duty of the regulation binds the payer of a run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from conformance.requirements.compliance import compliance

if TYPE_CHECKING:
    from conformance.engine.run import Run

PRIOR_AUTHORIZATIONS = dt.date(2027, 1, 1)
"""Prior authorizations: 42 CFR 422.119(b)(1)(iv), 431.60(b)(5), 457.730(b)(5), 45 CFR 156.221(b)(1)(iv)."""


def not_binding_yet(run: Run, duty: dt.date) -> str:
    """Why a duty does not bind the payer on the run date; empty when it does."""
    deployment = run.target.deployment
    payer = compliance(
        deployment.payer_type,
        rating_period_start=deployment.rating_period_start,
        plan_year_start=deployment.plan_year_start,
    )
    begins = payer.begins(duty)
    return f"the duty binds this payer from {begins}" if run.date < begins else ""
