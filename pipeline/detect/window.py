"""Which turns a duty may be met in, and the parts that have to be said there."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.conversation.timing import LONGEST_BREATH
from pipeline.detect.base import Scene, doubtful
from pipeline.messages import tr
from pipeline.records import Outcome, Reason, Role, Span
from pipeline.rubric.schema import HOLD, Condition, Phrases, Within
from pipeline.text.normal import normalise, stray
from pipeline.yamlfile import Strict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.records import Call, Turn
    from pipeline.text.phrases import PhraseSet


FAINT = 0.5
"""Probability of a word under which it may have been another, where something had to be said."""

MOST_FAINT = 1 / 3
"""Share of a turn's characters that may be so."""


LAST = 3
"""Turns before the window's end, one of which asks for what a customer has answered."""
BEGINNING = 3
"""Characters of an answer in which its own words begin: 哦没有了 is one."""


class Element(Strict):
    """One part: its name for people, the phrases that are it, whether it may be left out.

    ``by_sound: false`` where a match by sound says too little (零号 sounds like 您好). ``deduct`` is
    what its absence costs; None: the rule's ``deduct``, once, however many are missing. ``at_least``: so
    many of the phrases have to be said, each counted once. ``characters``:
    a turn of so many spoken characters is the part too, whatever its words. ``when``: it is only due
    where that holds. ``clipped``: what a recogniser leaves of it where it loses a character (a 再 at
    the end of a turn), by words or by sound. ``answer``: how a customer's answer to it begins: one of
    the last turns that asks something and is answered so is the part, whatever its words.
    """

    label: str
    any: Phrases
    optional: bool = False
    clipped: Phrases | None = None
    answer: Phrases | None = None
    by_sound: bool = True
    at_least: PositiveInt = 1
    characters: PositiveInt | None = None
    deduct: float | None = Field(default=None, ge=0)
    when: Condition | None = None

    def said_in(self, turns: Sequence[Turn], call: Call) -> bool:
        """Whether the part is there, in turns of one side of the call."""
        if self.characters is not None and any(t.characters >= self.characters for t in turns):
            return True
        if self.at_least > 1:
            return self.any.alone.different(_text_of(turns)) >= self.at_least
        if any(self.any.hits(turn.text) for turn in turns):
            return True
        phrases = self.any.alone
        said = phrases.says if self.by_sound else phrases.hits
        if any(said(words) for words in _in_one_breath(turns, call)):
            return True
        return self._is_answered(turns, call) or any(
            (self.by_sound and faintly(self.any, turn))
            or _left_of(self.clipped, turn)
            or self.any.is_acted(turn.text)
            for turn in turns
        )

    def perhaps_in(self, turns: Sequence[Turn]) -> bool:
        """Whether the part may be there where ``said_in`` does not find it: by the model of acts."""
        return any(self.any.is_perhaps_acted(turn.text) for turn in turns)

    def _is_answered(self, turns: Sequence[Turn], call: Call) -> bool:
        """Whether one of the last turns asks something and is answered as the part is.

        None that opens the call: what can I do for you? There is no gas.
        """
        if self.answer is None:
            return False
        begun = min((t.start for t in call.side(Role.CUSTOMER)), default=inf)
        asked = (t for t in turns[-LAST:] if t.start > begun and _asks(t.text))
        return any(
            hit.start < BEGINNING
            for turn in asked
            for hit in self.answer.hits(_reply_to(turn, call))
        )

    def place(self, turns: Sequence[Turn]) -> tuple[int, int] | None:
        """Where its words are first said: the turn, the character; None: nowhere, by the list."""
        for index, turn in enumerate(turns):
            if hits := self.any.hits(turn.text):
                return index, min(hit.start for hit in hits)
        return None


def surely_missing(
    missing: Sequence[Element], turns: Sequence[Turn]
) -> tuple[Sequence[Element], Reason | None]:
    """Of parts that nobody found those that are surely not there; all, with a doubt, where none is."""
    sure = [element for element in missing if not element.perhaps_in(turns)]
    return (sure, None) if sure else (missing, Reason.PERHAPS_SAID)


_ASKING = ("吗", "么", "没有", "不", "吧", "呢")


def _asks(text: str) -> bool:
    """Whether a turn ends in a question, by its mark or by its last word.

    ``Cues.asks`` counts what only sounds like one (报一下 …), to which 没有 is no answer.
    """
    return text.rstrip().endswith(("？", "?")) or normalise(text).text.endswith(_ASKING)


def _reply_to(turn: Turn, call: Call) -> str:
    """What the customer says next; nothing where the agent goes on himself."""
    later = call.turns[call.begun_before(turn.start) :]
    following = next((t for t in later if t.start > turn.start), None)
    return following.text if following is not None and following.role is Role.CUSTOMER else ""


def faintly(phrases: PhraseSet, turn: Turn) -> bool:
    """Whether a phrase may have been said where a few words were heard badly.

    Of a turn that was heard badly throughout nothing can be said. Characters that make no word with
    their neighbours may be others of the same sound (再荐), however sure the recogniser is.
    """
    faint = doubtful(turn, FAINT)
    if len(faint) > MOST_FAINT * len(turn.text):
        return False
    return phrases.perhaps_by_sound(turn.text, stray(turn.text)) or phrases.perhaps(
        turn.text, faint
    )


def _left_of(phrases: PhraseSet | None, turn: Turn) -> bool:
    return phrases is not None and bool(phrases.hits(turn.text) or phrases.sound_hits(turn.text))


def _in_one_breath(turns: Sequence[Turn], call: Call) -> Iterator[str]:
    """The words of turns, joined where the speaker only drew breath: what is said may lie over two.

    Over more than that it does not: 还有什么可以帮您 and, after the answer, 好的 are no 您好.
    """
    together: list[Turn] = []
    for turn in turns:
        if together and not _goes_on(together[-1], turn, call):
            yield _text_of(together)
            together = []
        together.append(turn)
    yield _text_of(together)


def _goes_on(before: Turn, turn: Turn, call: Call) -> bool:
    pause = turn.start - before.end
    return pause <= LONGEST_BREATH and not call.anybody_begins(before.start, turn.start)


def _text_of(turns: Sequence[Turn]) -> str:
    return "，".join(turn.text for turn in turns)


def near(within: Within, turns: Sequence[Turn], scene: Scene) -> list[Turn]:
    """Those of one side's ``turns`` that lie so near a hold, or a place of another rule."""
    kept: set[int] = set()
    for place in _places(within, scene):
        if within.order != "before":
            after = [(t.start - place.end, i) for i, t in enumerate(turns)]
            kept.update(_nearest(after, within))
        if within.order != "after":
            before = [(place.start - t.end, i) for i, t in enumerate(turns)]
            kept.update(_nearest(before, within))
    return [turns[i] for i in sorted(kept)]


POINTED = frozenset({Outcome.VIOLATION, Outcome.TAG})
"""What another rule has to say of a place, without doubt, for words to be near it."""


def _places(within: Within, scene: Scene) -> list[Span]:
    if within.of == HOLD:
        return [Span(hold.start, hold.end) for hold in scene.measures.holds]
    return [
        Span(f.start, f.end)
        for f in scene.findings[within.of]
        if f.outcome in POINTED and f.start is not None and f.end is not None
    ]


SLACK = 1e-6
"""s by which a place and a turn that touch may differ in their last digits."""


def _nearest(distances: Iterable[tuple[float, int]], within: Within) -> list[int]:
    """Of turns with their distances to a place, those on its far side that are near enough."""
    beyond = sorted((d, i) for d, i in distances if d >= -SLACK)[: within.turns]
    return [i for d, i in beyond if within.seconds is None or d <= within.seconds]


class Window(Strict):
    """Which of the agent's turns count.

    From the ``start``: the first so many ``seconds`` of his speech; from the ``end``: what he said in
    the so many seconds before his last word; in both cases at least so many ``turns``. ``anywhere``:
    all that he said.
    """

    side: Literal["start", "end", "anywhere"] = Field(alias="from")
    seconds: PositiveFloat | None = None
    turns: PositiveInt | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Window:
        given = self.seconds is not None and self.turns is not None
        if given == (self.side == "anywhere"):
            msg = tr(
                "seconds and turns: expected with `from: start` and `from: end`, and only there"
            )
            raise ValueError(msg)
        return self

    def of(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns that lie in the window, at least one, in their order."""
        if self.seconds is None or self.turns is None:
            return list(turns)
        if self.side == "end":
            late = [t for t in turns if t.end > turns[-1].end - self.seconds]
            return late if len(late) >= self.turns else list(turns[-self.turns :])
        kept: list[Turn] = []
        for turn in turns:
            if len(kept) >= self.turns and sum(t.duration for t in kept) >= self.seconds:
                break
            kept.append(turn)
        return kept
