"""Judges FHIR R4 resources by their types, profiles, invariants and terminology; offline.

from conformance.guides import Guides
from conformance.validator import Validator

findings = Validator(Guides.load()).check(resource)
"""

from conformance.validator.must_support import MustSupport
from conformance.validator.validator import Record, Validator

__all__ = ["MustSupport", "Record", "Validator"]
