"""What a call's page shows: its conversation, its findings, and how its score adds up."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.figures import agents
from pipeline.judging.reviewed import WHOLE
from pipeline.records import Outcome, Role, Status, Verdict
from pipeline.report import timeline
from pipeline.store.queries import in_order
from pipeline.text.alignment import align

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.report.norms import Norms
    from pipeline.report.timeline import Levels
    from pipeline.store.parts import TurnSaid
    from pipeline.store.queries import Conversation
    from pipeline.store.schema import (
        AnswerRow,
        CallRow,
        FindingRow,
        InterruptionRow,
        ReviewRow,
        SideRow,
    )


@dataclass(frozen=True, kw_only=True)
class TextPiece:
    """A stretch of a turn's text that looks alike: heard badly, quoted by a finding, or plain."""

    text: str
    unsure: float | None = None
    """The least probability of its words, where that is too low."""
    finding: int = 0


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A turn as it stands in the conversation."""

    row: TurnSaid
    pieces: Sequence[TextPiece]
    findings: Sequence[int]
    """The numbers of the findings that point at it."""
    barged: InterruptionRow | None
    """The interruption of a turn that begins inside the customer's."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A silence between turns."""

    mark: timeline.LaneStretch


@dataclass(frozen=True, kw_only=True)
class ShownVerdict:
    """A person's verdict; ``number`` is that of the finding that it is on, 0 where there is none.

    ``counts`` is False where a later verdict on the same finding took its place.
    """

    row: ReviewRow
    number: int
    counts: bool


@dataclass(frozen=True, kw_only=True)
class CallView:
    """A call's page. ``found`` are its violations and reviews in the order of their numbers, from 1.

    ``quiet`` are the rules that say nothing of any place, by outcome; ``talk`` are turns and silences in
    their order; ``earlier`` and ``later`` the pages of the calls before and after it on its date.
    """

    call: CallRow
    date: str
    norms: Norms
    audio: str
    """The path of what can be played; empty where there is nothing."""
    found: Sequence[FindingRow]
    tags: Sequence[FindingRow]
    """What the call is about."""
    quiet: Mapping[Outcome, Sequence[FindingRow]]
    arithmetic: agents.Arithmetic
    sessions: Sequence[str]
    """The calibration sessions that it is in: no mean is made of it."""
    verdicts: Sequence[ShownVerdict]
    """What people said of it, in the order in which they did."""
    answers: Sequence[tuple[str, AnswerRow]]
    """What inspectors answered to the house's own questions, each with what was asked."""
    lines: Sequence[timeline.Lane]
    talk: Sequence[Spoken | Gap]
    agent_side: SideRow | None
    earlier: str = ""
    later: str = ""

    @property
    def scored(self) -> bool:
        """Whether it has a score."""
        return self.call.status == Status.SCORED

    @property
    def changed(self) -> bool:
        """Whether people changed its score."""
        return self.call.score_final not in {None, self.call.score}

    @property
    def spoken(self) -> Sequence[Spoken]:
        """The turns of the conversation, without the silences between them."""
        return [item for item in self.talk if isinstance(item, Spoken)]

    @property
    def unsure(self) -> bool:
        """Whether some words were heard badly."""
        return any(p.unsure is not None for s in self.spoken for p in s.pieces)

    @property
    def masked(self) -> bool:
        """Whether personal data is masked in it."""
        return any(s.row.masked for s in self.spoken)


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What of a call's page no table holds: its sound, the pages of the calls beside it.

    ``titles`` are what the house's own questions ask, by their ids.
    """

    audio: str = ""
    earlier: str = ""
    later: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)


NOTHING = Beside()


def call_view(
    one: Conversation, date: str, norms: Norms, beside: Beside = NOTHING, loud: Levels = ()
) -> CallView:
    """The view of one call's page; ``loud`` are the levels of its sound."""
    call, turns = one.call, one.turns
    found = in_order(one.findings)
    starts = {row.start_s: row for row in one.interruptions}
    gaps = timeline.silences(turns, found, one.holds, call.duration_s)
    sides = {s.role: s for s in one.sides}
    levels = timeline.levels(loud, turns, {r: s.channel for r, s in sides.items()})
    return CallView(
        call=call,
        date=date,
        norms=norms,
        audio=beside.audio,
        found=found,
        tags=[f for f in one.findings if f.outcome == Outcome.TAG],
        quiet={
            outcome: rows
            for outcome in (Outcome.NOT_MEASURABLE, Outcome.PASS, Outcome.NOT_APPLICABLE)
            if (rows := [f for f in one.findings if f.outcome == outcome])
        },
        arithmetic=agents.arithmetic(call, one.findings),
        sessions=one.sessions,
        verdicts=shown_verdicts(one.reviews, found),
        answers=[(beside.titles.get(row.question, row.question), row) for row in one.answers],
        lines=timeline.lines(turns, found, gaps, call.duration_s, levels),
        talk=_talk(_spoken_turns(turns, found, starts, norms), gaps),
        agent_side=sides.get(Role.AGENT),
        earlier=beside.earlier,
        later=beside.later,
    )


def shown_verdicts(reviews: Sequence[ReviewRow], found: Sequence[FindingRow]) -> list[ShownVerdict]:
    """Verdicts beside the findings that they are on: the rule's in that turn."""
    numbers = {(f.rule_id, f.turn): n for n, f in reversed(list(enumerate(found, start=1)))}
    last = {(r.rule_id, r.turn): r for r in reviews if r.verdict not in WHOLE}
    return [
        ShownVerdict(
            row=one,
            number=numbers.get((one.rule_id, one.turn), 0) if one.outcome is not None else 0,
            counts=_counts(one, last),
        )
        for one in reviews
    ]


def _counts(one: ReviewRow, last: Mapping[tuple[str, int | None], ReviewRow]) -> bool:
    """Whether no later verdict took its place; one that adds something stands until it is rejected."""
    if one.verdict in WHOLE:
        return True
    now = last[one.rule_id, one.turn]
    return now is one or (one.verdict is Verdict.MISSED and now.verdict is not Verdict.WRONG)


def _talk(spoken: Sequence[Spoken], gaps: Sequence[timeline.LaneStretch]) -> list[Spoken | Gap]:
    """Turns and long silences in the order in which they happened."""
    items: list[tuple[float, Spoken | Gap]] = [
        *((s.row.start_s, s) for s in spoken),
        *((g.start, Gap(mark=g)) for g in gaps),
    ]
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


def _spoken_turns(
    turns: Sequence[TurnSaid],
    found: Sequence[FindingRow],
    barged: Mapping[float, InterruptionRow],
    norms: Norms,
) -> list[Spoken]:
    owners = _owners(found)
    return [
        Spoken(
            row=turn,
            pieces=_pieces(turn, owners.get(turn.turn, {}), norms.low_confidence),
            findings=sorted(owners.get(turn.turn, {})),
            barged=barged.get(turn.start_s) if turn.role == Role.AGENT else None,
        )
        for turn in turns
    ]


def _owners(found: Sequence[FindingRow]) -> dict[int, dict[int, str]]:
    """By turn: the numbers of the findings that point at it, each with its quote."""
    owners: dict[int, dict[int, str]] = {}
    for number, finding in enumerate(found, start=1):
        if finding.turn is not None:
            owners.setdefault(finding.turn, {})[number] = finding.quote
    return owners


def _pieces(turn: TurnSaid, quotes: Mapping[int, str], unsure: float) -> list[TextPiece]:
    """The turn's text cut where its look changes."""
    text = turn.text
    finding = [0] * len(text)
    for number, quote in quotes.items():
        at = text.find(quote)
        # a finding about the whole turn marks its time, not its words; one over a border has both
        if at >= 0 and len(quote) < len(text):
            finding[at : at + len(quote)] = [number] * len(quote)
    badly = _badly_heard(turn, unsure)
    cuts = [0, *(i for i in range(1, len(text)) if _changes(finding, badly, i)), len(text)]
    return [
        TextPiece(text=text[a:b], unsure=badly.get(a), finding=finding[a])
        for a, b in itertools.pairwise(cuts)
        if a < b
    ]


def _changes(finding: Sequence[int], badly: Mapping[int, float], at: int) -> bool:
    return finding[at] != finding[at - 1] or badly.get(at) != badly.get(at - 1)


def _badly_heard(turn: TurnSaid, unsure: float) -> dict[int, float]:
    """The probability of each character of the text that belongs to a badly heard word."""
    badly: dict[int, float] = {}
    places = align(turn.text, [word.text for word in turn.words])
    for word, place in zip(turn.words, places, strict=True):
        if place is not None and word.probability is not None and word.probability < unsure:
            badly.update(dict.fromkeys(range(*place), word.probability))
    return badly
