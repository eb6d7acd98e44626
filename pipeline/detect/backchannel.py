"""``backchannel``: the agent shows that he listens while the customer tells his story.

    kind: backchannel
    longer_than: 20          # seconds of the customer's account

    wrong:  C 3.0-26.0 我家的燃气表上个月就坏了…
    right:  C 3.0-26.0 我家的燃气表上个月就坏了…  /  A 12.0-12.4 嗯。

An account is what the customer says until the agent says more than 嗯; his own pauses belong to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PositiveFloat

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Finding, Outcome, Role, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_PAUSE = 3.0
"""Seconds: after a longer pause the customer begins something new."""


class BackchannelParams(Params):
    """From which length of an account on the agent has to answer to it."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    longer_than: Annotated[
        PositiveFloat,
        Meaning(
            "seconds of the story",
            "客户连着说多少秒以上",
        ),
    ]


def detect(rule: Rule, params: BackchannelParams, scene: Scene) -> Iterator[Finding]:
    """A row for each account that nobody answered to; not applicable without a long one."""
    accounts = [a for a in _accounts(scene) if a[-1].end - a[0].start > params.longer_than]
    silent = [a for a in accounts if not _is_answered(scene, a)]
    if not accounts:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
    elif silent and scene.call.channels < 2:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="单声道录音听不出简短的应答")
    elif silent:
        yield from (_event(rule, scene, account) for account in silent)
    else:
        yield verdict(rule, Outcome.PASS)


def _accounts(scene: Scene) -> list[list[Turn]]:
    """The customer's turns, those together between which the agent said no more than 嗯."""
    accounts: list[list[Turn]] = []
    going_on = False
    for turn in scene.call.turns:
        if turn.role is Role.CUSTOMER:
            if going_on and turn.start - accounts[-1][-1].end <= LONGEST_PAUSE:
                accounts[-1].append(turn)
            else:
                accounts.append([turn])
            going_on = True
        elif not scene.cues.is_backchannel(turn.text):
            going_on = False
    return accounts


def _is_answered(scene: Scene, account: list[Turn]) -> bool:
    start, end = account[0].start, account[-1].end
    return any(start < turn.start < end for turn in scene.call.side(Role.AGENT))


def _event(rule: Rule, scene: Scene, account: list[Turn]) -> Finding:
    first, last = account[0], account[-1]
    return event(
        rule,
        scene,
        first,
        span=Span(first.start, last.end),
        doubt=scene.doubt(*account),
        seconds=last.end - first.start,
    )


KIND = Kind(params=BackchannelParams, look=detect)
