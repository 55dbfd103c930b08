"""The area ``profile``: profiles and code systems."""
