"""The options of a conformance run, the same for pytest and for ``conformance run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

_VALUE: Mapping[str, Any] = {}
_REPEATED: Mapping[str, Any] = {"action": "append", "default": []}
_SWITCH: Mapping[str, Any] = {"action": "store_true"}

# Option, the name its value has in pytest's configuration, kind, the placeholder of the value in help, help.
_OPTIONS = (
    ("--target", "target", _VALUE, "TARGET.yaml", "the deployment to judge"),
    ("--area", "areas", _REPEATED, "AREA", "judge only this area"),
    ("--requirement", "requirements", _REPEATED, "PREFIX", "judge only requirements whose id begins so"),
    ("--guide", "guides", _REPEATED, "NAME@VERSION", "use this version of a guide instead of the target's"),
    ("--set", "sets", _REPEATED, "PATH=VALUE", "override one value of the target"),
    ("--out", "out", _VALUE, "DIR", "the run folder to write"),
    (
        "--allow-untested",
        "allow_untested",
        _SWITCH,
        "",
        "gate requirements without a check do not make the run incomplete",
    ),
    ("--waivers", "waivers", _VALUE, "FILE", "accepted violations"),
    ("--baseline", "baseline", _VALUE, "FILE", "known violations; only new ones fail"),
    ("--certify", "certify", _SWITCH, "", "leave a certification bundle"),
    ("--reference-run", "reference", _SWITCH, "", "the deployment is the built-in reference payer"),
    (
        "--exhaustive",
        "exhaustive",
        _SWITCH,
        "",
        "probe every resource one by one instead of a sample per type (politeness.sample)",
    ),
    ("--verdict-only", "verdict_only", _SWITCH, "", "write conformance.json and nothing else"),
    ("--live", "live", _SWITCH, "", "print a line per area while it runs instead of pytest's own progress"),
)


def add_options(group: pytest.OptionGroup) -> None:
    """Add every option to pytest's parser; their values are read by :mod:`conformance.engine.hooks`."""
    for option, name, kind, metavar, text in _OPTIONS:
        shown = {"metavar": metavar} if metavar else {}
        group.addoption(option, dest=f"conformance_{name}", help=text, **kind, **shown)
