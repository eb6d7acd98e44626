"""Whether a verdict hangs on who somebody is, or on how he speaks."""
