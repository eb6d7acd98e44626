"""SenseVoice and Paraformer by sherpa-onnx, on tiny models that hear melodies instead of speech.

Run for real, through the ``sherpa_onnx`` package: loading, features, batches, decoding, times, and
the joining of tokens to text and words. Not run: a real SenseVoice or Paraformer, which cannot be
had offline; nothing here says how well they hear. The provider ``cuda`` is only asked for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.asr import sherpa
from pipeline.asr.base import NOTHING, Clip
from tests.asr.sherpa_client import PARAFORMER, SENSE_VOICE, clip_of, load, settings_for
from tests.asr.sherpa_models import FRAME, save_paraformer

if TYPE_CHECKING:
    from pipeline.asr.base import Heard


@pytest.fixture(scope="module")
def paraformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Paraformer of six tokens that tells times."""
    folder = tmp_path_factory.mktemp("paraformer")
    save_paraformer(folder, PARAFORMER)
    return folder


def _timed(heard: Heard, *expected: tuple[str, float, float]) -> None:
    """The words and their times, a frame more or less."""
    assert [word.text for word in heard.words] == [text for text, _, _ in expected]
    for word, (_, start, end) in zip(heard.words, expected, strict=True):
        assert word.start == pytest.approx(start, abs=FRAME)
        assert word.end == pytest.approx(end, abs=FRAME)
        assert word.probability is None


def test_sense_voice_tells_text_marks_and_times(sense_voice: Path) -> None:
    """Tones at known times come back as words at those times, marks with the word before."""
    said = {0.3: "您", 0.6: "好", 0.9: "，", 1.2: "▁hel", 1.35: "lo", 1.7: "▁world"}
    said |= {2.4: "1", 2.55: "3", 2.8: "。"}
    (heard,) = load(sense_voice).transcribe([clip_of(SENSE_VOICE, said, 3.5)])
    assert heard.text == "您好，hello world13。"
    _timed(
        heard,
        ("您", 0.3, 0.6),
        ("好，", 0.6, 1.0),
        ("hello", 1.2, 1.7),
        ("world13。", 1.7, 2.95),
    )


def test_sense_voice_is_asked_for_chinese_and_for_marks(sense_voice: Path) -> None:
    """The model tells only Japanese in any other language, and no comma without normalisation."""
    said = clip_of(SENSE_VOICE, {0.3: "好", 0.6: "，", 0.9: "您"}, 1.5)
    (heard,) = load(sense_voice).transcribe([said])
    assert heard.text == "好，您"


def test_tags_and_silence_are_nothing(sense_voice: Path) -> None:
    """Events, a leading mark, a quiet line, a clip too short for one stack of frames, no clip."""
    clips = [
        clip_of(SENSE_VOICE, {0.3: "<|BGM|>"}, 1.0),
        clip_of(SENSE_VOICE, {0.3: "。"}, 1.0),
        Clip(np.zeros(16000, dtype=np.float32)),
        Clip(np.ones(1000, dtype=np.float32)),
        Clip(np.zeros(0, dtype=np.float32)),
    ]
    recogniser = load(sense_voice)
    assert recogniser.transcribe(clips) == [NOTHING] * len(clips)
    assert recogniser.transcribe([]) == []
    between = clip_of(SENSE_VOICE, {0.3: "好", 0.6: "<|BGM|>", 0.9: "您"}, 1.5)
    assert recogniser.transcribe([between])[0].text == "好您"


def test_paraformer_joins_latin_pieces(paraformer: Path) -> None:
    """hel@@ and lo are one word; a space stands between Latin words and nowhere else."""
    said = {0.3: "您", 0.6: "好", 0.9: "hel@@", 1.1: "lo", 1.4: "app", 1.9: "吗"}
    (heard,) = load(paraformer).transcribe([clip_of(PARAFORMER, said, 3.0)])
    assert heard.text == "您好hello app吗"
    _timed(
        heard,
        ("您", 0.3, 0.6),
        ("好", 0.6, 0.9),
        ("hello", 0.9, 1.4),
        ("app", 1.4, 1.8),
        ("吗", 1.9, 2.3),
    )


def test_paraformer_without_times_has_text_and_no_words(tmp_path: Path) -> None:
    """The first export of Paraformer has two outputs only."""
    save_paraformer(tmp_path, PARAFORMER, timed=False)
    (heard,) = load(tmp_path).transcribe([clip_of(PARAFORMER, {0.3: "您", 0.6: "好"}, 1.0)])
    assert (heard.text, heard.words) == ("您好", ())


def test_a_short_text_beside_a_long_one_keeps_its_times(tmp_path: Path) -> None:
    """In one Paraformer batch it would get tokens of its padding, and lose its times for them."""
    save_paraformer(tmp_path, PARAFORMER, ends=False)
    long = clip_of(PARAFORMER, {0.3: "您", 0.6: "好", 0.9: "吗"}, 1.5)
    short = clip_of(PARAFORMER, {0.3: "好"}, 1.5)
    heard = load(tmp_path).transcribe([long, short])
    assert [one.text for one in heard] == ["您好吗", "好"]
    _timed(heard[1], ("好", 0.3, 0.7))


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_clips_come_back_in_their_order(sense_voice: Path, batch_size: int) -> None:
    """However long they are and however many are decoded at once."""
    clips = _different_clips()
    heard = load(sense_voice, batch_size=batch_size).transcribe(clips, names=["您好"])
    assert [one.text for one in heard] == ["好", "您好", "", "hello", "您"]
    for one, clip in zip(heard, clips, strict=True):
        assert all(word.start < word.end for word in one.words)
        assert all(a.end <= b.start for a, b in pairwise(one.words))
        assert all(word.end <= len(clip.samples) / 16000 for word in one.words)


def _different_clips() -> list[Clip]:
    return [
        clip_of(SENSE_VOICE, {0.3: "好"}, 2.0),
        clip_of(SENSE_VOICE, {0.3: "您", 0.6: "好"}, 1.0),
        Clip(np.zeros(800, dtype=np.float32)),
        clip_of(SENSE_VOICE, {5.3: "▁hel", 5.5: "lo"}, 30.0),
        clip_of(SENSE_VOICE, {0.4: "您"}, 0.6),
    ]


@pytest.mark.parametrize("kind", ["sense_voice", "paraformer"])
def test_threads_share_one_recogniser(kind: str, request: pytest.FixtureRequest) -> None:
    """Four at once hear what one hears, again and again."""
    folder = request.getfixturevalue(kind)
    tokens = SENSE_VOICE if kind == "sense_voice" else PARAFORMER
    settings = settings_for(folder)
    recogniser = sherpa.load(settings, threads=2, workers=4)
    batches = [
        [
            clip_of(tokens, {0.3: tokens[n % 2], 0.5 + 0.1 * n: "您"}, 1.5 + 0.3 * n),
            clip_of(tokens, {0.6: "好"}, 1.0),
        ]
        for n in range(8)
    ]
    alone = [recogniser.transcribe(batch) for batch in batches]
    assert all(heard[0].text and heard[1].text == "好" for heard in alone)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(recogniser.transcribe, batches * 5))
    assert [_plain(heard) for heard in together] == [_plain(heard) for heard in alone] * 5


def _plain(heard: list[Heard]) -> list[tuple[str, Any]]:
    return [(one.text, one.words) for one in heard]


@pytest.mark.parametrize(
    ("tokens", "starts", "text", "words"),
    [
        (["好"], [0.5], "好", [("好", 0.5, 0.9)]),
        (["好"], [0.9], "好", [("好", 0.9, 1.0)]),
        (["您", "好"], [0.1, 0.3], "您好", [("您", 0.1, 0.3), ("好", 0.3, 0.7)]),
        (["▁", "好", "▁", "吗"], [0, 0.1, 0.2, 0.3], "好吗", [("好", 0.1, 0.3), ("吗", 0.3, 0.7)]),
        (["5", "0", "%"], [0.1, 0.2, 0.9], "50%", [("50%", 0.1, 0.6)]),
        (["，", "好", "。", "”"], [0, 0.1, 0.2, 0.3], "好。”", [("好。”", 0.1, 0.5)]),
        ([" it", "'", "s"], [0.1, 0.2, 0.3], "it's", [("it'", 0.1, 0.3), ("s", 0.3, 0.7)]),
        (["<unk>", " ok", "好"], [0, 0.1, 0.3], "ok好", [("ok", 0.1, 0.3), ("好", 0.3, 0.7)]),
        (["您", "好"], [], "您好", []),
        ([], [], "", []),
    ],
)
def test_tokens_become_words(
    tokens: list[str], starts: list[float], text: str, words: list[tuple[str, float, float]]
) -> None:
    """In a clip of one second; the words joined are the text without its spaces."""
    heard = sherpa.to_heard(tokens, starts, 1.0)
    assert heard.text == text
    assert [(word.text, word.start, word.end) for word in heard.words] == words
    if words:
        assert "".join(word.text for word in heard.words) == text.replace(" ", "")
