"""The tests of pipeline.night."""
