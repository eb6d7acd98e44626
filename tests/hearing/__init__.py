"""The tests of pipeline.hearing."""
