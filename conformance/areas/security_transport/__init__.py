"""The area ``security-transport``: TLS, CORS, rate limits and the security of pages."""
