"""The fixture of documentation checks: the page that the payer publishes for app developers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.documentation.probes.page import Published

if TYPE_CHECKING:
    from conformance.engine.run import Run


@pytest.fixture(scope="session")
def published(run: Run) -> Published:
    """The documentation page, requested once without an account."""
    return Published(run)
