"""The answers of FunASR, vLLM, OpenAI and others, written after their sources."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.asr.answers import read_answer


def _told(answer: dict[str, Any], seconds: float = 2.0) -> list[tuple[str, float, float, Any]]:
    return [(w.text, w.start, w.end, w.probability) for w in read_answer(answer, seconds).words]


def test_openai_words_get_the_marks_of_the_text() -> None:
    """OpenAI's words have none, and the probability is the segment's: exp(-0.1)."""
    answer = {
        "task": "transcribe",
        "text": "您好，8号。",
        "words": [
            {"word": "您好", "start": 0.0, "end": 0.5},
            {"word": "8", "start": 0.7, "end": 0.9},
            {"word": "号", "start": 0.9, "end": 1.2},
        ],
        "segments": [
            {"id": 0, "start": 0.0, "end": 1.3, "text": "您好，8号。", "avg_logprob": -0.1}
        ],
    }
    assert _told(answer) == [
        ("您好，", 0.0, 0.5, 0.9048),
        ("8", 0.7, 0.9, 0.9048),
        ("号。", 0.9, 1.2, 0.9048),
    ]


def test_funasr_words_lie_in_the_segments() -> None:
    """Its Fun-ASR-Nano times tokens; the others' segments have an empty list."""
    words = [{"word": "您", "start": 0.1, "end": 0.3}, {"word": "好", "start": 0.3, "end": 0.6}]
    segments = [
        {"id": 0, "start": 0.1, "end": 0.9, "text": "您好。", "words": words},
        {"id": 1, "start": 1.0, "end": 2.0, "text": "再见", "words": [], "speaker": "SPK0"},
    ]
    assert _told({"text": "您好。再见", "segments": segments}) == [
        ("您", 0.1, 0.3, None),
        ("好。", 0.3, 0.6, None),
        ("再", 1.0, 1.5, None),
        ("见", 1.5, 2.0, None),
    ]


def test_vllm_segments_end_inside_the_clip() -> None:
    """Whisper on vLLM: words null, a segment that lasts the whole window, a length as text."""
    segments = [{"id": 0, "start": 0.0, "end": 30.0, "text": " 您好", "avg_logprob": -0.5}]
    answer = {"duration": "2.0", "text": " 您好", "words": None, "segments": segments}
    assert _told(answer) == [("您", 0.0, 1.0, 0.6065), ("好", 1.0, 2.0, 0.6065)]


@pytest.mark.parametrize("probability", [0.0, float("nan"), float("-inf"), None, "high"])
def test_a_probability_that_is_none_is_not_told(probability: Any) -> None:
    """Some servers send 0 for every segment."""
    segments = [{"start": 0, "end": 2, "text": "好", "avg_logprob": probability}]
    told = [p for *_, p in _told({"text": "好", "segments": segments})]
    assert told in ([None], [0.0])


def test_words_have_the_probability_that_the_server_gives() -> None:
    """As speaches does; out of range it is none."""
    words = [
        {"word": " 您", "start": 0, "end": 0.2, "probability": 0.98765},
        {"word": "好", "start": 0.2, "end": 0.4, "probability": 7},
    ]
    assert [p for *_, p in _told({"text": "您好", "words": words})] == [0.9877, None]


@pytest.mark.parametrize(
    "words",
    [
        [{"word": "您", "start": float("nan"), "end": 1.0}, {"word": "好", "start": 1, "end": 2}],
        [{"word": "您", "start": 0.0}, {"word": "好", "start": 1, "end": 2}],
        [{"word": "您", "start": 0.3, "end": 0.5}],
        ["您", "好"],
        [],
    ],
)
def test_words_without_times_or_with_gaps_are_not_used(words: list[Any]) -> None:
    """NaN, no end, half of the text, no words at all: the text is spread."""
    assert _told({"text": "您好", "words": words}) == [("您", 0, 1, None), ("好", 1, 2, None)]


def test_no_word_ends_behind_its_clip_by_rounding() -> None:
    """A clip ends at a sample, not at a millisecond."""
    assert _told({"text": "好"}, 1.0005625) == [("好", 0.0, 1.0, None)]


def test_times_out_of_order_or_out_of_the_clip_are_put_right() -> None:
    """A word never begins before the one in front of it, nor ends behind the clip."""
    words = [
        {"word": "您", "start": -1, "end": 0.5},
        {"word": "好", "start": 0.8, "end": 0.6},
        {"word": "吗", "start": 0.2, "end": 99},
    ]
    assert [(a, b) for _, a, b, _ in _told({"text": "您好吗", "words": words})] == [
        (0.0, 0.5),
        (0.8, 0.8),
        (0.8, 2.0),
    ]


@pytest.mark.parametrize(
    ("text", "plain", "words"),
    [
        ("<|zh|><|NEUTRAL|><|Speech|><|withitn|>您好。", "您好。", ["您", "好。"]),
        ("您 好 wifi 密 码", "您好wifi密码", ["您", "好", "wifi", "密", "码"]),
        (" hello world 50%，", "hello world 50%，", ["hello", "world", "50%，"]),
        ("。", "", []),
        ("<|nospeech|>", "", []),
        ("", "", []),
    ],
)
def test_text_is_what_was_said(text: str, plain: str, words: list[str]) -> None:
    """Tags and spaces between Han characters go; marks alone are nothing."""
    one = read_answer({"text": text}, 2.0)
    assert (one.text, [w.text for w in one.words]) == (plain, words)
