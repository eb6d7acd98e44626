"""People beside the machine."""
