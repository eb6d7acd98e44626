"""A conversation as it is published, in the notation of the tests: ``A 您好 / C 我叫张伟``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.privacy.masking import Masking
from pipeline.privacy.places import SpokenTurn, mask
from pipeline.records import CallRecord, Role
from pipeline.settings import PrivacySettings, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER}


def said(conversation: str) -> list[SpokenTurn]:
    """The turns of a conversation."""
    turns = (turn.strip().partition(" ") for turn in conversation.split(" / "))
    return [SpokenTurn(_ROLES[side], text) for side, _, text in turns]


def shown(conversation: str, record: CallRecord | None = None, **privacy: object) -> str:
    """What is published of it; ``privacy`` are settings of that section."""
    turns = said(conversation)
    settings = Settings(privacy=PrivacySettings.model_validate(privacy))
    places = Masking.of(settings).places(turns, record or CallRecord())
    return _written(
        turns, [{at for p in places if p.turn == n for at in p.hidden} for n in range(len(turns))]
    )


def _written(turns: Sequence[SpokenTurn], hidden: Sequence[set[int]]) -> str:
    sides = {role: side for side, role in _ROLES.items()}
    pairs = zip(turns, hidden, strict=True)
    return " / ".join(f"{sides[t.role]} {mask(t.text, places)}" for t, places in pairs)
