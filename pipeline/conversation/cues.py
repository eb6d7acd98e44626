"""What the words of a turn show of the conversation: an answer, a question, a hold, a protest."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import (
    Seconds,
    Turn,
)
from pipeline.text.index import PhraseIndex
from pipeline.text.lexicon import Lexicon
from pipeline.text.normal import normalise
from pipeline.text.phrases import PhraseSet

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_BACKCHANNEL: Seconds = 0.8
"""嗯嗯, 好的好的: speech without recognised words that is longer may be anything."""
LONGEST_CONSENT = 8
"""Characters after the announcement in which consent may be asked for: 两分钟可以吗."""
_CONSENT = ("可以吗", "好吗", "行吗", "好不好", "您看可以吗", "您看行吗")
"""A hold is announced politely as a question."""
_OPENERS = (
    *(
        "喂",
        "哎呀",
        "不",
        "不是",
        "不对",
        "那",
        "那个",
        "就",
        "先",
        "你",
        "你们",
        "请",
        "麻烦",
        "拜托",
    ),
    *("等等", "等[一]下", "停", "能不能", "可不可以", "可以", "倒是", "对不起", "不好意思"),
    *("小姐", "女士", "先生", "师傅", "同志", "[小]姑娘", "小伙子", "美女", "帅哥", "老师", "客服"),
)
"""What a customer may say before he complains of an interruption."""


@dataclass(frozen=True)
class Cues:
    """The phrases by which the shape of a conversation is known, from the lexicons of these names."""

    backchannel: PhraseSet
    yes: PhraseSet
    farewell: PhraseSet
    thanks: PhraseSet
    hold: PhraseSet
    hold_return: PhraseSet
    customer_wait: PhraseSet
    ask: PhraseSet
    request: PhraseSet
    unfinished: PhraseSet
    interrupted: PhraseSet
    leaving: PhraseSet
    """What ends a call, with what shows that one listens."""
    courtesy: PhraseSet
    """What needs no answer."""
    openers: PhraseSet
    """What may come before a protest."""

    @classmethod
    def of(cls, lexicons: Mapping[str, Lexicon], index: PhraseIndex) -> Cues:
        """The cues out of a rubric's lexicons; ``KeyError`` where one is missing."""
        made = {"courtesy", "leaving", "openers"}
        named = {
            name: PhraseSet.of(lexicons[name], index)
            for name in cls.__dataclass_fields__
            if name not in made
        }
        listens = named["backchannel"].phrases
        courtesy = (*listens, *named["thanks"].phrases, *named["farewell"].phrases)
        return cls(
            **named,
            leaving=PhraseSet((*listens, *lexicons["leaving"].phrases), index=index),
            courtesy=PhraseSet(courtesy, index=index),
            openers=PhraseSet((*listens, *_OPENERS), index=index),
        )

    def is_backchannel(self, text: str) -> bool:
        """Whether a turn only shows that its speaker listens (嗯, 好的, 对对)."""
        return covers(self.backchannel, text)

    def only_listens(self, turn: Turn) -> bool:
        """Whether a turn is a back-channel, or too short for more where no words were recognised."""
        if not turn.text:
            return turn.duration < LONGEST_BACKCHANNEL
        return self.is_backchannel(turn.text)

    def needs_answer(self, turn: Turn) -> bool:
        """Whether a customer's words hand the turn to the agent; speech without words does not."""
        if not turn.text:
            return False
        return not covers(self.courtesy, turn.text)

    def takes_leave(self, turn: Turn) -> bool:
        """Whether a turn is nothing but the end of a call (好，那就这样)."""
        return covers(self.leaving, turn.text)

    def asks_something(self, text: str) -> bool:
        """Whether a piece of a turn asks something of the other side."""
        return "？" in text or "?" in text or bool(self.ask.hits(text))

    def is_unfinished(self, text: str) -> bool:
        """Whether a sentence breaks off on a word that wants another (可是, 因为).

        A full stop behind it is the recogniser's guess; a question mark is what was heard.
        """
        asked = text.rstrip().endswith(("？", "！", "?", "!"))
        return not asked and normalise(text).text.endswith(self.unfinished.texts)

    def protests(self, text: str) -> bool:
        """Whether a turn begins by complaining of an interruption (你先听我说完).

        Only fillers and forms of address come before it: further on it is about something else.
        """
        hits = self.interrupted.hits(text)
        if not hits:
            return False
        before = text[: hits[0].start]
        return not normalise(before).text or covers(self.openers, before)

    def asks(self, turn: Turn) -> bool:
        """Whether a turn ends by asking something of the other side."""
        last = _last_sentence(turn.text)
        return last.endswith(("？", "?")) or bool(self.ask.hits(last) or self.request.hits(last))

    def requests(self, turn: Turn) -> bool:
        """Whether a turn ends by asking the other side to do something, which takes its time."""
        last = _last_sentence(turn.text)
        return bool(self.request.hits(last)) and not last.endswith(("吗？", "吗?", "吗"))

    def announces_hold(self, turn: Turn) -> bool:
        """Whether a turn says that the agent leaves the line, and does not then ask something."""
        hits = self.hold.hits(turn.text)
        if not hits:
            return False
        after = turn.text[hits[-1].end :]
        addressed = "您" in after or "请" in after or after.rstrip().endswith(("？", "?"))
        short = normalise(after).text
        consent = len(short) <= LONGEST_CONSENT and short.endswith(_CONSENT)
        return consent or not (addressed and self.ask.hits(after))

    def thanks_for_waiting(self, turn: Turn) -> bool:
        """Whether a turn thanks for a wait: it holds what is said on a return, with 等 or 候 in it."""
        said = (turn.text[hit.start : hit.end] for hit in self.hold_return.hits(turn.text))
        return any("等" in words or "候" in words for words in said)


def _last_sentence(text: str) -> str:
    """The last sentence of a text, with the mark that ends it."""
    stripped = text.rstrip()
    at = max(stripped[:-1].rfind(mark) for mark in "。！？!?")
    return stripped[at + 1 :]


@functools.lru_cache(maxsize=1 << 14)
def covers(phrases: PhraseSet, text: str) -> bool:
    """Whether ``text`` is nothing but the phrases, one after the other."""
    normal = normalise(text)
    if not phrases.may_cover(normal.text):
        return False
    said = sum(len(normalise(text[h.start : h.end]).text) for h in phrases.hits(text))
    return bool(normal.text) and said == len(normal.text)
