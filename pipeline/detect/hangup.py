"""``hangup``: who ended the call.

    kind: hangup
    redial: ["请您换一部电话"]      # a faint line: the agent may go once he has asked to call again
    prompts: ["没有…请挂机"]       # or once he has asked twice in vain
    silent_prompts: ["请讲话"]     # or so on a line on which nobody speaks
    wait: 2.5

    wrong:  the call record says that the agent ended the call
    right:  it says that the customer did

The call record has to say it: without ``ended_by`` nothing is measurable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PositiveFloat

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.detect.prompts import PromptsParams, asked_in_vain, left_out, silent_line
from pipeline.records import Finding, Outcome, Role, Span
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = 2
"""Questions in vain before the agent may go."""


class HangupParams(Params):
    """The words of the permitted ways, and the wait after each question, s."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote"})

    redial: Annotated[
        Phrases,
        Meaning(
            "on a faint line he may go after saying this",
            "听不清的电话，说了这些就可以挂",
        ),
    ]
    prompts: Annotated[
        Phrases,
        Meaning(
            "or after two such questions in vain",
            "客户不说话，问过两遍这样的话也可以挂",
        ),
    ]
    silent_prompts: Annotated[
        Phrases,
        Meaning(
            "or, where nobody ever spoke, after two of these; a rubric with a rule of kind `prompts` "
            "about silent lines goes by that one",
            "客户从头没出过声，提示过两遍这样的话也可以挂；规范里另有管无声电话的规则（`prompts`）的，以它为准",
        ),
    ]
    wait: Annotated[
        PositiveFloat,
        Meaning(
            "s to wait after each question",
            "每问一遍要等几秒",
        ),
    ]


def detect(rule: Rule, params: HangupParams, scene: Scene) -> Iterator[Finding]:
    """One row, from the call record."""
    ended_by = scene.call.record.ended_by
    turns = scene.call.side(Role.AGENT) or scene.call.turns
    if ended_by != "agent" or not turns:
        outcomes = {"customer": Outcome.PASS, "system": Outcome.NOT_APPLICABLE}
        why = "" if ended_by else "话单没有记录挂机方"
        yield verdict(rule, outcomes.get(ended_by or "", Outcome.NOT_MEASURABLE), why=why)
        return
    if way := _permission(params, scene):
        yield verdict(rule, Outcome.PASS, why=way)
        return
    last = turns[-1]
    doubt = scene.doubt(*turns) if silent_line(scene.call) else None
    yield event(
        rule, scene, last, doubt=doubt, span=Span(last.start, max(last.end, scene.call.duration))
    )


def _permission(params: HangupParams, scene: Scene) -> str:
    """Which permitted way the agent went to its end; empty for none."""
    call = scene.call
    if silent_line(call):
        return "无声电话，按规定提示并等候之后才挂机" if _all_done(params, scene) else ""
    if asked_in_vain(call, params.prompts, params.wait) >= TIMES:
        return "两次提示并等候之后才挂机"
    agent = call.side(Role.AGENT)
    faint = any(params.redial.hits(turn.text) for turn in agent[-2:])
    return "听不清，请客户重拨之后才挂机" if faint else ""


def _all_done(params: HangupParams, scene: Scene) -> bool:
    """Whether he may leave a silent line: by the rubric's rule about it, so that the two agree."""
    rules = (rule.params for rule in scene.rubric.rules.values())
    kept = (p for p in rules if isinstance(p, PromptsParams) and p.situation == "silent_line")
    if (own := next(kept, None)) is not None:
        return not left_out(own, scene.call)
    return asked_in_vain(scene.call, params.silent_prompts, params.wait) >= TIMES


KIND = Kind(params=HangupParams, look=detect, needs_agent=False, looks_at=frozenset({"prompts"}))
