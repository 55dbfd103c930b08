"""What a member's grant opens, gathered once per run: one polite, concurrent sweep, and where everything came from.

``Gatherer`` asks each search, operation and read once and remembers the answer; ``sweep`` decides what to ask;
``Collection`` holds what came of it; ``sample`` chooses whom to probe one by one. Nothing here judges a requirement:
what is odd about paging or copies is kept with the listing or the copy for the checks that own the rows.
"""

from __future__ import annotations

from conformance.collection.evidence import Collection, Followed, Held, Request
from conformance.collection.forms import NARROWER, PATIENT_ALONE_IS_OPTIONAL, STATUSES, searched
from conformance.collection.gathering import Gatherer, Listing, ListingPage
from conformance.collection.sampling import Sample, edge_cases, sample
from conformance.collection.sweeping import Plan, sweep

__all__ = [
    "NARROWER",
    "PATIENT_ALONE_IS_OPTIONAL",
    "STATUSES",
    "Collection",
    "Followed",
    "Gatherer",
    "Held",
    "Listing",
    "ListingPage",
    "Plan",
    "Request",
    "Sample",
    "edge_cases",
    "sample",
    "searched",
    "sweep",
]
