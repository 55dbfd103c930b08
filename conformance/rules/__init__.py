"""What the requirements say, as pure functions over evidence: documents and answers in, findings out."""
