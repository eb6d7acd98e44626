"""From what was heard to a call: sides, turns, words and tokens that agree with each other."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline import spans
from pipeline.conversation.roles import agent_by_words, conventional_channel, swapped_agent
from pipeline.records import (
    Call,
    CallRecord,
    Prosody,
    Recording,
    Role,
    Seconds,
    Span,
    Transcript,
    Turn,
    Utterance,
    Word,
    mean_probability,
)
from pipeline.text.alignment import align
from pipeline.text.normal import simplify, spoken_characters
from pipeline.text.phrases import PhraseSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

VOICED_GAP: Seconds = 0.2
"""Pauses of this length and more inside a turn are not voiced."""

WORDS_COVER = 0.8
"""Words that make up less than this share of their text do not tell when it was said."""

Side = Role | int | str


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """What making turns depends on besides the transcript."""

    turn_gap: Seconds
    agent_phrases: PhraseSet
    agent_channel: int | None = None
    machine: PhraseSet = field(default_factory=lambda: PhraseSet(()))
    """What only a machine says: announcements, voice menus, answering machines."""
    shift_of: Callable[[datetime | None], str] = lambda _: ""


def assemble(recording: Recording, transcript: Transcript, how: Assembly) -> Call:
    """The call on a recording, its turns in order of their start."""
    heard = [_simplify(u) for u in transcript.utterances if u.spans or spoken_characters(u.text)]
    machine = [u for u in heard if _is_machine(u.text, how)]
    people = [u for u in heard if not _is_machine(u.text, how)]
    roles = _roles(people, recording.record, how)
    sides: dict[Side | None, list[Utterance]] = defaultdict(list)
    for utterance in people:
        sides[_side(utterance)].append(utterance)
    turns = [
        *_turns(machine, Role.IVR, how, keep_apart=True),
        *(
            turn
            for side, said in sides.items()
            for turn in _turns(said, roles.of.get(side, Role.UNKNOWN), how, keep_apart=side is None)
        ),
    ]
    turns.sort(key=lambda turn: (turn.start, turn.end))
    return Call(
        call_id=recording.record.call_id or recording.content_id[:16],
        file=recording.file,
        content_id=recording.content_id,
        record=recording.record,
        duration=transcript.duration,
        channels=transcript.channels,
        audio_notes=(*transcript.audio_notes, *roles.notes),
        asr_model=transcript.asr_model,
        turns=tuple(turns),
        shift=how.shift_of(recording.record.started_at),
        tones=transcript.tones,
        roles_known=all(turn.role is not Role.UNKNOWN for turn in turns),
        roles_by=roles.by,
        roles_confidence=roles.confidence,
        by_voice=transcript.by_voice,
        confidence=mean_probability(word for turn in turns for word in turn.words),
    )


FIRST_PERSON = "我"
"""Who says it tells of an announcement (我打过去说您拨打的电话已关机) and is none."""


def _is_machine(text: str, how: Assembly) -> bool:
    """Whether an utterance is an announcement."""
    return FIRST_PERSON not in text and bool(how.machine.hits(text))


def _side(utterance: Utterance) -> Side | None:
    """What groups the utterances of one person; None: nothing does."""
    if utterance.role is not None:
        return utterance.role
    return utterance.channel if utterance.channel is not None else utterance.speaker


@dataclass(frozen=True)
class _Roles:
    """The role of each side, by what the agent's was decided, how sure, and the notes on it."""

    of: Mapping[Side | None, Role]
    by: str = ""
    confidence: float | None = None
    notes: tuple[str, ...] = ()


def _roles(utterances: Sequence[Utterance], record: CallRecord, how: Assembly) -> _Roles:
    """The role of each side: as given, by the agent's channel, else by what is said.

    With the note ``swapped`` where what is said clearly contradicts the channel, which then yields.
    """
    texts: dict[Side, list[str]] = defaultdict(list)
    roles: dict[Side | None, Role] = {}
    for utterance in utterances:
        side = _side(utterance)
        if isinstance(side, Role):
            roles[side] = side
        elif side is not None:
            texts[side].append(utterance.text)
    if not texts:
        return _Roles(roles, "transcript" if roles else "")
    channel, by, confidence = _agent_channel(record, how)
    notes: tuple[str, ...] = ()
    agent: Side | None = None
    if channel is not None and all(isinstance(side, int) for side in texts):
        agent = channel
        if (other := swapped_agent(texts, agent, how.agent_phrases)) is not None:
            agent, by, confidence = other.side, other.by, other.confidence
            notes = ("swapped",)
    elif (found := agent_by_words(texts, how.agent_phrases)) is not None:
        agent, by, confidence = found.side, found.by, found.confidence
    else:
        by, confidence = "", None
    for side in texts:
        known = agent is not None
        roles[side] = (Role.AGENT if side == agent else Role.CUSTOMER) if known else Role.UNKNOWN
    return _Roles(roles, by, confidence, notes)


CONVENTION = 0.9
"""How sure a phone system's convention is: a recording can be started on the other leg."""


def _agent_channel(record: CallRecord, how: Assembly) -> tuple[int | None, str, float | None]:
    """The agent's channel without listening, by what, and how sure: record, settings, convention."""
    if record.agent_channel is not None:
        return record.agent_channel, "record", 1.0
    if how.agent_channel is not None:
        return how.agent_channel, "settings", 1.0
    channel = conventional_channel(record.pbx, record.direction)
    return (None, "", None) if channel is None else (channel, "convention", CONVENTION)


def _turns(
    utterances: Sequence[Utterance], role: Role, how: Assembly, *, keep_apart: bool
) -> list[Turn]:
    """One side's turns: its pieces joined over pauses shorter than ``turn_gap``."""
    pieces = sorted(
        (p for u in utterances for p in _pieces(u, how.turn_gap)), key=lambda p: (p.start, p.end)
    )
    groups: list[list[Utterance]] = []
    end = 0.0
    for piece in pieces:
        if groups and not keep_apart and piece.start - end < how.turn_gap:
            groups[-1].append(piece)
            end = max(end, piece.end)
        else:
            groups.append([piece])
            end = piece.end
    return [_turn(group, role) for group in groups]


def _pieces(utterance: Utterance, turn_gap: Seconds) -> list[Utterance]:
    """An utterance cut where its speech pauses for ``turn_gap`` or longer, its words shared out."""
    voiced = list(utterance.spans) or _spans_of_words(utterance)
    if not voiced:
        return [replace(utterance, spans=(Span(utterance.start, utterance.end),))]
    groups = spans.join(voiced, gap=turn_gap)
    if len(groups) == 1:
        (group,) = groups
        inside = tuple(spans.clip(voiced, group))
        return [replace(utterance, start=group.start, end=group.end, spans=inside)]
    shares = _share_out(utterance.words, groups)
    places = align(utterance.text, [word.text for word in utterance.words])
    pieces = []
    at = told = 0
    for group, words in zip(groups, shares, strict=True):
        inside = tuple(spans.clip(voiced, group))
        whole = replace(utterance, start=group.start, end=group.end, spans=inside, words=words)
        if not words:
            continue
        told += len(words)
        until = _border(places, told, at, len(utterance.text))
        pieces.append(replace(whole, text=utterance.text[at:until]))
        at = until
    return pieces or [
        replace(utterance, start=groups[0].start, end=groups[-1].end, spans=tuple(voiced))
    ]


def _spans_of_words(utterance: Utterance) -> list[Span]:
    """When the words are said; nothing where they do not account for the text."""
    counted = sum(spoken_characters(word.text) for word in utterance.words)
    if counted < WORDS_COVER * spoken_characters(utterance.text):
        return []
    return [Span(word.start, word.end) for word in utterance.words]


def _share_out(words: Sequence[Word], groups: Sequence[Span]) -> list[tuple[Word, ...]]:
    """Each word to the group its middle is nearest to, never back to an earlier group."""
    shares: list[list[Word]] = [[] for _ in groups]
    at = 0
    for word in words:
        middle = (word.start + word.end) / 2
        nearest = min(range(at, len(groups)), key=lambda i: _distance(middle, groups[i]))
        at = nearest
        shares[nearest].append(word)
    return [tuple(share) for share in shares]


def _distance(at: Seconds, span: Span) -> Seconds:
    return max(span.start - at, at - span.end, 0.0)


def _border(places: Sequence[tuple[int, int] | None], told: int, at: int, length: int) -> int:
    """Where in the text the first ``told`` words end: before the next one, or behind their last."""
    if told == len(places):
        return length
    following = places[told]
    if following is not None:
        return following[0]
    return max((place[1] for place in places[:told] if place is not None), default=at)


def _join(first: Utterance, second: Utterance) -> Utterance:
    return replace(
        first,
        end=max(first.end, second.end),
        text=first.text + second.text,
        words=first.words + second.words,
        spans=first.spans + second.spans,
        sound=_louder(first, second),
    )


def _louder(first: Utterance, second: Utterance) -> Prosody | None:
    """How two joined pieces sound: as the longer of them that was measured."""
    measured = [u for u in (first, second) if u.sound is not None]
    return max(measured, key=lambda u: u.end - u.start).sound if measured else None


def _turn(pieces: Sequence[Utterance], role: Role) -> Turn:
    piece = functools.reduce(_join, pieces)
    return Turn(
        role=role,
        channel=piece.channel,
        start=piece.start,
        end=piece.end,
        text=piece.text,
        words=piece.words,
        spans=tuple(spans.join(piece.spans, gap=VOICED_GAP)),
        characters=spoken_characters(piece.text),
        sound=piece.sound,
        unrecognised=spans.total(span for p in pieces if not p.text for span in p.spans),
    )


def _simplify(utterance: Utterance) -> Utterance:
    """The utterance in simplified characters, its words too."""
    words = tuple(
        word if (own := simplify(word.text)) == word.text else replace(word, text=own)
        for word in utterance.words
    )
    return replace(utterance, text=simplify(utterance.text).strip(), words=words)
