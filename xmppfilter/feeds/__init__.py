"""What fills lists in the background."""
