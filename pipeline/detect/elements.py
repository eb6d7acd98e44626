"""``elements``: parts that have to be said inside a window of the agent's turns.

    kind: elements
    window: {from: start, seconds: 15, turns: 2}
    elements:
      salutation: {label: 问候, any: ["您好"]}
      offer: {label: 提供帮助, any: ["请问有什么可以帮助您"], optional: true}

    wrong:  A 0.0-2.0 喂，什么事？
    right:  A 0.0-4.0 您好，江城中燃，八号为您服务，请问有什么可以帮助您？

One violation names every missing element. An element that was only heard by its sound is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Finding, Outcome, Role, Seconds, Span, Turn
from pipeline.rubric import Rule
from pipeline.rule_files import Params, Phrases
from pipeline.yamlfile import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Element(Strict):
    """One part: its name for people, the phrases that are it, whether it may be left out.

    ``by_sound: false`` where a match by sound says too little (零号 sounds like 您好). ``deduct`` is
    what its absence costs; None: the rule's ``deduct``, once, however many are missing.
    """

    label: str
    any: Phrases
    optional: bool = False
    by_sound: bool = True
    deduct: float | None = Field(default=None, ge=0)

    def said_in(self, text: str) -> bool:
        """Whether the element is there."""
        return self.any.says(text) if self.by_sound else bool(self.any.hits(text))


class Window(Strict):
    """Which of the agent's turns count.

    From the ``start``: the first so many ``seconds`` of his speech; from the ``end``: what he said in
    the so many seconds before his last word. In both cases at least so many ``turns``.
    """

    side: Literal["start", "end"] = Field(alias="from")
    seconds: PositiveFloat
    turns: PositiveInt


class ElementsParams(Params):
    """The window and its parts.

    With ``needs_opportunity`` the norm is due only when the agent could still speak after the
    customer's last words of substance.
    """

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "missing"})

    window: Window
    elements: dict[str, Element] = Field(min_length=1)
    needs_opportunity: bool = False


def detect(rule: Rule, scene: Scene) -> Iterator[Finding]:
    """One row: a violation that names what is missing, a review where that was heard badly, a pass."""
    params = rule.params
    assert isinstance(params, ElementsParams)  # noqa: S101  the loader pairs kinds with parameters
    turns = scene.call.side(Role.AGENT)
    if not turns:
        unknown = bool(scene.call.turns) and not scene.call.roles_known
        yield verdict(rule, Outcome.NOT_MEASURABLE if unknown else Outcome.NOT_APPLICABLE)
        return
    window = _window(turns, params.window)
    said = "，".join(turn.text for turn in window)
    missing = [e for e in params.elements.values() if not e.optional and not e.said_in(said)]
    if not missing:
        yield verdict(rule, Outcome.PASS)
    elif params.window.side == "end" and "truncated" in scene.call.audio_notes:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="录音没有录到结尾")
    elif params.needs_opportunity and not _opportunity(scene):
        yield verdict(rule, Outcome.NOT_APPLICABLE, why="客服没有说结束语的机会")
    else:
        yield _event(rule, params, scene, window, missing)


def _event(
    rule: Rule,
    params: ElementsParams,
    scene: Scene,
    window: Sequence[Turn],
    missing: Sequence[Element],
) -> Finding:
    """What is missing, pointed at the turn where it was due."""
    unsure = any(scene.unsure(turn) for turn in window)
    shown = window[0] if params.window.side == "start" else window[-1]
    own = [e.deduct for e in missing if e.deduct is not None]
    return event(
        rule,
        Span(shown.start, shown.end),
        shown.text,
        outcome=Outcome.REVIEW if unsure else Outcome.VIOLATION,
        confidence=shown.confidence,
        deduct=sum(own) if own else None,
        note="识别置信度低" if unsure else "",
        missing="、".join(e.label for e in missing),
    )


def _window(turns: Sequence[Turn], window: Window) -> list[Turn]:
    """The turns that lie in the window, at least one, in their order."""
    if window.side == "end":
        late = [t for t in turns if t.end > turns[-1].end - window.seconds]
        return late if len(late) >= window.turns else list(turns[-window.turns :])
    kept: list[Turn] = []
    for turn in turns:
        if len(kept) >= window.turns and sum(t.duration for t in kept) >= window.seconds:
            break
        kept.append(turn)
    return kept


def _opportunity(scene: Scene) -> bool:
    """Whether the agent could have closed: he spoke after the customer's last words of substance.

    A customer's goodbye or thanks is none of these words; the line that the system cut gives none.
    """
    if scene.call.record.ended_by == "system":
        return False
    substance = [t for t in scene.call.side(Role.CUSTOMER) if scene.cues.needs_answer(t)]
    last: Seconds = substance[-1].end if substance else 0.0
    return any(turn.end > last for turn in scene.call.side(Role.AGENT))


KIND = Kind(params=ElementsParams, detect=detect)
