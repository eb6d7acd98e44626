"""WebVTT subtitles: ``WEBVTT``, then cues ``01:02.300 --> 01:04.000`` with optional settings.

Hours may be missing, cues may have a name, and ``NOTE``, ``STYLE`` and ``REGION`` blocks are no speech
(W3C, "WebVTT: The Web Video Text Tracks Format"). A decimal comma, which is against the standard and
still met, is read as a point.
"""

from __future__ import annotations

import re

from pipeline.transcripts.base import Brought, Document
from pipeline.transcripts.subtitles import TIMING, parse, read_captions

NAME = "WebVTT"


def recognises(document: Document) -> bool:
    """The text begins with the word that the standard asks for."""
    return re.match(r"WEBVTT(?![^\s])", document.text) is not None


def read(document: Document) -> Brought:
    """One utterance a cue, more where several speakers are named in it."""
    points = re.sub(TIMING, lambda times: times[0].replace(",", "."), document.text)
    return read_captions(parse(points, "vtt", NAME), NAME)
