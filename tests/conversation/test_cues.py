"""What the words of a turn show of the conversation."""

from __future__ import annotations

import pytest

from pipeline.conversation.cues import covers
from pipeline.text.phrases import PhraseSet


@pytest.mark.parametrize(
    ("phrases", "text", "nothing_else"),
    [
        (("好的", "嗯"), "嗯，好的好的。", True),
        (("好的", "嗯"), "好的，明天", False),
        (("谢谢您",), "谢谢你", True),
        (("对我是…先生",), "对，我是王先生", True),  # a gap stands for any characters
        (("好的", "[是]的"), "的的", True),
    ],
)
def test_a_text_of_nothing_but_phrases(
    phrases: tuple[str, ...], text: str, *, nothing_else: bool
) -> None:
    """Punctuation apart, one after the other."""
    assert covers(PhraseSet(phrases), text) is nothing_else


def test_a_pattern_stands_for_any_characters() -> None:
    """As a gap does."""
    assert covers(PhraseSet((), patterns=("^好.*$",)), "好，明天见")
