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
    """As the oracle finds them over one symbol a syllable."""
    found = PhraseSet(phrases).sound_hits(text)
    assert [(h.start, h.end) for h in found] == oracle.sound_places(phrases, text)


ALIKE = "您你尼好号请情稍等灯再在见件不知之道到吗嘛"
"""Some that sound alike, or half alike."""
_alike = st.text(alphabet=ALIKE, min_size=1, max_size=5)


@st.composite
def _misheard(draw: st.DrawFn) -> tuple[tuple[str, ...], str, set[int]]:
    """Phrases, a text in which one of them may have been said, and its doubtful characters."""
    parts = draw(st.lists(_alike, min_size=1, max_size=3))
    others = draw(st.lists(_alike, max_size=3))
    said = list(draw(st.text(alphabet=ALIKE, max_size=3)).join(["", *parts, ""]))
    places = draw(st.sets(st.integers(0, max(0, len(said) - 1)), max_size=4))
    for place in places:
        if place < len(said):
            said[place] = draw(st.sampled_from(ALIKE))
    doubtful = places - draw(st.sets(st.integers(0, 12), max_size=1))
    return ("…".join(parts), *others), "".join(said), doubtful


@given(_misheard())
@settings(max_examples=1500, deadline=None)
def test_the_same_may_have_been_said(case: tuple[tuple[str, ...], str, set[int]]) -> None:
    """What may be in a text were some of it misheard: the same as of every wording at every place."""
    phrases, text, doubtful = case
    found = PhraseSet(phrases).perhaps(text, doubtful)
    assert found == oracle.perhaps(phrases, text, doubtful)


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
