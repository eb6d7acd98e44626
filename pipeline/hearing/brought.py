"""A transcript brought along, beside its audio or without."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.hearing.scene import SpokenAudio, timeline
from pipeline.records import Recording, Role, Seconds, Span, Transcript, Utterance
from pipeline.sound.diarisation import by_speaker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.settings import Settings

    _Place = tuple[int, tuple[Span, ...]]


SIDECAR_REACH: Seconds = 0.5
"""How far the speech of a turn may lie outside the times that a transcript gives it."""


def transcript_beside(
    utterances: tuple[Utterance, ...], scene: SpokenAudio, settings: Settings
) -> Transcript:
    """A transcript beside its audio: text and roles of the one, speech spans of the other."""
    audio, found = scene.audio, scene.speech
    by_side: dict[tuple[object, int | None], list[Utterance]] = defaultdict(list)
    channel_of = _match(utterances, found)
    for utterance in utterances:
        if utterance.start < audio.duration:
            by_side[side_of(utterance), channel_of(utterance)].append(utterance)
    placed = []
    for (side, channel), said in by_side.items():
        heard = found[channel] if channel is not None else [s for f in found for s in f]
        near = [
            Span(u.start, u.end)
            for (other, there), more in by_side.items()
            if other != side and channel is None is there
            for u in more
        ]
        placed += _with_own_speech(said, spans.join(heard), near, channel, audio.duration)
    if len(found) > 1:
        for channel in range(len(found)):
            placed += _untold(placed, found[channel], channel, settings)
    nobody = len(found) == 1 and all(side_of(utterance) is None for utterance in utterances)
    voices = timeline(scene, settings) if nobody else []
    return Transcript(
        duration=audio.duration,
        channels=len(audio.channels),
        utterances=tuple(sorted(by_speaker(placed, voices), key=lambda u: (u.start, u.end))),
        audio_notes=audio.notes,
        asr_model="transcript",
        by_voice=bool(voices),
    )


_OTHER: dict[Role | None, Role] = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}


def _untold(
    placed: Sequence[Utterance], heard: Sequence[Span], channel: int, settings: Settings
) -> list[Utterance]:
    """A side's speech of which the transcript says nothing: without words, but it is no silence."""
    own = [u for u in placed if u.channel == channel]
    role = _usual_role(own) if own else _OTHER.get(_usual_role(placed))
    return [
        Utterance(
            start=span.start,
            end=span.end,
            text="",
            spans=(span,),
            role=role,
            channel=channel,
        )
        for span in _left_over(heard, own)
        if span.duration >= settings.speech.shortest_unrecognised
    ]


def _usual_role(utterances: Sequence[Utterance]) -> Role | None:
    """The role that most of the utterances have; None of none."""
    return next((r for r, _ in Counter(u.role for u in utterances).most_common(1)), None)


def _left_over(heard: Sequence[Span], placed: Sequence[Utterance]) -> list[Span]:
    """The stretches of a side's speech of which the transcript says nothing."""
    told = [span for utterance in placed for span in utterance.spans]
    return [span for span in heard if not spans.intersect([span], told)]


def side_of(utterance: Utterance) -> object:
    """Whose an utterance is, as far as its transcript says: a role, a channel, a speaker; None."""
    if utterance.role is not None:
        return utterance.role
    return utterance.channel if utterance.channel is not None else utterance.speaker


def _match(
    utterances: Sequence[Utterance], found: Sequence[Sequence[Span]]
) -> Callable[[Utterance], int | None]:
    """The channel that each utterance is heard on: its own, or the one whose speech matches.

    The agent's and the customer's are two, whichever fit better; a speaker has one for all that he
    says; what names no side is looked for by itself.
    """
    if len(found) < 2:
        return lambda _: None
    agent = _fits([u for u in utterances if u.role is Role.AGENT], found)
    customer = _fits([u for u in utterances if u.role is Role.CUSTOMER], found)
    fits = [a - c for a, c in zip(agent, customer, strict=True)]
    roles = {Role.AGENT: int(np.argmax(fits)), Role.CUSTOMER: int(np.argmin(fits))}
    speakers = {
        name: int(np.argmax(_fits([u for u in utterances if u.speaker == name], found)))
        for name in {u.speaker for u in utterances}
    }

    def channel_of(utterance: Utterance) -> int | None:
        if utterance.role is not None:
            return roles.get(utterance.role)
        if utterance.channel is not None:
            return utterance.channel if utterance.channel < len(found) else None
        if utterance.speaker is not None:
            return speakers[utterance.speaker]
        return int(np.argmax(_fits([utterance], found)))

    return channel_of


def _fits(said: Sequence[Utterance], found: Sequence[Sequence[Span]]) -> list[Seconds]:
    """How much speech of each channel lies in the utterances' times."""
    times = [Span(u.start, u.end) for u in said]
    return [spans.total(spans.intersect(speech, times)) for speech in found]


def _with_own_speech(
    said: Sequence[Utterance],
    heard: Sequence[Span],
    near: Sequence[Span],
    channel: int | None,
    duration: Seconds,
) -> list[Utterance]:
    """The utterances of one side with the speech that is theirs; words keep their own times.

    ``near`` are the times of other sides on the same channel, whose speech it must not take.
    """
    ordered = sorted(said, key=lambda u: u.start)
    placed = []
    for index, utterance in enumerate(ordered):
        start, end = _reach(utterance, near)
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


def _reach(utterance: Utterance, near: Sequence[Span]) -> tuple[Seconds, Seconds]:
    """Between which times an utterance's speech may lie: half way to the other sides at most."""
    start, end = utterance.start - SIDECAR_REACH, utterance.end + SIDECAR_REACH
    for other in near:
        if other.start < utterance.start:
            start = max(start, (min(other.end, utterance.start) + utterance.start) / 2)
        if other.end > utterance.end:
            end = min(end, (max(other.start, utterance.end) + utterance.end) / 2)
    return start, end


def alone(utterances: tuple[Utterance, ...], recording: Recording) -> Transcript:
    """A transcript without audio: its own times are all there is."""
    last = max((u.end for u in utterances), default=0.0)
    return Transcript(
        duration=max(recording.record.duration or 0.0, last),
        channels=recording.record.channels or 2,
        utterances=utterances,
        asr_model="transcript",
    )
