"""Personal data: found, masked, silenced."""
