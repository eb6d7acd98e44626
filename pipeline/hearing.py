"""From a recording to what was heard in it: sound, speech spans, and the recogniser or a transcript."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.audio import SAMPLE_RATE, Audio, decode, speech_spans
from pipeline.prosody import describe, key_tones
from pipeline.records import Recording, Role, Seconds, Span, Transcript, Utterance, Word
from pipeline.transcripts import read_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.asr.base import Heard, Recogniser
    from pipeline.settings import Settings

MARGIN: Seconds = 0.2
"""Line noise left on either side of a clip: a recogniser mishears what begins at once."""
SIDECAR_REACH: Seconds = 0.5
"""How far the speech of a turn may lie outside the times that a transcript gives it."""


def hear(
    recording: Recording, recogniser: Callable[[], Recogniser], settings: Settings
) -> Transcript:
    """What is said in a recording. ``recogniser`` is called only where no transcript is at hand.

    Raises ``AudioError`` or ``TranscriptError``.
    """
    if recording.transcript_path is None:
        audio = _sides(decode(Path(recording.path)))
        return _with_sound(_recognised(audio, recogniser(), settings), audio)
    utterances = read_transcript(Path(recording.transcript_path))
    if recording.audio:
        audio = _sides(decode(Path(recording.path)))
        return _with_sound(_timed(utterances, audio, settings), audio)
    return _alone(utterances, recording)


def _with_sound(transcript: Transcript, audio: Audio) -> Transcript:
    """The transcript with how each utterance sounds, and the key tones at the call's beginning."""
    tones = sorted(
        (tone for samples in audio.channels for tone in key_tones(samples)), key=lambda t: t.start
    )
    utterances = tuple(
        replace(u, sound=describe(audio.channels[u.channel or 0], u.spans))
        if (u.channel or 0) < len(audio.channels)
        else u
        for u in transcript.utterances
    )
    return replace(transcript, utterances=utterances, tones=tuple(tones))


def _sides(audio: Audio) -> Audio:
    """The audio with two equal channels as the one that they are."""
    first = audio.channels[0]
    if (
        first.any()
        and len(audio.channels) > 1
        and all(np.array_equal(first, c) for c in audio.channels[1:])
    ):
        return Audio((first,), (*audio.notes, "dual_mono"))
    return audio


def _recognised(audio: Audio, recogniser: Recogniser, settings: Settings) -> Transcript:
    """Both channels transcribed on their own, one clip for each stretch of speech."""
    places = [
        (channel, stretch)
        for channel, samples in enumerate(audio.channels)
        for stretch in _stretches(speech_spans(samples, settings.speech), settings)
    ]
    bounds = [_bounds(place, places, audio.duration) for place in places]
    clips = [
        audio.channels[channel][round(b.start * SAMPLE_RATE) : round(b.end * SAMPLE_RATE)]
        for (channel, _), b in zip(places, bounds, strict=True)
    ]
    known = len(audio.channels) > 1
    utterances = [
        _utterance(heard, channel if known else None, stretch, bound.start)
        for heard, (channel, stretch), bound in zip(
            recogniser.transcribe(clips), places, bounds, strict=True
        )
    ]
    return Transcript(
        duration=audio.duration,
        channels=len(audio.channels),
        utterances=tuple(sorted(utterances, key=lambda u: (u.start, u.end))),
        audio_notes=audio.notes,
        asr_model=recogniser.name,
    )


def _stretches(found: Sequence[Span], settings: Settings) -> list[tuple[Span, ...]]:
    """Speech spans grouped into clips: pauses under ``turn_gap`` inside, ``clip_seconds`` at most."""
    longest = settings.asr.clip_seconds - 2 * MARGIN
    groups: list[list[Span]] = []
    for span in (piece for s in found for piece in _cut(s, longest)):
        if (
            groups
            and span.start - groups[-1][-1].end < settings.call.turn_gap
            and span.end - groups[-1][0].start <= longest
        ):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [tuple(group) for group in groups]


def _cut(span: Span, longest: Seconds) -> list[Span]:
    """A span that nobody paused in for longer than a clip, in equal pieces."""
    pieces = max(1, int(np.ceil(span.duration / longest)))
    step = span.duration / pieces
    return [Span(span.start + i * step, span.start + (i + 1) * step) for i in range(pieces)]


def _bounds(
    place: tuple[int, tuple[Span, ...]],
    places: Sequence[tuple[int, tuple[Span, ...]]],
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


def _timed(utterances: tuple[Utterance, ...], audio: Audio, settings: Settings) -> Transcript:
    """A transcript beside its audio: text and roles of the one, speech spans of the other."""
    found = [speech_spans(samples, settings.speech) for samples in audio.channels]
    sides = _match(utterances, found)
    by_side: dict[object, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        if utterance.start < audio.duration:
            by_side[_key(utterance)].append(utterance)
    placed = []
    for side, said in by_side.items():
        channel = sides.get(side)
        heard = found[channel] if channel is not None else [s for f in found for s in f]
        placed += _placed(said, spans.join(heard), channel, audio.duration)
    return Transcript(
        duration=audio.duration,
        channels=len(audio.channels),
        utterances=tuple(sorted(placed, key=lambda u: (u.start, u.end))),
        audio_notes=audio.notes,
        asr_model="transcript",
    )


def _key(utterance: Utterance) -> object:
    if utterance.role is not None:
        return utterance.role
    return utterance.channel if utterance.channel is not None else utterance.speaker


def _match(utterances: Sequence[Utterance], found: Sequence[Sequence[Span]]) -> dict[object, int]:
    """The channel of each side: the agent's is the one whose speech matches his turns."""
    if len(found) < 2:
        return {}
    sides: dict[object, int] = {}
    for utterance in utterances:
        if (
            utterance.role is None
            and utterance.channel is not None
            and utterance.channel < len(found)
        ):
            sides[utterance.channel] = utterance.channel
    agent = [Span(u.start, u.end) for u in utterances if u.role is Role.AGENT]
    customer = [Span(u.start, u.end) for u in utterances if u.role is Role.CUSTOMER]
    fits = [
        spans.total(spans.intersect(f, agent)) - spans.total(spans.intersect(f, customer))
        for f in found
    ]
    best = int(np.argmax(fits))
    other = int(np.argmin(fits))
    return {**sides, Role.AGENT: best, Role.CUSTOMER: other}


def _placed(
    said: Sequence[Utterance], heard: Sequence[Span], channel: int | None, duration: Seconds
) -> list[Utterance]:
    """The utterances of one side with the speech that is theirs; words keep their own times."""
    ordered = sorted(said, key=lambda u: u.start)
    placed = []
    for index, utterance in enumerate(ordered):
        start, end = utterance.start - SIDECAR_REACH, utterance.end + SIDECAR_REACH
        if index:
            start = max(start, (ordered[index - 1].end + utterance.start) / 2)
        if index + 1 < len(ordered):
            end = min(end, (utterance.end + ordered[index + 1].start) / 2)
        own = spans.clip(heard, Span(start, min(end, duration)))
        if not own:
            own = [Span(utterance.start, min(utterance.end, duration))]
        placed.append(
            replace(
                utterance,
                start=own[0].start,
                end=own[-1].end,
                spans=tuple(own),
                channel=utterance.channel if channel is None else channel,
            )
        )
    return placed


def _alone(utterances: tuple[Utterance, ...], recording: Recording) -> Transcript:
    """A transcript without audio: its own times are all there is."""
    last = max((u.end for u in utterances), default=0.0)
    return Transcript(
        duration=max(recording.record.duration or 0.0, last),
        channels=recording.record.channels or 2,
        utterances=utterances,
        asr_model="transcript",
    )
