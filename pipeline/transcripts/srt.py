"""SubRip subtitles: a number, ``00:00:01,200 --> 00:00:03,400``, the text, an empty line.

Also with a decimal point, and without the numbers, as some tools write it.
"""

from __future__ import annotations

import re

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.transcripts.base import Brought, Document
from pipeline.transcripts.subtitles import TIMING, parse, read_captions

NAME = "SRT"


def recognises(document: Document) -> bool:
    """The text begins with a cue."""
    return re.match(rf"\s*(?:\d+[ \t]*\r?\n\s*)?{TIMING}", document.text) is not None


def read(document: Document) -> Brought:
    """One utterance a cue, more where several speakers are named in it.

    webvtt-py passes over a cue that it does not understand, such as one without hours: that is an error.
    """
    lines = "\n".join(line.strip() for line in document.text.strip().splitlines())
    numbered = re.sub(rf"(?m)^(?:\d+\n)?({TIMING})", r"0\n\1", lines)
    captions = parse(numbered, "srt", NAME)
    texts = re.split(rf"(?m)^{TIMING}.*$", numbered)[1:]
    spoken = sum(bool(re.sub(r"\d+\Z", "", text.strip()).strip()) for text in texts)
    if len(captions) < spoken:
        raise TranscriptError(
            cause(
                "{name} subtitles: of {spoken} cues only {read} are written as can be read",
                name=NAME,
                spoken=spoken,
                read=len(captions),
            )
        )
    return read_captions(captions, NAME)
