"""``prosody``: how the agent's voice sounds: too loud or soft, drawling, listless.

    kind: prosody
    measure: loudness        # dBFS over his speech; or: drawl, pitch
    band: [-38, -12]         # outside of it: a finding
    complaint: [听不清]       # the customer's words that are evidence

    kind: prosody
    measure: drawl           # seconds that the last character of a turn is held
    band: [0, 0.7]
    times: 3                 # turns outside the band before it is a habit

    wrong:  the customer says 声音太小了，听不清
    right:  nobody complains, and the loudness lies in the band

``pitch`` is the spread of the pitch in semitones; what it finds is for a person to judge. Without sound
there is nothing to measure, and a complaint is a review.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import PositiveInt, model_validator

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Reason, Role, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.text.normal import spoken_characters
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ProsodyParams(Params):
    """What is measured, and the band that it has to lie in."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "value", "low", "high", "times"})

    measure: Annotated[
        Literal["loudness", "drawl", "pitch"],
        Meaning(
            "`loudness` (dBFS), `drawl` (s that a turn's last character is held), `pitch` "
            "(spread in semitones)",
            "`loudness` 响度（dBFS）；`drawl` 句末的字拖几秒；`pitch` 音高起伏（半音）",
        ),
    ]
    band: Annotated[
        tuple[float, float],
        Meaning(
            "`[low, high]`; for loudness and pitch the median of the agent's turns has to lie in "
            "it",
            "`[下限, 上限]`；响度和起伏看客服各段的中位数",
        ),
    ]
    times: Annotated[
        PositiveInt,
        Meaning(
            "with `drawl`: so many turns over the band before it is a habit; default 1",
            "`drawl` 用：超过上限的有几段才算习惯，默认 1",
        ),
    ] = 1
    complaint: Annotated[
        Phrases | None,
        Meaning(
            "customer's words that are evidence",
            "客户的哪些话可以作证",
        ),
    ] = None

    @model_validator(mode="after")
    def _rising(self) -> ProsodyParams:
        if self.band[0] >= self.band[1]:
            msg = tr("band: expected two rising numbers")
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class _Measured:
    turn: Turn
    value: float


def detect(rule: Rule, params: ProsodyParams, scene: Scene) -> Iterator[Finding]:
    """One row: the turn that shows it best, a complaint, a pass, or not measurable."""
    measured = [
        _Measured(turn, value)
        for turn in scene.call.side(Role.AGENT)
        if (value := _measure(params.measure, turn)) is not None
    ]
    outside = _outside(params, measured)
    complaint = _complaint(params, scene)
    if outside:
        yield _event(rule, params, scene, outside)
    elif complaint is not None:
        yield event(
            rule,
            scene,
            complaint,
            doubt=Reason.COMPLAINT,
            value="",
            low=params.band[0],
            high=params.band[1],
            times="",
        )
    else:
        yield verdict(rule, Outcome.PASS if measured else Outcome.NOT_MEASURABLE)


def _measure(measure: str, turn: Turn) -> float | None:
    """The figure of one turn; None where it has none."""
    if measure == "drawl":
        return _seconds_per_last_character(turn)
    if turn.sound is None:
        return None
    return turn.sound.loudness if measure == "loudness" else turn.sound.pitch_spread


def _seconds_per_last_character(turn: Turn) -> float | None:
    """How long each character of the turn's last word is held, s."""
    last = next((w for w in reversed(turn.words) if spoken_characters(w.text)), None)
    if last is None:
        return None
    return (last.end - last.start) / spoken_characters(last.text)


def _outside(params: ProsodyParams, measured: Sequence[_Measured]) -> list[_Measured]:
    """The turns outside the band, where they make up the agent's manner; else none."""
    low, high = params.band
    if params.measure == "drawl":
        drawn = [m for m in measured if m.value > high]
        return drawn if len(drawn) >= params.times else []
    if not measured:
        return []
    middle = statistics.median(m.value for m in measured)
    return [m for m in measured if not low <= m.value <= high] if not low <= middle <= high else []


def _complaint(params: ProsodyParams, scene: Scene) -> Turn | None:
    if params.complaint is None:
        return None
    return next((t for t in scene.call.side(Role.CUSTOMER) if params.complaint.hits(t.text)), None)


def _event(
    rule: Rule, params: ProsodyParams, scene: Scene, outside: Sequence[_Measured]
) -> Finding:
    middle = sum(params.band) / 2
    shown = max(outside, key=lambda m: abs(m.value - middle))
    return event(
        rule,
        scene,
        shown.turn,
        value=shown.value,
        low=params.band[0],
        high=params.band[1],
        times=float(len(outside)),
    )


KIND = Kind(params=ProsodyParams, look=detect, literal=True)
