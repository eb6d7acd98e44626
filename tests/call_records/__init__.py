"""The tests of pipeline.call_records."""
