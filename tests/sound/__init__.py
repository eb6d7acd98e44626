"""The tests of pipeline.sound."""
