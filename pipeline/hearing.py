"""From a recording to what was heard in it: sound, speech spans, and the recogniser or a transcript."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans, voiceprint
from pipeline.asr.base import Clip
from pipeline.asr.cleaning import cleaned
from pipeline.audio import SAMPLE_RATE, Audio, decode, levels
from pipeline.channels import only_live, own_speech, told_apart
from pipeline.prosody import describe
from pipeline.records import Recording, Role, Seconds, Span, Transcript, Utterance, Word
from pipeline.speakers import Voiced, by_speaker, speaker_timeline
from pipeline.speech import speech_spans
from pipeline.text import spoken_characters
from pipeline.tones import key_tones
from pipeline.transcripts import read_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.asr.base import Heard, Recogniser
    from pipeline.settings import Settings

    _Place = tuple[int, tuple[Span, ...]]

MARGIN: Seconds = 0.2
"""Line noise left on either side of a clip: a recogniser mishears what begins at once."""
AT_ONCE: Seconds = 900.0
"""Speech that is held in memory together for the recogniser."""
SIDECAR_REACH: Seconds = 0.5
"""How far the speech of a turn may lie outside the times that a transcript gives it."""


def hear(
    recording: Recording,
    recogniser: Callable[[], Recogniser],
    settings: Settings,
    names: Sequence[str] = (),
) -> Transcript:
    """What is said in a recording. ``recogniser`` is called only where no transcript is at hand.

    ``names`` are words that may well be said. Raises ``AudioError`` or ``TranscriptError``.
    """
    if recording.transcript_path is None:
        scene = _as_mono(_listen(recording, settings), (), settings)
        return _with_sound(_recognised(scene, recogniser(), settings, names), scene.audio)
    brought = read_transcript(Path(recording.transcript_path))
    if recording.audio:
        scene = _as_mono(_listen(recording, settings), brought.utterances, settings)
        return _with_sound(_timed(brought.utterances, scene, settings), scene.audio)
    return _alone(brought.utterances, recording)


@dataclass(frozen=True, eq=False)
class _Scene:
    """A recording's sound: one channel a side, and where somebody speaks on each."""

    audio: Audio
    speech: tuple[list[Span], ...]


def _listen(recording: Recording, settings: Settings) -> _Scene:
    """The sides of a recording and their speech, without what leaked from one to the other."""
    audio = told_apart(decode(*map(Path, (recording.path, *recording.more_paths))))
    heights = [levels(sound) for sound in audio.channels]
    found = [speech_spans(sound, settings.speech) for sound in audio.channels]
    return _Scene(audio, tuple(own_speech(found, heights)))


def _as_mono(scene: _Scene, told: Sequence[Utterance], settings: Settings) -> _Scene:
    """The scene without its dead channel where both sides speak on the live one: a mono mix.

    That is so where a transcript has words of both sides; where none tells whose its words are, if
    there are two voices. One side alone on a line that is dead otherwise is a customer not heard.
    """
    live = only_live(scene.audio)
    if live is None:
        return scene
    mono = _Scene(
        replace(scene.audio, channels=(scene.audio.channels[live],)), (scene.speech[live],)
    )
    said = [u for u in told if u.role is not Role.IVR and spoken_characters(u.text)]
    sides = {_key(utterance) for utterance in said} - {None}
    both = len(sides) > 1 if sides else bool(_timeline(mono, settings))
    return mono if both else scene


def _with_sound(transcript: Transcript, audio: Audio) -> Transcript:
    """The transcript with how each utterance sounds, and the key tones at the call's beginning."""
    tones = sorted(
        (tone for sound in audio.channels for tone in key_tones(sound)), key=lambda t: t.start
    )
    utterances = tuple(
        replace(u, sound=describe(audio.channels[u.channel or 0], u.spans))
        if (u.channel or 0) < len(audio.channels)
        else u
        for u in transcript.utterances
    )
    return replace(transcript, utterances=utterances, tones=tuple(tones))


def _recognised(
    scene: _Scene, recogniser: Recogniser, settings: Settings, names: Sequence[str]
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
            said = cleaned(said, voiced)  # noqa: PLW2901  what is left of it
            if said.text or voiced >= settings.speech.shortest_unrecognised:
                side = channel if known else None
                utterances.append(_utterance(said, side, stretch, bounds[n].start))
    timeline = [] if known else _timeline(scene, settings)
    return Transcript(
        duration=audio.duration,
        channels=len(audio.channels),
        utterances=tuple(sorted(by_speaker(utterances, timeline), key=lambda u: (u.start, u.end))),
        audio_notes=audio.notes,
        asr_model=recogniser.name,
        by_voice=bool(timeline),
    )


def _timeline(scene: _Scene, settings: Settings) -> list[Voiced]:
    """Who speaks when in a mono mix, by voice; empty where no two voices can be told apart.

    One voice is not one side: two people can sound alike, and then nobody's words are anybody's.
    """
    model = settings.speech.voice_model
    embed = voiceprint.load(Path(model).expanduser()) if model else None
    timeline = speaker_timeline(scene.audio.channels[0], scene.speech[0], embed=embed)
    return timeline if len({voiced.speaker for voiced in timeline}) > 1 else []


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


def _timed(utterances: tuple[Utterance, ...], scene: _Scene, settings: Settings) -> Transcript:
    """A transcript beside its audio: text and roles of the one, speech spans of the other."""
    audio, found = scene.audio, scene.speech
    by_side: dict[tuple[object, int | None], list[Utterance]] = defaultdict(list)
    channel_of = _match(utterances, found)
    for utterance in utterances:
        if utterance.start < audio.duration:
            by_side[_key(utterance), channel_of(utterance)].append(utterance)
    placed = []
    for (side, channel), said in by_side.items():
        heard = found[channel] if channel is not None else [s for f in found for s in f]
        near = [
            Span(u.start, u.end)
            for (other, there), more in by_side.items()
            if other != side and channel is None is there
            for u in more
        ]
        placed += _placed(said, spans.join(heard), near, channel, audio.duration)
    if len(found) > 1:
        for channel in range(len(found)):
            placed += _untold(placed, found[channel], channel, settings)
    nobody = len(found) == 1 and all(_key(utterance) is None for utterance in utterances)
    timeline = _timeline(scene, settings) if nobody else []
    return Transcript(
        duration=audio.duration,
        channels=len(audio.channels),
        utterances=tuple(sorted(by_speaker(placed, timeline), key=lambda u: (u.start, u.end))),
        audio_notes=audio.notes,
        asr_model="transcript",
        by_voice=bool(timeline),
    )


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


_OTHER: dict[Role | None, Role] = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}


def _usual_role(utterances: Sequence[Utterance]) -> Role | None:
    """The role that most of the utterances have; None of none."""
    return next((r for r, _ in Counter(u.role for u in utterances).most_common(1)), None)


def _left_over(heard: Sequence[Span], placed: Sequence[Utterance]) -> list[Span]:
    """The stretches of a side's speech of which the transcript says nothing."""
    told = [span for utterance in placed for span in utterance.spans]
    return [span for span in heard if not spans.intersect([span], told)]


def _key(utterance: Utterance) -> object:
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


def _placed(
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


def _alone(utterances: tuple[Utterance, ...], recording: Recording) -> Transcript:
    """A transcript without audio: its own times are all there is."""
    last = max((u.end for u in utterances), default=0.0)
    return Transcript(
        duration=max(recording.record.duration or 0.0, last),
        channels=recording.record.channels or 2,
        utterances=utterances,
        asr_model="transcript",
    )
