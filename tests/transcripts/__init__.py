"""The tests of pipeline.transcripts."""
