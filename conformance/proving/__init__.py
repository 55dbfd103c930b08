"""Runs checks against the reference payer, clean and with seeded faults, to prove that each of them can fail."""
