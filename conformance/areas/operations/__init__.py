"""The area ``operations``: adopted versions and operation."""
