"""Transcripts brought along: one file a format, registered in ``formats``, all read to one shape."""
