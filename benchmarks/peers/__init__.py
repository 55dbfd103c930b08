"""The validators and parsers that ours is measured against; each only where it is installed."""
