"""The area ``search``: search: parameters, results, paging."""
