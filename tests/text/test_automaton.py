"""The automaton against the straightforward matcher, on whatever hypothesis thinks of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.resources import LEXICONS
from pipeline.text.index import PhraseIndex
from pipeline.text.lexicon import read_lexicon
from pipeline.text.phrases import PhraseSet
from tests.text import oracle

CHARACTERS = "您你好请稍等再见不知道吗"
"""Few, so that phrases meet, overlap and repeat."""
TEXTS = st.text(alphabet=CHARACTERS + "，。 A1", max_size=24)
_literal = st.text(alphabet=CHARACTERS, min_size=1, max_size=3)


@st.composite
def _phrases(draw: st.DrawFn) -> str:
    """A phrase with alternatives, optional parts and gaps."""
    pieces = draw(st.lists(_literal, min_size=1, max_size=3))
    shapes = [draw(st.sampled_from(("{}", "({}|{}好)", "{}…", "[{}]{}", "…{}……"))) for _ in pieces]
    return "".join(s.format(p, p) for s, p in zip(shapes, pieces, strict=True)).lstrip("…")


LISTS = st.lists(_phrases(), min_size=1, max_size=4, unique=True).map(tuple)


@given(phrases=LISTS, exceptions=st.one_of(st.just(()), LISTS), text=TEXTS, strict=st.booleans())
@settings(max_examples=600, deadline=None)
def test_the_same_places_by_characters(
    phrases: tuple[str, ...], exceptions: tuple[str, ...], text: str, *, strict: bool
) -> None:
    """One scan finds what a pattern a phrase finds, and takes out what an exception takes out."""
    index = PhraseIndex()
    _ = PhraseSet(("不知", "你", "见您"), index=index)
    found = PhraseSet(phrases, exceptions=exceptions, strict=strict, index=index).hits(text)
    assert [(h.start, h.end) for h in found] == oracle.places(
        phrases, exceptions, text, strict=strict
    )


@given(phrases=LISTS, text=TEXTS)
@settings(max_examples=300, deadline=None)
def test_the_same_places_by_sound(phrases: tuple[str, ...], text: str) -> None:
    """The same over one symbol a syllable."""
    found = PhraseSet(phrases).sound_hits(text)
    assert [(h.start, h.end) for h in found] == oracle.sound_places(phrases, text)


def test_the_lists_of_the_project_on_their_own_phrases() -> None:
    """Every list finds in each of its wordings, among others, what the plain matcher finds there."""
    index = PhraseIndex()
    for path in sorted(LEXICONS.glob("*.txt")):
        lexicon = read_lexicon(path)
        phrases = PhraseSet.of(lexicon, index)
        for text in phrases.texts[::67]:
            said = f"嗯{text}，您好，请问有什么可以帮您？"
            found = [(h.start, h.end) for h in phrases.hits(said)]
            both = (*lexicon.phrases, *lexicon.review)
            assert found == oracle.places(both, lexicon.exceptions, said), (path.name, said)
