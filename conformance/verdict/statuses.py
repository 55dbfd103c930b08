"""The statuses a row can have and how several checks of one row combine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Status = Literal["pass", "fail", "advisory", "undecided", "waived", "not-applicable", "untested", "error"]

# Heaviest first.
STATUSES: tuple[Status, ...] = (
    "fail",
    "error",
    "undecided",
    "advisory",
    "waived",
    "pass",
    "not-applicable",
    "untested",
)


def roll_up(statuses: Iterable[Status]) -> Status:
    """The status of a row from those of its checks: the heaviest wins; no check at all is ``untested``."""
    present = set(statuses)
    return next((status for status in STATUSES if status in present), "untested")
