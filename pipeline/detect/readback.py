"""``readback``: the agent repeats a number that the customer gave.

    kind: readback
    digits: 7                # shorter numbers need no reading back
    turns: 3                 # within so many of the agent's turns

    wrong:  C 3.0-7.0 幺三八零零零零一二三四。  /  A 7.2-8.0 好的。
    right:  C 3.0-7.0 幺三八零零零零一二三四。  /  A 7.2-11.0 是13800001234，对吗？

The customer may give it in pieces, with the agent's 嗯 or echo between them, and correct himself; a
wrong reading that is then put right is right. The last digits alone are too little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PositiveInt

from pipeline.detect.base import Kind, Scene, doubtful, event, verdict
from pipeline.records import Finding, Outcome, Reason, Role, Seconds, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params
from pipeline.text.digits import DIGIT, DigitRun, digit_runs
from pipeline.text.normal import spoken_characters
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DIGIT = re.compile(DIGIT)
LIKENESS = 0.75
"""Of two numbers, twice the digits in common over all of them, from which one may be the other misheard:
two of eleven may be wrong."""
LEAST_CORRECTION = 3
"""So many digits of the customer's, in answer to a reading, correct it."""

MOBILE = 11
"""Digits of a mobile number: one that broke off for a correction is as long when it is put right."""
_WRONG = re.compile("不对|不是|错了|说错|啊不|哦不")
_YES = re.compile("[对队兑是嗯](?!不)|没错")
"""How the customer says that a reading is right; 队的 is 对的, misheard."""
_DENIED = re.compile(
    rf"不是{DIGIT}+|(?:一二三四?五?六?七?八?九?|1234?5?6?7?8?9?)的(?:{DIGIT}|[球酒久舅其起巴吧把刘留六死是])"
)
"""Digits that are none of the number: 不是六八，是七八; 九，一二三四五六七八九的九, heard as 的球."""


class ReadbackParams(Params):
    """From how many digits on, and within how many turns."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "digits"})

    digits: Annotated[
        PositiveInt,
        Meaning(
            "from so many digits on; dates, sums and clock times are no such numbers",
            "多少位以上才要念；日期、钱数、钟点不算号码",
        ),
    ]
    turns: Annotated[
        PositiveInt,
        Meaning(
            "within so many of the agent's turns",
            "在客服接下来的几段之内",
        ),
    ]


@dataclass(frozen=True)
class _Number:
    """A number that the customer gave, from its first piece to its last."""

    digits: str
    start: Seconds
    end: Seconds
    turns: tuple[Turn, ...]


def detect(rule: Rule, params: ReadbackParams, scene: Scene) -> Iterator[Finding]:
    """A row for each number that was not read back; not applicable where none was given."""
    numbers = [n for n in _numbers(params, scene) if not _agents_own(scene, n)]
    due = [(n, reply) for n in numbers if (reply := _reply(params, scene, n, numbers)) is not None]
    if not due:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    found = [
        _event(rule, params, scene, number, reply)
        for number, reply in due
        if not _read_back(scene, number, reply)
    ]
    yield from found or [verdict(rule, Outcome.PASS)]


def _numbers(params: ReadbackParams, scene: Scene) -> list[_Number]:
    """Every number of enough digits, the pieces of neighbouring turns put together."""
    numbers: list[_Number] = []
    pieces: list[Turn] = []
    for turn in scene.call.turns:
        if turn.role is Role.CUSTOMER and digit_runs(turn.text):
            pieces.append(turn)
        elif not _in_between(turn, scene):
            numbers += _put_together(params, pieces)
            pieces = []
    return [*numbers, *_put_together(params, pieces)]


def _agents_own(scene: Scene, number: _Number) -> bool:
    """Whether the customer only repeats a number that the agent gave him."""
    given = [t for t in scene.call.side(Role.AGENT) if t.end <= number.start]
    return any(number.digits in run.digits for turn in given for run in digit_runs(turn.text))


def _in_between(turn: Turn, scene: Scene) -> bool:
    """Whether a turn leaves the customer's number open: 嗯, or an echo of a piece."""
    if scene.cues.is_backchannel(turn.text):
        return True
    digits = sum(len(run.digits) for run in digit_runs(turn.text))
    return turn.role is Role.AGENT and 0 < digits < 7 and spoken_characters(turn.text) <= digits + 2


def _put_together(params: ReadbackParams, pieces: Sequence[Turn]) -> list[_Number]:
    """The number that some turns hold, if it is long enough."""
    if not pieces:
        return []
    whole = [
        run.digits
        for turn in pieces
        for run in digit_runs(_DENIED.sub("，", turn.text))
        if len(run.digits) >= params.digits
    ]
    joined = whole[-1] if whole else "".join(r.digits for t in pieces for r in _pure(t))
    if len(joined) < params.digits:
        return []
    return [_Number(joined, pieces[0].start, pieces[-1].end, tuple(pieces))]


def _pure(turn: Turn) -> Sequence[DigitRun]:
    """The digit runs of a turn that says little else, as the pieces of a number are said."""
    runs = digit_runs(_DENIED.sub("，", turn.text))
    digits = sum(len(run.digits) for run in runs)
    return (
        runs
        if digits * 2 >= spoken_characters(turn.text)
        else [r for r in runs if len(r.digits) > 2]
    )


def _reply(
    params: ReadbackParams, scene: Scene, number: _Number, numbers: Sequence[_Number]
) -> list[Turn] | None:
    """The agent's turns in which the number is due; None where he had none, or a better one came."""
    turns = scene.next_turns(Role.AGENT, number.start, None)
    inside = [t for t in turns if t.start < number.end]
    after = [t for t in turns if t.start >= number.end]
    counted = [t for t in after if not scene.cues.is_backchannel(t.text)][: params.turns]
    if not counted:
        return None
    until = counted[-1].end
    again = [n for n in numbers if number.end <= n.start < until]
    if any(n.digits != number.digits and _akin(n.digits, number.digits) for n in again):
        return None
    return [*inside, *(t for t in after if t.end <= until)]


def _akin(one: str, other: str) -> bool:
    """Whether one number corrects the other: as long, and most digits at their places."""
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return len(one) == len(other) and same * 2 >= len(one)


def _read_back(scene: Scene, number: _Number, reply: Sequence[Turn]) -> bool:
    """Whether the reply holds the number, whole or in pieces, or as the customer corrected it."""
    said = [run.digits for turn in reply for run in digit_runs(turn.text)]
    wanted = {number.digits, *_corrections(scene, number, reply), *_put_right(number)}
    return any(w in "".join(said) or any(w in piece for piece in said) for w in wanted)


def _nearly_read_back(number: _Number, reply: Sequence[Turn]) -> bool:
    """Whether the reply holds a number that may be the same one, misheard: a recogniser drops a 幺."""
    said = [run.digits for turn in reply for run in digit_runs(turn.text)]
    return any(
        SequenceMatcher(None, number.digits, one).ratio() >= LIKENESS
        for one in (*said, "".join(said))
    )


def _is_confirmed(scene: Scene, number: _Number, reply: Sequence[Turn]) -> bool:
    """Whether the customer says yes to a reading of about as many digits: one of both was misheard."""
    read = [
        t for t in reply if 2 * sum(len(r.digits) for r in digit_runs(t.text)) >= len(number.digits)
    ]
    answers = (scene.next_turns(Role.CUSTOMER, turn.end, 1) for turn in read)
    return any(_YES.match(turn.text) for own in answers for turn in own)


def _corrections(scene: Scene, number: _Number, reply: Sequence[Turn]) -> list[str]:
    """The number with its end replaced by the digits that the customer put right afterwards."""
    until = reply[-1].end
    later = [t for t in scene.call.side(Role.CUSTOMER) if number.end <= t.start < until]
    return [
        number.digits[: -len(run.digits)] + run.digits
        for turn in later
        for run in digit_runs(turn.text)
        if LEAST_CORRECTION <= len(run.digits) < len(number.digits)
    ]


def _put_right(number: _Number) -> Iterator[str]:
    """What a number is where the customer put its end right in saying it: 二二六，不对，二二七八."""
    said = "，".join(turn.text for turn in number.turns)
    for wrong in _WRONG.finditer(said):
        before = "".join(run.digits for run in digit_runs(said[: wrong.start()]))
        end = "".join(run.digits for run in digit_runs(said[wrong.end() :]))
        if LEAST_CORRECTION <= len(end) < len(before):
            yield before[: -len(end)] + end
            yield before[: MOBILE - len(end)] + end
        if len(end) == len(before):
            yield end


def _is_surely_long(params: ReadbackParams, number: _Number, bound: float) -> bool:
    """Whether so many of its digits were heard well that it has to be read back.

    No word around it helps a recogniser with a digit: it adds one, or hears one twice.
    """
    well = 0
    for turn in number.turns:
        faint = doubtful(turn, bound)
        for run in digit_runs(turn.text):
            places = (
                run.start + digit.start()
                for digit in _DIGIT.finditer(turn.text[run.start : run.end])
            )
            well += sum(place not in faint for place in places)
    return well >= params.digits


def _event(
    rule: Rule, params: ReadbackParams, scene: Scene, number: _Number, reply: Sequence[Turn]
) -> Finding:
    """The finding quotes the customer's number, and spans the turns in which it was due."""
    heard = number.turns[-1].confidence is not None
    nearly = heard and (_nearly_read_back(number, reply) or _is_confirmed(scene, number, reply))
    doubt = scene.doubt(*number.turns, *reply)
    if not _is_surely_long(params, number, scene.rubric.file.low_confidence):
        doubt = Reason.LOW_CONFIDENCE
    return event(
        rule,
        scene,
        number.turns[-1],
        span=Span(number.start, max(number.end, reply[-1].end)),
        quote="".join(turn.text for turn in number.turns),
        doubt=doubt or (Reason.NEARLY if nearly else None),
        digits=len(number.digits),
    )


KIND = Kind(params=ReadbackParams, look=detect)
