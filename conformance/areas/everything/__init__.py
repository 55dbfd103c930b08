"""The area ``everything``: ``Patient/[id]/$everything``."""
