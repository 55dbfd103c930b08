"""The area ``isolation``: that no member sees what belongs to another."""
