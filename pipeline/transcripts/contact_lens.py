"""AWS Call Analytics and Amazon Connect Contact Lens: ``{"Participants", "Transcript": [{Content}]}``.

A turn each, with times in milliseconds from the start of the recording. Call Analytics says
``ParticipantRole`` in the turn and has its words in ``Items``, the punctuation among them without times
(Amazon Transcribe Developer Guide, "Call analytics output"); Contact Lens says ``ParticipantId``, whose
role stands in ``Participants``, and has no words (Amazon Connect Administrator Guide, "Contact Lens
output files").
"""

from __future__ import annotations

from pydantic import Field

from pipeline.records import Utterance
from pipeline.transcripts.base import (
    Brought,
    Document,
    Label,
    MaybeStretch,
    Millis,
    Part,
    Probability,
    Stretch,
    bring,
    first_of,
    side,
    validate,
    words,
)

NAME = "Amazon Connect"


class _LensItem(MaybeStretch):
    content: str = Field(alias="Content")
    start: Millis | None = Field(alias="BeginOffsetMillis", default=None)
    end: Millis | None = Field(alias="EndOffsetMillis", default=None)
    confidence: Probability = Field(alias="Confidence", default=None)


class _Turn(Stretch):
    start: Millis = Field(alias="BeginOffsetMillis")
    end: Millis = Field(alias="EndOffsetMillis")
    text: str = Field(alias="Content")
    role: str | None = Field(alias="ParticipantRole", default=None)
    participant: Label | None = Field(alias="ParticipantId", default=None)
    items: list[_LensItem] | None = Field(alias="Items", default=None)


class _Participant(Part):
    name: Label | None = Field(alias="ParticipantId", default=None)
    role: str | None = Field(alias="ParticipantRole", default=None)


class _Customer(Part):
    contact: str | None = Field(alias="ContactId", default=None)


class _Conversation(Part):
    duration: Millis | None = Field(alias="TotalConversationDurationMillis", default=None)


class _Lens(Part):
    transcript: list[_Turn] = Field(alias="Transcript")
    participants: tuple[_Participant, ...] = Field(alias="Participants", default=())
    customer: _Customer = Field(alias="CustomerMetadata", default=_Customer())
    conversation: _Conversation = Field(
        alias="ConversationCharacteristics", default=_Conversation()
    )


def recognises(document: Document) -> bool:
    """Turns with the vendor's times, or none beside its participants."""
    turns = document.data.get("Transcript") if isinstance(document.data, dict) else None
    return isinstance(turns, list) and bool(
        "Participants" in document.data or "BeginOffsetMillis" in first_of(turns)
    )


def read(document: Document) -> Brought:
    """One utterance a turn, with its role, and the contact's id and length."""
    lens = validate(_Lens, document.data, NAME)
    roles = {p.name: p.role for p in lens.participants}
    return bring(
        (
            Utterance(
                start=t.start,
                end=t.end,
                text=t.text.strip(),
                words=words(_items(t)),
                **side(t.role or roles.get(t.participant) or t.participant),
            )
            for t in lens.transcript
        ),
        call_id=lens.customer.contact,
        duration=lens.conversation.duration,
    )


def _items(turn: _Turn) -> list[tuple[str, float, float, float | None]]:
    """A turn's words; punctuation, which has no times of its own, belongs to the word before it."""
    heard: list[tuple[str, float, float, float | None]] = []
    for item in turn.items or ():
        if heard and (item.start is None or item.end is None):
            heard[-1] = (heard[-1][0] + item.content.strip(), *heard[-1][1:])
        elif item.start is not None and item.end is not None:
            heard.append((item.content, item.start, item.end, item.confidence))
    return heard
