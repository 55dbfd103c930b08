"""The area ``token``: the token endpoint and the tokens it issues."""
