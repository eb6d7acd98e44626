"""The tests of pipeline.rubric."""
