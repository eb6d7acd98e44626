"""IETF vCon: ``{"vcon", "uuid", "parties", "dialog": [{start, duration}], "analysis": [{type, body}]}``.

The transcript is the ``analysis`` of type ``transcript`` (draft-ietf-vcon-vcon-core, "Analysis Object")
or ``wtf_transcription`` (draft-howe-vcon-wtf-extension); its ``body`` is an object or, with ``encoding``
json, JSON as text, and the core draft leaves its shape to the vendor. Read are the document of any other
format here and what ``vcon_bodies`` reads. Times are seconds from the start of the dialog that
``analysis.dialog`` counts, from 0; a later dialog is moved by what its ``start`` lies after the first's.
A recording's ``parties`` are in the order of its channels, and a party's ``role`` says who it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.records import Utterance
from pipeline.transcripts.base import (
    LONGEST,
    Brought,
    Document,
    Part,
    Reader,
    Time,
    bring,
    join_names,
    role_of,
    unpack,
    validate,
)
from pipeline.transcripts.vcon_bodies import NAME, PARTY, entries

_TYPES = {"transcript", "transcription", "wtf_transcription"}


def _a_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


class _Party(Part):
    name: str | None = None
    role: str | None = None


class _Dialog(Part):
    type: str | None = None
    start: datetime | None = None
    duration: Time | None = None
    parties: Annotated[list[int | list[int]] | None, BeforeValidator(_a_list)] = None


class _Analysis(Part):
    type: str
    dialog: Annotated[list[int] | None, BeforeValidator(_a_list)] = None
    body: Any = None


class _Vcon(Part):
    uuid: str | None = None
    parties: tuple[_Party, ...] = ()
    dialog: tuple[_Dialog, ...] = ()
    analysis: tuple[_Analysis, ...] = ()


def reader(others: Mapping[str, Reader]) -> Reader:
    """The reader of this format; ``others`` read the documents that stand in it."""
    return Reader(recognises, lambda document: _read(document, others))


def recognises(document: Document) -> bool:
    """The version beside what every vCon has."""
    data = document.data
    return isinstance(data, dict) and "vcon" in data and bool({"parties", "dialog"} & set(data))


def _read(document: Document, others: Mapping[str, Reader]) -> Brought:
    """The utterances of the first transcript of each dialog, one after the other."""
    vcon = validate(_Vcon, document.data, NAME)
    spoken = [i for i, d in enumerate(vcon.dialog) if d.type in {None, "recording", "video"}]
    said: list[Utterance] = []
    call: dict[str, Any] = {}
    done: set[int] = set()
    for analysis in vcon.analysis:
        number = (analysis.dialog or [0])[0]
        if analysis.type not in _TYPES or number in done:
            continue
        done.add(number)
        dialog = vcon.dialog[number] if 0 <= number < len(vcon.dialog) else _Dialog()
        found = _transcript(analysis.body, others)
        call = {**found.call, **call}
        offset = _offset(vcon.dialog[spoken[0]] if spoken else dialog, dialog)
        said += [_shift(_of_party(u, vcon, dialog), offset) for u in found.utterances]
    if not done:
        raise TranscriptError(
            cause(
                "{name}: no transcript in it; expected one of type transcript in analysis",
                name=NAME,
            )
        )
    first = vcon.dialog[spoken[0]] if spoken else _Dialog()
    own = {
        "call_id": vcon.uuid,
        "started_at": first.start.isoformat() if first.start else None,
        "duration": first.duration if len(spoken) == 1 else None,
    }
    return bring(said, **{**call, **{k: v for k, v in own.items() if v is not None}})


def _transcript(body: Any, others: Mapping[str, Reader]) -> Brought:
    """What a transcript's body brings, whoever made it."""
    try:
        data = unpack(body)
    except ValueError:
        data = None
    text = body if isinstance(body, str) else ""
    if said := entries(data):
        return bring(said())
    for other in others.values():
        if other.recognises(Document(text, data)):
            return other.read(Document(text, data))
    raise TranscriptError(
        cause(
            "{name}: the body of its transcript is in no known format; those that can be read: {known}",
            name=NAME,
            known=join_names(others),
        )
    )


def _of_party(utterance: Utterance, vcon: _Vcon, dialog: _Dialog) -> Utterance:
    """With the role that its party has: the party is named, numbered, or has the channel."""
    named = utterance.speaker or ""
    parties = dialog.parties or []
    index: int | None = None
    if named.startswith(PARTY):
        index = int(named.removeprefix(PARTY))
    elif named:
        index = next((i for i, p in enumerate(vcon.parties) if p.name == named), None)
    elif utterance.channel is not None and utterance.channel < len(parties):
        on_channel = parties[utterance.channel]
        index = on_channel if isinstance(on_channel, int) else next(iter(on_channel), None)
    if index is None or not 0 <= index < len(vcon.parties):
        return utterance
    party = vcon.parties[index]
    role = role_of(party.role or "") or role_of(party.name or "")
    if role is not None:
        return replace(utterance, role=role, speaker=None)
    return replace(utterance, speaker=party.name or named or None)


def _offset(first: _Dialog, dialog: _Dialog) -> float:
    """Seconds from the start of the first dialog to that of this one."""
    if first.start is None or dialog.start is None:
        return 0.0
    try:
        offset = (dialog.start - first.start).total_seconds()
    except TypeError as error:
        raise TranscriptError(
            cause("{name}: some dialog.start have a time zone, others have none", name=NAME)
        ) from error
    if not 0 <= offset <= LONGEST:
        raise TranscriptError(
            cause(
                "{name}: a dialog begins {offset:g} s after the first; expected 0 to {longest:g}",
                name=NAME,
                offset=offset,
                longest=LONGEST,
            )
        )
    return offset


def _shift(utterance: Utterance, offset: float) -> Utterance:
    if not offset:
        return utterance
    moved = tuple(replace(w, start=w.start + offset, end=w.end + offset) for w in utterance.words)
    start, end = utterance.start + offset, utterance.end + offset
    return replace(utterance, start=start, end=end, words=moved)
