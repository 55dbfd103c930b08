"""The requirement catalogue: what a Patient Access API deployment must do, row by row, with its source."""

from conformance.requirements.catalogue_file import load_catalogue
from conformance.requirements.compliance import compliance
from conformance.requirements.model import AREAS, Catalogue, Effective, Requirement, effective

__all__ = ["AREAS", "Catalogue", "Effective", "Requirement", "compliance", "effective", "load_catalogue"]
