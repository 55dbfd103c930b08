"""What is judged: one folder per area of the catalogue, found by folder."""
