"""What every detector kind is made of: its parameters, the scene it looks at, its findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.detect.history import NOTHING, History
from pipeline.records import (
    Call,
    Finding,
    Measures,
    Outcome,
    Reason,
    Role,
    Seconds,
    Severity,
    Span,
    Turn,
    Word,
    mean_probability,
)
from pipeline.rubric.load import Rubric, Rule
from pipeline.rubric.schema import Nearby, Params
from pipeline.text.alignment import align

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline.conversation.cues import Cues
    from pipeline.text.index import Seen
    from pipeline.text.phrases import PhraseSet


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that a detector may look at: the call, its figures, and what earlier rules found."""

    call: Call
    measures: Measures
    cues: Cues
    rubric: Rubric
    findings: Mapping[str, tuple[Finding, ...]]
    history: History = NOTHING

    def sides_told_apart(self) -> bool:
        """Whether both sides have a channel of their own, so that their timing can be compared."""
        return self.call.roles_known and self.call.channels > 1

    def outcome_of(self, rule_id: str) -> Outcome | None:
        """What an earlier rule came to; None where the rubric has no such rule."""
        earlier = self.findings.get(rule_id, ())
        return first_present(list(earlier)) if earlier else None

    def next_turns(self, role: Role, moment: Seconds, count: int | None) -> list[Turn]:
        """The role's turns that end after ``moment``, up to the ``count``-th of substance.

        Back-channels in between come along and do not count; None: all of them.
        """
        kept: list[Turn] = []
        substantial = 0
        for turn in self.call.side(role):
            if turn.end <= moment:
                continue
            kept.append(turn)
            substantial += not self.cues.only_listens(turn)
            if count is not None and substantial >= count:
                break
        return kept

    def said_after(self, nearby: Nearby, turn: Turn) -> bool:
        """Whether what ``nearby`` asks was said in the turns after ``turn``."""
        later = [t for t in self.call.side(nearby.role) if t.start > turn.start]
        return any(nearby.any.hits(t.text) for t in later[: nearby.turns])

    def said_before(self, nearby: Nearby, turn: Turn) -> bool:
        """Whether what ``nearby`` asks was said in the turns before ``turn``."""
        earlier = [t for t in self.call.side(nearby.role) if t.start < turn.start]
        return any(nearby.any.hits(t.text) for t in earlier[-nearby.turns :])

    def unsure(
        self, words: Turn, start: int = 0, end: int | None = None, *, grave: bool = False
    ) -> bool:
        """Whether the words of ``words.text[start:end]`` were heard too badly to take points.

        ``grave``: what would veto the call has to be heard better. In a call that was heard badly as
        a whole nothing is sure, whatever the recogniser holds of a single word.
        """
        if not words.text or self._badly_heard:
            return True
        file = self.rubric.file
        heard = self._probability_heard(words, start, len(words.text) if end is None else end)
        bound = file.low_confidence_critical if grave else file.low_confidence
        return heard is not None and heard < bound

    def _probability_heard(self, turn: Turn, start: int, end: int) -> float | None:
        """How well a stretch of a turn was heard: several rules ask of the same one."""
        key = turn.text, turn.start, start, end
        if key not in self._probabilities:
            self._probabilities[key] = _probability(turn, start, end)
        return self._probabilities[key]

    @cached_property
    def _probabilities(self) -> dict[tuple[str, Seconds, int, int], float | None]:
        return {}

    def doubt(self, *turns: Turn) -> Reason | None:
        """Low confidence where any of the turns was heard too badly to take points, else None."""
        return Reason.LOW_CONFIDENCE if any(map(self.unsure, turns)) else None

    def turns_with(self, phrases: PhraseSet, turns: Sequence[Turn]) -> Sequence[Turn]:
        """Those of ``turns`` in which the phrases can stand: by their words, by sound or by the model.

        The others need not be looked at; of these some may hold nothing all the same.
        """
        if phrases.patterns or phrases.like:
            return turns
        if not phrases.may_be_among(self._seen):
            return ()
        return [turn for turn in turns if phrases.may_stand_in(turn.text)]

    @cached_property
    def _seen(self) -> Seen:
        """What stands in any of the turns."""
        return self.rubric.index.look_at(turn.text for turn in self.call.turns)

    def index_of(self, turn: Turn) -> int:
        """Which of the call's turns it is."""
        return self._indices[id(turn)]

    @cached_property
    def _indices(self) -> dict[int, int]:
        return {id(turn): index for index, turn in enumerate(self.call.turns)}

    @cached_property
    def _badly_heard(self) -> bool:
        heard = self.call.confidence
        return heard is not None and heard < self.rubric.file.low_call_confidence


def _probability(turn: Turn, start: int, end: int) -> float | None:
    """Mean probability of the words that make up a stretch of the turn's text."""
    return mean_probability(words_in(turn, start, end))


def doubtful(turn: Turn, bound: float) -> set[int]:
    """The places in the turn's text of words that were heard with less than ``bound``."""
    if all(w.probability is None or w.probability >= bound for w in turn.words):
        return set()
    places = align(turn.text, [word.text for word in turn.words])
    return {
        i
        for word, place in zip(turn.words, places, strict=True)
        if place is not None and word.probability is not None and word.probability < bound
        for i in range(*place)
    }


def when_said(turn: Turn, start: int, end: int) -> Span:
    """When ``turn.text[start:end]`` was said: by its words, or in proportion where there are none."""
    words = words_in(turn, start, end)
    if words:
        return Span(words[0].start, max(words[-1].end, words[0].start))
    share = turn.duration / max(1, len(turn.text))
    return Span(turn.start + start * share, turn.start + end * share)


def words_in(turn: Turn, start: int, end: int) -> list[Word]:
    """The words of which ``turn.text[start:end]`` holds some characters."""
    places = align(turn.text, [word.text for word in turn.words])
    return [
        word
        for word, place in zip(turn.words, places, strict=True)
        if place is not None and place[0] < end and start < place[1]
    ]


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[P]):
    """A detector kind: the parameters that a rule file may give it, and how it looks.

    ``needs_agent``: where no agent can be told, or he says nothing, there is nothing to look at.
    What it says depends on the call, its rule, the rules that this asks about and those of the kinds in
    ``looks_at``; where it comes to an outcome that is not ``lasting``, on other calls too. It is
    ``literal`` where it asks of phrases only in which turns, or over the border of which two, they
    stand, by characters or by sound.
    """

    params: type[P]
    look: Callable[[Rule, P, Scene], Iterator[Finding]]
    needs_agent: bool = True
    looks_at: frozenset[str] = frozenset()
    lasting: frozenset[Outcome] = frozenset(Outcome)
    literal: bool = False

    def detect(self, rule: Rule, scene: Scene) -> Iterator[Finding]:
        """What the rule says of the call; ``TypeError`` for a rule of another kind."""
        if not isinstance(rule.params, self.params):
            msg = f"{rule.rule_id}: parameters of {type(rule.params).__name__}"
            raise TypeError(msg)
        if self.needs_agent and not (scene.call.roles_known and scene.call.side(Role.AGENT)):
            unknown = bool(scene.call.turns) and not scene.call.roles_known
            yield verdict(rule, Outcome.NOT_MEASURABLE if unknown else Outcome.NOT_APPLICABLE)
        else:
            yield from self.look(rule, rule.params, scene)


def verdict(
    rule: Rule,
    outcome: Outcome,
    *,
    why: str = "",
    reason: Reason | None = None,
    absent: bool = False,
    deduct: float = 0.0,
) -> Finding:
    """The one row of a rule that found nothing to point at."""
    return Finding(
        rule_id=rule.rule_id,
        kind=rule.file.kind,
        section=rule.file.section,
        severity=rule.file.severity,
        outcome=outcome,
        source=rule.source,
        message=why,
        reason=reason,
        absent=absent,
        deduct=deduct,
        shares=rule.file.shares,
    )


UNHEARD = "（听不清）"
"""The quote of speech in which no words were recognised."""
DOUBTS = {
    Reason.LOW_CONFIDENCE: "识别置信度低",
    Reason.BY_SOUND: "只是读音相近",
    Reason.TRIGGER_BY_SOUND: "触发的话只是读音相近",
    Reason.TRIGGER_BY_MODEL: "触发的话不在词表里，是模型的判断",
    Reason.PERHAPS_SAID: "也许换了种说法，模型没有把握",
    Reason.NEARLY: "号码只差一两位，也可能是没有听准",
    Reason.QUOTED: "可能是转述",
    Reason.JUDGEMENT: "需人工判断",
    Reason.TONE: "语气模型的判断，需人工判断",
    Reason.POLITE: "语气模型觉得这句话客气，需人工判断",
    Reason.COMPLAINT: "客户反映听不清，需人工判断",
    Reason.SIDES_UNKNOWN: "说话人未能区分",
}
"""What a person is told of why no points are taken."""


def event(
    rule: Rule,
    scene: Scene,
    turn: Turn,
    *,
    span: Span | None = None,
    quote: str | None = None,
    heard: Turn | None = None,
    doubt: Reason | None = None,
    severity: Severity | None = None,
    deduct: float | None = None,
    **fields: str | float,
) -> Finding:
    """A place in ``turn`` that a rule points at: a violation, or with a ``doubt`` a review.

    ``span`` and ``quote`` None: all of the turn. ``heard`` is the turn whose hearing matters, where
    that is another. ``fields`` fill the placeholders of the rule's message.
    """
    doubt = doubt or _by_order(rule)
    shown = {
        k: v if isinstance(v, str) else f"{v:.1f}".removesuffix(".0") for k, v in fields.items()
    }
    quote = (turn.text if quote is None else quote) or UNHEARD
    span = span or Span(turn.start, turn.end)
    message = rule.file.message.format(quote=quote, **shown)
    return Finding(
        rule_id=rule.rule_id,
        kind=rule.file.kind,
        section=rule.file.section,
        severity=severity or rule.file.severity,
        outcome=Outcome.REVIEW if doubt else Outcome.VIOLATION,
        source=rule.source,
        message=_with_doubt(message, doubt),
        reason=doubt,
        role=turn.role,
        turn=scene.index_of(turn),
        start=span.start,
        end=span.end,
        quote=quote,
        confidence=(heard or turn).confidence,
        deduct=_points_asked(rule, doubt, deduct),
        shares=rule.file.shares,
    )


def _by_order(rule: Rule) -> Reason | None:
    """The doubt of a rule that is never to take points by itself."""
    return Reason.JUDGEMENT if rule.file.judgement else None


def absence(
    rule: Rule, *, doubt: Reason | None, deduct: float | None = None, **fields: str
) -> Finding:
    """What was never said in the whole call: it points nowhere and quotes nothing."""
    doubt = doubt or _by_order(rule)
    message = f"{rule.file.message.format(quote='', **fields)}（全程未出现）"
    return verdict(
        rule,
        Outcome.REVIEW if doubt else Outcome.VIOLATION,
        why=_with_doubt(message, doubt),
        reason=doubt,
        absent=True,
        deduct=_points_asked(rule, doubt, deduct),
    )


def _with_doubt(message: str, doubt: Reason | None) -> str:
    return f"{message}（{DOUBTS[doubt]}）" if doubt else message


def _points_asked(rule: Rule, doubt: Reason | None, deduct: float | None) -> float:
    """Points before any cap: none in doubt, else ``deduct``, else the rule's own."""
    if doubt:
        return 0.0
    return rule.file.deduct if deduct is None else deduct


def first_present(findings: list[Finding]) -> Outcome:
    """A rule's outcome for a call: the strongest that any of its findings has."""
    present = {finding.outcome for finding in findings}
    return next(outcome for outcome in Outcome if outcome in present)
