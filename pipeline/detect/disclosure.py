"""``disclosure``: the agent says what nobody should hear: a password, a card number, others' data.

    kind: disclosure
    digits: 15               # so long a number is an identity card or a bank card
    secrets: [密码]           # these, followed by digits or letters
    others: [他的电话]        # a third party's: the words that introduce it
    mobile_unless: [您的, 师傅]   # any mobile number too, but after these it is no third party's

    wrong:  A 3.0-6.0 他的身份证号是三二零一零二一九九零零一零一一二三四。
    right:  A 3.0-6.0 为了您的安全，我不能透露别人的资料。

Always for a person to judge. A number that the customer himself gave before is only repeated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PositiveInt

from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.records import Finding, Outcome, Reason, Role, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.text.digits import DigitRun, digit_runs
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET = re.compile(
    r"^(?:号|号码)?(?:就是|应该是|设成了|改成了|重置为|设置为|初始为|是|为|：|:|，|,)*\s*(?:[A-Za-z]+\d*|(?:六|6|八|8)个\S|您?的?(?:生日|身份证)后)"
)
_STATED = re.compile(
    r"^(?:号|号码)?(?:就是|应该是|设成了|改成了|重置为|设置为|初始为|是|为|：|:|，|,|\s)*$"
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
SHORTEST_SECRET = 4
"""Digits of a password."""


class DisclosureParams(Params):
    """What is confidential, by its length and by the words before it."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote"})

    digits: Annotated[
        PositiveInt,
        Meaning(
            "numbers of so many digits, unless the customer gave them",
            "念出这么多位的号码（客户自己报过的不算）",
        ),
    ]
    secrets: Annotated[
        Phrases,
        Meaning(
            "words that a password or code follows",
            "后面跟着密码、口令的词",
        ),
    ]
    others: Annotated[
        Phrases,
        Meaning(
            "phrases that introduce a third party's data",
            "引出别人资料的话",
        ),
    ]
    mobile_unless: Annotated[
        Phrases | None,
        Meaning(
            "with it, every mobile number that the customer did not give is a finding too, "
            "unless one of these phrases stands before it in the turn (您登记的, 师傅)",
            "写了它，客服说出的手机号（客户自己没有报过的）也提请复核；同一句里号码前面有这些短语的（您登记的、师傅……）除外",
        ),
    ] = None
    """A mobile number is a finding too, unless one of these stands before it; None: it is none."""


def detect(rule: Rule, params: DisclosureParams, scene: Scene) -> Iterator[Finding]:
    """A review for each place, else one ``pass``."""
    found = [
        event(
            rule,
            scene,
            turn,
            span=when_said(turn, start, end),
            quote=turn.text[start:end],
            doubt=Reason.JUDGEMENT,
        )
        for turn in scene.call.side(Role.AGENT)
        for start, end in _places(params, scene, turn)
    ]
    yield from found or [verdict(rule, Outcome.PASS)]


def _places(params: DisclosureParams, scene: Scene, turn: Turn) -> Iterator[tuple[int, int]]:
    runs = digit_runs(turn.text)
    for run in runs:
        if (
            _private(params, turn, run) or len(run.digits) >= params.digits
        ) and run.digits not in _customer_digits(scene, turn):
            yield run.start, run.end
    for hit in params.secrets.hits(turn.text):
        after = turn.text[hit.end :]
        stated = next(
            (
                run
                for run in runs
                if run.start >= hit.end
                and len(run.digits) >= SHORTEST_SECRET
                and _STATED.match(turn.text[hit.end : run.start])
            ),
            None,
        )
        if stated is not None:
            yield hit.start, stated.end
        elif spelt := _SECRET.match(after):
            yield hit.start, hit.end + spelt.end()
    for hit in params.others.hits(turn.text):
        yield hit.start, hit.end


def _customer_digits(scene: Scene, turn: Turn) -> str:
    """All digits that the customer has said by the end of a turn."""
    earlier = (t for t in scene.call.side(Role.CUSTOMER) if t.start < turn.end)
    return "".join(run.digits for t in earlier for run in digit_runs(t.text))


def _private(params: DisclosureParams, turn: Turn, run: DigitRun) -> bool:
    """Whether a number is somebody's mobile, and nothing before it says that it may be told."""
    if params.mobile_unless is None or not _MOBILE.fullmatch(run.digits):
        return False
    return not params.mobile_unless.hits(turn.text[: run.start])


KIND = Kind(params=DisclosureParams, look=detect, literal=True)
