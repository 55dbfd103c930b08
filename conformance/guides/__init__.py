"""FHIR packages in, constraint tables out; and the tables as everybody else reads them.

:class:`Guides` is what a validator needs. Making tables lies in ``conformance.guides.building`` (``build``: all of
``profiles/``) and ``conformance.guides.adding`` (``add``: one guide of the user's; ``listing``: which there are), apart
because a run that only reads tables should not load what makes them.
"""

from conformance.guides.reading import GuideInfo, Guides
from conformance.guides.terminologytables import CodeSystemTable, ValueSetTable

__all__ = ["CodeSystemTable", "GuideInfo", "Guides", "ValueSetTable"]
