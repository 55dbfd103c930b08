"""The area ``data-content``: the content of members' records."""
