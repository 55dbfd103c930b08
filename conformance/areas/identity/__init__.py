"""The area ``identity``: who logged in: id_token and fhirUser."""
