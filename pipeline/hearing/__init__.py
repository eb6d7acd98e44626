"""From a recording to what was said in it: with a speech model, or with a transcript brought along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.hearing.brought import alone, side_of, transcript_beside
from pipeline.hearing.recognised import recognise
from pipeline.hearing.scene import SpokenAudio, listen, timeline, with_sound
from pipeline.ingest.addresses import transcript_path
from pipeline.records import Role
from pipeline.sound.channels import only_live
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.asr.base import Recogniser
    from pipeline.records import Recording, Transcript, Utterance
    from pipeline.settings import Settings


def hear(
    recording: Recording,
    recogniser: Callable[[], Recogniser],
    settings: Settings,
    names: Sequence[str] = (),
) -> Transcript:
    """What is said in a recording. ``recogniser`` is called only where no transcript is at hand.

    ``names`` are words that may well be said. Raises ``AudioError`` or ``TranscriptError``.
    """
    if (path := transcript_path(recording)) is None:
        scene = _as_mono(listen(recording, settings), (), settings)
        return with_sound(recognise(scene, recogniser(), settings, names), scene.audio)
    from pipeline.transcripts.formats import read_transcript

    told = read_transcript(path)
    if recording.audio:
        scene = _as_mono(listen(recording, settings), told.utterances, settings)
        return with_sound(transcript_beside(told.utterances, scene, settings), scene.audio)
    return alone(told.utterances, recording)


def _as_mono(scene: SpokenAudio, told: Sequence[Utterance], settings: Settings) -> SpokenAudio:
    """The scene without its dead channel where both sides speak on the live one: a mono mix.

    That is so where a transcript has words of both sides; where none tells whose its words are, if
    there are two voices. One side alone on a line that is dead otherwise is a customer not heard.
    """
    live = only_live(scene.audio)
    if live is None:
        return scene
    mono = SpokenAudio(
        replace(scene.audio, channels=(scene.audio.channels[live],)), (scene.speech[live],)
    )
    said = [u for u in told if u.role is not Role.IVR and spoken_characters(u.text)]
    sides = {side_of(utterance) for utterance in said} - {None}
    both = len(sides) > 1 if sides else bool(timeline(mono, settings))
    return mono if both else scene
