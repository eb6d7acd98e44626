"""What SubRip and WebVTT share: cues, read by webvtt-py, and the speakers that their text names.

``客服：``, ``Speaker 1:`` or ``[SPEAKER_00]:`` before a line, and WebVTT's ``<v 客服>``, say who speaks;
two speakers in one cue are two utterances of the same time. Markup inside a cue is left out, and so are
the times between words that some write there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from webvtt import Caption, WebVTT
from webvtt.errors import MalformedCaptionError, MalformedFileError

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.records import Utterance
from pipeline.transcripts.base import Brought, Stretch, bring, side, speakers, validate

TIMING = r"(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3}"
"""Two times, hours optional, with a decimal point or comma."""
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>")
_MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")


class _Cue(Stretch):
    text: str


def parse(text: str, form: str, name: str) -> list[Caption]:
    """The captions of a file; ``form`` is the format's name in webvtt-py, ``name`` the one shown."""
    for number, line in enumerate(text.splitlines(), 1):
        if "-->" in line and not re.match(rf"\s*{TIMING}", line):
            raise TranscriptError(
                cause(
                    "{name} subtitles: line {number} is not two times: {line}",
                    name=name,
                    number=number,
                    line=line.strip()[:60],
                )
            )
    try:
        return WebVTT.from_buffer(text.splitlines(), format=form, strict=True).captions
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        raise TranscriptError(
            cause("{name} subtitles cannot be read: {error}", name=name, error=error)
        ) from error


def read_captions(captions: Iterable[Caption], name: str) -> Brought:
    """One utterance a caption, more where several speakers are named in it."""
    cues = []
    for number, caption in enumerate(captions, 1):
        start, end = (t.in_milliseconds() / 1000 for t in (caption.start_time, caption.end_time))
        found: dict[str, Any] = {"start": start, "end": end, "text": caption.raw_text}
        cues.append(validate(_Cue, found, cause("{name} cue {number}", name=name, number=number)))
    return bring(utterance for cue in cues for utterance in _utterances(cue))


def _utterances(cue: _Cue) -> Iterator[Utterance]:
    before, *voices = _VOICE.split(cue.text)
    said = speakers(_plain(before).splitlines()) if before.strip() else []
    said += [(n, _plain(t)) for n, t in zip(voices[::2], voices[1::2], strict=True)]
    for name, text in said:
        line = " ".join(text.split())
        yield Utterance(start=cue.start, end=cue.end, text=line, **side(name))


def _plain(text: str) -> str:
    return html.unescape(_MARKUP.sub("", text))
