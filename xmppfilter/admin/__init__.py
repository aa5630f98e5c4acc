"""The running gateway's face for operators."""
