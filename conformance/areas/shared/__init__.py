"""What two or more areas use, each module under the name of what it is."""
