"""The tests; they mirror pipeline/."""
