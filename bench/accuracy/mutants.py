"""Changes to a rule's own examples that must not change what it says of them.

A listener would hear the same: 您 for 你, a 哈 more, no punctuation, a sentence that the recogniser cut
in two, a character of the same sound where the rule has no business.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bench.accuracy.noise import homophones
from pipeline.conversation.cues import Cues
from pipeline.detect.base import first_present
from pipeline.judging.examples import findings_of_example
from pipeline.judging.judge import Judge
from pipeline.records import Role
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Example, ExampleLine

Lines = tuple[ExampleLine, ...]
PAUSE = 0.3
"""Seconds between the two halves of a sentence: less than what ends a turn."""
LONG = 12
"""Characters of a line from which on it is cut."""
ABOUT = {
    "wording.you": {"address"},
    "wording.refusal": {"address"},  # 不知道您方便吗 is polite by its 您
    "wording.particles": {"particle"},
    "wording.catchphrase": {"particle"},
    "voice.rate": {"particle", "halves"},
    "voice.drawl": {"halves", "unpointed", "particle"},
}
"""What a rule is about it may notice."""
HEARS = frozenset({"phrase", "reply", "readback", "repetition", "callback", "disclosure"})
"""Kinds that go by the customer's words: where one of them is misheard they may say something else."""


def _address(line: ExampleLine) -> ExampleLine:
    return replace(line, text=re.sub(r"您(?!好)", "你", line.text))


def _unpointed(line: ExampleLine) -> ExampleLine:
    return replace(line, text=re.sub(r"[，。、！；]", "", line.text) or line.text)


def _particle(line: ExampleLine) -> ExampleLine:
    """A 哈 at the end of a statement; 嗯哈 would be another word."""
    if len(line.text) < LONG:
        return line
    return replace(line, text=re.sub(r"(?<=[\u4e00-\u9fff])(?=[。]$)", "哈", line.text))


def _halves(line: ExampleLine) -> ExampleLine:
    """The line's one stretch of speech with a short pause in it."""
    ((start, end),) = line.spans if len(line.spans) == 1 else ((0.0, 0.0),)
    if len(line.text) < LONG or end - start < 4 * PAUSE:
        return line
    middle = (start + end) / 2
    return replace(line, spans=((start, middle), (middle + PAUSE, end)))


def _sounding(line: ExampleLine) -> ExampleLine:
    """A character of the customer's words is heard as another of its sound."""
    places = [i for i, c in enumerate(line.text) if len(line.text) >= LONG and homophones(c)]
    if line.role is not Role.CUSTOMER or not places:
        return line
    chance = random.Random(line.text)  # noqa: S311
    place = chance.choice(places)
    other = chance.choice(homophones(line.text[place]))
    return replace(line, text=line.text[:place] + other + line.text[place + 1 :])


CHANGES: dict[str, Callable[[ExampleLine], ExampleLine]] = {
    "address": _address,
    "unpointed": _unpointed,
    "particle": _particle,
    "halves": _halves,
    "sounding": _sounding,
}


@dataclass(frozen=True)
class Mutant:
    """An example with one change, and what the rule says of it then."""

    rule_id: str
    example: str
    change: str
    wanted: str
    said: str


def mutants(judge: Judge, every: int = 1) -> Iterator[Mutant]:
    """Each change of each ``every``-th example that it touches."""
    cues = Cues.of(judge.rubric.lexicons, judge.rubric.index)
    number = 0
    for rule in judge.rubric.rules.values():
        for example in rule.file.examples:
            if example.rubric is not None and judge.rubric.name not in example.rubric:
                continue
            for name, change in CHANGES.items():
                lines = tuple(map(change, example.turns))
                hears = name == "sounding" and rule.file.kind in HEARS
                if lines == example.turns or hears or name in ABOUT.get(rule.rule_id, ()):
                    continue
                number += 1
                if number % every == 0:
                    yield _mutant(judge, rule, example, name, lines, cues)


def _mutant(
    judge: Judge, rule: Rule, example: Example, change: str, lines: Lines, cues: Cues
) -> Mutant:
    other = example.model_copy(update={"turns": lines})
    found = findings_of_example(rule, other, judge.rubric, judge.how, cues)
    said = str(first_present(found))
    return Mutant(rule.rule_id, example.name, change, str(example.outcome), said)


def table(found: Sequence[Mutant]) -> Iterator[str]:
    """How many of each change's mutants are judged as the example is."""
    yield "| change | examples | judged alike |"
    yield "| --- | ---: | ---: |"
    for change in CHANGES:
        own = [m for m in found if m.change == change]
        alike = sum(m.said == m.wanted for m in own)
        yield f"| {change} | {len(own)} | {alike / max(1, len(own)):.1%} |"
