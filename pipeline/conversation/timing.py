"""What a call's time is made of: rates, interruptions, holds, silences.

Nothing here judges. The rules decide which of these events is a violation.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline import spans
from pipeline.conversation.cues import Cues, covers
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

if TYPE_CHECKING:
    from collections.abc import Sequence


SHORTEST_RATED_TURN = 5
"""Spoken characters a turn needs before its rate means anything."""
SHORTEST_HOLD: Seconds = 5.0


LOST: Seconds = 0.5
"""Speech without recognised words from which on a turn's rate is not known: two characters less."""
SAME_START: Seconds = 0.1
"""Of two starts this close nobody interrupts."""


SAME_END: Seconds = 0.3
"""Two turns that end this close both stop."""
LONGEST_BREATH: Seconds = 2.0
"""After a longer pause an invitation to go on is no interruption."""


LEAST_CONFIDENCE = 0.5
"""Under which word confidence a turn does not tell that it breaks off: 好你比如说 was 好，您说."""
RESUMES_WITHIN: Seconds = 2.0
"""An interrupted customer takes an unfinished sentence up again within this time."""


def measure(call: Call, cues: Cues) -> Measures:
    """Every figure of one call; who speaks over whom only where each side has its own channel."""
    agent, customer = call.side(Role.AGENT), call.side(Role.CUSTOMER)
    found = holds(call, cues)
    everyone = [Span(t.start, t.end) for t in call.turns]
    apart = call.channels > 1
    double = spans.total(spans.intersect(_voiced_spans(agent), _voiced_spans(customer)))
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
    customer = call.side(Role.CUSTOMER)
    starts = [turn.start for turn in customer]
    for index, agent in enumerate(call.turns):
        if agent.role is not Role.AGENT:
            continue
        begun = bisect_right(starts, agent.start)
        met = _customer_speech(customer[max(0, begun - 2) : begun], customer[begun:], agent, cues)
        inside = (t for t in met if t.start + SAME_START < agent.start < t.end)
        if (spoken_over := next(inside, None)) is not None:
            events.append(_interruption(index, agent, spoken_over, cues))
    return events


def _customer_speech(
    begun: Sequence[Turn], later: Sequence[Turn], agent: Turn, cues: Cues
) -> Sequence[Turn]:
    """The customer's last turns that had ``begun``, as ``agent`` met them.

    Where he spoke up in a pause of an unfinished sentence that the customer then took up again, the
    two turns around that pause are one.
    """
    if not begun or not later:
        return begun
    before, after = begun[-1], later[0]
    in_pause = before.end <= agent.start <= min(after.start, before.end + LONGEST_BREATH)
    resumed = after.start - agent.end <= RESUMES_WITHIN
    if not (in_pause and resumed):
        return begun
    if not (_breaks_off(before, cues) or cues.protests(after.text)):
        return begun
    return [
        replace(
            before,
            end=after.end,
            spans=before.spans + after.spans,
            text=before.text + after.text,
        )
    ]


def _breaks_off(turn: Turn, cues: Cues) -> bool:
    """Whether a turn is heard to end on a word that wants another."""
    confidence = turn.confidence
    sure = confidence is None or confidence >= LEAST_CONFIDENCE
    return sure and cues.is_unfinished(turn.text)


def _interruption(index: int, agent: Turn, customer: Turn, cues: Cues) -> Interruption:
    until = min(agent.end, customer.end)
    both = Span(max(agent.start, customer.start), until)
    overlap = spans.intersect(spans.clip(agent.spans, both), spans.clip(customer.spans, both))
    if abs(agent.end - customer.end) <= SAME_END:
        floor = Floor.BOTH_STOP
    else:
        floor = Floor.AGENT if agent.end > customer.end else Floor.CUSTOMER
    return Interruption(
        turn=index,
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
        hold = _as_hold(call, stretch, cues) if stretch.duration > SHORTEST_HOLD else None
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
    later = range(call.begun_before(stretch.end - 1e-6), len(call.turns))
    after = next((i for i in later if call.turns[i].role is Role.AGENT), None)
    start = stretch.start if announced else agents_turn_since(call, stretch, agent, cues)
    if start is None and after == later.start and cues.thanks_for_waiting(call.turns[after]):
        start = stretch.start  # the agent is the next to speak, and knows that he was waited for
    if start is None:
        return None
    return Hold(start=start, end=stretch.end, before=last, after=after, announced=announced)


def agents_turn_since(call: Call, stretch: Span, agent: Turn, cues: Cues) -> Seconds | None:
    """Since when in ``stretch`` the customer has been waiting for an answer; None: he has not.

    After the customer's words that need one, from its beginning; after the agent's question that he
    answered by a bare 对 or 好的, from the end of that; never after his own 你等一下.
    """
    said = _customer_between(call, agent.end, stretch.end)
    words = [t for t in said if not cues.only_listens(t)]
    if words:
        waiting = cues.needs_answer(words[-1]) and not cues.customer_wait.hits(words[-1].text)
        return stretch.start if waiting else None
    answers = [t for t in said if covers(cues.yes, t.text)]
    if answers and cues.asks(agent) and not cues.requests(agent):
        return max(stretch.start, answers[0].end)
    return None


def _customer_between(call: Call, since: Seconds, until: Seconds) -> list[Turn]:
    """The customer's turns that end after ``since`` and begin before ``until``, in order."""
    found = []
    for index in range(call.begun_before(until) - 1, -1, -1):
        turn = call.turns[index]
        if turn.role is not Role.CUSTOMER:
            continue
        if turn.end <= since:
            break
        found.append(turn)
    return found[::-1]


def last_words(call: Call, at: Seconds, cues: Cues) -> int | None:
    """The index of the agent's last turn before ``at`` that is more than a back-channel."""
    for index in range(call.begun_before(at) - 1, -1, -1):
        turn = call.turns[index]
        if turn.role is Role.AGENT and not cues.only_listens(turn):
            return index
    return None


def _voiced_spans(turns: Sequence[Turn]) -> list[Span]:
    return [span for turn in turns for span in turn.spans]
