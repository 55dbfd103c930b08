"""Our validator held against the HL7 Java validator; see README.md."""
