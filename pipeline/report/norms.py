"""What the pages say of a rubric: titles, reasons, levels; the ids where it is not there any more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.rubric.kept import KeptRubric

_LINE = re.compile(r"(?P<who>[AC]) [\d.,-]+ (?:[\d.]+ )?(?P<text>\S.*)")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_EXAMPLE = 4
"""Lines of an example that are shown."""
NO_LEVEL = ""
GOOD, GOOD_AT_LEAST = "良好", 80.0
"""The level below which an agent is coached, and its least score where a rubric has no such level."""


@dataclass(frozen=True)
class Norms:
    """One rubric as the pages need it; ``rubric`` is None where it was not kept."""

    name: str
    rubric: KeptRubric | None
    levels_shown: Mapping[str, str] = field(default_factory=dict)
    """Other names of levels, where the house has its own."""

    @property
    def title(self) -> str:
        """The trade's name."""
        return self.name if self.rubric is None else self.rubric.file.title

    @property
    def sections(self) -> Mapping[str, str]:
        """The title of each section, in the scorecard's order."""
        if self.rubric is None:
            return {}
        return {name: section.title for name, section in self.rubric.file.sections.items()}

    @property
    def rules(self) -> list[str]:
        """The ids of its rules that can take points or ask for a person."""
        known = self.rubric.rules if self.rubric else {}
        return [rule_id for rule_id, rule in known.items() if not rule.tags]

    @property
    def caps(self) -> Mapping[str, float]:
        """The most that each section can cost."""
        if self.rubric is None:
            return {}
        return {name: section.cap for name, section in self.rubric.file.sections.items()}

    @property
    def low_confidence(self) -> float:
        """Words with a lower probability were heard badly."""
        return 0.0 if self.rubric is None else self.rubric.file.low_confidence

    @property
    def rate_norm(self) -> tuple[float, float] | None:
        """The band of speaking rates that the norm asks for, characters a minute."""
        if self.rubric is None:
            return None
        rates = (r.data for r in self.rubric.rules.values() if r.data.get("kind") == "rate")
        low, high = next((data["norm"] for data in rates), (None, None))
        return None if low is None or high is None else (float(low), float(high))

    @property
    def levels(self) -> list[tuple[str, float]]:
        """Each level with the least score for it, the best first."""
        if self.rubric is None:
            return []
        return [(level.name, level.at_least) for level in self.rubric.file.levels]

    @property
    def good(self) -> float:
        """The least score that is good."""
        return dict(self.levels).get(GOOD, GOOD_AT_LEAST)

    def level(self, score: float) -> str:
        """The level of a score."""
        return next((name for name, least in self.levels if score >= least), NO_LEVEL)

    def shown(self, level: str) -> str:
        """A level as the pages call it."""
        return self.levels_shown.get(level, level)

    def rank(self, level: str) -> str:
        """Where a level stands, for its colour: ``top``, ``mid``, ``low``, or nothing known."""
        names = [name for name, _ in self.levels]
        if level not in names:
            return "none"
        place = names.index(level)
        return "top" if place == 0 else "low" if place == len(names) - 1 else "mid"

    def rule(self, rule_id: str) -> str:
        """A rule's title."""
        known = self.rubric.rules.get(rule_id) if self.rubric else None
        return known.title if known else rule_id

    def why(self, rule_id: str) -> str:
        """Why a rule is there."""
        known = self.rubric.rules.get(rule_id) if self.rubric else None
        return known.why if known else ""

    def example(self, rule_id: str) -> Sequence[tuple[str, str]]:
        """How the rule's own example keeps it: who says what, a few lines; nothing where none does."""
        known = self.rubric.rules.get(rule_id) if self.rubric else None
        examples = known.data.get("examples", ()) if known else ()
        kept = next((e for e in examples if e.get("outcome") == "pass" and e.get("turns")), None)
        lines = str(kept["turns"]).splitlines() if kept else []
        said = (_LINE.match(line.strip()) for line in lines)
        return [(m["who"], _PLACEHOLDER.sub("××", m["text"])) for m in said if m][:_EXAMPLE]

    def section(self, name: str) -> str:
        """A section's title."""
        return self.sections.get(name, name)


@dataclass(frozen=True)
class Library:
    """The rubrics that scored the calls, by name and version, each read once."""

    read: Callable[[str, str], KeptRubric | None]
    levels_shown: Mapping[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], Norms] = field(default_factory=dict)

    def __call__(self, name: str, version: str) -> Norms:
        """The rubric as it was when it scored; its ids alone where it was not kept."""
        if (name, version) not in self._known:
            self._known[name, version] = Norms(name, self.read(name, version), self.levels_shown)
        return self._known[name, version]
