"""The tests of pipeline.detect."""
