"""What recognisers invent goes; what people say stays."""

from __future__ import annotations

import pytest

from pipeline.asr.base import Heard
from pipeline.asr.cleaning import clean
from pipeline.records import Word


def heard(*texts: str, each: float = 0.3, gap: float = 0.0) -> Heard:
    """Words one after the other, ``each`` seconds long, ``gap`` between them."""
    words = tuple(
        Word(text, n * (each + gap), n * (each + gap) + each, 0.9) for n, text in enumerate(texts)
    )
    return Heard("".join(texts), words)


def text_of(said: Heard, voiced: float = 20.0) -> str:
    """What is left of it, and that its words still make it up."""
    left = clean(said, voiced)
    assert "".join(w.text for w in left.words) == left.text.replace(" ", "")
    return left.text


@pytest.mark.parametrize(
    "line",
    [
        ("请", "不吝", "点赞", "订阅", "转发", "打赏", "支持", "明镜", "与", "点点", "栏目"),
        ("字幕", "由", "Amara.org", "社区", "提供"),
        ("謝謝", "觀看"),
        ("中文", "字幕", "志愿者", "李宗盛"),
    ],
)
def test_phantom_lines_go(line: tuple[str, ...]) -> None:
    """Nobody says them on a telephone; in traditional characters too."""
    assert text_of(heard(*line)) == ""


def test_only_the_phantom_sentence_goes() -> None:
    """What was said before and after it stays."""
    said = heard("您好", "，", "请讲", "。", "谢谢", "观看", "。", "我", "要", "报修", "。")
    assert text_of(said) == "您好，请讲。我要报修。"


@pytest.mark.parametrize(
    "line", [("感谢", "您的", "来电", "。"), ("谢谢", "您", "，", "再见", "。")]
)
def test_courtesy_is_no_phantom(line: tuple[str, ...]) -> None:
    """They sound like the end of a film and are the end of a call."""
    assert text_of(heard(*line)) == "".join(line)


def test_a_phrase_in_circles_is_said_once() -> None:
    """The commonest failure of Whisper on noise."""
    said = heard(*("我们", "来", "看看", "，") * 9, "再见", "。")
    assert text_of(said) == "我们来看看，再见。"


def test_what_people_repeat_stays() -> None:
    """对对对 at a speed that a person has."""
    assert text_of(heard(*["对"] * 8, each=0.2)) == "对" * 8
    assert text_of(heard(*["喂"] * 4, each=0.3)) == "喂" * 4


def test_a_repetition_faster_than_speech_is_a_loop() -> None:
    """The same word forty times in a second."""
    assert text_of(heard(*["对"] * 40, each=0.025)) == "对"


def test_a_speed_that_nobody_has_is_invented() -> None:
    """Thirty characters over half a second of sound."""
    said = heard(*"今天的天气非常好适合出门散步，欢迎大家来到我们的节目现场")
    assert text_of(said, voiced=0.5) == ""
    assert text_of(said, voiced=8.0).startswith("今天的天气")
    assert text_of(heard("喂"), voiced=0.1) == "喂"


def test_marks_are_set_where_there_are_none() -> None:
    """At pauses and at the end; a question by its last word. Where there are marks nothing is added."""
    words = ["您好", "请问", "您", "是", "要", "办理", "开户", "还是", "过户", "业务", "呢"]
    slow = heard(*words, gap=0.0)
    pause = Heard(
        slow.text,
        tuple(Word(w.text, w.start + (n > 0), w.end + (n > 0)) for n, w in enumerate(slow.words)),
    )
    assert text_of(pause) == "您好，请问您是要办理开户还是过户业务呢？"
    assert text_of(heard("您好", "，", *words[1:])) == "您好，" + "".join(words[1:])


def test_latin_words_keep_their_spaces() -> None:
    """Where a sentence between them goes."""
    said = Heard(
        "open the App。谢谢观看。",
        tuple(
            Word(t, n * 0.4, n * 0.4 + 0.3)
            for n, t in enumerate(["open", "the", "App。", "谢谢", "观看。"])
        ),
    )
    assert text_of(said) == "open the App。"
