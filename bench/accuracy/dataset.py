"""The labelled calls: read strictly, laid out in time, made into what the product judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    model_validator,
)

from bench.accuracy.catalogue import RUBRICS, rules_of
from bench.accuracy.noise import Mishearing, Noise
from pipeline.records import (
    DEFAULT_ZONE,
    CallRecord,
    Direction,
    Recording,
    Role,
    Seconds,
    Span,
    Transcript,
    Utterance,
    Word,
)
from pipeline.text.normal import spoken_characters
from pipeline.yamlfile import Strict, load, validate

CALLS = Path(__file__).parent / "calls"
CUSTOMER = "13800000000"
"""The customer of a call that names none."""

GAP: Seconds = 0.5
"""Silence before a turn whose line says nothing of it."""
AFTER: Seconds = 2.0
"""Silence after the last turn where the call gives no duration: nobody hung up at once."""
RATE = {Role.AGENT: 190.0, Role.CUSTOMER: 230.0, Role.IVR: 190.0}
"""Spoken characters a minute."""
PROBABILITY = 0.95

Label = Literal["violation", "review", "not_measurable", "pass", "not_applicable", "clean"]
"""What a rule must say; ``clean``: neither violation nor review, whichever of the others it is."""

_WHO = {"A": Role.AGENT, "C": Role.CUSTOMER, "I": Role.IVR}
_LINE = re.compile(
    r"(?P<who>[ACI])(?:\s+(?P<gap>[+-][\d.]+))?(?:\s+\*(?P<tempo>[\d.]+))?"
    r"(?:\s+~(?P<held>[\d.]+))?(?:\s+\((?P<probability>[\d.]+)\))?\s+(?P<text>\S.*)"
)
_UNIT = re.compile(r"[A-Za-z]+|\d|%|[\u3400-\u9fff〇]")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a call: who, how it follows what was said, what is said.

    ``gap`` < 0: the turn starts before the end of what was said so far. ``held``: how long its last
    character is drawn out. ``kept``: the places in ``text`` that no noise changes.
    """

    role: Role
    gap: Seconds
    tempo: float
    held: Seconds | None
    probability: float
    text: str
    kept: frozenset[int]


def parse_line(line: str) -> Line:
    """A line such as ``A +9 *1.5 (0.3) 您上个月是{五十六元}。``; ``{…}`` is left alone by the noise."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"{line!r} is not of the form `A +2 *1.2 ~0.8 (0.9) 您好`")
    text, kept, inside = "", set(), False
    for character in match["text"]:
        if character in "{}":
            inside = character == "{"
            continue
        if inside:
            kept.add(len(text))
        text += character
    return Line(
        role=_WHO[match["who"]],
        gap=float(match["gap"] or GAP),
        tempo=float(match["tempo"] or 1),
        held=float(match["held"]) if match["held"] else None,
        probability=float(match["probability"] or PROBABILITY),
        text=text,
        kept=frozenset(kept),
    )


def _lines(value: Any) -> tuple[Line, ...]:
    if not isinstance(value, str):
        raise ValueError("expected lines such as `A 您好`")  # noqa: TRY004  pydantic wants it so
    return tuple(parse_line(line) for line in value.splitlines() if line.strip())


class CallFacts(Strict):
    """What the phone system knows; ``words`` False: the transcript brings no word times."""

    direction: Direction = Direction.INBOUND
    ended_by: Literal["agent", "customer", "system"] | None = None
    started_at: AwareDatetime | None = None
    ring_seconds: NonNegativeFloat | None = None
    duration: PositiveFloat | None = None
    channels: int = 2
    customer: str = CUSTOMER
    answered: bool | None = None
    words: bool = True


class Later(Strict):
    """A later call to the same customer."""

    direction: Direction
    started_at: AwareDatetime
    answered: bool | None = None
    customer: str | None = None


class LabelledCall(Strict):
    """A call, what each rule must say of it, and the rules that nobody can be sure of."""

    id: str
    about: str
    call: CallFacts = CallFacts()
    turns: Annotated[tuple[Line, ...], BeforeValidator(_lines)]
    later: tuple[Later, ...] = ()
    data_until: AwareDatetime | None = None
    expect: dict[str, Label] = Field(default_factory=dict)
    unsure: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> LabelledCall:
        if self.later and self.data_until is None:
            raise ValueError("later calls need data_until")
        if both := set(self.expect) & set(self.unsure):
            raise ValueError(f"both expected and unsure: {', '.join(sorted(both))}")
        return self

    def expected(self, rule_id: str) -> Label | None:
        """What a rule must say; None where a fair labeller could see it either way."""
        return None if rule_id in self.unsure else self.expect.get(rule_id, "clean")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A labelled call of a rubric, with the noise or without."""

    rubric: str
    labelled: LabelledCall
    noisy: bool
    errors: float = 0.0
    """Share of the characters that are heard wrongly, in place of the noise."""

    def recording(self) -> Recording:
        """The recording that the call stands for: a transcript alone."""
        facts, call_id = self.labelled.call, self.labelled.id
        record = CallRecord(
            call_id=call_id,
            direction=facts.direction,
            started_at=local(facts.started_at),
            customer=facts.customer,
            ended_by=facts.ended_by,
            ring_seconds=facts.ring_seconds,
            answered=facts.answered,
            duration=facts.duration,
            channels=facts.channels,
        )
        return Recording(
            file=f"{call_id}.json", path="", content_id=call_id, record=record, audio=False
        )

    def transcript(self) -> Transcript:
        """What was heard, laid out in time."""
        noise = Noise(self.labelled.id) if self.noisy else None
        facts = self.labelled.call
        if self.errors:
            heard = _misheard(self.labelled.turns, Mishearing(self.labelled.id, self.errors))
        else:
            heard = _layout(self.labelled.turns, noise, words=facts.words)
        last = max((u.end for u in heard), default=0.0)
        return Transcript(
            duration=facts.duration or last + AFTER, channels=facts.channels, utterances=heard
        )

    def attempts(self) -> list[tuple[str, Later]]:
        """The later calls, with the customer of each."""
        own = self.labelled.call.customer
        return [(later.customer or own, later) for later in self.labelled.later]

    def data_until(self) -> datetime | None:
        """Up to when the store knows what happened."""
        return self.labelled.data_until


def local(at: datetime | None) -> datetime | None:
    """A clock time in the default zone, as reading a call record gives it."""
    return None if at is None else at.astimezone(ZoneInfo(DEFAULT_ZONE))


def load_items(folder: Path = CALLS) -> list[Item]:
    """All calls of all rubrics; every second call of a file is noisy."""
    items = []
    for rubric in RUBRICS:
        path = folder / f"{rubric}.yml"
        if path.is_file():
            calls = load_calls(path, rubric)
            items += [
                Item(rubric=rubric, labelled=call, noisy=number % 2 == 1)
                for number, call in enumerate(calls)
            ]
    return items


def load_calls(path: Path, rubric: str) -> list[LabelledCall]:
    """The calls of one file; ``ConfigurationError`` or ``ValueError`` where it is not sound."""
    data, lines = load(path)
    calls = [validate(LabelledCall, entry, lines, path, (i,)) for i, entry in enumerate(data)]
    known = set(rules_of(rubric))
    for call in calls:
        if unknown := (set(call.expect) | set(call.unsure)) - known:
            raise ValueError(f"{call.id}: not in {rubric}: {', '.join(sorted(unknown))}")
    ids = [call.id for call in calls]
    if doubled := {i for i in ids if ids.count(i) > 1}:
        raise ValueError(f"{path.name}: ids stand twice: {', '.join(sorted(doubled))}")
    return calls


def times(lines: tuple[Line, ...]) -> list[Span]:
    """When each line is said."""
    found: list[Span] = []
    latest = 0.0
    for line in lines:
        start = max(0.0, latest + line.gap)
        found.append(Span(start, start + _length(line)))
        latest = max(latest, found[-1].end)
    return found


def _length(line: Line) -> Seconds:
    """How long a line takes to say."""
    count, rate = spoken_characters(line.text), RATE[line.role] * line.tempo / 60
    if line.held is None:
        return count / rate
    return (count - 1) / rate + line.held


def _layout(lines: tuple[Line, ...], noise: Noise | None, *, words: bool) -> tuple[Utterance, ...]:
    spans = times(lines)
    heard: list[Utterance] = []
    for number, (line, span) in enumerate(zip(lines, spans, strict=True)):
        text, cut, gap = line.text, None, 0.0
        if noise:
            text = noise.text(line.text, line.kept)
            alone = all(
                other.end <= span.start or other.start >= span.end
                for i, other in enumerate(spans)
                if i != number
            )
            if alone and line.held is None:
                cut, gap = noise.cut(text)
        heard += _pieces(line, text, span, cut, gap, words=words)
    return tuple(heard)


def _misheard(lines: tuple[Line, ...], ear: Mishearing) -> tuple[Utterance, ...]:
    """The lines with some characters wrong, lost or added, a word a character."""
    return tuple(
        _of_characters(line, ear.heard(line.text, line.kept), span)
        for line, span in zip(lines, times(lines), strict=True)
    )


def _of_characters(line: Line, heard: list[tuple[str, float]], span: Span) -> Utterance:
    step = span.duration / max(1, len(heard))
    words = tuple(
        Word(character, span.start + i * step, span.start + (i + 1) * step, probability)
        for i, (character, probability) in enumerate(heard)
    )
    return Utterance(
        start=span.start,
        end=span.end,
        text="".join(character for character, _ in heard),
        words=words,
        spans=(span,),
        role=line.role,
    )


def _pieces(
    line: Line, text: str, span: Span, cut: int | None, gap: Seconds, *, words: bool
) -> list[Utterance]:
    """A line as one utterance, or as two with a gap between them, in the same time."""
    if cut is None:
        return [_utterance(line, text, span, words=words)]
    first, second = text[:cut], text[cut:]
    share = spoken_characters(first) / spoken_characters(text)
    middle = span.start + share * (span.duration - gap)
    return [
        _utterance(line, first, Span(span.start, middle), words=words),
        _utterance(line, second, Span(middle + gap, span.end), words=words),
    ]


def _utterance(line: Line, text: str, span: Span, *, words: bool) -> Utterance:
    units = [match.group() for match in _UNIT.finditer(text)]
    weights = [float(spoken_characters(unit)) for unit in units]
    held = line.held
    step = (span.duration - (held or 0)) / (sum(weights) - (1 if held else 0) or 1)
    made, at = [], span.start
    for number, (unit, weight) in enumerate(zip(units, weights, strict=True)):
        final = number == len(units) - 1
        end = span.end if final else at + weight * step
        made.append(Word(unit, at, end, line.probability))
        at = end
    return Utterance(
        start=span.start,
        end=span.end,
        text=text,
        words=tuple(made) if words else (),
        spans=(span,),
        role=line.role,
    )
