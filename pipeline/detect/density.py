"""``density``: a kind of word that is harmless once and a fault when it piles up.

    kind: density
    limits:
      - {words: [嘛, 呗], at_least: 2}                     # so many in the call
      - {words: [呢, 吧], at_least: 6, per_100: 8}         # and so many in 100 of his characters
      - {words: [那个, 然后], at_least: 5, each: true}      # one and the same word so many times
      - {words: [你], at_least: 1, against: [您], share: 0.5}   # and so great a share of both

    wrong:  A 0.0-6.0 知道嘛，那就这样呗，等着嘛。
    right:  A 0.0-6.0 您好，请您稍等。

All that a limit names must hold. Quoted words, and those that ``explained_by`` explains in the same
turn, do not count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.conversation.cues import covers
from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.detect.quoting import is_quoted
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Reason, Role, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases, StrictPhrases
from pipeline.text.normal import normalise
from pipeline.yamlfile import Meaning, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class DensityLimit(Strict):
    """How much is too much; ``different`` counts each word once."""

    words: Annotated[
        StrictPhrases,
        Meaning(
            "the words",
            "数哪些词",
        ),
    ]
    at_least: Annotated[
        PositiveInt,
        Meaning(
            "so many times",
            "至少这么多次",
        ),
    ]
    per_100: Annotated[
        PositiveFloat | None,
        Meaning("and so many in 100 of the agent's characters", "并且每百字至少这么多次"),
    ] = None
    each: Annotated[
        bool,
        Meaning(
            "`true`: one and the same word so many times",
            "`true`：要是同一个词说了这么多次",
        ),
    ] = False
    different: Annotated[
        bool,
        Meaning(
            "`true`: every word counts once",
            "`true`：每个词只数一次",
        ),
    ] = False
    against: Annotated[
        StrictPhrases | None,
        Meaning(
            "what the words are weighed against, with `share`",
            "和哪些词相比，与 `share` 一起写",
        ),
    ] = None
    share: Annotated[
        float | None,
        Meaning(
            "and the words' share of words plus `against`, 0 to 1",
            "并且在这些词和 `against` 合计里占的比例，0 到 1",
        ),
    ] = Field(default=None, gt=0, le=1)
    explained_by: Annotated[
        Phrases | None,
        Meaning(
            "phrases later in the same turn that explain the word away",
            "同一段后面有这些话，就算解释过，不数",
        ),
    ] = None

    @model_validator(mode="after")
    def _share_of_something(self) -> DensityLimit:
        if (self.against is None) != (self.share is None):
            msg = tr("against and share: expected together")
            raise ValueError(msg)
        return self


class DensityParams(Params):
    """The limits; a call that breaks one of them breaks the rule."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "count", "per_100", "share", "words"})

    limits: Annotated[
        list[DensityLimit],
        Meaning(
            "a list; breaking one of them breaks the rule. All that one limit names must hold",
            "一条或几条限度，超过任何一条就违规；一条限度里写的几项要同时超过",
        ),
    ] = Field(min_length=1)


@dataclass(frozen=True)
class _Use:
    turn: Turn
    start: int
    end: int
    word: str


def detect(rule: Rule, params: DensityParams, scene: Scene) -> Iterator[Finding]:
    """One row: the first limit that is broken, else a pass."""
    turns = scene.call.side(Role.AGENT)
    for limit in params.limits:
        uses = _uses(limit, turns, scene)
        if uses and _broken(limit, uses, turns):
            yield _event(rule, _with_comparison(limit, params), scene, uses, turns)
            return
    yield verdict(rule, Outcome.PASS)


def _with_comparison(limit: DensityLimit, params: DensityParams) -> DensityLimit:
    """The limit with the words that its own are weighed against, where another limit names them."""
    against = next((one.against for one in params.limits if one.against is not None), None)
    return limit.model_copy(update={"against": limit.against or against})


def _uses(limit: DensityLimit, turns: Sequence[Turn], scene: Scene) -> list[_Use]:
    """Where the words stand; with ``each`` only the most frequent one, with ``different`` each once."""
    found = [
        _Use(turn, hit.start, hit.end, normalise(turn.text[hit.start : hit.end]).text)
        for turn in scene.turns_with(limit.words, turns)
        if not covers(limit.words, turn.text)
        for hit in limit.words.hits(turn.text)
        if not is_quoted(turn, hit.start, hit.end, scene)
        and not _is_explained(limit, turn, hit.end)
    ]
    if limit.each and found:
        most, _ = Counter(use.word for use in found).most_common(1)[0]
        return [use for use in found if use.word == most]
    if limit.different:
        return list({use.word: use for use in reversed(found)}.values())[::-1]
    return found


def _is_explained(limit: DensityLimit, turn: Turn, end: int) -> bool:
    return limit.explained_by is not None and bool(limit.explained_by.hits(turn.text[end:]))


def _characters(turns: Sequence[Turn]) -> int:
    return max(1, sum(turn.characters for turn in turns))


def _share(limit: DensityLimit, uses: Sequence[_Use], turns: Sequence[Turn]) -> float:
    other = sum(len(limit.against.hits(t.text)) for t in turns) if limit.against else 0
    return len(uses) / (len(uses) + other)


def _broken(limit: DensityLimit, uses: Sequence[_Use], turns: Sequence[Turn]) -> bool:
    if len(uses) < limit.at_least:
        return False
    if limit.per_100 is not None and 100 * len(uses) / _characters(turns) < limit.per_100:
        return False
    return limit.share is None or _share(limit, uses, turns) >= limit.share


def _event(
    rule: Rule, limit: DensityLimit, scene: Scene, uses: Sequence[_Use], turns: Sequence[Turn]
) -> Finding:
    """From the first use to the last, quoting the turn that holds the most."""
    counts = Counter(id(use.turn) for use in uses)
    shown = max((use.turn for use in uses), key=lambda turn: counts[id(turn)])
    first, last = uses[0], uses[-1]
    span = Span(
        when_said(first.turn, first.start, first.end).start,
        when_said(last.turn, last.start, last.end).end,
    )
    unsure = sum(scene.unsure(use.turn, use.start, use.end) for use in uses) * 2 > len(uses)
    return event(
        rule,
        scene,
        shown,
        span=Span(span.start, max(span.start, span.end)),
        doubt=Reason.LOW_CONFIDENCE if unsure else None,
        count=len(uses),
        per_100=100 * len(uses) / _characters(turns),
        share=100 * _share(limit, uses, turns),
        words="、".join(dict.fromkeys(use.word for use in uses)),
    )


KIND = Kind(params=DensityParams, look=detect, literal=True)
