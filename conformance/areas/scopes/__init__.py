"""The area ``scopes``: scopes: what is granted and what a grant opens."""
