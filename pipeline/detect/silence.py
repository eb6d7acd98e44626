"""``silence``: nobody speaks for too long and nobody said why.

    kind: silence
    longer_than: 8

    wrong:  C 5.0-8.0 我家没有气了。  /  A 19.0-21.0 您家在哪里？
    right:  A 8.2-11.0 请您稍等，我帮您查询一下。  /  A 24.0-26.0 感谢您的等待。

Not counted: the customer thinking about the agent's question, his own 你等一下, the time before the
agent's first word and after his goodbye, and a line on which the customer never speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PositiveFloat

from pipeline import spans
from pipeline.conversation.timing import agents_turn_since, last_words
from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.detect.window import faintly
from pipeline.records import Finding, Outcome, Role, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params
from pipeline.text import acts
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator


LONGEST_CONSENT = 10
"""Spoken characters: who says no more to the customer's 你等一下 only agrees (好的，您慢慢来)."""


class SilenceParams(Params):
    """``longer_than`` seconds without a voice on either side are dead air."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    longer_than: Annotated[
        PositiveFloat,
        Meaning(
            "seconds",
            "几秒以上",
        ),
    ]


def detect(rule: Rule, params: SilenceParams, scene: Scene) -> Iterator[Finding]:
    """A row for each stretch of dead air, else one ``pass``."""
    call = scene.call
    if not call.roles_known or not call.side(Role.AGENT):
        yield verdict(rule, Outcome.NOT_MEASURABLE if call.turns else Outcome.NOT_APPLICABLE)
        return
    speech = [Span(turn.start, turn.end) for turn in call.turns]
    quiet = spans.gaps(speech, Span(0.0, call.duration))
    found = [
        _event(rule, scene, gap)
        for gap in quiet
        if gap.duration > params.longer_than and _is_unexplained(scene, gap)
    ]
    yield from found or [verdict(rule, Outcome.PASS)]


def _is_unexplained(scene: Scene, gap: Span) -> bool:
    call, cues = scene.call, scene.cues
    index = last_words(call, gap.start, cues)
    if index is None or not call.side(Role.CUSTOMER):
        return False
    agent = call.turns[index]
    if _announces_hold(scene, agent) or cues.farewell.hits(agent.text):
        return False
    customer = [t for t in call.side(Role.CUSTOMER) if t.end <= gap.start + 1e-6]
    since = [t for t in customer if t.end > agent.end]
    if not since and agent.characters <= LONGEST_CONSENT:
        since = customer[-1:]
    if any(cues.customer_wait.hits(turn.text) for turn in since):
        return False
    answered = agents_turn_since(call, gap, agent, cues) is not None
    at_the_end = gap.end >= call.duration
    return answered or not (at_the_end or cues.asks(agent) or _is_after_goodbye(scene, gap))


def _announces_hold(scene: Scene, agent: Turn) -> bool:
    """Whether the agent said that he leaves the line, in words of no list or misheard ones too."""
    return (
        scene.cues.announces_hold(agent)
        or "hold" in acts.shown_by(agent.text).acts
        or faintly(scene.cues.hold, agent)
    )


def _is_after_goodbye(scene: Scene, gap: Span) -> bool:
    """Whether the customer's last words were his goodbye."""
    before = [t for t in scene.call.side(Role.CUSTOMER) if t.end <= gap.start + 1e-6]
    return bool(before) and bool(scene.cues.farewell.hits(before[-1].text))


def _event(rule: Rule, scene: Scene, gap: Span) -> Finding:
    """The finding quotes the last words before the silence, whoever said them."""
    words = max((t for t in scene.call.turns if t.start < gap.start), key=lambda t: t.end)
    return event(rule, scene, words, span=gap, seconds=gap.duration)


NAME = "silence"
"""What the kind is called in rule files, and in the ``kind`` of its findings."""

KIND = Kind(params=SilenceParams, look=detect, needs_agent=False)
