"""The tests of pipeline.conversation."""
