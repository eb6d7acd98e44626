"""Words and the text that they make up."""

from __future__ import annotations

import pytest

from pipeline.text.alignment import align


@pytest.mark.parametrize(
    ("text", "words", "places"),
    [
        (
            "您好，八号为您服务",
            ["您好，", "八号", "为您", "服务"],
            [(0, 3), (3, 5), (5, 7), (7, 9)],
        ),
        ("您好 WiFi 坏了", [" 您好", " WiFi", " 坏了"], [(0, 2), (3, 7), (8, 10)]),
        ("好好的", ["好", "好的"], [(0, 1), (1, 3)]),
        ("您好，再见", ["您好", "。", "再见"], [(0, 2), None, (3, 5)]),
        ("您好", ["喂", "您好", ""], [None, (0, 2), None]),
        ("", ["喂"], [None]),
    ],
)
def test_each_word_has_its_place_or_none(
    text: str, words: list[str], places: list[tuple[int, int] | None]
) -> None:
    """In order; a word that is not there moves no other."""
    assert align(text, words) == places
