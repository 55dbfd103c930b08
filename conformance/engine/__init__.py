"""One run from options to exit code, in the order it happens."""
