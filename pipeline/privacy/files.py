"""Names of recordings and ids of calls: a phone system writes telephone numbers into them."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from pipeline.privacy import shapes
from pipeline.privacy.places import MASK
from pipeline.text.digits import read_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.records import Recording
    from pipeline.settings import Settings

_RUN = re.compile(r"[0-9]{7,19}[xX]?")
_LETTERS = str.maketrans("0123456789abcdef", "ghjkmnpqrstuvwxy")
_HASH = 10
"""Letters of the hash in a call's id: 40 bits, and no two calls of a house share them."""


def shown_name(name: str, customer: str | None = None) -> str:
    """A file's name, or words about files, as they are published: out-138****1234-0008.wav.

    ``customer`` is the number or the name that the call record has. The stars are a shell's, too: the
    name still finds its file.
    """
    for start, end in sorted(_hidden_ranges(name, customer)):
        name = name[:start] + MASK * (end - start) + name[end:]
    return name


def shown_id(call_id: str, secret: str, customer: str | None = None) -> str:
    """A call's id as it is published: itself, unless it holds a number or the customer's name.

    Then a keyed hash of the whole id stands where the hidden characters were: it stays unique, and the
    same from run to run.
    """
    spans = sorted(_hidden_ranges(call_id, customer), reverse=True)
    digest = hmac.new(secret.encode(), call_id.encode(), hashlib.sha256).hexdigest()
    shown = call_id
    for start, end in spans:
        shown = shown[:start] + (digest[:_HASH].translate(_LETTERS)) + shown[end:]
    return shown


def shown_as(settings: Settings) -> Callable[[str], str]:
    """How names of files are shown, by the settings: masked, or as they are."""
    return str if settings.privacy.publish == "plain" else shown_name


def published_as(recording: Recording, settings: Settings) -> tuple[str, str]:
    """A call's id and its recording's name, as they stand in the tables."""
    record = recording.record
    call_id = record.call_id or ""
    if settings.privacy.publish == "plain":
        return call_id, recording.file
    shown = shown_id(call_id, settings.customer_key, record.customer)
    return shown, shown_name(recording.file, record.customer)


def _hidden_ranges(name: str, customer: str | None) -> Iterator[tuple[int, int]]:
    """The ranges of a name's characters that are hidden."""
    number = read_digits(customer or "")
    for run in _RUN.finditer(name):
        digits = run.group().upper()
        shape = next((s for s in shapes.SURE if s.fits(digits)), None)
        if shape is not None:
            hidden = shape.hidden_range(digits)
            yield run.start() + hidden.start, run.start() + hidden.stop
        elif len(number) >= 7 and (at := digits.find(number)) >= 0:
            yield run.start() + at, run.start() + at + len(number) - shapes.LOCAL.tail
    if customer and not number:
        yield from (m.span() for m in re.finditer(re.escape(customer), name))
