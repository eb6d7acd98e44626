"""Two people on one channel told apart by voice: both sides of the fixture calls mixed into one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from pipeline import spans
from pipeline.records import SAMPLE_RATE, Span, Utterance, Word
from pipeline.settings import Settings
from pipeline.sound.decode import decode
from pipeline.sound.diarisation import Voiced, by_speaker, speaker_timeline
from pipeline.sound.vad import speech_spans
from tests.fixtures_truth import Truth, truths

MAN_AND_WOMAN = ("g02", "g03", "g16", "g24", "g30")


@dataclass(frozen=True)
class Mixed:
    """A call on one channel."""

    truth: Truth
    sound: npt.NDArray[np.float32]
    found: list[Span]
    timeline: list[Voiced]


@cache
def mixed(call_id: str) -> Mixed:
    """A fixture call with both sides added up."""
    truth = next(t for t in truths() if t.call_id == call_id)
    left, right = (sound[:] for sound in decode(truth.path).channels)
    sound = left + right
    found = speech_spans(sound, Settings().speech)
    return Mixed(truth, sound, found, speaker_timeline(sound, found))


def agent_of(call: Mixed) -> int:
    """The speaker who talks longest in the agent's turns."""
    agent = [Span(t["start"], t["end"]) for t in call.truth.turns("agent")]
    shared = [
        spans.total(spans.intersect([v.span for v in call.timeline if v.speaker == s], agent))
        for s in (0, 1)
    ]
    return int(np.argmax(shared))


def words_of(call: Mixed) -> list[tuple[str, Word]]:
    """Every character with its side, as a recogniser would hear them on one channel."""
    said = [
        (str(t["role"]), Word(text, start, end, 0.9))
        for t in call.truth.data["turns"]
        for text, start, end in t["characters"]
    ]
    return sorted(said, key=lambda pair: pair[1].start)


def talked_over(call: Mixed, role: str, word: Word) -> bool:
    """Whether the other side speaks as well at the middle of a word."""
    middle = (word.start + word.end) / 2
    other = call.truth.turns("customer" if role == "agent" else "agent")
    return any(t["start"] <= middle < t["end"] for t in other)


def heard_as_one(call: Mixed) -> Utterance:
    """The whole call as one utterance."""
    words = tuple(word for _, word in words_of(call))
    return Utterance(
        start=words[0].start,
        end=words[-1].end,
        text="".join(w.text for w in words),
        words=words,
        spans=tuple(call.found),
    )


@pytest.mark.parametrize("call_id", MAN_AND_WOMAN)
def test_nearly_all_the_time_goes_to_the_right_side(call_id: str) -> None:
    """At least 95 % of the time in which one side alone speaks, on every call."""
    call = mixed(call_id)
    sides = [
        [Span(t["start"], t["end"]) for t in call.truth.turns(r)] for r in ("agent", "customer")
    ]
    agent = agent_of(call)
    both = spans.intersect(*sides)
    right = total = 0.0
    for voiced in call.timeline:
        for side, who in zip(sides, (agent, 1 - agent), strict=True):
            shared = spans.intersect([voiced.span], side)
            alone = spans.total(shared) - spans.total(spans.intersect(shared, both))
            total += alone
            right += alone * (voiced.speaker == who)
    assert {v.speaker for v in call.timeline} == {0, 1}
    assert right / total >= 0.95


@pytest.mark.parametrize("call_id", ["g02", "g10", "g19"])
def test_the_timeline_is_the_speech_and_nothing_else(call_id: str) -> None:
    """The given stretches are cut, none is lost, moved or doubled, and speaker 0 speaks first."""
    call = mixed(call_id)
    assert call.timeline[0].speaker == 0
    for span in call.found:
        inside = [v.span for v in call.timeline if span.start <= v.span.start < span.end]
        assert inside[0].start == span.start
        assert inside[-1].end == span.end
        assert all(one.end == other.start for one, other in pairwise(inside))


@pytest.mark.parametrize("call_id", ["g01", "g02", "g13", "g24"])
def test_one_voice_stays_one(call_id: str) -> None:
    """Each side of a call by itself."""
    for sound in decode(mixed(call_id).truth.path).channels:
        timeline = speaker_timeline(sound, speech_spans(sound, Settings().speech))
        assert {v.speaker for v in timeline} == {0}


def test_the_same_call_gives_the_same_speakers() -> None:
    """Nothing is drawn by chance."""
    call = mixed("g03")
    assert speaker_timeline(call.sound, call.found) == call.timeline


def test_no_speech_no_speakers() -> None:
    """And a single sound is one speaker's."""
    silence = np.zeros(SAMPLE_RATE, np.float32)
    assert speaker_timeline(silence, []) == []
    assert speaker_timeline(silence, [Span(0.2, 0.24)]) == [Voiced(Span(0.2, 0.24), 0)]


@pytest.mark.parametrize("call_id", MAN_AND_WOMAN)
def test_words_land_with_who_said_them(call_id: str) -> None:
    """At least 95 % of what one side says alone, in a call heard as one utterance; nothing is lost."""
    call = mixed(call_id)
    parts = by_speaker([heard_as_one(call)], call.timeline)
    agent = str(agent_of(call))
    said = words_of(call)
    assert sorted(w.start for p in parts for w in p.words) == sorted(w.start for _, w in said)
    whose = {w: p.speaker for p in parts for w in p.words}
    alone = [(role, word) for role, word in said if not talked_over(call, role, word)]
    right = sum((whose[word] == agent) == (role == "agent") for role, word in alone)
    assert right / len(alone) >= 0.95


def test_the_parts_agree_with_themselves() -> None:
    """Text, times and stretches of each part are those of its own words."""
    call = mixed("g02")
    parts = by_speaker([heard_as_one(call)], call.timeline)
    assert len(parts) > 4
    for part in parts:
        assert part.text == "".join(w.text for w in part.words)
        assert part.start <= part.words[0].start
        assert part.words[-1].end <= part.end
        assert all(part.start <= s.start < s.end <= part.end for s in part.spans)


def test_a_short_reply_between_long_turns_is_an_utterance() -> None:
    """Short answers of a customer in the middle of what the agent explains."""
    timeline = [
        Voiced(Span(0.0, 3.0), 0),
        Voiced(Span(3.3, 3.6), 1),
        Voiced(Span(3.9, 6.0), 0),
    ]
    words = (Word("请稍等", 0.2, 2.9), Word("嗯", 3.32, 3.58), Word("查到了", 4.0, 5.9))
    spoken = Utterance(
        start=0.0,
        end=6.0,
        text="请稍等嗯查到了",
        words=words,
        spans=tuple(v.span for v in timeline),
    )
    parts = by_speaker([spoken], timeline)
    assert [(p.speaker, p.text) for p in parts] == [("0", "请稍等"), ("1", "嗯"), ("0", "查到了")]
    assert parts[1].spans == (Span(3.3, 3.6),)


def test_short_replies_of_real_calls_are_kept() -> None:
    """Of the turns under 0.8 s in the mixed calls four in five are their own speaker's."""
    kept = total = 0
    for call_id in MAN_AND_WOMAN:
        call = mixed(call_id)
        agent = agent_of(call)
        for turn in call.truth.data["turns"]:
            span = Span(turn["start"], turn["end"])
            turns = call.truth.turns("customer" if turn["role"] == "agent" else "agent")
            other = [Span(t["start"], t["end"]) for t in turns]
            if span.duration >= 0.8 or spans.intersect([span], other):
                continue
            who = agent if turn["role"] == "agent" else 1 - agent
            own = [v.span for v in call.timeline if v.speaker == who]
            total += 1
            kept += spans.total(spans.intersect([span], own)) > span.duration / 2
    assert total >= 3
    assert kept / total >= 0.8


def test_a_slip_of_the_border_inside_a_phrase_is_smoothed() -> None:
    """One syllable that only half lies in another's stretch goes with the phrase around it."""
    timeline = [Voiced(Span(0.0, 1.0), 0), Voiced(Span(1.0, 1.15), 1), Voiced(Span(1.15, 2.0), 0)]
    words = (Word("我", 0.6, 0.95), Word("想", 0.96, 1.2), Word("问", 1.2, 1.6))
    spoken = Utterance(start=0.5, end=1.7, text="我想问", words=words, spans=(Span(0.0, 2.0),))
    (part,) = by_speaker([spoken], timeline)
    assert (part.speaker, part.text) == ("0", "我想问")


def test_an_utterance_without_words_goes_to_who_speaks_most_of_it() -> None:
    """It cannot be cut, and its text stays as it is."""
    timeline = [Voiced(Span(0.0, 1.0), 0), Voiced(Span(1.0, 4.0), 1)]
    spoken = Utterance(start=0.5, end=3.0, text="好的，谢谢")
    (part,) = by_speaker([spoken], timeline)
    assert (part.speaker, part.text) == ("1", "好的，谢谢")
