"""What a rule file may hold, whatever its kind: the common keys, conditions, phrases, examples."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import core_schema

from pipeline.messages import tr
from pipeline.records import DEFAULT_ZONE, CallRecord, Direction, Outcome, Role, Severity
from pipeline.text import acts
from pipeline.text.lexicon import Lexicon
from pipeline.text.notation import expand
from pipeline.text.phrases import PhraseSet
from pipeline.yamlfile import Strict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TURN_LINE = re.compile(
    r"(?P<who>[ACIU])\s+(?P<spans>[\d.]+-[\d.]+(?:,[\d.]+-[\d.]+)*)"
    r"(?:\s+\((?P<probability>[\d.]+)\))?\s+(?P<text>\S.*)"
)
_TURN_INSIDE = re.compile(r"\s[ACIU] [\d.]+-[\d.]+\s")
_WHO = {"A": Role.AGENT, "C": Role.CUSTOMER, "I": Role.IVR, "U": Role.UNKNOWN}


def _strict_phrase_set(value: Any, info: ValidationInfo) -> PhraseSet:
    return _phrase_set(value, info, strict=True)


_ENOUGH = {"any", "act", "like", "pattern"}
_KEYS = {*_ENOUGH, "unless"}


def _phrase_set(value: Any, info: ValidationInfo, *, strict: bool = False) -> PhraseSet:
    """``["您好", "@thanks", …]``, or a mapping of ``any``, ``unless`` and others, as a ``PhraseSet``."""
    context = info.context or {}
    lexicons: Mapping[str, Lexicon] = context["lexicons"]
    given = value if isinstance(value, dict) else {"any": value}
    if set(given) - _KEYS or not given.keys() & _ENOUGH:
        msg = tr(
            "expected a list of phrases, or a mapping of {keys}", keys=", ".join(sorted(_KEYS))
        )
        raise ValueError(msg)
    plain, review, exceptions = _resolve(given.get("any", []), lexicons)
    more, _, nested = _resolve(given.get("unless", []), lexicons)
    found = PhraseSet(
        plain,
        review,
        (*exceptions, *more, *nested),
        context["names"],
        acts=_acts(given.get("act", [])),
        like=_texts(given.get("like", [])),
        patterns=_with_names(_texts(given.get("pattern", [])), context["names"]),
        strict=strict,
        index=context["index"],
    )
    if dead := found.dead_exceptions():
        msg = tr(
            "the exception {phrase!r} can never fire: no phrase here overlaps it", phrase=dead[0]
        )
        raise ValueError(msg)
    return found


def _texts(value: Any) -> tuple[str, ...]:
    """One text, or a list of them."""
    texts = tuple(value) if isinstance(value, list) else (value,)
    if not all(isinstance(text, str) and text for text in texts):
        msg = tr("expected a text, or a list of texts")
        raise ValueError(msg)
    return texts


_NAME = re.compile(r"\{[a-z_]+\}")


def _with_names(patterns: tuple[str, ...], names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Regular expressions with the names of the rubric in the place of ``{organisation}``."""

    def either(found: re.Match[str]) -> str:
        return f"(?:{'|'.join(expand(found.group(), names))})"

    return tuple(_NAME.sub(either, pattern) for pattern in patterns)


def _acts(value: Any) -> tuple[str, ...]:
    """The dialogue acts and tones of ``act: apology``, or of a list of them."""
    known = (*acts.ACTS, *acts.CUSTOMER_ACTS, *acts.TONES)
    named = tuple(value) if isinstance(value, list) else (value,)
    if unknown := [name for name in named if name not in known]:
        there = ", ".join(known)
        msg = tr("act: no dialogue act {name!r}; there are {known}", name=unknown[0], known=there)
        raise ValueError(msg)
    return named


def _resolve(
    entries: Any, lexicons: Mapping[str, Lexicon]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Phrases, review phrases and exceptions of a list whose ``@name`` entries name lexicons."""
    if not isinstance(entries, list) or not all(isinstance(e, str) and e for e in entries):
        msg = tr("expected a list of phrases")
        raise ValueError(msg)
    phrases: list[str] = []
    review: list[str] = []
    exceptions: list[str] = []
    for entry in entries:
        if not entry.startswith("@"):
            phrases.append(entry)
        elif entry[1:] in lexicons:
            lexicon = lexicons[entry[1:]]
            phrases += lexicon.phrases
            review += lexicon.review
            exceptions += lexicon.exceptions
        else:
            msg = tr(
                "no lexicon {entry!r}; there are {known}",
                entry=entry,
                known=", ".join("@" + name for name in sorted(lexicons)),
            )
            raise ValueError(msg)
    return tuple(phrases), tuple(review), tuple(exceptions)


Phrases = Annotated[
    PhraseSet,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.with_info_plain_validator_function(_phrase_set)
    ),
]
"""A rule parameter that holds phrases."""

StrictPhrases = Annotated[
    PhraseSet,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.with_info_plain_validator_function(_strict_phrase_set)
    ),
]
"""One whose phrases tell 您 from 你."""


class SaidCondition(Strict):
    """Somebody said one of the phrases."""

    role: Role = Role.AGENT
    any: Phrases


class Nearby(Strict):
    """Somebody said one of the phrases within so many of his turns before or after a place."""

    role: Role = Role.AGENT
    any: Phrases
    turns: PositiveInt = 1


class Within(Strict):
    """Only what is said near a hold (``of: hold``), or near a place that another rule points at.

    ``after`` its end, ``before`` its start, or ``around`` it; so near in ``seconds`` from there to where
    the turn begins (``before``: ends), within so many ``turns`` of that side, or both.
    """

    of: str
    order: Literal["after", "before", "around"] = "after"
    seconds: PositiveFloat | None = None
    turns: PositiveInt | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Within:
        if self.seconds is None and self.turns is None:
            msg = tr("within: expected `seconds`, `turns` or both")
            raise ValueError(msg)
        return self


HOLD = "hold"
"""What ``within: {of: hold}`` names; any other word is a rule's id."""


class FindingCondition(Strict):
    """Another rule came to one of these outcomes."""

    rule: str
    outcome: tuple[Outcome, ...] = (Outcome.VIOLATION,)


class MentionCondition(Strict):
    """Somebody names a thing of a kind: a sum, a date, an address, a number of so many digits."""

    role: Role = Role.CUSTOMER
    what: Literal["amount", "date", "address", "number"]
    digits: PositiveInt = 6
    """How many digits a ``number`` has at least."""


class Condition(Strict):
    """When a rule applies; every key given must hold.

    ``record``: a field of the call record has one of these values.
    """

    direction: list[Direction] | None = None
    queue: list[str] | None = None
    shift: list[str] | None = None
    longer_than: PositiveFloat | None = None
    shorter_than: PositiveFloat | None = None
    record: dict[str, list[str | int | float | bool | None]] | None = None
    said: SaidCondition | None = None
    mentions: MentionCondition | None = None
    finding: FindingCondition | None = None
    all: list[Condition] | None = None
    any: list[Condition] | None = None
    none: list[Condition] | None = Field(default=None, alias="not")

    @field_validator("record")
    @classmethod
    def _known_fields(cls, record: dict[str, Any] | None) -> dict[str, Any] | None:
        known = CallRecord.__dataclass_fields__
        if unknown := [name for name in record or {} if name not in known]:
            there = ", ".join(known)
            msg = tr(
                "no field {name} in a call record; there are {known}", name=unknown[0], known=there
            )
            raise ValueError(msg)
        return record


class Params(Strict):
    """The base of each kind's own parameters.

    ``fields`` are the placeholders that the ``message`` of a rule of this kind may use.
    """

    fields: ClassVar[frozenset[str]] = frozenset()

    @property
    def near(self) -> Within | None:
        """Near what its words have to lie; None: the kind asks nothing of the sort, or not here."""
        return None


class ExampleTone(Strict):
    """A key tone of an example."""

    key: str
    start: NonNegativeFloat
    end: PositiveFloat


class ExampleCall(Strict):
    """What the phone system knows of an example, where it matters.

    ``loudness`` and ``pitch_spread`` are those of each of the agent's turns; ``tones`` None stands for
    a transcript without sound.
    """

    direction: Direction = Direction.INBOUND
    ended_by: Literal["agent", "customer", "system", ""] = "customer"
    queue: str = ""
    channels: int = 2
    audio_notes: tuple[str, ...] = ()
    duration: PositiveFloat | None = None
    started_at: AwareDatetime | None = None
    dated_by_file: bool = False
    customer: str | None = None
    ring_seconds: NonNegativeFloat | None = None
    transferred: bool | None = None
    shift: str = ""
    loudness: float | None = None
    pitch_spread: float | None = None
    tones: tuple[ExampleTone, ...] | None = None

    def record(self) -> CallRecord:
        """The call record that an example stands for; its clock time in the default zone."""
        at = self.started_at
        return CallRecord(
            direction=self.direction,
            ended_by=self.ended_by or None,
            queue=self.queue or None,
            started_at=None if at is None else at.astimezone(ZoneInfo(DEFAULT_ZONE)),
            dated_by_file=self.dated_by_file,
            customer=self.customer,
            ring_seconds=self.ring_seconds,
            transferred=self.transferred,
        )


class LaterCall(Strict):
    """Another call between the same two, after the example."""

    direction: Direction = Direction.OUTBOUND
    started_at: AwareDatetime
    answered: bool | None = None


@dataclass(frozen=True)
class ExampleLine:
    """One line of an example: who, the stretches of speech, the text, the words' probability."""

    role: Role
    spans: tuple[tuple[float, float], ...]
    text: str
    probability: float | None


def _example_lines(value: Any) -> tuple[ExampleLine, ...]:
    if not isinstance(value, str):
        msg = tr("expected lines such as `A 0.0-2.0 您好`")
        raise ValueError(msg)  # noqa: TRY004  pydantic turns a ValueError into the line's error
    return tuple(_example_line(line.strip()) for line in value.splitlines() if line.strip())


def _example_line(line: str) -> ExampleLine:
    match = _TURN_LINE.fullmatch(line)
    if match is None:
        msg = tr("{line!r} is not of the form `A 0.0-2.0 您好` (who: A, C, I or U)", line=line)
        raise ValueError(msg)
    if _TURN_INSIDE.search(match["text"]):
        msg = tr(
            "{line!r} holds a second turn; after `turns:` there has to be a `|`, a line each",
            line=line,
        )
        raise ValueError(msg)
    spans = [tuple(map(float, part.split("-"))) for part in match["spans"].split(",")]
    if any(len(s) != 2 or s[0] >= s[1] for s in spans):
        msg = tr("{line!r}: a span must end after it begins", line=line)
        raise ValueError(msg)
    probability = match["probability"]
    return ExampleLine(
        _WHO[match["who"]],
        tuple((s[0], s[1]) for s in spans),
        match["text"],
        float(probability) if probability else None,
    )


class Example(Strict):
    """A short call and what the rule must say of it."""

    name: str
    call: ExampleCall = ExampleCall()
    turns: Annotated[tuple[ExampleLine, ...], BeforeValidator(_example_lines)] = ()
    later: tuple[LaterCall, ...] = ()
    data_until: AwareDatetime | None = None
    outcome: Outcome
    events: int | None = None
    severity: Severity | None = None
    quote: str | None = None
    message: str | None = None
    """A part of the message that must be there."""
    rubric: list[str] | None = None
    """The rubrics this example is for; None: every one that uses the rule."""


COSTS = ("section", "severity", "deduct", "max_deduct", "weight", "shares", "judgement")
"""What a rule that only tags has none of."""


class RuleFile(Strict):
    """What every rule has, whatever its kind.

    With ``outcome: tag`` the rule finds what a call is about: it costs nothing and has no section.
    """

    title: str
    kind: str
    outcome: Literal["violation", "tag"] = "violation"
    section: str
    severity: Severity
    deduct: NonNegativeFloat
    max_deduct: NonNegativeFloat | None = None
    weight: PositiveFloat = 1.0
    source: dict[str, str]
    why: str
    when: Condition = Condition()
    message: str
    shares: str = ""
    judgement: bool = False
    """Whether each of its violations is only a review: for a person to judge."""
    examples: list[Example] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _tag_costs_nothing(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("outcome") != "tag":
            return data
        return {**data, "section": "", "severity": Severity.MINOR, "deduct": 0.0}

    @property
    def tags(self) -> bool:
        """Whether it only says what a call is about."""
        return self.outcome == "tag"

    @field_validator("message")
    @classmethod
    def _balanced(cls, message: str) -> str:
        list(string.Formatter().parse(message))  # ValueError for a brace that is not closed
        return message

    @model_validator(mode="after")
    def _cap_holds_one(self) -> RuleFile:
        if self.max_deduct is not None and self.max_deduct < self.deduct:
            msg = tr(
                "max_deduct {most:g} is less than deduct {once:g}",
                most=self.max_deduct,
                once=self.deduct,
            )
            raise ValueError(msg)
        return self


def rules_asked_about(condition: Condition) -> set[str]:
    """The rules whose findings a condition asks about."""
    own = {condition.finding.rule} if condition.finding else set()
    nested = [*(condition.all or []), *(condition.any or []), *(condition.none or [])]
    return own.union(*(rules_asked_about(part) for part in nested))
