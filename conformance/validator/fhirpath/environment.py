"""What surrounds an evaluation: the resource, the way to other resources and to terminology, and one run's state."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.nodes import Collection, Item, root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.validator.fhirpath.typemodel import TypeModel

Resource = dict[str, Any]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Environment:
    """Given by the caller, one per resource under test; nothing in it is changed but the last two.

    ``resource`` is the nearest enclosing resource of the focus (``%resource``), ``root_resource`` its container where
    it is contained, else the same (``%rootResource``). ``bundle`` and ``full_url`` let ``resolve()`` find other
    entries. ``resolve(reference)`` returns a resource or None (not at hand). ``member_of(value, type, value_set)`` gets
    a code as text or a Coding, CodeableConcept or Quantity as JSON and answers True, False or None (unknown);
    ``conforms_to(element, profile)`` and ``html_checks(xhtml)`` answer the same way. ``variables`` are further
    constants (``%extension``): JSON values, Nodes or lists of them. ``now`` fixes the clock. ``not_evaluated`` counts
    reasons. ``entries`` is filled on first use: the Bundle's resources by fullUrl.
    """

    resource: Resource | None = None
    root_resource: Resource | None = None
    bundle: Resource | None = None
    full_url: str = ""
    resolve: Callable[[str], Resource | None] | None = None
    member_of: Callable[[Any, str, str], bool | None] | None = None
    conforms_to: Callable[[Any, str], bool | None] | None = None
    html_checks: Callable[[str], bool | None] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    not_evaluated: dict[str, int] = field(default_factory=Counter)
    entries: dict[str, Resource] | None = field(default=None, repr=False)


class Run:
    """The state of one evaluation: fixed constants, and the loop variables of the moment."""

    __slots__ = ("clock", "context", "defined", "environment", "index", "model", "total")

    def __init__(self, environment: Environment, model: TypeModel, context: Collection) -> None:
        self.environment = environment
        self.model = model
        self.context = context
        self.index = 0
        self.total: Collection = []
        self.defined: dict[str, Collection] = {}
        self.clock: datetime | None = None

    @property
    def now(self) -> datetime:
        """The moment of this evaluation, the same however often it is asked for (section 5.9.2)."""
        if self.clock is None:
            self.clock = self.environment.now or datetime.now().astimezone()
        return self.clock

    def resource(self) -> Collection:
        """``%resource``; without one given, the focus itself if it is a resource."""
        return self._resource(self.environment.resource)

    def root_resource(self) -> Collection:
        """``%rootResource``; without one given, ``%resource``."""
        return self._resource(self.environment.root_resource or self.environment.resource)

    def _resource(self, given: Resource | None) -> Collection:
        if given is not None:
            return [root(given)]
        return [item for item in self.context if isinstance(item, Item) and "resourceType" in (item.value or ())]
