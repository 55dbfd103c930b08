"""Seeded faults: named deviations of the reference payer, each a few lines, in the module of their row's area.

A module that grows too long hands topics to others named after it (``token_refreshing``) and takes their tables in.

A fault proves a check: the check must pass on the clean payer and fail with the fault seeded, with a finding of the
fault's rule. To add one, append to ``FAULTS`` in the module of the row's area::

    Fault(
        "PA-TOK-006.any-verifier",                                   # row, dot, slug
        "token.not-refused",                                         # the finding rule it must lead to
        "The server checks only that a verifier was sent.",          # what is wrong, in words
        {token.verifier_matches: always(True)},                      # the deviation
    )

How to deviate, the first that fits:

1. **Replace a step.** Every decision of the server is a small function marked ``@step`` (``python -m
   conformance.reference --list steps`` lists them with signatures). The replacement gets the original first, so it can
   wrap it: ``lambda original, tenant, code, verifier: original(tenant, code, verifier[:43])``. `deviations` has the
   common ones: ``always``, ``skipped``, ``edited``, ``with_members``, ``without``, ``with_headers``, ``with_status``.
   Documents (discovery, metadata, token response, id_token claims, Bundles) are dictionaries until they leave.
2. **Change a response.** `fhir.answer.document` makes every FHIR response, `fhir.answer.outgoing` sees every resource
   and `outgoing_bundle` every Bundle on any path, `authorization.token.token_response` makes token responses,
   `authorization.server.dispatch` and `fhir.server.dispatch` answer whole requests, `web.finish` sees every response.
3. **Change the records** (``records=``): what profiles, data and search see. `deviations.stored` and ``dropped``.
4. **Flip a switch** (``behaviour={"page_size": 2}``): see `tenant.Behaviour`.
5. **Change a listener** (``listeners={"fhir": "old-tls"}``): for faults of transport, in a process of their own.

Rules: a fault changes behaviour for every client; it never looks at a user agent, a client id, a fixed id or a probe's
literal. It changes as little as it can: more than ten rows changed beside its own needs a ``collateral`` reason.

``--fault ID`` serves the clean deployment with the fault; a running process has it at ``/t/<id in lower case>/fhir``.
"""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AREAS", "Fault", "UnknownFault", "by_slug", "every", "find"]

AREAS = (
    *("discovery", "authorization", "token", "identity", "scopes", "isolation", "rest", "search", "everything"),
    *("profile", "data_content", "must_support", "security_transport", "documentation", "operations"),
)


class UnknownFault(ValueError):
    """No fault has this id; the message names the nearest."""


@cache
def every() -> Mapping[str, Fault]:
    """All faults by id, in the order of the areas; raises ``ValueError`` when an id is used twice."""
    found: dict[str, Fault] = {}
    for area in AREAS:
        for fault in importlib.import_module(f"{__name__}.{area}").FAULTS:
            if fault.id in found:
                raise ValueError(f"two faults are called {fault.id}")
            found[fault.id] = fault
    return found


def find(fault_id: str) -> Fault:
    """The fault of this id; raises :class:`UnknownFault`."""
    fault = by_slug(fault_id.lower())
    if fault is None:
        near = difflib.get_close_matches(fault_id, every(), n=1, cutoff=0.3)
        raise UnknownFault(f"there is no fault {fault_id}{f'; did you mean {near[0]}?' if near else ''}")
    return fault


def by_slug(slug: str) -> Fault | None:
    """The fault of this slug (its id in lower case)."""
    return next((fault for fault in every().values() if fault.slug == slug), None)
