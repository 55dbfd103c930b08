"""What a check may look at beside the value it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from conformance.validator.definitions import Structure
    from conformance.validator.fhirpath import Environment
    from conformance.validator.problems import Problem


class Unchecked(dict[str, int]):
    """What could not be checked, by system or reason.

    ``has_zero`` notes that an integer was 0: a parser reads the text ``-0``, which integers may not be, as the same.
    """

    has_zero = False

    def __missing__(self, _reason: str) -> int:
        return 0


class Entry(NamedTuple):
    """The resource of a Bundle entry judged apart: its place in the Bundle and what was found in it."""

    resource: dict[str, Any]
    start: str
    profiles: tuple[str, ...]
    problems: list[Problem]
    not_checked: dict[str, int]


class Context:
    """The resource under judgement and what surrounds it.

    ``resource`` is the nearest enclosing resource, ``root`` the container of a contained resource (otherwise the
    resource itself), ``bundle`` the Bundle both lie in and ``full_url`` the entry's own address there. ``counts`` is
    what could not be checked, by system or reason, ``profiles`` what the resource was judged by. ``records`` collects
    the problems of Bundle entries apart from the Bundle's own when somebody wants them so, ``demanded`` the profiles
    that entries of their types must meet then. ``indexes`` are the resources of each Bundle by address, by the identity
    of the Bundle, shared by all that lies in it; ``prefix`` is what a relative reference begins with there (empty: not
    yet asked for). ``shallow`` says that what the Bundle's entries hold is not judged.
    """

    __slots__ = (
        "addresses",
        "bundle",
        "conforming",
        "counts",
        "demanded",
        "environment",
        "full_url",
        "ids",
        "indexes",
        "prefix",
        "profiles",
        "records",
        "resource",
        "root",
        "shallow",
    )

    def __init__(self, resource: dict[str, Any], counts: Unchecked) -> None:
        self.resource = resource
        self.root = resource
        self.bundle: dict[str, Any] | None = None
        self.full_url = ""
        self.counts = counts
        self.environment: Environment | None = None
        self.addresses: dict[int, tuple[int, str]] | None = None
        self.profiles: tuple[str, ...] = ()
        self.ids: set[str] | None = None
        self.indexes: dict[int, dict[str, Any]] = {}
        self.prefix = ""
        self.conforming: dict[tuple[int, str], bool] | None = None
        self.demanded: tuple[Structure, ...] = ()
        self.records: list[Entry] | None = None
        self.shallow = False

    def contained(self, resource: dict[str, Any]) -> Context:
        """The surroundings of a resource contained in this one."""
        inner = self._inner(resource)
        inner.root = self.root
        inner.bundle = self.bundle
        inner.full_url = self.full_url
        return inner

    def entry(self, resource: dict[str, Any], full_url: str) -> Context:
        """The surroundings of a resource in an entry of the Bundle that is being judged."""
        inner = self._inner(resource)
        inner.bundle = self.resource
        inner.full_url = full_url
        return inner

    def _inner(self, resource: dict[str, Any]) -> Context:
        inner = Context(resource, self.counts)
        inner.indexes = self.indexes
        if self.conforming is None:
            self.conforming = {}
        inner.conforming = self.conforming
        return inner
