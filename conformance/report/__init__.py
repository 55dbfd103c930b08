"""The verdict for people and machines: one module per format, each fed by the document ``conformance.json``."""
