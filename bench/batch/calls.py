"""Generated calls: labelled ones of several trades, one after the other, until a call is long enough."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench.accuracy.dataset import load_items
from pipeline.records import DEFAULT_ZONE, CallRecord, Direction, Recording, Span, Transcript, Word
from pipeline.settings import Settings
from pipeline.store.kept import Kept
from pipeline.store.transcripts import Transcripts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.accuracy.dataset import Item
    from pipeline.records import Seconds, Utterance

TURNS = 60
"""Turns of a call, on average of all but the very long ones."""
LONG, EVERY = 600, 100
"""Every so manieth call has so many turns."""
PROBABILITIES = (0.37, 0.59, 0.74, 0.86, 0.93, 0.96, 0.98, 0.99, 1.0, 1.0)
"""Of words: tenths of what Whisper base said of those of the fixture calls."""
BEGUN = datetime(2026, 11, 20, 8, tzinfo=ZoneInfo(DEFAULT_ZONE))


def calls(count: int, seed: int = 1, turns: int | None = None) -> Iterator[Kept]:
    """Calls of one date; ``turns``: all of so many instead of the usual mixture."""
    chance = random.Random(seed)  # noqa: S311  no secret
    by_trade: dict[str, list[Item]] = {}
    for item in load_items():
        by_trade.setdefault(item.rubric, []).append(item)
    trades = sorted(by_trade)
    for number in range(count):
        rubric = trades[number % len(trades)]
        least = turns or (LONG if number % EVERY == EVERY - 1 else chance.randint(30, 80))
        yield _call(number, rubric, by_trade[rubric], least, chance)


def _call(
    number: int, rubric: str, items: Sequence[Item], least: int, chance: random.Random
) -> Kept:
    at: Seconds = 0.0
    said: list[Utterance] = []
    while len(said) < least:
        heard = chance.choice(items).transcript()
        said += [_misheard(_later(u, at), chance) for u in heard.utterances]
        at += heard.duration
    record = CallRecord(
        call_id=f"c{number:07d}",
        agent_id=f"{number % 200:04d}",
        agent_name="",
        team=f"{number % 9}",
        direction=Direction.INBOUND,
        started_at=BEGUN + timedelta(seconds=number % 40_000),
        customer=customer(number),
        ended_by="customer",
        agent_channel=0,
    )
    name = f"{number:07d}.json"
    return Kept(
        recording=Recording(
            file=name,
            path=f"/calls/{name}",
            content_id=f"{number:064x}",
            record=record,
            audio=False,
        ),
        transcript=Transcript(
            duration=at, channels=2, utterances=tuple(said), asr_model="generated"
        ),
        heard_with="generated",
        rubric=rubric,
    )


def customer(number: int) -> str:
    """Who calls in the so manieth call: each of a hundred thousand once."""
    return f"139{number % 100_000:08d}"


def _later(utterance: Utterance, seconds: Seconds) -> Utterance:
    return replace(
        utterance,
        start=utterance.start + seconds,
        end=utterance.end + seconds,
        spans=tuple(Span(s.start + seconds, s.end + seconds) for s in utterance.spans),
        words=tuple(
            Word(w.text, w.start + seconds, w.end + seconds, w.probability) for w in utterance.words
        ),
    )


def _misheard(utterance: Utterance, chance: random.Random) -> Utterance:
    """The utterance as sure as a real one, with one other character in it.

    So hardly two turns of a month are the same.
    """
    words = [replace(w, probability=chance.choice(PROBABILITIES)) for w in utterance.words]
    places = [i for i, w in enumerate(words) if len(w.text) == 1 and w.text >= "一"]
    if not places or len("".join(w.text for w in words)) != len(utterance.text):
        return replace(utterance, words=tuple(words))
    at = chance.choice(places)
    before = sum(len(w.text) for w in words[:at])
    other = chr(chance.randrange(0x4E00, 0x9FA5))
    words[at] = replace(words[at], text=other)
    text = utterance.text[:before] + other + utterance.text[before + 1 :]
    return replace(utterance, text=text, words=tuple(words))


def fill(transcripts: Transcripts, count: int, turns: int | None = None) -> None:
    """Keep so many calls as a night would, and fold them."""
    for one in calls(count, turns=turns):
        transcripts.keep(one)
    transcripts.fold(BEGUN.date().isoformat())


SETTINGS = Settings()
"""The settings of the generated calls: the defaults."""
