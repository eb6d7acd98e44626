"""``calendar``: a greeting that fits the time of day, or the day.

    kind: calendar
    window: {from: start, seconds: 15, turns: 2}
    greetings:
      - {any: [早上好], hours: [5, 10]}
      - {any: [周末快乐], day: weekend}      # or: holiday, new_year

    wrong:  A 0.5-3.0 早上好！  at 15:20
    right:  A 0.5-3.0 下午好！  at 15:20

``hours`` may cross midnight. ``weekend`` begins on Friday at 17:00; ``holiday`` holds the day before a
public holiday; ``new_year`` is 1 to 3 January and the Spring Festival to its fifteenth day.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.detect.quoting import is_quoted
from pipeline.detect.window import Window
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Reason, Role, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.text import workdays
from pipeline.yamlfile import Meaning, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.text.phrases import Hit

FRIDAY, SUNDAY = 4, 6
WEEKEND_BEGINS = time(17)
UNDATED = "没有通话记录，只有文件的日期，不知道几点通话"
"""Why a rule on the clock says nothing."""


class Greeting(Strict):
    """Words that fit only some ``hours`` of the day, ``[from, to]``, or some days."""

    any: Phrases
    hours: tuple[float, float] | None = None
    day: Literal["weekend", "holiday", "new_year"] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Greeting:
        if (self.hours is None) == (self.day is None):
            msg = tr("expected either hours or day")
            raise ValueError(msg)
        return self

    def fits(self, at: datetime) -> bool:
        """Whether the words fit a local clock time."""
        if self.hours is not None:
            low, high = self.hours
            hour = at.hour + at.minute / 60
            return low <= hour <= high if low <= high else hour >= low or hour <= high
        return _DAYS[self.day or "holiday"](at)


class CalendarParams(Params):
    """Where the greetings are looked for, and which there are."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "clock"})

    window: Annotated[
        Window,
        Meaning(
            "where greetings are looked for (above)",
            "在哪个范围里找（见上）",
        ),
    ]
    greetings: Annotated[
        list[Greeting],
        Meaning(
            "each with `any` and either `hours: [20, 5]` (may cross midnight) or `day`: "
            "`weekend` (from Friday 17:00), `holiday` (and the day before), `new_year` (1-3 "
            "January, Spring Festival to its 15th day)",
            "每种问候写 `any`，再写 `hours` 或 `day`。`hours: [20, 5]` 可以跨零点；`day` 可写 "
            "`weekend`（周五 17 点起）、`holiday`（法定节假日和前一天）、`new_year`（元旦三天，春"
            "节到正月十五）",
        ),
    ] = Field(min_length=1)


def _weekend(at: datetime) -> bool:
    friday_evening = at.weekday() == FRIDAY and at.time() >= WEEKEND_BEGINS
    return friday_evening or FRIDAY < at.weekday() <= SUNDAY


def _holiday(at: datetime) -> bool:
    return any(workdays.in_public_holiday(at.date() + timedelta(days=n)) for n in (0, 1))


def _new_year(at: datetime) -> bool:
    return workdays.in_new_year(at.date())


_DAYS = {"weekend": _weekend, "holiday": _holiday, "new_year": _new_year}


def detect(rule: Rule, params: CalendarParams, scene: Scene) -> Iterator[Finding]:
    """A row for each greeting that does not fit; not applicable where none was used."""
    window = params.window.of(scene.call.side(Role.AGENT))
    said = [
        (greeting, turn, hit)
        for greeting in params.greetings
        for turn in scene.turns_with(greeting.any, window)
        for hit in greeting.any.hits(turn.text)
        if is_quoted(turn, hit.start, hit.end, scene) is False
    ]
    at = scene.call.record.clock
    if not said:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
    elif at is None:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why=UNDATED)
    else:
        wrong = [
            _event(rule, scene, turn, hit, at + timedelta(seconds=turn.start))
            for greeting, turn, hit in said
            if not greeting.fits(at) and not greeting.fits(at + timedelta(seconds=turn.start))
        ]
        yield from wrong or [verdict(rule, Outcome.PASS)]


def _event(rule: Rule, scene: Scene, turn: Turn, hit: Hit, at: datetime) -> Finding:
    unsure = scene.unsure(turn, hit.start, hit.end)
    return event(
        rule,
        scene,
        turn,
        span=when_said(turn, hit.start, hit.end),
        quote=turn.text[hit.start : hit.end],
        doubt=Reason.LOW_CONFIDENCE if unsure else None,
        clock=f"{at:%Y-%m-%d %H:%M}",
    )


KIND = Kind(params=CalendarParams, look=detect, literal=True)
