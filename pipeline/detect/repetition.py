"""``repetition``: the agent asks for the same thing again and again although he was answered.

    kind: repetition
    times: 3
    items:
      户号: [户号, 用户编号]
      地址: [地址, 住哪里]

    wrong:  您的户号是多少？ / 零零三五。 / 户号多少？ / 零零三五。 / 您户号再说一下。
    right:  您的户号是多少？ / 零零三五。 / 您的地址在哪里？

A question that the customer did not answer may be asked again; different items are different questions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveInt

from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.records import Finding, Outcome, Role, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.text.normal import clauses, sentences
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.text.phrases import Hit


class RepetitionParams(Params):
    """How often is too often, and what can be asked for; ``asking`` are the words that ask.

    ``confirming``: a turn that holds one of these only makes sure. ``no_answer``: customer's words
    that answer nothing.
    """

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "item", "times"})

    times: Annotated[
        PositiveInt,
        Meaning(
            "so many times are too many",
            "问到第几遍算多",
        ),
    ]
    items: Annotated[
        dict[str, Phrases],
        Meaning(
            "`name: [phrases]`; different items are different questions",
            "`名目: [短语]`；问不同的名目不算重复",
        ),
    ] = Field(min_length=1)
    asking: Annotated[
        Phrases,
        Meaning(
            "phrases that make a sentence a question (a question mark does too)",
            "一句话里有这些，就是在问（带问号的也是）",
        ),
    ]
    confirming: Annotated[
        Phrases,
        Meaning(
            "phrases that only make sure: no question",
            "有这些，只是核对，不算问",
        ),
    ]
    no_answer: Annotated[
        Phrases,
        Meaning(
            "customer's words that answer nothing",
            "客户说这些，等于没有答",
        ),
    ]


def detect(rule: Rule, params: RepetitionParams, scene: Scene) -> Iterator[Finding]:
    """A row for each item that was asked for too often; not applicable where nothing was asked for."""
    asked = {item: list(_asks(params, item, scene)) for item in params.items}
    found = [
        _event(rule, scene, item, places)
        for item, places in asked.items()
        if len(_without_unanswered(params, scene, places)) >= params.times
    ]
    if found:
        yield from found
    else:
        anything = any(scene.cues.asks(turn) for turn in scene.call.side(Role.AGENT))
        yield verdict(rule, Outcome.PASS if anything else Outcome.NOT_APPLICABLE)


def _asks(params: RepetitionParams, item: str, scene: Scene) -> Iterator[tuple[Turn, Span]]:
    """The agent's turns that ask for an item, and when the item is named."""
    for turn in scene.turns_with(params.items[item], scene.call.side(Role.AGENT)):
        for start, sentence in sentences(turn.text):
            named = _asked_for(params, item, sentence)
            if named is None:
                continue
            confirmed = params.confirming.hits(sentence)
            if not (confirmed and confirmed[-1].start > named.start):
                yield turn, when_said(turn, start + named.start, start + named.end)
                break


def _asked_for(params: RepetitionParams, item: str, sentence: str) -> Hit | None:
    """Where a sentence names an item in a clause that asks, or at the end of a question."""
    for start, clause in clauses(sentence):
        hits = params.items[item].hits(clause)
        if hits and (clause.endswith(("？", "?")) or params.asking.hits(clause)):
            return replace(hits[0], start=start + hits[0].start, end=start + hits[0].end)
    return None


def _without_unanswered(
    params: RepetitionParams, scene: Scene, places: list[tuple[Turn, Span]]
) -> list[tuple[Turn, Span]]:
    """The places without those that only repeat a question which nobody had answered."""
    kept = places[:1]
    for turn, span in places[1:]:
        since = kept[-1][0].end
        between = [
            t for t in scene.call.side(Role.CUSTOMER) if t.end > since and t.start < turn.start
        ]
        if any(t.characters >= 2 and not params.no_answer.hits(t.text) for t in between):
            kept.append((turn, span))
    return kept


def _event(rule: Rule, scene: Scene, item: str, places: list[tuple[Turn, Span]]) -> Finding:
    turn, span = places[-1]
    return event(
        rule,
        scene,
        turn,
        span=Span(span.start, max(span.start, turn.end)),
        doubt=scene.doubt(*(asked for asked, _ in places)),
        item=item,
        times=len(places),
    )


KIND = Kind(params=RepetitionParams, look=detect, literal=True)
