"""Where a check gets the checks of the values below it or of another profile.

FHIR's types refer to each other in circles, so checks are compiled by one another. They know this contract; the
compiler, which imports them all, keeps it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from conformance.validator.lookup import Lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.guides import Guides
    from conformance.validator.bindings import CodeLookup
    from conformance.validator.checks import Check
    from conformance.validator.definitions import Node, Structure
    from conformance.validator.primitives import Accepted


class CheckSource(Lookup, ABC):
    """Checks by definition, each compiled once.

    ``information`` says whether notes on what cannot be judged are wanted, ``accepted`` which texts a check is known to
    accept, ``slicers`` holds the compiled slicing of each sliced element (:mod:`conformance.validator.slicing`),
    ``members`` the keys that an element's children are written under (:mod:`conformance.validator.must_support`).
    """

    def __init__(self, guides: Guides, *, information: bool, lookup: CodeLookup | None = None) -> None:
        super().__init__(guides, lookup)
        self.information = information
        self.accepted: dict[Check, Accepted] = {}
        self.slicers: dict[Node, Any] = {}
        self.members: dict[Node, dict[str, tuple[Node, str]]] = {}

    @abstractmethod
    def value(self, nodes: Sequence[Node], code: str, places: tuple[str, ...]) -> Check:
        """The check of one value of type ``code`` about which ``nodes`` speak, the base definition first."""

    @abstractmethod
    def resource(self, structures: Sequence[Structure], elements: Sequence[Node] = ()) -> Check:
        """The check of a resource against its type's definition and any profiles, all in one walk."""

    @abstractmethod
    def sibling(self, nodes: Sequence[Node], code: str, places: tuple[str, ...]) -> Check:
        """The check of the object beside a primitive: an id and extensions."""
