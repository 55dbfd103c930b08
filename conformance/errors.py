"""What can go wrong, and what each kind means for the verdict.

    ConformanceError
    ├─ NonConformance      the deployment breaks a requirement            → row fails (or is advisory)
    ├─ Undecided     nothing to judge the requirement on            → row undecided
    ├─ NotApplicable       the target says it does not offer the feature  → row not applicable
    ├─ ConfigError         the target file, an option or a login is wrong → exit 4
    │  └─ LoginRefused     a failure screen of the login page matched     → exit 4
    ├─ TargetUnreachable   no HTTP answer at all                          → exit 6
    └─ HarnessError        we could not do our own work                   → row error, exit 3
       └─ NoScreenFits     the login page shows nothing the target describes

Only :class:`NonConformance` is an ``AssertionError``: pytest and Allure then show it as a failed check,
and everything else as something that is not the deployment's fault.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.findings import Finding


class ExitCode(IntEnum):
    """How a command ends; those that judge no deployment use 0, 1, 2, 3 and 4 in the same sense."""

    CONFORMANT = 0
    NON_CONFORMANT = 1
    INTERRUPTED = 2
    HARNESS_ERROR = 3
    CONFIGURATION = 4
    INCOMPLETE = 5
    UNREACHABLE = 6


class ConformanceError(Exception):
    """Root of everything this project raises on purpose."""


class NonConformance(ConformanceError, AssertionError):
    """The deployment breaks a requirement; carries every finding of the check, not just the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class Undecided(ConformanceError):
    """The deployment offered no data, feature or permission to judge a requirement on.

    ``reason`` says what is missing and what to add; ``blocked_by`` names the row that failed first, if one did.
    """

    def __init__(self, reason: str, *, blocked_by: str = "") -> None:
        self.reason = reason
        self.blocked_by = blocked_by
        super().__init__(reason)


class NotApplicable(ConformanceError):
    """The target says that the deployment does not offer this, or the row's condition does not hold."""


class ConfigError(ConformanceError):
    """The user gave something that cannot be used; the message names the key, the place and the nearest right one."""


class LoginRefused(ConfigError):
    """The login page showed one of its failure screens: credentials or screens in the target are wrong."""


class TargetUnreachable(ConformanceError):
    """Neither discovery nor metadata gave any HTTP answer (DNS, refused, TLS, time-out)."""


class HarnessError(ConformanceError):
    """The harness could not do its own work; never held against the deployment."""


class NoScreenFits(HarnessError):
    """A login page is showing that none of the target's screens describes."""
