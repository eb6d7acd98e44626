"""How a scored folder compares with the scripted truth of the fixture calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.text import normalise

TRUTH = Path(__file__).parent.parent / "tests" / "fixtures" / "truth"
START_TOLERANCE = 0.3
"""An interruption is the scripted one where it starts within so many seconds of it."""
_STRONGEST_FIRST = ("violation", "review", "not_measurable", "pass", "not_applicable")


@dataclass
class Comparison:
    """What was right and what was not; each list names its cases for a person."""

    wrong_outcomes: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
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

    @property
    def cer(self) -> float:
        """Character error rate: insertions, deletions and substitutions over the characters said."""
        return self.character_errors / self.characters if self.characters else 0.0


def compare(out: Path) -> Comparison:
    """``out`` against the truth of every scripted call."""
    found = Comparison()
    read = {
        table: pd.read_parquet(out / "data" / table)
        for table in ("calls", "findings", "interruptions", "transcripts")
    }
    for path in sorted(TRUTH.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        own = {t: f[f.call_id == truth["call_id"]] for t, f in read.items()}
        _outcomes(found, truth, own["findings"])
        _interruptions(found, truth, own["interruptions"])
        _rate(found, truth, own["calls"])
        _words(found, truth, own["transcripts"])
    return found


def _outcomes(found: Comparison, truth: dict[str, Any], findings: pd.DataFrame) -> None:
    call = truth["call_id"]
    for rule, expected in truth["outcomes"].items():
        present = set(findings[findings.rule_id == rule].outcome)
        outcome = next((o for o in _STRONGEST_FIRST if o in present), "none")
        found.judged += 1
        if outcome != expected:
            found.wrong_outcomes.append(f"{call} {rule}: expected {expected}, got {outcome}")
    violations = findings[findings.outcome == "violation"]
    left = set(violations.index)
    for planted in truth["violations"]:
        found.planted += 1
        hit = violations[
            (violations.rule_id == planted["rule_id"])
            & (violations.start_s < planted["end"] + 0.5)
            & (violations.end_s > planted["start"] - 0.5)
        ]
        if hit.empty:
            found.missed.append(f"{call} {planted['rule_id']} at {planted['start']:.1f} s")
        left -= set(hit.index[:1])
    found.invented += [
        f"{call} {violations.rule_id[i]}: {violations.quote[i]}" for i in sorted(left)
    ]


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
    """Each side's text as one line against what was said; times of the characters that agree."""
    for role in ("agent", "customer"):
        said = [
            (c, start)
            for turn in truth["turns"]
            if turn["role"] == role
            for c, start, _ in turn["characters"]
        ]
        heard = [
            (c, word["start_s"])
            for words in transcript[transcript.role == role].words
            for word in words
            for c in normalise(word["text"]).text
        ]
        distance, pairs = align([c for c, _ in said], [c for c, _ in heard])
        found.characters += len(said)
        found.character_errors += distance
        found.word_errors += [
            abs(heard[j][1] - said[i][1]) for i, j in pairs if len(heard[j][0]) == 1
        ]


def align(said: list[str], heard: list[str]) -> tuple[int, list[tuple[int, int]]]:
    """Levenshtein distance, and the pairs of positions at which both agree."""
    rows = [list(range(len(heard) + 1))]
    for i, a in enumerate(said, start=1):
        row = [i]
        for j, b in enumerate(heard, start=1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
        rows.append(row)
    pairs = []
    i, j = len(said), len(heard)
    while i and j:
        if said[i - 1] == heard[j - 1] and rows[i][j] == rows[i - 1][j - 1]:
            pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif rows[i][j] == rows[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
        elif rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return rows[-1][-1], pairs[::-1]
