"""The area ``documentation``: the documentation for app developers."""
