"""FHIR packages in, constraint tables out; and the tables as everybody else reads them.

``Guides`` is what a validator needs. ``build`` and ``add`` make tables from packages, ``listing`` says which there are.
"""

from conformance.guides.building import build
from conformance.guides.reading import DEFAULTS, GuideInfo, Guides
from conformance.guides.terminologytables import CodeSystemTable, ValueSetTable

__all__ = ["DEFAULTS", "CodeSystemTable", "GuideInfo", "Guides", "ValueSetTable", "build"]
