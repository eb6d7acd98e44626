"""``reply``: something was said, and an answer with certain parts is due within a few turns.

    kind: reply
    trigger: {role: customer, any: [没听懂, 什么意思]}
    within: {after: 2}       # the agent's next two turns; {same: true}: the turn that holds the trigger;
                             # {before: 1}, {rest: true}: to the end of the call; {anywhere: true}
    elements:
      apology: {label: 致歉, any: ["@apology"]}

    wrong:  C 3.0-4.0 我没听懂。  /  A 4.2-6.0 您先交费。
    right:  C 3.0-4.0 我没听懂。  /  A 4.2-9.0 对不起，请允许我再解释一遍。

Each time it is said the answer is due; one violation names every part that is missing. Where the
agent never had a turn to answer in, nothing was due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.conversation.cues import covers
from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.detect.conditions import holds
from pipeline.detect.window import Element, surely_missing
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Reason, Role, Seconds, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Nearby, Params, Phrases
from pipeline.text.digits import digit_runs
from pipeline.yamlfile import Meaning, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Trigger(Strict):
    """What asks for the answer.

    ``any``: phrases inside a turn; ``whole``: a turn that is nothing but these; ``question``: the
    same, with a question mark; ``account``: the customer's first account of so many spoken
    characters, courtesy not counted. ``at_end``: nothing that needs an answer follows in the same turn.
    ``before``: it only counts where this was said before; ``unless_before``, where it was not.
    ``longest``: only in a turn of at most so many characters.
    ``without_number``: not in a turn that holds so many digits. ``tones``: key tones from the
    customer; ``transferred``: the call record's transfer.
    """

    role: Annotated[
        Role,
        Meaning(
            "who says it",
            "谁说的",
        ),
    ]
    any: Annotated[
        Phrases | None,
        Meaning(
            "phrases inside a turn",
            "一段话里含有这些",
        ),
    ] = None
    whole: Annotated[
        Phrases | None,
        Meaning(
            "a turn of nothing but these",
            "整段话只有这些",
        ),
    ] = None
    question: Annotated[
        Phrases | None,
        Meaning(
            "the same, with a question mark (啊？)",
            "整段话只有这些，还带问号，如“啊？”",
        ),
    ] = None
    account: Annotated[
        PositiveInt | None,
        Meaning(
            "the customer's first account of so many characters, over several turns too",
            "客户头一回说明的事有这么多字（可以分几段说，客套不算）",
        ),
    ] = None
    at_end: Annotated[
        bool,
        Meaning(
            "`true`: nothing that needs an answer of its own follows in the turn",
            "`true`：说完它，同一段里没有别的要回答",
        ),
    ] = False
    longest: Annotated[
        PositiveInt | None,
        Meaning(
            "only in a turn of at most so many characters",
            "只看不超过这么多字的一段",
        ),
    ] = None
    before: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: only where this was said before",
            "`{role, any, turns}`：之前说过这些才算",
        ),
    ] = None
    unless_before: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: only where this was not said before",
            "`{role, any, turns}`：之前没说过这些才算",
        ),
    ] = None
    without_number: Annotated[
        PositiveInt | None,
        Meaning(
            "not in a turn with so many digits",
            "同一段里有这么多位数字的不算",
        ),
    ] = None
    tones: Annotated[
        bool,
        Meaning(
            "`true`: key tones are the trigger",
            "`true`：按键音也算",
        ),
    ] = False
    transferred: Annotated[
        bool,
        Meaning(
            "`true`: so is a transfer in the call record",
            "`true`：话单上有转接也算",
        ),
    ] = False


class AnswerWithin(Strict):
    """Where the answer may stand about the place that asks for it; at most ``seconds`` behind it."""

    same: bool = False
    before: int = Field(default=0, ge=0)
    after: PositiveInt | None = None
    seconds: PositiveFloat | None = None
    rest: bool = False
    anywhere: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> AnswerWithin:
        if not (self.same or self.before or self.after or self.rest or self.anywhere):
            msg = tr("expected some of same, before, after, rest, anywhere")
            raise ValueError(msg)
        return self


class Limit(Strict):
    """Asked more often than ``times``, the agent must do something else: say one of ``then``."""

    times: PositiveInt
    then: Element


class ReplyParams(Params):
    """What asks, where the answer is due, and its parts.

    ``once``: the first place stands for all of them. ``instead``: words that meet the duty whole.
    """

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "missing", "trigger"})

    trigger: Annotated[
        Trigger,
        Meaning(
            "what asks for the answer (below)",
            "什么情况引出这个要求（见下）",
        ),
    ]
    within: Annotated[
        AnswerWithin,
        Meaning(
            "where it may stand: `{after: 2}` the agent's next two turns; `{before: 1}`; `{same: "
            "true}` the agent's turn that holds the trigger; `{rest: true}` to the call's end; "
            "`{anywhere: true}`; `{after: 2, seconds: 20}` no later than 20 s after it; they combine",
            "回应该在哪里：`{after: 2}` 客服接下来的两段；`{before: 1}` 前一段；`{same: true}` 客"
            "服说那句话的同一段；`{rest: true}` 直到通话结束；`{anywhere: true}` 全程；"
            "`{after: 2, seconds: 20}` 还要在 20 秒之内开口。可以合写",
        ),
    ]
    elements: Annotated[
        dict[str, Element],
        Meaning(
            "the parts of the answer (above)",
            "回应里要有哪几样（见上）",
        ),
    ] = Field(min_length=1)
    instead: Annotated[
        Phrases | None,
        Meaning(
            "phrases that are as good as the whole answer",
            "说了这些，就抵得上全部",
        ),
    ] = None
    once: Annotated[
        bool,
        Meaning(
            "`true`: only the first time counts",
            "`true`：一通只看第一次",
        ),
    ] = False
    limit: Annotated[
        Limit | None,
        Meaning(
            "`{times: 2, then: {label, any}}`: after so many times the agent must say this "
            "instead of asking again",
            "`{times: 2, then: {label, any}}`：超过这么多次，就不能再重复，该改说这个",
        ),
    ] = None


@dataclass(frozen=True)
class _Asked:
    """A place that asks for an answer: its turn, what was said there, since when one is due."""

    turn: Turn
    span: Span
    words: str
    doubt: Reason | None = None


def detect(rule: Rule, params: ReplyParams, scene: Scene) -> Iterator[Finding]:
    """A row for each answer that lacks a part; ``pass`` where all are whole; else not applicable."""
    if params.trigger.tones and scene.call.tones is None:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="没有录音，听不到按键音")
        return
    asked = _triggers(params.trigger, scene)
    places = asked[:1] if params.once else asked
    judged = [_judge(rule, params, scene, place) for place in places]
    due = [result for result in judged if result is not None]
    once_each = {f.start: f for result in due for f in result}
    found = [*once_each.values(), *_too_often(rule, params, scene, asked)]
    if not due and not found:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    yield from found or [verdict(rule, Outcome.PASS)]


def _triggers(trigger: Trigger, scene: Scene) -> list[_Asked]:
    """Every place that asks for an answer, in order."""
    if trigger.account is not None:
        return _account(trigger, scene)
    found = [a for turn in _turns_concerned(trigger, scene) for a in _in_turn(trigger, scene, turn)]
    if trigger.tones:
        found += _tones(scene)
    if trigger.transferred and scene.call.record.transferred and not found:
        last = scene.call.side(Role.AGENT)[-1]
        found.append(_Asked(last, Span(last.start, last.end), last.text))
    return found


def _turns_concerned(trigger: Trigger, scene: Scene) -> list[Turn]:
    """The turns of the trigger's side in which it can stand."""
    turns = scene.call.side(trigger.role)
    asked = [p for p in (trigger.any, trigger.whole, trigger.question) if p is not None]
    holding = {id(turn) for phrases in asked for turn in scene.turns_with(phrases, turns)}
    return [turn for turn in turns if id(turn) in holding]


def _account(trigger: Trigger, scene: Scene) -> list[_Asked]:
    """The customer's first statement of substance, over as many of his turns as it takes.

    It ends where the agent says more than that he listens, and he who tells it does not complain that
    he was cut short.
    """
    told: list[Turn] = []
    for number, turn in enumerate((*scene.call.turns, None)):
        if turn is not None and turn.role is trigger.role:
            if scene.cues.needs_answer(turn) and not _is_exempt(trigger, scene, turn):
                told.append(turn)
        elif turn is None or not (
            scene.cues.only_listens(turn) or _is_cut_short(trigger, scene, number + 1)
        ):
            if sum(t.characters for t in told) >= (trigger.account or 0):
                words = "，".join(t.text for t in told)
                return [_Asked(told[-1], Span(told[0].start, told[-1].end), words)]
            told = []
    return []


def _is_cut_short(trigger: Trigger, scene: Scene, number: int) -> bool:
    """Whether the next thing that is said from a turn on, by its side, complains of an interruption."""
    own = (turn for turn in scene.call.turns[number:] if turn.role is trigger.role)
    after = next(own, None)
    return after is not None and bool(scene.cues.interrupted.hits(after.text))


def _in_turn(trigger: Trigger, scene: Scene, turn: Turn) -> Iterator[_Asked]:
    """The first place in a turn that asks; a turn asks once."""
    if _is_exempt(trigger, scene, turn):
        return
    whole = trigger.whole is not None and covers(trigger.whole, turn.text)
    questioned = turn.text.rstrip().endswith(("？", "?"))
    if trigger.question is not None and questioned:
        whole = whole or covers(trigger.question, turn.text)
    if whole:
        yield _Asked(turn, Span(turn.start, turn.end), turn.text)
        return
    if trigger.any is None:
        return
    hits = trigger.any.hits(turn.text)
    # A place that only sounds like a phrase asks too; what it lacks is a review.
    hits = hits or trigger.any.sound_hits(turn.text)
    if trigger.at_end:
        hits = [h for h in hits if not _goes_on(scene, turn, h.end)]
    if hits:
        hit = hits[-1] if trigger.at_end else hits[0]
        span = when_said(turn, hit.start, hit.end)
        doubt = Reason.TRIGGER_BY_SOUND if hit.by_sound else None
        yield _Asked(turn, span, turn.text[hit.start : hit.end], doubt)
    elif trigger.any.is_acted(turn.text) and not (trigger.at_end and _goes_on(scene, turn, 0)):
        yield _Asked(turn, Span(turn.start, turn.end), turn.text, Reason.TRIGGER_BY_MODEL)


def _is_exempt(trigger: Trigger, scene: Scene, turn: Turn) -> bool:
    if trigger.without_number is not None:
        digits = max((len(run.digits) for run in digit_runs(turn.text)), default=0)
        if digits >= trigger.without_number:
            return True
    if trigger.longest is not None and turn.characters > trigger.longest:
        return True
    if trigger.before is not None and not scene.said_before(trigger.before, turn):
        return True
    return trigger.unless_before is not None and scene.said_before(trigger.unless_before, turn)


def _goes_on(scene: Scene, turn: Turn, end: int) -> bool:
    """Whether the turn goes on behind ``end`` with something that needs an answer of its own."""
    rest = turn.text[end:]
    return scene.cues.asks_something(rest)


def _tones(scene: Scene) -> list[_Asked]:
    """The customer's key tones before anybody said much, as one place."""
    agent = scene.call.side(Role.AGENT)
    early = [t for t in scene.call.tones or () if t.start <= agent[0].end]
    if not early:
        return []
    span = Span(early[0].start, early[-1].end)
    return [_Asked(agent[0], span, "按键音 " + "".join(t.key for t in early))]


def _judge(rule: Rule, params: ReplyParams, scene: Scene, place: _Asked) -> list[Finding] | None:
    """None where nobody could answer; no finding where the answer is whole."""
    window = _window(params.within, scene, place)
    if not window:
        return None
    said = [turn.text for turn in window]
    instead = params.instead
    if instead is not None and (
        instead.alone.says("，".join(said)) or any(map(instead.is_acted, said))
    ):
        return []
    missing = [
        e
        for e in params.elements.values()
        if not e.optional
        and (e.when is None or holds(e.when, scene))
        and not e.said_in(window, scene.call)
    ]
    if not missing:
        return []
    if params.within.rest and scene.call.record.ended_by == "system":
        return None
    return [_event(rule, scene, place, window, missing)]


def _window(within: AnswerWithin, scene: Scene, place: _Asked) -> list[Turn]:
    """The agent's turns in which the answer may stand; none where he had none to give it in."""
    agent = scene.call.side(Role.AGENT)
    if within.anywhere:
        return list(agent)
    same = [place.turn] if within.same and place.turn.role is Role.AGENT else []
    moment: Seconds = place.turn.end if same else place.span.end
    count = None if within.rest else within.after
    after = scene.next_turns(Role.AGENT, moment, count) if within.rest or within.after else []
    if within.seconds is not None:
        after = [t for t in after if t.start <= moment + within.seconds]
    before = [t for t in agent if t.start < place.turn.start and t.end <= place.span.end]
    earlier = before[-within.before :] if within.before else []
    return [*earlier, *same, *after] if same or after else []


def _event(
    rule: Rule,
    scene: Scene,
    place: _Asked,
    window: Sequence[Turn],
    missing: Sequence[Element],
) -> Finding:
    """What is missing, pointed at the turn where it was due."""
    missing, perhaps = surely_missing(missing, window)
    due = next((t for t in window if t.start >= place.turn.start), window[0])
    own = [e.deduct for e in missing if e.deduct is not None]
    return event(
        rule,
        scene,
        due,
        doubt=scene.doubt(place.turn, *window) or place.doubt or perhaps,
        deduct=sum(own) if own else None,
        missing="、".join(e.label for e in missing),
        trigger=place.words,
    )


def _too_often(
    rule: Rule, params: ReplyParams, scene: Scene, asked: Sequence[_Asked]
) -> list[Finding]:
    """The place at which the agent should have done something else instead of asking again."""
    limit = params.limit
    if limit is None or len(asked) <= limit.times:
        return []
    over = asked[limit.times]
    window = [over.turn, *scene.next_turns(Role.AGENT, over.turn.end, None)]
    if limit.then.said_in(window, scene.call):
        return []
    return [_event(rule, scene, over, [over.turn], [limit.then])]


KIND = Kind(params=ReplyParams, look=detect)
