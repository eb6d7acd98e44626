"""Banned words: whose, where, and how sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import call_of, findings_in, findings_of


def refusals(turns: str) -> list[Finding]:
    """What the exchange's rule about 不知道 and the like says of such a call."""
    return findings_of("wording.refusal", turns, rubric="exchange-400")


def test_the_finding_points_at_the_words_and_their_seconds() -> None:
    """Quote in the transcript's own characters, start and end from the words."""
    (found,) = refusals("C 0.0-1.0 几点？\nA 2.0-6.0 这个嘛，我不知道。")
    assert (found.outcome, found.quote) == (Outcome.VIOLATION, "不知道")
    assert found.start is not None
    assert found.end is not None
    assert 3.5 < found.start < found.end <= 6.0


def test_each_place_is_a_row() -> None:
    """Twice said, twice found."""
    assert len(refusals("A 0.0-2.0 不知道。\nA 4.0-6.0 没办法。")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "不知道您方便吗？",
        "《不知道》这首歌我没有听过。",
        "您说没办法，我理解，我帮您想办法。",
        "这个我不清楚，请您稍等。",
        "不可能出现这样的情况，请您放心。",
    ],
)
def test_polite_sentences_that_contain_a_banned_string(text: str) -> None:
    """Exceptions, titles, and the customer's own words repeated."""
    found = refusals(f"C 0.0-2.0 我没办法啊。\nA 3.0-8.0 {text}")
    assert [f.outcome for f in found] == [Outcome.PASS]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("保安骂您神经病，是几点的事？", Outcome.PASS),
        ("师傅说您有病，这样确实不对，我代他道歉。", Outcome.PASS),
        ("神经病这个词是哪位师傅说的？", Outcome.PASS),
        ("人家都说您有病。", Outcome.VIOLATION),  # nothing is done about it: it may be meant
        ("我说您有病，您要登记吗？", Outcome.VIOLATION),  # his own
        ("神经病，这事处理不了。", Outcome.VIOLATION),
    ],
)
def test_what_another_said_to_the_customer_is_dealt_with_not_said(
    text: str, outcome: Outcome
) -> None:
    """Somebody off the line said it, and the agent asks, writes it down or apologises."""
    turns = f"C 0.0-2.0 昨天有个人态度很差。\nA 3.0-8.0 {text}"
    assert {f.outcome for f in findings_of("wording.insult", turns)} == {outcome}


@pytest.mark.parametrize(
    ("rule", "text", "outcome", "reason"),
    [
        ("refusal", "路程摆在那里，我也无能为力，请您多担待。", Outcome.REVIEW, Reason.POLITE),
        ("refusal", "没空，您别做梦了。", Outcome.VIOLATION, None),
        ("impatience", "三十吨够了，起步是五吨。", Outcome.PASS, None),
        ("impatience", "够了，听到没有。", Outcome.REVIEW, Reason.JUDGEMENT),
    ],
)
def test_in_a_polite_sentence_a_phrase_is_doubted_and_a_doubtful_one_is_nothing(
    rule: str, text: str, outcome: Outcome, reason: Reason | None
) -> None:
    """What the model of tone hears of the sentence around it."""
    turns = f"C 0.0-2.0 我想问一下。\nA 3.0-8.0 {text}"
    (found,) = findings_of(f"wording.{rule}", turns, rubric="exchange-400")
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_misheard_character_beside_the_words_may_belong_to_an_exception() -> None:
    """步 may have been 不, and 不是没空 refuses nothing; one of the words themselves is none."""
    assert refused("步") is Outcome.REVIEW
    assert refused("空") is Outcome.VIOLATION


def refused(faint: str) -> Outcome:
    """What the rule about refusals says where one character was heard badly."""
    call = call_of("A 0.0-4.0 我今天步是没空。")
    (turn,) = call.turns
    words = [replace(w, probability=0.45 if w.text == faint else 0.95) for w in turn.words]
    heard = replace(call, turns=(replace(turn, words=tuple(words)),))
    return findings_in("wording.refusal", heard, "exchange-400")[0].outcome


def test_a_quotation_of_what_nobody_said_is_for_a_person() -> None:
    """您说… before words that the customer did not say: unsure, but where the sentence is polite."""
    (found,) = refusals("C 0.0-2.0 你好。\nA 3.0-8.0 您说解决不了，那您还打来干什么？")
    assert found.outcome is Outcome.REVIEW
    assert "可能是转述" in found.message
    (found,) = refusals("C 0.0-2.0 你好。\nA 3.0-8.0 您的意思是解决不了，对吗？")
    assert found.outcome is Outcome.PASS


def test_traditional_characters_match() -> None:
    """The recogniser's script does not matter."""
    (found,) = refusals("A 3.0-8.0 這個我沒辦法。")
    assert found.quote == "没办法"


def test_a_phrase_over_a_pause_inside_a_turn() -> None:
    """One turn, one text."""
    (found,) = refusals("A 3.0-4.0,4.4-6.0 我不知，道。")
    assert found.quote == "不知，道"


def test_a_phrase_over_the_border_of_two_turns() -> None:
    """The agent draws breath in the middle of it; the finding spans both turns."""
    (found,) = refusals("A 3.0-4.0 这个我没\nA 5.0-6.5 办法，就这样。")
    assert found.quote == "没办法"
    assert found.start is not None
    assert found.end is not None
    assert found.start < 4.0
    assert found.end > 5.0


def test_what_stands_between_two_speakers_is_no_phrase() -> None:
    """The customer ends on 没, the agent begins with 办法."""
    found = refusals("C 3.0-4.0 到底有没\nA 4.2-6.5 办法是有的，请您稍等。")
    assert [f.outcome for f in found] == [Outcome.PASS]


def test_the_model_of_tones_only_ever_asks_for_a_look() -> None:
    """A contempt that no list has is a review, whatever the model makes of it."""
    found = findings_of(
        "wording.contempt",
        "C 0.0-2.0 这个怎么开户？\nA 3.0-8.0 也不掂量掂量自己几斤几两，学人家做交易。",
        rubric="exchange-400",
    )
    assert [f.outcome for f in found] == [Outcome.REVIEW]
