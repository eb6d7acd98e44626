"""Sides, turns, words and tokens that agree with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.conversation.turns import assemble
from pipeline.records import (
    CallRecord,
    Direction,
    Recording,
    Role,
    Span,
    Transcript,
    Utterance,
    Word,
)
from tests.helpers import judge

if TYPE_CHECKING:
    from pipeline.records import Call


def said(start: float, end: float, text: str, **more: Any) -> Utterance:
    """An utterance of one span."""
    return Utterance(start=start, end=end, text=text, spans=(Span(start, end),), **more)


def worded(
    text: str, times: list[tuple[float, float]], spans: list[Span], **more: Any
) -> Utterance:
    """An utterance whose characters have times."""
    words = tuple(Word(c, a, b, 0.9) for c, (a, b) in zip(text, times, strict=True))
    return Utterance(
        start=spans[0].start, end=spans[-1].end, text=text, words=words, spans=tuple(spans), **more
    )


def built(*utterances: Utterance, record: CallRecord | None = None, channels: int = 2) -> Call:
    """The call that the utterances make."""
    recording = Recording(
        file="a.wav", path="", content_id="c" * 64, record=record or CallRecord(), audio=False
    )
    transcript = Transcript(duration=60.0, channels=channels, utterances=utterances)
    return assemble(recording, transcript, judge().how)


def test_a_side_is_one_turn_over_its_short_pauses() -> None:
    """0.6 s is a breath, 0.8 s is a new turn."""
    call = built(
        said(0.0, 1.0, "您好，", role=Role.AGENT),
        said(1.6, 2.0, "请讲。", role=Role.AGENT),
        said(2.8, 3.5, "喂？", role=Role.AGENT),
    )
    assert [(t.start, t.end, t.text) for t in call.turns] == [
        (0.0, 2.0, "您好，请讲。"),
        (2.8, 3.5, "喂？"),
    ]


def test_the_other_side_does_not_cut_a_turn() -> None:
    """Turn joining is per side."""
    call = built(
        said(0.0, 2.0, "我家的表", role=Role.CUSTOMER),
        said(2.1, 2.4, "嗯。", role=Role.AGENT),
        said(2.5, 4.0, "坏了。", role=Role.CUSTOMER),
    )
    assert [t.text for t in call.side(Role.CUSTOMER)] == ["我家的表坏了。"]


def test_an_utterance_with_a_long_pause_inside_is_two_turns() -> None:
    """Its words go to the speech they were said in."""
    times = [(0.0, 0.5), (0.5, 1.0), (3.0, 3.5), (3.5, 4.0)]
    call = built(worded("您好请讲", times, [Span(0.0, 1.0), Span(3.0, 4.0)], role=Role.AGENT))
    assert [(t.text, t.start, t.end) for t in call.turns] == [
        ("您好", 0.0, 1.0),
        ("请讲", 3.0, 4.0),
    ]


def test_text_and_words_agree() -> None:
    """Simplified alike."""
    times = [(i * 0.3, i * 0.3 + 0.3) for i in range(5)]
    call = built(worded("請問您貴姓", times, [Span(0.0, 1.5)], role=Role.AGENT))
    (turn,) = call.turns
    assert turn.text == "请问您贵姓"
    assert "".join(w.text for w in turn.words) == turn.text
    assert turn.characters == 5


def test_the_agents_channel_comes_from_the_call_record() -> None:
    """Channel 1 is the agent's because the record says so."""
    call = built(
        said(0.0, 1.0, "喂", channel=0),
        said(1.5, 2.0, "什么事", channel=1),
        record=CallRecord(agent_channel=1),
    )
    assert [t.role for t in call.turns] == [Role.CUSTOMER, Role.AGENT]


def test_sides_that_are_clearly_swapped_are_put_right_and_noted() -> None:
    """The norm's phrases and the role model both contradict the call record."""
    call = built(
        said(0.0, 4.0, "您好，八号为您服务，请问有什么可以帮助您？", channel=0),
        said(4.5, 7.0, "我家的燃气表不走了，你们什么时候能来修？", channel=1),
        said(7.5, 11.0, "请您稍等，我帮您登记一下，安排师傅明天上门。", channel=0),
        record=CallRecord(agent_channel=1),
    )
    assert [t.role for t in call.turns] == [Role.AGENT, Role.CUSTOMER, Role.AGENT]
    assert call.audio_notes == ("swapped",)


def test_else_it_is_the_one_that_says_the_norms_phrases() -> None:
    """A customer hardly ever says 为您服务."""
    call = built(
        said(0.0, 2.0, "我要报修。", channel=0),
        said(2.5, 5.0, "您好，八号为您服务，请您稍等。", channel=1),
    )
    assert [t.role for t in call.turns] == [Role.CUSTOMER, Role.AGENT]
    assert call.roles_known


def test_sides_that_nothing_tells_apart_stay_unknown() -> None:
    """Better unknown than wrong."""
    call = built(said(0.0, 1.0, "喂", channel=0), said(1.5, 2.0, "喂", channel=1))
    assert {t.role for t in call.turns} == {Role.UNKNOWN}
    assert not call.roles_known


def test_without_role_channel_and_speaker_each_turn_stays_alone() -> None:
    """Nobody knows whether two turns are one person's."""
    call = built(said(0.0, 1.0, "您好"), said(1.2, 2.0, "喂"), channels=1)
    assert len(call.turns) == 2


def test_speech_without_words_is_a_turn_without_text() -> None:
    """Somebody speaks, and no recogniser knows what: it is talk, and no silence."""
    (turn,) = built(said(0.0, 1.0, "", role=Role.AGENT)).turns
    assert (turn.text, turn.characters, turn.duration) == ("", 0, 1.0)


def test_what_nobody_said_is_no_turn() -> None:
    """A transcript's line without a word, of which no sound is at hand."""
    assert built(Utterance(start=0.0, end=1.0, text="……", role=Role.AGENT)).turns == ()


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("您好，您拨打的电话暂时无法接通，请稍后再拨。", Role.IVR),
        ("为保证服务质量，您的通话将会被录音。", Role.IVR),
        ("我打过去说您拨打的电话已关机。", Role.CUSTOMER),
        ("您打的那个电话是空号。", Role.CUSTOMER),
        ("您按一下红色的键。", Role.CUSTOMER),
    ],
)
def test_a_machine_is_neither_agent_nor_customer(text: str, role: Role) -> None:
    """Announcements are told from people who quote them."""
    call = built(
        said(0.0, 2.0, "您好，八号为您服务，请问有什么可以帮您？", channel=0),
        said(3.0, 6.0, text, channel=1),
        said(7.0, 9.0, "我家的表坏了，麻烦派个人来看看。", channel=1),
    )
    assert [turn.role for turn in call.turns][:2] == [Role.AGENT, role]


@pytest.mark.parametrize(
    ("record", "agent", "by"),
    [
        (CallRecord(agent_channel=1), 1, "record"),
        (CallRecord(pbx="freeswitch", direction=Direction.INBOUND), 1, "convention"),
        (CallRecord(pbx="asterisk", direction=Direction.OUTBOUND), 0, "convention"),
        (CallRecord(direction=Direction.INBOUND), None, ""),
    ],
)
def test_which_channel_is_the_agents(record: CallRecord, agent: int | None, by: str) -> None:
    """By the record, by the phone system and the direction; never by a guess."""
    call = built(said(0.0, 1.0, "喂", channel=0), said(2.0, 3.0, "喂", channel=1), record=record)
    assert call.roles_by == by
    assert call.roles_known == (agent is not None)
    assert {t.channel for t in call.side(Role.AGENT)} == ({agent} if agent is not None else set())


def test_voiced_time_leaves_pauses_out() -> None:
    """0.1 s between syllables is speech, 0.3 s is a pause."""
    call = built(
        Utterance(
            start=0.0,
            end=3.0,
            text="您好请讲",
            spans=(Span(0.0, 1.0), Span(1.1, 2.0), Span(2.3, 3.0)),
            role=Role.AGENT,
        )
    )
    assert call.turns[0].voiced == pytest.approx(2.7)
    assert call.turns[0].duration == pytest.approx(3.0)
