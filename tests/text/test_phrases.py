"""Phrases as inspectors write them: notation, exceptions, sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.text.lexicon import read_lexicon
from pipeline.text.phrases import PhraseSet

if TYPE_CHECKING:
    from pathlib import Path


def quotes(phrases: PhraseSet, text: str) -> list[str]:
    """What the phrases hit, in the text's own characters."""
    return [text[hit.start : hit.end] for hit in phrases.hits(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("您好", "喂，您 好！", ["您 好"]),
        ("请问您是…先生", "请问您是王先生吗", ["请问您是王先生"]),
        ("请问您是…先生", "请问您是住在江城路三号的王先生吗", []),
        ("(先生|女士)您好", "李女士您好", ["女士您好"]),
        ("请[您]稍等", "请稍等，请您稍等", ["请稍等", "请您稍等"]),
        ("不知道", "我不晓得", []),
        ("您好", "", []),
    ],
)
def test_notation(phrase: str, text: str, found: list[str]) -> None:
    """A gap, alternatives, an optional part."""
    assert quotes(PhraseSet((phrase,)), text) == found


def test_names_come_from_the_rubric() -> None:
    """{organisation} stands for any of its names."""
    phrases = PhraseSet(("我是{organisation}",), names={"organisation": ["中燃", "江城中燃"]})
    assert quotes(phrases, "您好，我是江城中燃八号") == ["我是江城中燃"]


def test_an_exception_cancels_an_overlapping_hit_only() -> None:
    """不知道您方便吗 is polite; the second 不知道 is not."""
    phrases = PhraseSet(("不知道",), exceptions=("不知道您",))
    assert [h.start for h in phrases.hits("不知道您方便吗？我不知道。")] == [9]


def test_overlapping_phrases_are_one_hit() -> None:
    """Two phrases of a list on the same words are one place."""
    assert quotes(PhraseSet(("你到底听", "听不听")), "你到底听不听") == ["你到底听不听"]


def test_an_exception_that_can_never_fire_is_named() -> None:
    """Nothing in the list overlaps 好的."""
    phrases = PhraseSet(("不知道",), exceptions=("好的", "知道您"))
    assert phrases.dead_exceptions() == ["好的"]


def test_a_match_by_sound_is_weaker_and_says_so() -> None:
    """A homophone is found by sound only; the very words are not found by sound again."""
    phrases = PhraseSet(("神经有病",))
    assert [h.by_sound for h in phrases.sound_hits("你神经又丙")] == [True]
    assert phrases.sound_hits("你神经有病") == []
    assert phrases.hits("你神经又丙") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("按谢您的来电，再见", True),
        ("感谢您的来信，再见", True),
        ("来看现您的来电，再见", True),
        ("按限您的来电，再见", True),
        ("打谢他的来电，再见", False),
        ("感谢您来电", True),
        ("感谢您您的来电", True),
        ("按照您的来电", False),
        ("是江城中人八号", True),
        ("是乡城中人八号", True),
        ("是乡下中人八号", False),
    ],
)
def test_of_a_long_phrase_that_is_due_one_syllable_may_be_another(text: str, said: bool) -> None:
    """Six syllables of which five are right, four of a name of which three are; two half right."""
    names = {"organisation": ["江城中燃"]}
    phrases = PhraseSet(("感谢您的来电", "我是{organisation}"), names=names)
    assert phrases.says(text) is said


def test_an_exception_also_keeps_the_sound_quiet() -> None:
    """What an exception spared does not come back as a match by sound."""
    phrases = PhraseSet(("我不知道",), exceptions=("不知道您",))
    assert phrases.sound_hits("我不知道您方便吗") == []


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("不知道\n\n不知道\n", 3, "stands here and in line 1"),
        ("(甲|乙\n", 1, "is not closed"),
        ("好\n甲)\n", 2, "closes nothing"),
        ("！！\n", 1, "can match nothing"),
    ],
)
def test_a_faulty_list_names_file_and_line(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    """Whoever edits a list sees where the slip is."""
    path = tmp_path / "refusal.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_lexicon(path)
    assert caught.value.line == line
    assert str(path) in str(caught.value)


def test_marks_of_a_list(tmp_path: Path) -> None:
    """? asks for review, ! is an exception, # begins a comment."""
    path = tmp_path / "insult.txt"
    path.write_text("# 说明\n滚开\n? 垃圾  # 看语境\n! 垃圾桶\n", encoding="utf-8")
    lexicon = read_lexicon(path)
    assert (lexicon.phrases, lexicon.review, lexicon.exceptions) == (
        ("滚开",),
        ("垃圾",),
        ("垃圾桶",),
    )


@pytest.mark.parametrize(
    ("text", "doubtful", "may"),
    [
        ("您海有其他问题吗", {1}, True),  # 海 was heard badly and sounds like 还
        ("您海有其他问题吗", set(), False),
        ("您没有其他问题吗", {1}, False),  # 没 sounds like nothing of 还
        ("还有其他问题吗", {2}, False),  # that stands there, and is no doubtful place of it
    ],
)
def test_a_phrase_with_a_gap_may_stand_where_a_character_was_misheard(
    text: str, doubtful: set[int], may: bool
) -> None:
    """The doubtful character has to be the one that differs."""
    assert PhraseSet(("还有…问题",)).perhaps(text, doubtful) is may


@pytest.mark.parametrize(
    ("text", "said"),
    [("您好江城交所", True), ("您好江城易所", True), ("您要做交易吗", False)],
)
def test_a_name_of_three_may_lose_a_character(text: str, said: bool) -> None:
    """Unless what is left is a word by itself."""
    phrases = PhraseSet(("{organisation}",), names={"organisation": ("交易所",)})
    assert phrases.says(text) is said


def test_an_exception_may_be_misheard() -> None:
    """步能保证 may be 不能保证, where 步 was heard badly."""
    phrases = PhraseSet(("保证",), exceptions=("不能保证",))
    assert phrases.perhaps_spared("步能保证收益", {0})
    assert not phrases.perhaps_spared("步能保证收益", set())
