"""The area ``must-support``: must-support elements and missing data."""
