"""One file a change; the newest is the form that this version knows."""
