"""Files for running callqa every night."""
