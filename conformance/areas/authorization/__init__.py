"""The area ``authorization``: the authorization endpoint and the pages behind it."""
