"""The first five minutes: what is ready, what is missing, and how to mend it."""
