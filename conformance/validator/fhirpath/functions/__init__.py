"""The functions of FHIRPath, one module per section of the specification, entered in one registry."""

from conformance.validator.fhirpath.functions import (  # noqa: F401 (importing a module registers its functions)
    aggregates,
    collections,
    conversion,
    existence,
    fhir,
    filtering,
    maths,
    precision,
    strings,
    types,
    utility,
)
