"""The FHIR API asked over the transport: the client, its pages, and what Bundles, capabilities and references say.

Resources stay the dicts they came as. ``bundle``, ``capability`` and ``reference`` are pure functions.
"""

from __future__ import annotations

from conformance.fhir.client import FhirClient
from conformance.fhir.paging import Page, Pages
from conformance.fhir.reference import Reference

__all__ = ["FhirClient", "Page", "Pages", "Reference"]
