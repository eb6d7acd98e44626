"""``elements``: parts that have to be said inside a window of the agent's turns.

    kind: elements
    window: {from: start, seconds: 15, turns: 2}     # or {from: end, …}, {from: anywhere}
    elements:
      salutation: {label: 问候, any: ["您好"]}
      offer: {label: 提供帮助, any: ["请问有什么可以帮助您"], optional: true}
    before: ["@farewell"]    # only what is said before the first of these counts
    within: {of: hold, seconds: 20}                  # only what is said so soon after a hold
    in_order: true           # first the salutation, then the offer

    wrong:  A 0.0-2.0 喂，什么事？
    right:  A 0.0-4.0 您好，江城中燃，八号为您服务，请问有什么可以帮助您？

One violation names every missing element, and points at the turn where it was due: the greeting, the
last words, those before which it should have been said; else nowhere (全程未出现). An element that was
only heard by its sound is there, and so is one that only the model of dialogue acts finds; one that the
model half finds is a review.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveFloat

from pipeline.detect.base import Kind, Scene, absence, event, verdict
from pipeline.detect.conditions import holds
from pipeline.detect.prompts import silent_line
from pipeline.detect.window import Element, Window, near, surely_missing
from pipeline.records import Finding, Outcome, Reason, Role, Seconds, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases, Within
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ElementsParams(Params):
    """The window and its parts.

    With ``needs_opportunity`` the norm is due only when the agent could still speak after the
    customer's last words of substance, with ``needs_customer`` only when the customer spoke at all; with
    ``due_from`` only in calls of more seconds.
    """

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "missing"})

    window: Annotated[
        Window,
        Meaning(
            "where they count (above)",
            "在哪个范围里说才算（见上）",
        ),
    ]
    elements: Annotated[
        dict[str, Element],
        Meaning(
            "the parts (above)",
            "哪几样（见上）",
        ),
    ] = Field(min_length=1)
    before: Annotated[
        Phrases | None,
        Meaning(
            "phrases: only what is said before the first of them counts",
            "只算这些话之前说的，如道别之前",
        ),
    ] = None
    within: Annotated[
        Within | None,
        Meaning(
            "only what is said near a hold or near another rule's finding counts: `{of: hold, "
            "seconds: 20}` (above)",
            "只看离线前后、或另一条规则所指的地方前后说的：`{of: hold, seconds: 20}`（见上）",
        ),
    ] = None
    in_order: Annotated[
        bool,
        Meaning(
            "`true`: the parts have to come in the order in which they are listed",
            "`true`：要按这里列的先后次序说",
        ),
    ] = False
    needs_opportunity: Annotated[
        bool,
        Meaning(
            "`true`: not due where the agent had no turn after the customer's last words of "
            "substance",
            "`true`：客户说完正事就挂了、客服没有机会说的，不要求",
        ),
    ] = False
    needs_customer: Annotated[
        bool,
        Meaning(
            "`true`: not due where the customer never says a word",
            "`true`：客户从头没出过声的，不要求",
        ),
    ] = False
    due_from: Annotated[
        PositiveFloat | None,
        Meaning(
            "due only in calls longer than so many seconds",
            "通话超过这么多秒才要求",
        ),
    ] = None

    @property
    def near(self) -> Within | None:
        """Near what the parts have to lie."""
        return self.within


def detect(rule: Rule, params: ElementsParams, scene: Scene) -> Iterator[Finding]:
    """One row: a violation that names what is missing, a review where that was heard badly, a pass."""
    window = params.window.of(scene.call.side(Role.AGENT))
    if params.within is not None:
        window = near(params.within, window, scene)
    said = window if params.before is None else _up_to(params.before, window)
    missing = _missing_elements(params, scene, said)
    if not window:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
    elif not missing:
        misplaced = _first_misplaced(rule, params, scene, window) if params.in_order else None
        yield misplaced or verdict(rule, Outcome.PASS)
    elif params.window.side == "end" and "truncated" in scene.call.audio_notes:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="录音没有录到结尾")
    elif params.needs_opportunity and not _opportunity(scene):
        yield verdict(rule, Outcome.NOT_APPLICABLE, why="客服没有说结束语的机会")
    elif params.needs_customer and silent_line(scene.call):
        yield verdict(rule, Outcome.NOT_APPLICABLE, why="客户没有出声")
    elif params.due_from is not None and scene.call.duration <= params.due_from:
        yield verdict(rule, Outcome.NOT_APPLICABLE, why=f"通话不超过 {params.due_from:g} 秒")
    else:
        missing, doubt = surely_missing(missing, said)
        yield _event(rule, params, scene, window, missing, doubt)


def _missing_elements(
    params: ElementsParams, scene: Scene, said: Sequence[Turn]
) -> Sequence[Element]:
    return [
        e
        for e in params.elements.values()
        if not e.optional
        and (e.when is None or holds(e.when, scene))
        and not e.said_in(said, scene.call)
    ]


def _first_misplaced(
    rule: Rule, params: ElementsParams, scene: Scene, window: Sequence[Turn]
) -> Finding | None:
    """The first part that comes before one that is listed earlier; one known by sound has no place."""
    places = [(e, at) for e in params.elements.values() if (at := e.place(window)) is not None]
    for (first, earlier), (second, later) in pairwise(places):
        if later < earlier:
            turn = window[later[0]]
            label = f"{second.label}（应在“{first.label}”之后）"
            doubt = scene.doubt(turn)
            return event(rule, scene, turn, doubt=doubt, deduct=second.deduct, missing=label)
    return None


def _up_to(end: Phrases, turns: Sequence[Turn]) -> Sequence[Turn]:
    """The turns as far as the first of the phrases, which may lie over two of them."""
    hits = end.alone.hits("，".join(turn.text for turn in turns))
    if not hits:
        return turns
    kept: list[Turn] = []
    left = hits[0].start
    for turn in turns:
        if left > 0:
            kept.append(replace(turn, text=turn.text[:left]))
        left -= len(turn.text) + 1
    return kept


def _event(
    rule: Rule,
    params: ElementsParams,
    scene: Scene,
    window: Sequence[Turn],
    missing: Sequence[Element],
    perhaps: Reason | None,
) -> Finding:
    """What is missing, pointed at the turn where it was due; nowhere, where no turn was its place."""
    own = [e.deduct for e in missing if e.deduct is not None]
    deduct = sum(own) if own else None
    labels = "、".join(e.label for e in missing)
    due = _due(params, window)
    heard = window if params.before is None else _shortly_before(due, window)
    doubt = scene.doubt(*heard) or perhaps
    if due is None:
        return absence(rule, doubt=doubt, deduct=deduct, missing=labels)
    return event(rule, scene, due, doubt=doubt, deduct=deduct, missing=labels)


SHORTLY = 6
"""Turns of the agent up to his farewell in which he asks what belongs before it. Of forty turns one is
always badly heard, and says nothing of the end."""


def _shortly_before(due: Turn | None, window: Sequence[Turn]) -> Sequence[Turn]:
    """The last turns up to the one in which something was due; of the whole where it was in none."""
    until = len(window) if due is None else window.index(due) + 1
    return window[max(0, until - SHORTLY) : until]


def _due(params: ElementsParams, window: Sequence[Turn]) -> Turn | None:
    """The turn in which the parts should have been said, or before which."""
    if params.window.side == "start" or params.within is not None:
        return window[0]
    if params.window.side == "end":
        return window[-1]
    if params.before is None:
        return None
    end = params.before
    return next((turn for turn in window if end.hits(turn.text)), None)


LEAST_SUBSTANCE = 4
"""Characters of a customer's last word that leave something to answer: 挂了 and 我挂了 do not."""


def _opportunity(scene: Scene) -> bool:
    """Whether the agent could have closed: he spoke after the customer's last words of substance.

    A customer's goodbye, thanks, or a word or two is none of these, nor is what was heard badly, nor
    his 那就这样 to an agent who had no more to say than 嗯. An agent who took leave, or hung up himself,
    had his chance; the line that the system cut gives none.
    """
    if scene.call.record.ended_by in {"system", "agent"}:
        return scene.call.record.ended_by == "agent"
    agent = scene.call.side(Role.AGENT)
    if any(scene.cues.farewell.hits(turn.text) for turn in agent[-1:]):
        return True
    customer = scene.call.side(Role.CUSTOMER)
    if customer and scene.cues.takes_leave(customer[-1]):
        before = [turn for turn in agent if turn.start < customer[-1].start]
        if before and scene.cues.only_listens(before[-1]):
            customer = customer[:-1]
    last: Seconds = max((t.end for t in customer if _substance(t, scene)), default=0.0)
    return any(turn.end > last for turn in agent)


def _substance(turn: Turn, scene: Scene) -> bool:
    """Whether a customer's turn asks for an answer of more than a goodbye."""
    long = turn.characters >= LEAST_SUBSTANCE or scene.cues.asks(turn)
    return long and scene.cues.needs_answer(turn) and not scene.unsure(turn)


KIND = Kind(params=ElementsParams, look=detect)
