"""From a recording to what was heard in it: sound, speech spans, and the recogniser or a transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.asr.base import Clip
from pipeline.asr.cleaning import clean
from pipeline.hearing.scene import SpokenAudio, timeline
from pipeline.records import SAMPLE_RATE, Seconds, Span, Transcript, Utterance, Word
from pipeline.sound.decode import Audio
from pipeline.sound.diarisation import by_speaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.asr.base import Heard, Recogniser
    from pipeline.settings import Settings

    _Place = tuple[int, tuple[Span, ...]]


MARGIN: Seconds = 0.2
"""Line noise left on either side of a clip: a recogniser mishears what begins at once."""
AT_ONCE: Seconds = 900.0
"""Speech that is held in memory together for the recogniser."""


def recognise(
    scene: SpokenAudio, recogniser: Recogniser, settings: Settings, names: Sequence[str]
) -> Transcript:
    """Both channels transcribed on their own, one clip for each stretch of speech."""
    audio = scene.audio
    places = [
        (channel, stretch)
        for channel, found in enumerate(scene.speech)
        for stretch in _stretches(found, settings)
    ]
    bounds = [_bounds(place, places, audio.duration) for place in places]
    known = len(audio.channels) > 1
    utterances: list[Utterance] = []
    for part in _portions(bounds):
        clips = [_clip(audio, place, bounds[n]) for n, place in _of(places, part)]
        heard = recogniser.transcribe(clips, names)
        for said, (n, (channel, stretch)) in zip(heard, _of(places, part), strict=True):
            voiced = sum(span.duration for span in stretch)
            said = clean(said, voiced)  # noqa: PLW2901  what is left of it
            if said.text or voiced >= settings.speech.shortest_unrecognised:
                side = channel if known else None
                utterances.append(_utterance(said, side, stretch, bounds[n].start))
    voices = [] if known else timeline(scene, settings)
    return Transcript(
        duration=audio.duration,
        channels=len(audio.channels),
        utterances=tuple(sorted(by_speaker(utterances, voices), key=lambda u: (u.start, u.end))),
        audio_notes=audio.notes,
        asr_model=recogniser.name,
        by_voice=bool(voices),
    )


def _portions(bounds: Sequence[Span]) -> Iterator[range]:
    """The clips in portions that fit into memory together, however long the call is."""
    first, size = 0, 0.0
    for index, bound in enumerate(bounds):
        if size + bound.duration > AT_ONCE:
            yield range(first, index)
            first, size = index, 0.0
        size += bound.duration
    if first < len(bounds):
        yield range(first, len(bounds))


def _of(places: Sequence[_Place], part: range) -> list[tuple[int, _Place]]:
    """The places of a portion, each with its number."""
    return [(n, places[n]) for n in part]


def _clip(audio: Audio, place: _Place, bound: Span) -> Clip:
    channel, stretch = place
    first, last = round(bound.start * SAMPLE_RATE), round(bound.end * SAMPLE_RATE)
    return Clip(audio.channels[channel][first:last], channel, spans.total(stretch))


def _stretches(found: Sequence[Span], settings: Settings) -> list[tuple[Span, ...]]:
    """Speech spans grouped into clips: pauses under ``turn_gap`` inside, ``clip_seconds`` at most."""
    longest = settings.asr.window_seconds - 2 * MARGIN
    groups: list[list[Span]] = []
    for span in (piece for s in found for piece in _equal_pieces(s, longest)):
        if (
            groups
            and span.start - groups[-1][-1].end < settings.call.turn_gap
            and span.end - groups[-1][0].start <= longest
        ):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [tuple(group) for group in groups]


def _equal_pieces(span: Span, longest: Seconds) -> list[Span]:
    """A span that nobody paused in for longer than a clip, in equal pieces."""
    pieces = max(1, int(np.ceil(span.duration / longest)))
    step = span.duration / pieces
    return [Span(span.start + i * step, span.start + (i + 1) * step) for i in range(pieces)]


def _bounds(
    place: _Place,
    places: Sequence[_Place],
    duration: Seconds,
) -> Span:
    """A clip with its margins, which never reach into its neighbours on the same channel."""
    channel, stretch = place
    start, end = stretch[0].start, stretch[-1].end
    others = [s for c, s in places if c == channel]
    before = max((s[-1].end for s in others if s[-1].end <= start), default=0.0)
    after = min((s[0].start for s in others if s[0].start >= end), default=duration)
    return Span(
        max(start - MARGIN, (before + start) / 2, 0.0) if before else max(start - MARGIN, 0.0),
        min(end + MARGIN, (after + end) / 2) if after < duration else min(end + MARGIN, duration),
    )


def _utterance(
    heard: Heard, channel: int | None, stretch: tuple[Span, ...], offset: Seconds
) -> Utterance:
    return Utterance(
        start=stretch[0].start,
        end=stretch[-1].end,
        text=heard.text,
        words=tuple(
            # the alignment lets the first word begin with the clip: it begins with the speech
            Word(
                w.text,
                round(max(w.start + offset, stretch[0].start), 3),
                round(max(w.end + offset, stretch[0].start), 3),
                w.probability,
            )
            for w in heard.words
        ),
        spans=stretch,
        channel=channel,
    )
