"""``hold``: the agent leaves the line, says so before, and thanks for the patience after.

    kind: hold
    check: announced          # or: returned; long: an offer to call back is due

    wrong:  C 5.0-8.0 我这个月的账单是多少？  /  A 15.0-17.0 是五十六元。
    right:  A 8.2-11.0 请您稍等，我帮您查询一下。  /  A 20.0-23.0 感谢您的等待，是五十六元。

What a hold is, announced or not, is defined in ``timing.holds``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import PositiveFloat, model_validator

from pipeline.conversation.cues import covers
from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.detect.window import faintly
from pipeline.messages import tr
from pipeline.records import Finding, Hold, Outcome, Reason, Role, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.text.phrases import PhraseSet


OFFER_BEFORE = 3
"""The agent's turns before a long hold in which he may have offered to call back."""


class HoldParams(Params):
    """Which duty is checked; ``phrases`` are the words that fulfil it where words are due."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    check: Annotated[
        Literal["announced", "returned", "long"],
        Meaning(
            "`announced`: he said so before (`@hold`); `returned`: his first words back hold "
            "thanks; `long`: he offered to call back",
            "查哪一样：`announced` 离开前告知（词表 `@hold`）；`returned` 回来第一句致谢；"
            "`long` 时间长要提出回电",
        ),
    ]
    phrases: Annotated[
        Phrases | None,
        Meaning(
            "the words that are due; with `returned` and `long` only",
            "该说的话；只和 `returned`、`long` 一起写",
        ),
    ] = None
    longer_than: Annotated[
        PositiveFloat | None,
        Meaning(
            "s from which on a hold is long; with `long` only",
            "多少秒算长；只和 `long` 一起写",
        ),
    ] = None
    greeting: Annotated[
        Phrases | None,
        Meaning(
            "a turn of nothing but these (您好) is no return: the next one is looked at",
            "只有这些话（如“您好”）的一段不算回来的第一句，看下一段",
        ),
    ] = None

    @model_validator(mode="after")
    def _words_for_return(self) -> HoldParams:
        if self.check != "announced" and self.phrases is None:
            msg = tr("phrases: expected with `check: returned` and `check: long`")
            raise ValueError(msg)
        if (self.check == "long") != (self.longer_than is not None):
            msg = tr("longer_than: expected with `check: long`, and only there")
            raise ValueError(msg)
        return self


def detect(rule: Rule, params: HoldParams, scene: Scene) -> Iterator[Finding]:
    """A row for each hold that lacks what is due; ``pass`` where all have it; else not applicable."""
    if not scene.call.roles_known:
        yield verdict(rule, Outcome.NOT_MEASURABLE if scene.call.turns else Outcome.NOT_APPLICABLE)
        return
    judged = {"announced": _judge_announcement, "returned": _judge_return, "long": _judge_length}[
        params.check
    ]
    results = [judged(rule, params, scene, hold) for hold in scene.measures.holds]
    due = [r for r in results if r is not None]
    if not due:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    unique = {f.start: f for found in due for f in found}
    yield from unique.values() or [verdict(rule, Outcome.PASS)]


def _judge_announcement(
    rule: Rule, params: HoldParams, scene: Scene, hold: Hold
) -> list[Finding] | None:
    """No finding for an announced hold; a review where the words before it were heard badly."""
    if hold.announced:
        return []
    before = scene.call.turns[hold.before] if hold.before is not None else None
    if before is not None and not scene.unsure(before) and _announces(params, scene, before):
        return []
    words = max((t for t in scene.call.turns if t.start < hold.start), key=lambda t: t.end)
    return [_event(rule, scene, Span(hold.start, hold.end), words, hold, heard=before or words)]


def _announces(params: HoldParams, scene: Scene, turn: Turn) -> bool:
    by_rule = params.phrases is not None and _says(params.phrases, turn)
    return by_rule or faintly(scene.cues.hold, turn)


def _says(phrases: PhraseSet, turn: Turn) -> bool:
    """Whether a turn says what is asked for, as far as one can tell by what was heard."""
    return phrases.says(turn.text) or phrases.is_acted(turn.text) or faintly(phrases, turn)


def _judge_return(rule: Rule, params: HoldParams, scene: Scene, hold: Hold) -> list[Finding] | None:
    """None where nobody came back; a finding where the first words back hold no thanks.

    Words that only ask for more patience (请您再稍等) are no return: the next ones are looked at.
    """
    if hold.after is None or params.phrases is None:
        return None
    for turn in scene.call.turns[hold.after :]:
        if turn.role is not Role.AGENT:
            continue
        if _says(params.phrases, turn):
            return []
        if params.greeting is not None and covers(params.greeting, turn.text):
            continue
        if not scene.cues.announces_hold(turn):
            perhaps = params.phrases.is_perhaps_acted(turn.text)
            doubt = Reason.PERHAPS_SAID if perhaps else None
            span = Span(turn.start, turn.end)
            return [_event(rule, scene, span, turn, hold, heard=turn, doubt=doubt)]
    return None


def _judge_length(rule: Rule, params: HoldParams, scene: Scene, hold: Hold) -> list[Finding] | None:
    """None for a short hold; no finding where the agent offered to call back before it or after."""
    if params.longer_than is None or params.phrases is None or hold.duration <= params.longer_than:
        return None
    turns = scene.call.turns
    agent = [t for t in turns if t.role is Role.AGENT]
    before = [t for t in agent if t.start < hold.start][-OFFER_BEFORE:]
    after = [t for t in agent if t.start >= hold.end - 1e-6][:1]
    said = [turn.text for turn in (*before, *after)]
    if any(params.phrases.says(text) or params.phrases.is_acted(text) for text in said):
        return []
    words = max((t for t in turns if t.start < hold.start), key=lambda t: t.end)
    return [_event(rule, scene, Span(hold.start, hold.end), words, hold, heard=words)]


def _event(
    rule: Rule,
    scene: Scene,
    span: Span,
    words: Turn,
    hold: Hold,
    *,
    heard: Turn,
    doubt: Reason | None = None,
) -> Finding:
    return event(
        rule,
        scene,
        words,
        span=span,
        heard=heard,
        doubt=scene.doubt(heard) or doubt,
        seconds=hold.duration,
    )


KIND = Kind(params=HoldParams, look=detect, needs_agent=False)
