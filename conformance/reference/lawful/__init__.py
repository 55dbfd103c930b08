"""Lawful variations: named deviations of the reference payer that some document in force allows, the dual of faults.

A variation proves the harness fair: with it, no gate row fails, no check errs, and no row but the few it names turns
advisory or undecided. To add one, append to ``VARIATIONS`` in the module of the row's area::

    Variation(
        "PA-REST-013.forbidden",                                     # row, dot, slug
        "A bad token is refused with 403.",                          # what the server does
        "US Core 6.1.0, General Requirements, 401/403/404",          # document and section that allow it
        {access.authenticate: ...},                                  # the deviation, as of a fault
        rows={"PA-REST-013": "advisory"},                            # what may turn, and into what
        choices=("refusal of a bad token",),                         # what cannot be decided twice
    )

How to deviate is told in `conformance.reference.faults`. Rules: a variation behaves alike towards every client; it says
what a real server does, not what a check overlooks; where no document allows it, it is left out. The row in its id is
the one most likely to misjudge it.

``--lawful ID`` serves the clean deployment with the variation. A running process has every set of variations below
``/t/lawful-<mask>/fhir``, where the mask is hexadecimal and its bit n stands for the n-th variation.
"""

from __future__ import annotations

import difflib
import importlib
import re
from functools import cache
from typing import TYPE_CHECKING

from conformance.reference.faults import AREAS
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["AREAS", "UnknownVariation", "Variation", "by_slug", "every", "find", "slug_of"]

_SLUG = re.compile(r"lawful-([0-9a-f]+)")


class UnknownVariation(ValueError):
    """No variation has this id; the message names the nearest."""


@cache
def every() -> Mapping[str, Variation]:
    """All variations by id, in the order of the areas; raises ``ValueError`` when an id is used twice."""
    found: dict[str, Variation] = {}
    for area in AREAS:
        for variation in importlib.import_module(f"{__name__}.{area}").VARIATIONS:
            if variation.id in found:
                raise ValueError(f"two lawful variations are called {variation.id}")
            found[variation.id] = variation
    return found


def find(variation_id: str) -> Variation:
    """The variation of this id; raises :class:`UnknownVariation`."""
    for variation in every().values():
        if variation.slug == variation_id.lower():
            return variation
    near = difflib.get_close_matches(variation_id, every(), n=1, cutoff=0.3)
    raise UnknownVariation(f"there is no lawful variation {variation_id}{f'; did you mean {near[0]}?' if near else ''}")


def slug_of(ids: Iterable[str]) -> str:
    """The slug of the deployment that has these variations; raises ``KeyError`` for an unknown id."""
    places = {name: place for place, name in enumerate(every())}
    return f"lawful-{sum(1 << places[name] for name in set(ids)):x}"


def by_slug(slug: str) -> list[Variation] | None:
    """The variations of the deployment of this slug; ``None`` for a slug of another kind."""
    match = _SLUG.fullmatch(slug)
    if match is None or int(match[1], 16) >= 1 << len(every()):
        return None
    mask = int(match[1], 16)
    return [variation for place, variation in enumerate(every().values()) if mask >> place & 1]
