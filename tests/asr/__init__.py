"""The tests of pipeline.asr."""
