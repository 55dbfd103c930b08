"""FHIRPath 2.0.0 with FHIR R4's additions, compiled to closures.

    expression = compile_expression("name.given.exists()", context_type="Patient", model=model)
    expression.boolean(patient)             # True, False, or None: not evaluated, and expression.reason says why
    expression.evaluate(patient)            # a list of items

What cannot be decided (codes of unknown systems, targets that are not at hand, units that are not converted, errors the
specification demands) is neither true nor false.
"""

from conformance.validator.fhirpath.corrections import CORRECTIONS, Correction, corrected
from conformance.validator.fhirpath.environment import Environment
from conformance.validator.fhirpath.errors import EvaluationError, FHIRPathSyntaxError, NotEvaluated
from conformance.validator.fhirpath.expression import Expression, Outcome, compile_expression
from conformance.validator.fhirpath.nodes import Item, Unresolved, value_of
from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.temporal import Temporal
from conformance.validator.fhirpath.typemodel import CoreTypes, Element, StructureTypes, TypeModel

__all__ = [
    "CORRECTIONS",
    "CoreTypes",
    "Correction",
    "Element",
    "Environment",
    "EvaluationError",
    "Expression",
    "FHIRPathSyntaxError",
    "Item",
    "NotEvaluated",
    "Outcome",
    "Quantity",
    "StructureTypes",
    "Temporal",
    "TypeModel",
    "Unresolved",
    "compile_expression",
    "corrected",
    "value_of",
]
