"""What checks of the REST interface hand to rules: what was asked, in words, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.evidence import SearchEvidence

Resource = dict[str, Any]
Condition = Literal["current", "other"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in words (``reading an unknown Coverage``) and its answer."""

    what: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted resource asked for by its id, and searched for by ``_id`` where the grant opens that."""

    asked: Asked
    found: SearchEvidence | None = None


@dataclass(frozen=True, slots=True)
class Conditional:
    """A conditional read; ``names`` is whether its condition names what the server has (``current``) or not."""

    what: str
    names: Condition
    answer: Answer


@dataclass(frozen=True, slots=True)
class VersionReads:
    """A read, the read of the version it named, and the read of a version that does not exist.

    ``declared`` is whether the capability statement says that versions can be read.
    """

    type: str
    id: str
    version: str
    read: Answer
    current: Answer
    unknown: Answer
    declared: bool


@dataclass(frozen=True, slots=True)
class Copies:
    """A resource as a search or ``$everything`` showed it (in ``exchange``), and as a read answered it."""

    identity: str
    shown: Resource
    exchange: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Target:
    """What references lead to: ``Type/id`` with an optional version, who refers to it, and what asking for it gave.

    ``sources`` are (resource, path of the Reference). ``opened`` is whether the grant opens reading the type.
    ``unversioned`` is the current content where the reference names a version, and was read as well.
    """

    target: str
    version: str
    sources: Sequence[tuple[str, str]]
    answer: Answer
    opened: bool = True
    unversioned: Answer | None = None
