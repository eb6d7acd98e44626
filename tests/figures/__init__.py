"""The tests of pipeline.figures."""
