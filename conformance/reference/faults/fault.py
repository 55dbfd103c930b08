"""What a fault is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.reference.deviation import Change, Deviation, Listener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.steps import Step

__all__ = ["Change", "Fault", "Listener"]


@dataclass(frozen=True)
class Fault(Deviation):
    """A deviation that breaks its row: ``rule`` is the finding rule it must lead to, ``sentence`` says what is wrong.

    ``target`` are the dotted paths that a target file must set for the row to gate; ``collateral`` says why more than
    ten other rows change, if they do. With ``warning`` the finding is a warning: the row turns advisory, gate or not.
    """

    id: str
    rule: str
    sentence: str
    steps: Mapping[Step, Step] = field(default_factory=dict)
    records: Change | None = None
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)
    collateral: str = ""
    warning: bool = False
