"""The options of a conformance run, the same for pytest and for ``conformance run``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def add_options(group: pytest.OptionGroup) -> None:
    """Add every option to pytest's parser; their values are read by :mod:`conformance.engine.hooks`."""
    group.addoption("--target", dest="conformance_target", metavar="TARGET.yaml", help="the deployment to judge")
    group.addoption("--area", dest="conformance_areas", action="append", default=[], help="judge only this area")
    group.addoption(
        "--requirement",
        dest="conformance_requirements",
        action="append",
        default=[],
        metavar="PREFIX",
        help="judge only requirements whose id begins so",
    )
    group.addoption(
        "--guide",
        dest="conformance_guides",
        action="append",
        default=[],
        metavar="NAME@VERSION",
        help="use this version of a guide instead of the target's",
    )
    group.addoption(
        "--set",
        dest="conformance_sets",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="override one value of the target",
    )
    group.addoption("--out", dest="conformance_out", metavar="DIR", help="the run folder to write")
    group.addoption(
        "--allow-untested",
        dest="conformance_allow_untested",
        action="store_true",
        help="gate requirements without a check do not make the run incomplete",
    )
    group.addoption("--waivers", dest="conformance_waivers", metavar="FILE", help="accepted violations")
    group.addoption(
        "--baseline", dest="conformance_baseline", metavar="FILE", help="known violations; only new ones fail"
    )
    group.addoption("--certify", dest="conformance_certify", action="store_true", help="leave a certification bundle")
    group.addoption(
        "--reference-run",
        dest="conformance_reference",
        action="store_true",
        help="the deployment is the built-in reference payer",
    )
    group.addoption(
        "--exhaustive",
        dest="conformance_exhaustive",
        action="store_true",
        help="probe every resource one by one instead of a sample per type (politeness.sample)",
    )
    group.addoption(
        "--verdict-only",
        dest="conformance_verdict_only",
        action="store_true",
        help="write conformance.json and nothing else",
    )
    group.addoption(
        "--live",
        dest="conformance_live",
        action="store_true",
        help="print a line per area while it runs instead of pytest's own progress",
    )
