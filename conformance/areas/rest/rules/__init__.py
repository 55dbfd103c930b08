"""Evidence in, findings out: pure functions."""
