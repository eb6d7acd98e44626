"""What a call's time is made of: rates, interruptions, holds, silences (DESIGN, "Words").

Nothing here judges. The rules decide which of these events is a violation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline import spans
from pipeline.phrases import Lexicon, PhraseSet
from pipeline.records import (
    Call,
    Floor,
    Hold,
    Interruption,
    Measures,
    Rates,
    Role,
    Seconds,
    Span,
    Turn,
)
from pipeline.text import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHORTEST_RATED_TURN = 5
"""Spoken characters a turn needs before its rate means anything."""
SHORTEST_HOLD: Seconds = 5.0
LOST: Seconds = 0.5
"""Speech without recognised words from which on a turn's rate is not known: two characters less."""
LONGEST_BACKCHANNEL: Seconds = 0.8
"""嗯嗯, 好的好的: speech without recognised words that is longer may be anything."""
SAME_START: Seconds = 0.1
"""Of two starts this close nobody interrupts."""
SAME_END: Seconds = 0.3
"""Two turns that end this close both stop."""
LONGEST_BREATH: Seconds = 2.0
"""After a longer pause an invitation to go on is no interruption."""
RESUMES_WITHIN: Seconds = 2.0
"""An interrupted customer takes an unfinished sentence up again within this time."""


@dataclass(frozen=True)
class Cues:
    """The phrases by which the shape of a conversation is known, from the lexicons of these names."""

    backchannel: PhraseSet
    yes: PhraseSet
    farewell: PhraseSet
    thanks: PhraseSet
    hold: PhraseSet
    customer_wait: PhraseSet
    ask: PhraseSet
    request: PhraseSet
    unfinished: PhraseSet
    interrupted: PhraseSet

    @classmethod
    def of(cls, lexicons: Mapping[str, Lexicon]) -> Cues:
        """The cues out of a rubric's lexicons; ``KeyError`` where one is missing."""
        names = cls.__dataclass_fields__
        found = {name: lexicons[name] for name in names}
        return cls(**{n: PhraseSet(f.phrases, f.review, f.exceptions) for n, f in found.items()})

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
        courtesy = (self.backchannel, self.thanks, self.farewell)
        merged = PhraseSet(tuple(p for s in courtesy for p in s.phrases))
        return not covers(merged, turn.text)

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
        openers = PhraseSet((*self.backchannel.phrases, *_OPENERS))
        return not normalise(before).text or covers(openers, before)

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
        return normalise(after).text in _CONSENT or not (addressed and self.ask.hits(after))


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


def _last_sentence(text: str) -> str:
    """The last sentence of a text, with the mark that ends it."""
    stripped = text.rstrip()
    at = max(stripped[:-1].rfind(mark) for mark in "。！？!?")
    return stripped[at + 1 :]


def covers(phrases: PhraseSet, text: str) -> bool:
    """Whether ``text`` is nothing but the phrases, one after the other."""
    normal = normalise(text)
    said = sum(len(normalise(text[h.start : h.end]).text) for h in phrases.hits(text))
    return bool(normal.text) and said == len(normal.text)


def measure(call: Call, cues: Cues) -> Measures:
    """Every figure of one call; who speaks over whom only where each side has its own channel."""
    agent, customer = call.side(Role.AGENT), call.side(Role.CUSTOMER)
    found = holds(call, cues)
    everyone = [Span(t.start, t.end) for t in call.turns]
    apart = call.channels > 1
    double = spans.total(spans.intersect(_voiced(agent), _voiced(customer)))
    return Measures(
        rates=rates(agent),
        interruptions=tuple(interruptions(call, cues)) if apart else (),
        holds=tuple(found),
        overlap=double if apart else None,
        agent_talk=sum(turn.duration for turn in agent),
        customer_talk=sum(turn.duration for turn in customer),
        silence=sum(s.duration for s in spans.gaps(everyone, Span(0.0, call.duration))),
        hold=sum(hold.duration for hold in found),
    )


def rates(turns: Sequence[Turn]) -> Rates:
    """Speaking rates over the turns of ``SHORTEST_RATED_TURN`` spoken characters or more.

    A turn of which words were lost would lower them: it does not count.
    """
    rated = [
        t
        for t in turns
        if t.characters >= SHORTEST_RATED_TURN and t.duration > 0 and t.unrecognised < LOST
    ]
    if not rated:
        return Rates(rate_turn=None, rate_voiced=None)
    characters = sum(turn.characters for turn in rated)
    length = sum(turn.duration for turn in rated)
    voiced = sum(turn.voiced for turn in rated)
    return Rates(
        rate_turn=60 * characters / length,
        rate_voiced=60 * characters / voiced if voiced > 0 else None,
        turns=tuple(60 * turn.characters / turn.duration for turn in rated),
    )


def interruptions(call: Call, cues: Cues) -> list[Interruption]:
    """Every start of the agent inside a customer's turn, in order."""
    events = []
    for agent in call.side(Role.AGENT):
        for customer in _customer_speech(call, agent, cues):
            if customer.start + SAME_START < agent.start < customer.end:
                events.append(_interruption(agent, customer, cues))
                break
    return events


def _customer_speech(call: Call, agent: Turn, cues: Cues) -> list[Turn]:
    """The customer's turns as ``agent`` met them.

    Where he spoke up in a pause of an unfinished sentence that the customer then took up again, the
    two turns around that pause are one.
    """
    turns = list(call.side(Role.CUSTOMER))
    for before, after in pairwise(turns):
        in_pause = before.end <= agent.start <= min(after.start, before.end + LONGEST_BREATH)
        resumed = after.start - agent.end <= RESUMES_WITHIN
        unfinished = cues.is_unfinished(before.text) or cues.protests(after.text)
        if in_pause and resumed and unfinished:
            whole = replace(
                before,
                end=after.end,
                spans=before.spans + after.spans,
                text=before.text + after.text,
            )
            return [whole]
    return turns


def _interruption(agent: Turn, customer: Turn, cues: Cues) -> Interruption:
    until = min(agent.end, customer.end)
    both = Span(max(agent.start, customer.start), until)
    overlap = spans.intersect(spans.clip(agent.spans, both), spans.clip(customer.spans, both))
    if abs(agent.end - customer.end) <= SAME_END:
        floor = Floor.BOTH_STOP
    else:
        floor = Floor.AGENT if agent.end > customer.end else Floor.CUSTOMER
    return Interruption(
        start=agent.start,
        end=agent.end,
        overlap=spans.total(overlap),
        intrusion=until - agent.start,
        customer_spoke=agent.start - customer.start,
        characters=agent.characters,
        backchannel=cues.only_listens(agent),
        courtesy=not cues.needs_answer(customer) or bool(cues.customer_wait.hits(customer.text)),
        floor=floor,
        text=agent.text,
    )


def holds(call: Call, cues: Cues) -> list[Hold]:
    """The stretches of more than ``SHORTEST_HOLD`` in which the agent has left the line."""
    if not call.roles_known:
        return []
    found = []
    for stretch in _without_agent(call, cues):
        hold = _as_hold(call, stretch, cues)
        if hold is not None and hold.duration > SHORTEST_HOLD:
            found.append(hold)
    return found


def _without_agent(call: Call, cues: Cues) -> list[Span]:
    """Where neither the agent nor a customer with something to say is heard."""
    speech = [
        Span(turn.start, turn.end)
        for turn in call.turns
        if not (turn.role is Role.CUSTOMER and cues.only_listens(turn))
    ]
    return spans.gaps(speech, Span(0.0, call.duration))


def _as_hold(call: Call, stretch: Span, cues: Cues) -> Hold | None:
    """The stretch as a hold, or None where it is not the agent's turn."""
    last = last_words(call, stretch.start, cues)
    if last is None:
        return None
    agent = call.turns[last]
    if cues.farewell.hits(agent.text):
        return None
    announced = cues.announces_hold(agent)
    start = stretch.start if announced else agents_turn_since(call, stretch, agent, cues)
    if start is None:
        return None
    after = next(
        (
            i
            for i, t in enumerate(call.turns)
            if t.role is Role.AGENT and t.start >= stretch.end - 1e-6
        ),
        None,
    )
    return Hold(start=start, end=stretch.end, before=last, after=after, announced=announced)


def agents_turn_since(call: Call, stretch: Span, agent: Turn, cues: Cues) -> Seconds | None:
    """Since when in ``stretch`` the customer has been waiting for an answer; None: he has not.

    After the customer's words that need one, from its beginning; after the agent's question that he
    answered by a bare 对 or 好的, from the end of that; never after his own 你等一下.
    """
    said = [t for t in call.side(Role.CUSTOMER) if t.end > agent.end and t.start < stretch.end]
    words = [t for t in said if not cues.only_listens(t)]
    if words:
        waiting = cues.needs_answer(words[-1]) and not cues.customer_wait.hits(words[-1].text)
        return stretch.start if waiting else None
    answers = [t for t in said if covers(cues.yes, t.text)]
    if answers and cues.asks(agent) and not cues.requests(agent):
        return max(stretch.start, answers[0].end)
    return None


def last_words(call: Call, at: Seconds, cues: Cues) -> int | None:
    """The index of the agent's last turn before ``at`` that is more than a back-channel."""
    found = [
        index
        for index, turn in enumerate(call.turns)
        if turn.role is Role.AGENT and turn.start < at and not cues.only_listens(turn)
    ]
    return found[-1] if found else None


def _voiced(turns: Sequence[Turn]) -> list[Span]:
    return [span for turn in turns for span in turn.spans]
