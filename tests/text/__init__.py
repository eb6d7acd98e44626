"""The tests of pipeline.text."""
