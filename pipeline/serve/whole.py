"""An appeal against a call's evaluation: what may fall by it, on its page and by the form there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.review.whole import Ruling
from pipeline.serve.desk import WrongError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.serve.live import Called
    from pipeline.serve.spots import Spot, Spots

EXCLUDED = "excluded"
"""What is decided where the call is to count nowhere."""
_TICKED = "fall"


@dataclass(frozen=True, kw_only=True)
class Fall:
    """A finding that may fall, or ``fell``; ``at`` is its number on the page, 0 where it has none."""

    spot: Spot
    at: int
    fell: bool


def falls_of(spots: Spots) -> list[Fall]:
    """What a decision can let fall, in the order of the page."""
    at = {one.place: number for number, one in enumerate(spots.found, start=1)}
    fell = {one.place for one in spots.fallen}
    every = [Fall(spot=s, at=at.get(s.place, 0), fell=s.place in fell) for s in spots.may_fall]
    return sorted(every, key=lambda one: one.at or len(at) + 1)


def ruling_of(form: Mapping[str, str], spots: Spots, called: Called) -> Ruling:
    """What somebody decides; ``WrongError`` where he upholds it and changes nothing."""
    wanted = form.get("step", "")
    if wanted == EXCLUDED:
        return Ruling(excluded=True)
    if wanted != "granted":
        return Ruling()
    ticked = {value for name, value in form.items() if name.startswith(_TICKED)}
    falls = [one for one in spots.may_fall if one.place in ticked]
    if not ticked:
        raise WrongError(400, "申诉成立，要勾选改判的发现；没有要改判的，就选整通不计或不成立。")
    if len(falls) < len(ticked):
        raise WrongError(409, "勾选的发现有变化：刚刚有人另有结论，或客服单独申诉了，请刷新再看。")
    return Ruling(falls=[one.as_contested(called) for one in falls])


def told_of(ruling: Ruling) -> str:
    """A decision as the log has it."""
    if ruling.excluded:
        return EXCLUDED
    rules: Sequence[str] = [one.rule_id for one in ruling.falls]
    return " ".join(["granted" if ruling.granted else "refused", *rules])
