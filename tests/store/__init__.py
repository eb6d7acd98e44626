"""The tests of pipeline.store."""
