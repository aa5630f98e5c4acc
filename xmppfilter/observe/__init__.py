"""What the running gateway tells of itself."""
