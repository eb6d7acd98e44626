"""From a recording to what was heard: the recogniser, and transcripts brought along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pytest

from pipeline.asr.base import Clip, Heard
from pipeline.hearing import hear
from pipeline.hearing.recognised import MARGIN
from pipeline.records import CallRecord, Recording, Role, Word
from pipeline.settings import AsrSettings, Settings
from tests.fixtures_truth import Truth, truths
from tests.sounds import save, sides

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Listener:
    """A recogniser that notes what it is given; it hears one word a clip."""

    name = "listener"

    def __init__(self, says: str = "好") -> None:
        """Nothing heard yet; ``says`` is what it will hear, always."""
        self.says = says
        self.lengths: list[float] = []
        self.names: Sequence[str] = ()

    def transcribe(self, clips: Sequence[Clip], names: Sequence[str] = ()) -> list[Heard]:
        """One word from end to end of each clip, whatever is in it; ``names`` are noted."""
        self.names = names
        lengths = [len(clip.samples) / 16000 for clip in clips]
        self.lengths += lengths
        return [Heard(self.says, self._words(length)) for length in lengths]

    def _words(self, length: float) -> tuple[Word, ...]:
        return (Word(self.says, MARGIN, length - MARGIN, 0.9),) if self.says else ()


def nobody() -> NoReturn:
    """The recogniser of a recording that needs none."""
    msg = "the recogniser was asked although a transcript is there"
    raise AssertionError(msg)


def recording(truth: Truth, transcript: Path | None = None) -> Recording:
    """A fixture recording as ingest finds it."""
    return Recording(
        file=truth.path.name,
        path=str(truth.path),
        content_id="c" * 64,
        record=CallRecord(),
        audio=True,
        transcript_path=str(transcript) if transcript else None,
    )


def scripted(call_id: str) -> Truth:
    """One fixture call."""
    return next(t for t in truths() if t.call_id == call_id)


def test_each_turn_is_one_clip_with_its_margins() -> None:
    """The spans drive the recogniser; word times come back on the recording's clock."""
    truth = scripted("g01")
    listener = Listener()
    heard = hear(recording(truth), lambda: listener, Settings())
    assert len(listener.lengths) == len(truth.data["turns"])
    for utterance, turn in zip(heard.utterances, truth.data["turns"], strict=True):
        assert utterance.start == pytest.approx(turn["start"], abs=0.2)
        assert utterance.words[0].start == pytest.approx(turn["start"], abs=0.25)
        assert utterance.words[0].end == pytest.approx(turn["end"], abs=0.25)
    assert heard.asr_model == "listener"


def test_no_clip_is_longer_than_the_model_can_take() -> None:
    """A long stretch is cut at its pauses, else in equal pieces."""
    listener = Listener()
    short = Settings(asr=AsrSettings(window_seconds=3.0))
    hear(recording(scripted("g01")), lambda: listener, short)
    assert max(listener.lengths) <= 3.0 + 0.01


def test_a_transcript_beside_the_audio_keeps_its_text_and_takes_the_audios_times(
    tmp_path: Path,
) -> None:
    """Its times are 0.2 s off and its agent is on channel 1: the audio knows both."""
    truth = scripted("g33")
    assert truth.data["agent_channel"] == 1
    turns = [
        {"role": t["role"], "start": t["start"] + 0.2, "end": t["end"] + 0.2, "text": t["text"]}
        for t in truth.data["turns"]
    ]
    path = tmp_path / "g33.json"
    path.write_text(json.dumps({"turns": turns}), encoding="utf-8")
    heard = hear(recording(truth, path), nobody, Settings())
    for utterance, turn in zip(heard.utterances, truth.data["turns"], strict=True):
        assert utterance.text == turn["text"]
        assert utterance.start == pytest.approx(turn["start"], abs=0.12)
        assert utterance.channel == (1 if utterance.role is Role.AGENT else 0)
    assert heard.channels == 2


def test_a_turn_of_a_mono_mix_takes_no_speech_of_the_other_side(tmp_path: Path) -> None:
    """The customer is cut short at once, and both turns keep their own edges."""
    truth = scripted("g08")
    mix = save(tmp_path / "mix.wav", np.sum(sides("g08"), axis=0).astype(np.float32))
    path = tmp_path / "mix.json"
    path.write_text(json.dumps(truth.sidecar()), encoding="utf-8")
    heard = hear(stereo(mix, transcript=path), nobody, Settings())
    turns = sorted(truth.data["turns"], key=lambda t: (t["start"], t["end"]))
    assert [u.text for u in heard.utterances] == [t["text"] for t in turns]
    for utterance, turn in zip(heard.utterances, turns, strict=True):
        assert utterance.start >= turn["start"] - 0.35, turn
        assert utterance.end <= turn["end"] + 0.35, turn


def test_a_transcript_alone_brings_its_own_times(tmp_path: Path) -> None:
    """Length and channels from the call record where it has them."""
    path = tmp_path / "c.json"
    turn = {"role": "agent", "start": 1.0, "end": 2.0, "text": "您好"}
    path.write_text(json.dumps({"turns": [turn]}), encoding="utf-8")
    alone = Recording(
        file="c.json",
        path=str(path),
        content_id="c" * 64,
        record=CallRecord(duration=60.0, channels=1),
        audio=False,
        transcript_path=str(path),
    )
    heard = hear(alone, nobody, Settings())
    assert (heard.duration, heard.channels) == (60.0, 1)
    assert heard.utterances[0].spans == ()


def test_two_equal_channels_are_one(tmp_path: Path) -> None:
    """A mono recording saved as stereo."""
    import av

    path = tmp_path / "dual.wav"
    samples = np.random.default_rng(1).integers(-500, 500, (1, 16000), dtype=np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.repeat(samples, 2, axis=0).T.reshape(1, -1), format="s16", layout="stereo"
        )
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    dual = Recording(
        file="dual.wav", path=str(path), content_id="d" * 64, record=CallRecord(), audio=True
    )
    heard = hear(dual, Listener, Settings())
    assert (heard.channels, heard.audio_notes) == (1, ("dual_mono",))


def stereo(path: Path, more: Path | None = None, transcript: Path | None = None) -> Recording:
    """A recording of our own making."""
    return Recording(
        file=path.name,
        path=str(path),
        content_id="e" * 64,
        record=CallRecord(),
        audio=True,
        transcript_path=str(transcript) if transcript else None,
        more_paths=(str(more),) if more else (),
    )


def test_two_files_are_heard_as_the_two_sides_that_they_are(tmp_path: Path) -> None:
    """As if they were one file's channels."""
    agent, customer = sides("g04")
    first, second = save(tmp_path / "a-in.wav", customer), save(tmp_path / "a-out.wav", agent)
    apart = hear(stereo(first, second), Listener, Settings())
    together = save(tmp_path / "both.wav", customer, agent)
    assert apart == hear(stereo(together), Listener, Settings())


def test_speech_that_no_words_are_recognised_in_is_still_talk() -> None:
    """Silence is where nobody speaks, not where the recogniser is at a loss; a cough is neither."""
    heard = hear(recording(scripted("g04")), lambda: Listener(says=""), Settings())
    turns = scripted("g04").data["turns"]
    long = [t for t in turns if t["end"] - t["start"] > 0.8]
    assert 0 < len(long) <= len(heard.utterances) <= len(turns)
    assert {u.text for u in heard.utterances} == {""}


def test_names_are_told_to_the_recogniser() -> None:
    """The organisation's, as it is written."""
    listener = Listener()
    hear(recording(scripted("g01")), lambda: listener, Settings(), ["江城中燃"])
    assert listener.names == ["江城中燃"]


def test_a_transcript_without_sides_takes_them_from_the_sound(tmp_path: Path) -> None:
    """Subtitles of a two-channel call: each line belongs to the channel that speaks."""
    truth = scripted("g04")
    lines = [
        f"{n}\n{clock(t['start'])} --> {clock(t['end'])}\n{t['text']}\n"
        for n, t in enumerate(truth.data["turns"], start=1)
    ]
    path = tmp_path / "g04.srt"
    path.write_text("\n".join(lines), encoding="gb18030")
    heard = hear(recording(truth, path), nobody, Settings())
    agent = truth.data["agent_channel"]
    right = {t["text"]: agent if t["role"] == "agent" else 1 - agent for t in truth.data["turns"]}
    wrong = [u.text for u in heard.utterances if u.text and right[u.text] != u.channel]
    assert len(wrong) <= 1  # a reply inside the other's words can be either's


def clock(seconds: float) -> str:
    """As subtitles write it."""
    minutes, rest = divmod(seconds, 60)
    return f"00:{int(minutes):02}:{rest:06.3f}".replace(".", ",")


def test_speech_that_a_transcript_leaves_out_is_kept(tmp_path: Path) -> None:
    """Half of the lines are missing: nobody's words are invented, but it was no silence."""
    truth = scripted("g04")
    told = truth.data["turns"][::2]
    path = tmp_path / "g04.json"
    path.write_text(json.dumps({"turns": told}), encoding="utf-8")
    heard = hear(recording(truth, path), nobody, Settings())
    whole = hear(recording(truth), Listener, Settings())
    talk, right = (sum(s.duration for u in h.utterances for s in u.spans) for h in (heard, whole))
    assert talk == pytest.approx(right, rel=0.05)
    assert {u.text for u in heard.utterances} == {"", *(t["text"] for t in told)}


def test_a_mono_mix_is_cut_where_the_voice_changes(tmp_path: Path) -> None:
    """A man and a woman on one channel: two speakers, each word with its own."""
    agent, customer = sides("g04")
    path = save(tmp_path / "mix.wav", agent + customer)
    heard = hear(stereo(path), Listener, Settings())
    assert heard.channels == 1
    assert heard.by_voice
    assert {u.speaker for u in heard.utterances} == {"0", "1"}


def test_one_voice_on_one_channel_is_nobodys(tmp_path: Path) -> None:
    """Two people can sound alike: who speaks is then not known, and nothing is put in anyone's mouth."""
    agent, _ = sides("g04")
    heard = hear(stereo(save(tmp_path / "one.wav", agent)), Listener, Settings())
    assert not heard.by_voice
    assert {u.speaker for u in heard.utterances} == {None}


@pytest.mark.parametrize("live", [0, 1])
@pytest.mark.parametrize("told", [True, False], ids=["with a transcript", "by voice"])
def test_a_mix_beside_a_dead_channel_is_mono(tmp_path: Path, *, live: int, told: bool) -> None:
    """A recorder wrote both sides onto one channel of two: nobody is silent, nobody interrupts."""
    mix = np.sum(sides("g04"), axis=0).astype(np.float32)
    lines = [np.zeros_like(mix), np.zeros_like(mix)]
    lines[live] = mix
    path = tmp_path / "g04.json"
    path.write_text(json.dumps(scripted("g04").sidecar()), encoding="utf-8")
    file = save(tmp_path / "dead.wav", *lines, codec="pcm_alaw", rate=8000)
    heard = hear(stereo(file, transcript=path if told else None), Listener, Settings())
    alone = hear(
        stereo(
            save(tmp_path / "mono.wav", mix, codec="pcm_alaw", rate=8000),
            transcript=path if told else None,
        ),
        Listener,
        Settings(),
    )
    assert heard.channels == 1
    assert heard.audio_notes == ("dead_channel",)
    assert heard.utterances == alone.utterances


@pytest.mark.parametrize("told", [True, False], ids=["with a transcript", "by voice"])
def test_one_side_beside_a_dead_channel_is_a_customer_who_is_not_heard(
    tmp_path: Path, *, told: bool
) -> None:
    """The agent calls into a line on which nothing is: both sides stay."""
    agent, _ = sides("g04")
    path = tmp_path / "g04.json"
    turns = [
        turn if turn["role"] == "agent" else {**turn, "text": "", "words": []}
        for turn in scripted("g04").sidecar()["turns"]
    ]
    path.write_text(json.dumps({"turns": turns}), encoding="utf-8")
    file = save(tmp_path / "dead.wav", np.zeros_like(agent), agent)
    heard = hear(stereo(file, transcript=path if told else None), Listener, Settings())
    assert (heard.channels, heard.audio_notes) == (2, ("dead_channel",))
    assert {u.channel for u in heard.utterances if u.text} == {1}
