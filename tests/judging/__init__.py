"""The tests of pipeline.judging."""
