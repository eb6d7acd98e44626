"""One normal form with its way back, spoken characters, sounds, words."""

from __future__ import annotations

import pytest

from pipeline.text.normal import normalise, simplify, sounds, spoken_characters, tokens


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("您好，请讲。", 4),
        ("13800000000", 11),
        ("100%", 6),
        ("１００％", 6),
        ("VIP客户", 5),
        ("WiFi", 2),
        ("iPhone", 3),
        ("APP", 3),
        ("ok", 1),
        ("hmm", 1),
        ("嗯嗯", 2),
        ("二〇二六", 4),
        ("……  ！", 0),
    ],
)
def test_spoken_characters_are_what_a_listener_counts(text: str, count: int) -> None:
    """Han 1, digit 1, % 3, capitals 1 each, other Latin words by vowel groups, marks 0."""
    assert spoken_characters(text) == count


def test_normal_form_drops_marks_and_folds_width_case_and_script() -> None:
    """Traditional, full-width and upper-case text meets its plain form."""
    assert normalise("您好，ＶＩＰ「請問」！\u200b").text == "您好vip请问"


def test_offsets_lead_back_to_the_original_text() -> None:
    """A range of the normal form names the transcript's own characters, marks inside included."""
    text = "喂，您—好！"
    normal = normalise(text)
    start = normal.text.index("您好")
    assert text[slice(*normal.original(start, start + 2))] == "您—好"


def test_simplified_text_keeps_its_length() -> None:
    """Word times and offsets would be wrong otherwise."""
    text = "請問您後來乾淨嗎，裡面的麵條"
    assert len(simplify(text)) == len(text)
    assert simplify("請問您後來") == "请问您后来"


@pytest.mark.parametrize(
    ("one", "other"),
    [("知道", "资道"), ("师傅", "私护"), ("南", "兰"), ("今", "京"), ("很", "横"), ("吃", "词")],
)
def test_easily_confused_sounds_are_equal(one: str, other: str) -> None:
    """z/zh, c/ch, s/sh, f/h, n/l, in/ing and en/eng count as one."""
    assert sounds(one) == sounds(other)


def test_other_sounds_stay_apart() -> None:
    """Tone is ignored, the rest is not."""
    assert sounds("再见") == sounds("在间")
    assert sounds("再见") != sounds("再来")


def test_tokens_keep_their_place() -> None:
    """Each token is found at its offsets; punctuation is none."""
    text = "您好，天然气公司为您服务。"
    found = tokens(text)
    assert [text[t.start : t.end] for t in found] == [t.text for t in found]
    assert [t.text for t in found] == ["您好", "天然气", "公司", "为您服务"]
