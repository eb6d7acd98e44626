"""``callback``: who promises to call back does so in time. Looks at the customer's later calls.

    kind: callback
    promise: ["@callback_promise"]
    default_hours: 0.5       # where the agent names no time
    end_of_work: "18:00"     # what 下班前 means
    refused: [不用回了]        # the customer does not want it, or names a time of his own

    wrong:  A 8.0-12.0 我半小时内给您回电。  and nobody calls within half an hour
    right:  the same, and an outbound call to the customer twenty minutes later

The finding belongs to the call that promises. The time runs from that call's end; an attempt by any
agent counts. While the data end before the deadline the promise is open: not measurable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PositiveFloat, field_validator

from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.detect.quoting import is_quoted
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Reason, Role, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.text.deadlines import find_deadline
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator


class CallbackParams(Params):
    """What promises, what takes the promise back, and the times that it does not name."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "deadline", "late"})

    promise: Annotated[
        Phrases,
        Meaning(
            "the words that promise",
            "怎样算答应",
        ),
    ]
    refused: Annotated[
        Phrases,
        Meaning(
            "customer's words that take it back",
            "客户说这些（不用回了），就不要求",
        ),
    ]
    default_hours: Annotated[
        PositiveFloat,
        Meaning(
            "the time where the agent names none",
            "没说时间的，按几小时",
        ),
    ]
    end_of_work: Annotated[
        time,
        Meaning(
            'what 下班前 means, `"18:00"`, in quotes',
            '“下班前”是几点，写 `"18:00"`，**加引号**',
        ),
    ]

    @field_validator("end_of_work", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """``18:00`` without quotes is a number to YAML."""
        if not isinstance(value, str):
            msg = tr('expected a time in quotes, such as "18:00"')
            raise ValueError(msg)  # noqa: TRY004  pydantic turns a ValueError into the line's error
        return value


@dataclass(frozen=True)
class _Promise:
    turn: Turn
    start: int
    end: int
    deadline: datetime


def detect(rule: Rule, params: CallbackParams, scene: Scene) -> Iterator[Finding]:
    """One row for the call's last promise; not applicable where none was made, or it was refused."""
    record = scene.call.record
    if not _promises(params, scene):
        yield verdict(rule, Outcome.NOT_APPLICABLE)
    elif record.clock is None or not record.customer:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="话单没有记录客户号码或开始时间")
    else:
        ended = record.clock + timedelta(seconds=scene.call.duration)
        yield _kept_or_not(rule, scene, _promise(params, scene, ended), ended)


def _promises(params: CallbackParams, scene: Scene) -> list[tuple[Turn, int, int]]:
    """The places that promise a call; none where the customer declines or names his own time."""
    places = [
        (turn, hit.start, hit.end)
        for turn in scene.call.side(Role.AGENT)
        for hit in params.promise.hits(turn.text)
        if is_quoted(turn, hit.start, hit.end, scene) is not True
    ]
    if not places:
        return []
    declined = any(params.refused.hits(t.text) for t in scene.call.side(Role.CUSTOMER))
    return [] if declined else places


def _promise(params: CallbackParams, scene: Scene, ended: datetime) -> _Promise:
    """The promise with the deadline that was named last, else with the rubric's own."""
    places = _promises(params, scene)
    named = [
        _Promise(turn, start, end, found.at)
        for turn, start, end in places
        if (found := find_deadline(turn.text, ended, params.end_of_work)) is not None
    ]
    if named:
        return named[-1]
    turn, start, end = places[-1]
    return _Promise(turn, start, end, ended + timedelta(hours=params.default_hours))


def _kept_or_not(rule: Rule, scene: Scene, promise: _Promise, ended: datetime) -> Finding:
    record, until = scene.call.record, scene.history.until
    calls = scene.history.after(record.customer or "", ended - timedelta(seconds=1))
    deadline = f"{promise.deadline:%m-%d %H:%M}"
    if any(a.started_at <= promise.deadline for a in calls):
        return verdict(rule, Outcome.PASS)
    if not calls and (until is None or until <= promise.deadline):
        why = f"承诺尚未到期：应在 {deadline} 前回电"
        return verdict(rule, Outcome.NOT_MEASURABLE, why=why, reason=Reason.PROMISE_OPEN)
    late = f"{calls[0].started_at:%m-%d %H:%M} 才回电" if calls else "没有回电"
    return event(
        rule,
        scene,
        promise.turn,
        span=when_said(promise.turn, promise.start, promise.end),
        doubt=scene.doubt(promise.turn),
        deadline=deadline,
        late=late,
    )


KIND = Kind(params=CallbackParams, look=detect, lasting=frozenset({Outcome.NOT_APPLICABLE}))
