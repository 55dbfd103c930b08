"""Canonical URLs of the guides, up to the name of a profile."""

from __future__ import annotations

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"


C4BB = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/"


HREX = "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/"


PDEX = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/"
