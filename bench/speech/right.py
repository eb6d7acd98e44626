"""How right speech spans and double talk are in each encoding and under each disturbance."""

from __future__ import annotations

import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.speech.disturbances import DISTURBANCES, Disturbance, clean
from bench.speech.encodings import ENCODINGS, MULAW, Encoding, write
from bench.speech.scenes import CALLS, scenes
from bench.truth import START_TOLERANCE
from pipeline import spans
from pipeline.conversation.timing import SAME_START
from pipeline.records import Seconds, Span
from pipeline.settings import Settings
from pipeline.sound.channels import own_speech, told_apart
from pipeline.sound.decode import decode, levels
from pipeline.sound.vad import speech_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    Sides = Sequence[Sequence[Span]]

NEAR: Seconds = 0.2
"""Speech so near to a scripted turn of its side is no false speech: its ends fade."""
SIDE = ("agent", "customer")


class Event(NamedTuple):
    """One side, by its channel, starts inside a turn of the other."""

    side: int
    start: Seconds


@dataclass(frozen=True)
class Row:
    """The calls in one encoding under one disturbance."""

    name: str
    encoding: Encoding
    disturbance: Disturbance


ROWS = {
    "encodings": [Row(e.name, e, Disturbance("none", clean)) for e in ENCODINGS],
    "disturbances": [Row(d.name, MULAW, d) for d in DISTURBANCES],
}


@dataclass
class Score:
    """What was right in a row and what was not; ``cases`` names what was not for a person."""

    calls: int = 0
    verdicts: int = 0
    planted: int = 0
    hits: int = 0
    found: int = 0
    start_errors: list[Seconds] = field(default_factory=list)
    talk_errors: list[float] = field(default_factory=list)
    false_speech: Seconds = 0.0
    cases: list[str] = field(default_factory=list)


def right(calls: tuple[str, ...] = tuple(CALLS), workers: int = 1) -> dict[str, Any]:
    """Every row, by the table that it stands in."""
    score = partial(measured, calls=calls)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tables = {name: list(pool.map(score, rows)) for name, rows in ROWS.items()}
    truth = [event for scene in scenes(calls) for event in starts_inside(scene.turns)]
    return {"calls": len(calls), "events": len(truth), **tables}


def measured(row: Row, calls: tuple[str, ...]) -> dict[str, Any]:
    """A row's figures over the calls."""
    total = Score()
    with tempfile.TemporaryDirectory(prefix="callqa-bench-") as folder:
        for scene in scenes(calls):
            made = row.disturbance.make(scene)
            paths = write(Path(folder), scene.call_id, made.channels, row.encoding)
            found, notes = heard(paths)
            total.calls += 1
            if row.encoding.leaks:
                notes -= {"crosstalk"}
            judge_verdict(total, scene.call_id, row.disturbance, notes, len(found))
            if len(found) == row.disturbance.sides == len(made.turns):
                compare(total, scene.call_id, made.turns, found)
    return {"name": row.name, **figures(total)}


def heard(paths: Sequence[Path]) -> tuple[list[list[Span]], frozenset[str]]:
    """The speech of each side of a recording, and the notes on its sound, as ``hearing`` has them."""
    audio = told_apart(decode(*paths))
    found = [speech_spans(sound, Settings().speech) for sound in audio.channels]
    return own_speech(found, [levels(s) for s in audio.channels]), frozenset(audio.notes)


def judge_verdict(
    total: Score, call: str, expected: Disturbance, notes: frozenset[str], sides: int
) -> None:
    """Whether the sides were told apart, and what was odd was named and nothing else."""
    if notes == expected.notes and sides == expected.sides:
        total.verdicts += 1
        return
    named = ", ".join(sorted(notes)) or "nothing odd"
    total.cases.append(f"{call}: {sides} sides, {named}")


def compare(total: Score, call: str, truth: Sides, found: Sides) -> None:
    """A call's events, talk time and false speech into the row's score."""
    gap = Settings().call.turn_gap
    turns = [spans.join(side, gap=gap) for side in found]
    _events(total, call, starts_inside(truth), starts_inside(turns))
    for side, (true, own) in enumerate(zip(truth, turns, strict=True)):
        if true:
            error = spans.total(own) / spans.total(true) - 1
            total.talk_errors.append(abs(error))
            if abs(error) > 0.1:
                total.cases.append(f"{call}: {SIDE[side]}'s talk time {100 * error:+.0f} %")
        false = false_speech(true, found[side])
        total.false_speech += spans.total(false)
        total.cases += [
            f"{call}: false speech of the {SIDE[side]} at {s.start:.2f} to {s.end:.2f} s"
            for s in false
        ]


def starts_inside(turns: Sides) -> list[Event]:
    """Each start of a side inside the other's turn, as ``timing.interruptions`` defines it."""
    return [
        Event(side, own.start)
        for side in (0, 1)
        for own in turns[side]
        if any(o.start + SAME_START < own.start < o.end for o in turns[1 - side])
    ]


def false_speech(truth: Sequence[Span], found: Sequence[Span]) -> list[Span]:
    """What was found farther than ``NEAR`` from every scripted turn."""
    near = [Span(turn.start - NEAR, turn.end + NEAR) for turn in truth]
    return [gap for span in found for gap in spans.gaps(near, span)]


def _events(total: Score, call: str, truth: list[Event], found: list[Event]) -> None:
    """Each scripted event with the nearest one found that is left, within ``START_TOLERANCE``."""
    left = list(found)
    total.planted += len(truth)
    total.found += len(found)
    for event in truth:
        own = [f for f in left if f.side == event.side]
        best = min(own, key=lambda f: abs(f.start - event.start), default=None)
        if best is None or abs(best.start - event.start) > START_TOLERANCE:
            total.cases.append(f"{call}: missed the {SIDE[event.side]} at {event.start:.2f} s")
            continue
        left.remove(best)
        total.hits += 1
        total.start_errors.append(abs(best.start - event.start))
    total.cases += [f"{call}: invented the {SIDE[e.side]} at {e.start:.2f} s" for e in left]


def figures(total: Score) -> dict[str, Any]:
    """A row's figures for a program; None where there was nothing to measure."""
    return {
        "calls": total.calls,
        "verdicts_right": total.verdicts,
        "events": total.planted,
        "events_found": total.hits,
        "events_invented": total.found - total.hits,
        "recall": _share(total.hits, total.planted),
        "precision": _share(total.hits, total.found),
        "start_error_s": _mean_and_worst(total.start_errors),
        "talk_time_error": _mean_and_worst(total.talk_errors),
        "false_speech_s": round(total.false_speech, 2) if total.talk_errors else None,
        "cases": total.cases,
    }


def _share(hits: int, total: int) -> float | None:
    return round(hits / total, 6) if total else None


def _mean_and_worst(errors: list[float]) -> list[float] | None:
    return [round(statistics.mean(errors), 4), round(max(errors), 4)] if errors else None
