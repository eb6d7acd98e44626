"""A scored call as it is published: personal data masked in every word of it that anybody reads.

Each hidden character becomes one ``*``, so that texts keep their length, and tokens, words and times
their places. A number is hidden alike wherever it is said (138****1234), a name keeps its surname (张*),
a surname alone is hidden and its title stays (*先生).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.privacy.accounts import accounts
from pipeline.privacy.addresses import addresses
from pipeline.privacy.cues import said_to_be
from pipeline.privacy.files import shown_id, shown_name
from pipeline.privacy.names import Names, asks_for_a_name, names
from pipeline.privacy.numbers import numbers, too_few_digits
from pipeline.privacy.places import SpokenTurn, mask, said_in
from pipeline.privacy.tagger import likely
from pipeline.privacy.whereabouts import whereabouts
from pipeline.privacy.written import emails, plates
from pipeline.records import CallRecord, Masked, Personal, Role, Span, Word
from pipeline.resources import LEXICONS, rule_files
from pipeline.text import lac
from pipeline.text.alignment import align
from pipeline.text.digits import read_digits
from pipeline.text.lexicon import read_lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.privacy.places import Place
    from pipeline.records import Call, ScoredCall, ScoredFinding, Turn
    from pipeline.settings import Settings


MASKED = "4"
"""Goes up when more is masked than before: what was published before is masked anew then."""


@dataclass(frozen=True, kw_only=True)
class Masking:
    """What is masked: ``surnames`` tell names, ``public`` numbers are nobody's secret.

    Nothing is where everything is published ``plain``.
    """

    surnames: frozenset[str]
    plain: bool = False
    public: tuple[str, ...] = ()
    tickets: bool = False
    secret: str = ""
    """Keys the hash that stands in a call's id for a number."""

    @classmethod
    def of(cls, settings: Settings) -> Masking:
        """As the settings have it."""
        return cls(
            surnames=surnames(settings),
            plain=settings.privacy.publish == "plain",
            public=tuple(map(read_digits, settings.privacy.own_numbers)),
            tickets=settings.privacy.mask_tickets,
            secret=settings.customer_key,
        )

    def places(self, turns: Sequence[SpokenTurn], record: CallRecord) -> list[Place]:
        """Where personal data stands in a call's turns."""
        told = self.places_told(turns, record)
        return [*told, *likely(turns, told, self.surnames)]

    def places_told(self, turns: Sequence[SpokenTurn], record: CallRecord) -> list[Place]:
        """What patterns, lists and the network of names tell of it."""
        customer = record.customer or ""
        number = read_digits(customer)
        named = frozenset({customer}) if customer and not number else frozenset()
        staff = frozenset({record.agent_name}) if record.agent_name else frozenset()
        about = Names(self.surnames, staff, named)
        public = (*self.public, read_digits(record.agent_id or ""))
        single = [*_single(turns)]
        lac.look(said.text for said in turns)
        return [
            *numbers(turns, public=public, known=[number] if number else [], tickets=self.tickets),
            *names(turns, about),
            *accounts(turns),
            *single,
            *whereabouts(turns, single),
        ]

    def turns(self, call: Call) -> tuple[Turn, ...]:
        """The turns of a call as they are published; those in which nothing is hidden as they are."""
        if self.plain:
            return call.turns
        found: dict[int, list[Place]] = {}
        for place in self.places(said_in(call.turns), call.record):
            found.setdefault(place.turn, []).append(place)
        shown = [_turn(turn, found.get(n, ())) for n, turn in enumerate(call.turns)]
        return tuple(
            turn if turn.text.strip() else _unheard(shown, n) for n, turn in enumerate(shown)
        )

    def words(self, written: str) -> str:
        """Words that somebody wrote of a call, with what is personal in them masked."""
        if self.plain:
            return written
        return _Words(self, CallRecord(), (), ()).about(written)

    def mask_words_by(self, call: Call, turns: tuple[Turn, ...]) -> Callable[[str], str]:
        """How words that people wrote of a call are masked: what is in its own ``turns`` too."""
        if self.plain:
            return lambda words: words
        return _Words(self, call.record, call.turns, turns).about

    def publish(self, scored: ScoredCall, turns: tuple[Turn, ...]) -> ScoredCall:
        """The call as it is published: quotes, messages, its file's name and its id masked too.

        ``turns`` are its own as ``turns`` gives them.
        """
        if self.plain:
            return scored
        call = scored.call
        words = _Words(self, call.record, call.turns, turns)
        findings = tuple(map(words.finding, scored.card.findings))
        customer = call.record.customer
        return replace(
            scored,
            call=replace(
                call,
                call_id=shown_id(call.call_id, self.secret, customer),
                file=shown_name(call.file, customer),
                turns=turns,
            ),
            card=replace(scored.card, findings=findings),
        )


def _single(turns: Sequence[SpokenTurn]) -> Iterable[Place]:
    """What needs no other turn to be known: addresses, plates, mail."""
    each = ((i, said.text) for i, said in enumerate(turns))
    return chain.from_iterable(find(i, t) for i, t in each for find in (addresses, plates, emails))


@lru_cache(maxsize=4096)
def _says_nothing(words: str, surnames: frozenset[str]) -> bool:
    """Whether words about a call hold nothing personal, whoever it is about."""
    said = (SpokenTurn(Role.UNKNOWN, words),)
    return too_few_digits(said) and not names(said, Names(surnames)) and not any(_single(said))


def surnames(settings: Settings) -> frozenset[str]:
    """The surnames that the house's rules know, or else the packaged ones; and some rare ones."""
    usual, rare = (
        rule_files(settings.rules).lexicons["surname"],
        LEXICONS / "privacy" / "surname.txt",
    )
    return frozenset((*read_lexicon(usual).phrases, *read_lexicon(rare).phrases))


def _turn(turn: Turn, places: Sequence[Place]) -> Turn:
    """A turn with what is hidden in its text, its tokens and its words."""
    if not places:
        return turn
    hidden = {at for place in places for at in place.hidden}
    text = mask(turn.text, hidden)
    where = align(turn.text, [word.text for word in turn.words])
    return replace(
        turn,
        text=text,
        words=tuple(
            _word(word, at, text, hidden) for word, at in zip(turn.words, where, strict=True)
        ),
        masked=tuple(
            Masked(place.kind, place.start, place.end, _time(turn, where, place))
            for place in sorted(set(places), key=lambda p: (p.start, p.end, p.kind))
        ),
    )


def _unheard(turns: Sequence[Turn], number: int) -> Turn:
    """A turn without words: where personal data was asked for or told, nobody is to hear it either.

    What the recogniser did not understand a listener may.
    """
    turn = turns[number]
    near = turns[max(0, number - _NEAR) : number + _NEAR + 1]
    told = [place.kind for one in near for place in one.masked]
    before = (one.text for one in reversed(turns[:number]) if one.role is not turn.role)
    question = next(filter(None, before), "")
    asked = Personal.NAME if asks_for_a_name(question) else said_to_be(question)
    kind = told[0] if told else asked
    if kind is None or kind == Personal.TICKET:
        return turn
    return replace(turn, masked=(Masked(Personal(kind), 0, 0, Span(turn.start, turn.end)),))


def _word(word: Word, at: tuple[int, int] | None, text: str, hidden: set[int]) -> Word:
    """A word as the masked text has it; one whose place is not known is hidden whole."""
    if at is None:
        unsure = {i for i, character in enumerate(word.text) if character.isalnum()}
        return replace(word, text=mask(word.text, unsure))
    if hidden.isdisjoint(range(*at)):
        return word
    own = word.text.strip()
    return replace(word, text=word.text.replace(own, text[slice(*at)], 1))


def _time(turn: Turn, where: Sequence[tuple[int, int] | None], place: Place) -> Span:
    """When a place was said: the words that touch it, or the whole turn where it is most of that.

    So it is where no word is known to touch it, too: what was misheard has no sure times.
    """
    known = list(zip(turn.words, where, strict=True))
    said = [w for w, at in known if at is not None and at[0] < place.end and place.start < at[1]]
    lost = any(at is None and any(map(str.isalnum, w.text)) for w, at in known)
    if not said or lost or 2 * (place.end - place.start) >= len(turn.text):
        return Span(turn.start, turn.end)
    return Span(min(word.start for word in said), max(word.end for word in said))


@dataclass(frozen=True)
class _Words:
    """Words about a call, masked as its turns are."""

    masking: Masking
    record: CallRecord
    plain: Sequence[Turn]
    shown: Sequence[Turn]

    def finding(self, item: ScoredFinding) -> ScoredFinding:
        """A finding with its quote and its message masked."""
        finding = item.finding
        quote = self._quote(finding.quote, finding.turn, finding.role)
        own = finding.message.split(finding.quote) if finding.quote else [finding.message]
        message = quote.join(map(self._mask_message, own))
        note = self._mask_message(item.note)
        if (quote, message, note) == (finding.quote, finding.message, item.note):
            return item
        return replace(item, finding=replace(finding, quote=quote, message=message), note=note)

    def _quote(self, quote: str, turn: int | None, role: Role) -> str:
        """A quote as the masked turn has it; one over several turns piece by piece."""
        if turn is not None and (at := self.plain[turn].text.find(quote)) >= 0:
            return self.shown[turn].text[at : at + len(quote)]
        return self._mask(quote, role)

    def about(self, words: str) -> str:
        """Words that nobody said in it."""
        return self._mask(words, Role.UNKNOWN)

    def _mask_message(self, words: str) -> str:
        """What a rule says of it: what was measured there (通话241.2秒) is nobody's number."""
        measured = _MEASURED.sub("", words)
        return self._replace(words) if self._is_harmless(measured) else self.about(words)

    def _mask(self, words: str, role: Role) -> str:
        """Words with everything in them masked that is in the turns, and what else there is."""
        if not words:
            return words
        words = self._replace(words)
        if self._is_harmless(words):
            return words
        places = self.masking.places([SpokenTurn(role, words)], self.record)
        return mask(words, {at for place in places for at in place.hidden})

    def _is_harmless(self, words: str) -> bool:
        """Whether words hold nothing personal, and not the customer whom the call record names."""
        customer = self.record.customer
        return _says_nothing(words, self.masking.surnames) and not (customer and customer in words)

    def _replace(self, words: str) -> str:
        """Words with everything in them masked that is in the turns."""
        for plain, shown in self._replacements:
            words = words.replace(plain, shown)
        return words

    @cached_property
    def _replacements(self) -> list[tuple[str, str]]:
        """What was said and how it is shown: whole turns first, then each place; the longer first."""
        pairs = [
            (one.text, other.text)
            for one, other in zip(self.plain, self.shown, strict=True)
            if one.text != other.text
        ]
        places = [
            (one.text[p.start : p.end], other.text[p.start : p.end])
            for one, other in zip(self.plain, self.shown, strict=True)
            for p in other.masked
            if p.end - p.start >= _TELLING
        ]
        return [*_longest_first(pairs), *_longest_first(places)]


_NEAR = 2
"""Turns around one without words in which personal data makes it likely that it holds some too."""
_MEASURED = re.compile(r"\d\d-\d\d \d\d:\d\d|(?<![\d.,，、 ])\d{1,3}(?:\.\d+)?(?![\d.,，、 ]*\d)")
"""A time, and a number of at most three digits that no other stands beside."""
_TELLING = 2
"""Characters from which on what was said is known again by itself: 张 in a message is no name."""


def _longest_first(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(dict(pairs).items(), key=lambda pair: (-len(pair[0]), pair[0]))
