"""Calls made ready to be judged: once, and again only where what they were made of is another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import to_json

from pipeline import __version__
from pipeline.night.standing import FIGURES
from pipeline.privacy.masking import MASKED, Masking
from pipeline.store.ready import Packed, Ready, pack, unpack
from pipeline.text import acts, lac

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from pipeline.judging.judge import Judge, Judges
    from pipeline.records import Call
    from pipeline.settings import Settings
    from pipeline.store.folded import Held

_SETTINGS = {"call", "privacy", "shifts", "timezone"}
"""The settings by which turns are made and masked."""
_LISTS = ("agent_phrases", "machine")
"""The lists of a rubric by which they are told whose turn it is."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A call that is ready to be judged, and by whom.

    ``kept`` is it written down, ``shown`` the texts of which it is kept what they show.
    """

    held: Held
    judge: Judge
    ready: Ready
    kept: Packed
    shown: AbstractSet[str]


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """A call that is made anew, and not masked yet."""

    held: Held
    judge: Judge
    call: Call
    made_of: str


class Preparation:
    """Makes calls ready as the settings and the rubrics' lists have it."""

    def __init__(self, judges: Judges) -> None:
        """The judges of the calls' rubrics."""
        self.masking = Masking.of(judges.settings)
        self._judges = judges
        self._settings = _settings_digest(judges.settings, self.masking)
        self._lists: dict[str, str] = {}

    def prepare(self, held: Held) -> Prepared | Assembled | None:
        """A call as it was kept ready, or made anew; None where its words cannot be read any more."""
        judge, recording = self._judges.of(held.known.rubric), held.known.recording
        made_of = self.made_of(held, judge)
        kept = held.made.ready
        if kept.made_of == made_of:
            return _make_prepared(held, judge, unpack(kept, recording), kept)
        transcript = held.transcript
        if transcript is None:
            return None
        call = judge.assemble(recording, transcript)
        return Assembled(held=held, judge=judge, call=call, made_of=made_of)

    def look(self, calls: Iterable[Assembled]) -> None:
        """Look for names in calls at once: of texts of one length many take little more than one."""
        if not self.masking.plain:
            lac.look(turn.text for one in calls for turn in one.call.turns)

    def mask(self, one: Assembled) -> Prepared:
        """A call that was made anew, as it is published."""
        ready = Ready(call=one.call, shown=self.masking.turns(one.call))
        return _make_prepared(one.held, one.judge, ready, pack(ready, one.made_of))

    def made_of(self, held: Held, judge: Judge) -> str:
        """What tells what a call is made of from anything else."""
        if judge.rubric.name not in self._lists:
            self._lists[judge.rubric.name] = _lists_digest(judge)
        return digest(self._settings, self._lists[judge.rubric.name], held.identity)


def _make_prepared(held: Held, judge: Judge, ready: Ready, kept: Packed) -> Prepared:
    shown = acts.unpack(held.made.shown)
    acts.remember(shown)
    return Prepared(held=held, judge=judge, ready=ready, kept=kept, shown=shown.keys())


def _settings_digest(settings: Settings, masking: Masking) -> str:
    own = settings.model_dump_json(include=_SETTINGS)
    return digest(__version__, MASKED, *FIGURES, own, *sorted(masking.surnames))


def _lists_digest(judge: Judge) -> str:
    lists = (judge.rubric.lexicons[name] for name in _LISTS)
    return digest(*(to_json(one).decode() for one in lists))


def digest(*parts: str) -> str:
    """What tells texts from any others: 32 hex digits."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
