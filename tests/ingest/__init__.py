"""The tests of pipeline.ingest."""
