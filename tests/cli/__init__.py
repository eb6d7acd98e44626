"""The tests of pipeline.cli."""
