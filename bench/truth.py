"""How a scored folder compares with the scripted truth of the fixture calls."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pandas as pd

from bench.accuracy.catalogue import REVIEW_ONLY
from bench.reading import errors
from pipeline.text.normal import normalise

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
TRUTH, LONG_TRUTH = FIXTURES / "truth", FIXTURES / "long-truth"
START_TOLERANCE = 0.3
"""An interruption is the scripted one where it starts within so many seconds of it."""
NEAR = 0.5
"""A finding is at its place where it lies no more than so many seconds beside it."""
WITHOUT_WORDS = 1.0
"""Seconds of a turn from which on it is a fault that nothing of it was recognised."""
_STRONGEST_FIRST = ("violation", "review", "not_measurable", "pass", "not_applicable")


@dataclass
class Comparison:
    """What was right and what was not; each list names its cases for a person.

    ``missed``: planted violations that are neither found nor sent to a person; ``reviews``: outcomes
    that a person has to decide; ``invented``: violations that nobody planted, ``grave`` those of them
    that set the score to 0. ``unrecognised``: seconds of long turns without any words.
    """

    calls: int = 0
    wrong_outcomes: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    grave: list[str] = field(default_factory=list)
    reviews: int = 0
    planted: int = 0
    judged: int = 0
    interruptions: int = 0
    interruptions_missed: list[str] = field(default_factory=list)
    interruptions_invented: list[str] = field(default_factory=list)
    start_errors: list[float] = field(default_factory=list)
    rate_errors: list[float] = field(default_factory=list)
    word_errors: list[float] = field(default_factory=list)
    characters: int = 0
    character_errors: int = 0
    unrecognised: float = 0.0

    @property
    def cer(self) -> float:
        """Character error rate: insertions, deletions and substitutions over the characters said."""
        return self.character_errors / self.characters if self.characters else 0.0


def compare(out: Path, truths: Path = TRUTH, found: Comparison | None = None) -> Comparison:
    """The calls of ``out`` against their truth, added to ``found`` where that is given."""
    found = found or Comparison()
    read = {
        table: pd.read_parquet(out / "data" / table)
        for table in ("calls", "findings", "interruptions", "transcripts")
    }
    for call_id in sorted(read["calls"].call_id):
        truth = json.loads((truths / f"{call_id}.json").read_text(encoding="utf-8"))
        own = {t: f[f.call_id == call_id] for t, f in read.items()}
        found.calls += 1
        _outcomes(found, truth, own["findings"])
        _violations(found, truth, own["findings"])
        _interruptions(found, truth, own["interruptions"])
        _rate(found, truth, own["calls"])
        _words(found, truth, own["transcripts"])
    return found


def _outcomes(found: Comparison, truth: dict[str, Any], findings: pd.DataFrame) -> None:
    """Each rule's outcome beside the scripted one; a fault is a review where its rule only asks."""
    for rule, scripted in truth["outcomes"].items():
        only_asks = scripted == "violation" and rule in REVIEW_ONLY
        expected = "review" if only_asks else scripted
        present = set(findings[findings.rule_id == rule].outcome)
        outcome = next((o for o in _STRONGEST_FIRST if o in present), "none")
        found.judged += 1
        found.reviews += outcome == "review"
        if outcome != expected:
            found.wrong_outcomes.append(
                f"{truth['call_id']} {rule}: expected {expected}, got {outcome}"
            )


def _violations(found: Comparison, truth: dict[str, Any], findings: pd.DataFrame) -> None:
    """Each planted violation with the finding at its place; what is left nobody planted.

    What is absent throughout a call is at every place of it. In a long call it is a matter of view where
    a rule is broken: what is broken once in it is found wherever that is.
    """
    call, long = truth["call_id"], truth.get("either") is not None
    times = Counter(planted["rule_id"] for planted in truth["violations"])
    violations = findings[findings.outcome == "violation"]
    against = findings[findings.outcome.isin(["violation", "review"])]
    left = set(violations.index)
    for planted in truth["violations"]:
        found.planted += 1
        hit = against[against.rule_id == planted["rule_id"]]
        if not long or times[planted["rule_id"]] > 1:
            before, after = planted["start"] - NEAR, planted["end"] + NEAR
            hit = hit[~(hit.start_s >= after) & ~(hit.end_s <= before)]
        if hit.empty:
            found.missed.append(f"{call} {planted['rule_id']} at {planted['start']:.1f} s")
        left -= set(hit.index)
    named = {p["rule_id"] for p in truth["violations"]} | set(truth.get("either", ()))
    for index in sorted(left):
        if long and violations.rule_id[index] in named:
            continue
        case = f"{call} {violations.rule_id[index]}: {violations.quote[index]}"
        found.invented.append(case)
        if violations.severity[index] == "critical":
            found.grave.append(case)


def _interruptions(found: Comparison, truth: dict[str, Any], events: pd.DataFrame) -> None:
    call = truth["call_id"]
    left = set(events.index)
    for planted in truth["interruptions"]:
        found.interruptions += 1
        near = (events.start_s - planted["start"]).abs()
        if near.empty or near.min() > START_TOLERANCE:
            found.interruptions_missed.append(f"{call} at {planted['start']:.1f} s")
            continue
        found.start_errors.append(float(near.min()))
        left.discard(near.idxmin())
    found.interruptions_invented += [f"{call} at {events.start_s[i]:.1f} s" for i in sorted(left)]


def _rate(found: Comparison, truth: dict[str, Any], calls: pd.DataFrame) -> None:
    if truth.get("rate_turn") and not calls.empty and calls.rate_turn.notna().all():
        found.rate_errors.append(abs(float(calls.rate_turn.iloc[0]) / truth["rate_turn"] - 1))


def _words(found: Comparison, truth: dict[str, Any], transcript: pd.DataFrame) -> None:
    """Each side's text against what was said; times of the characters that agree."""
    for role in ("agent", "customer"):
        turns = [turn for turn in truth["turns"] if turn["role"] == role]
        own = transcript[transcript.role == role]
        distance, characters = errors("".join(t["text"] for t in turns), "".join(own.text))
        found.characters += characters
        found.character_errors += distance
        silent = own[own.text == ""]
        lengths = silent.end_s - silent.start_s
        found.unrecognised += float(lengths[lengths >= WITHOUT_WORDS].sum())
        said = [(c, start) for turn in turns for c, start, _ in turn["characters"]]
        heard = [
            (c, word["start_s"])
            for words in own.words
            for word in words
            for c in normalise(word["text"]).text
        ]
        blocks = SequenceMatcher(
            None, [c for c, _ in said], [c for c, _ in heard], autojunk=False
        ).get_matching_blocks()
        found.word_errors += [
            abs(heard[block.b + n][1] - said[block.a + n][1])
            for block in blocks
            for n in range(block.size)
        ]
