"""The area ``rest``: the RESTful API: reads, headers, refusals."""
