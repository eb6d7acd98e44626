"""The sound of a recording before anything is read in it: sides, speech, voices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.ingest.addresses import sources
from pipeline.records import Recording, Span, Transcript
from pipeline.sound import voice_embedding
from pipeline.sound.channels import own_speech, told_apart
from pipeline.sound.decode import Audio, decode, levels
from pipeline.sound.diarisation import Voiced, speaker_timeline
from pipeline.sound.dtmf import key_tones
from pipeline.sound.prosody import describe
from pipeline.sound.vad import speech_spans

if TYPE_CHECKING:
    from pipeline.settings import Settings

    _Place = tuple[int, tuple[Span, ...]]


@dataclass(frozen=True, eq=False)
class SpokenAudio:
    """A recording's sound: one channel a side, and where somebody speaks on each."""

    audio: Audio
    speech: tuple[list[Span], ...]


def listen(recording: Recording, settings: Settings) -> SpokenAudio:
    """The sides of a recording and their speech, without what leaked from one to the other."""
    audio = told_apart(decode(*sources(recording)))
    heights = [levels(sound) for sound in audio.channels]
    found = [speech_spans(sound, settings.speech) for sound in audio.channels]
    return SpokenAudio(audio, tuple(own_speech(found, heights)))


def with_sound(transcript: Transcript, audio: Audio) -> Transcript:
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


def timeline(scene: SpokenAudio, settings: Settings) -> list[Voiced]:
    """Who speaks when in a mono mix, by voice; empty where no two voices can be told apart.

    One voice is not one side: two people can sound alike, and then nobody's words are anybody's.
    """
    model = settings.speech.voice_model
    embed = voice_embedding.load(Path(model).expanduser()) if model else None
    voices = speaker_timeline(scene.audio.channels[0], scene.speech[0], embed=embed)
    return voices if len({voiced.speaker for voiced in voices}) > 1 else []
