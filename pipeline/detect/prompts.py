"""``prompts``: a customer who does not answer is asked, waited for, and asked again.

    kind: prompts
    situation: lingering     # after the goodbyes nobody hangs up; or: silent_line, nobody ever spoke
    ask: ["请问您还有什么问题吗", "没有…请挂机"]
    greeting: ["为您服务"]      # a turn with these is no question
    times: 2
    wait: 2.5                # seconds after each question, at least
    close: ["换一部电话再拨"]   # what has to be said last, and the wait after it, s
    close_wait: 1.5

    wrong:  A 9.0-11.0 再见。  (the agent hangs up at once)
    right:  A 14.0-16.0 请问您还有什么问题吗？  … 3 s …  A 19.0-22.0 没有请挂机。  … 3 s …

What a customer cuts short by hanging up himself is not held against the agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Call, Finding, Outcome, Role, Seconds, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class PromptsParams(Params):
    """The questions, how many of them, and the waits, s."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "missing"})

    situation: Annotated[
        Literal["lingering", "silent_line"],
        Meaning(
            "`lingering`: after the goodbyes nobody hangs up; `silent_line`: the customer never "
            "speaks",
            "`lingering` 道别之后迟迟不挂；`silent_line` 从头没有声音",
        ),
    ]
    ask: Annotated[
        Phrases,
        Meaning(
            "the questions",
            "提示的话",
        ),
    ]
    greeting: Annotated[
        Phrases | None,
        Meaning(
            "a turn with these is the greeting and no question",
            "有这些话的一段是首问语，不算提示",
        ),
    ] = None
    times: Annotated[
        PositiveInt,
        Meaning(
            "how many",
            "要提示几遍",
        ),
    ]
    wait: Annotated[
        PositiveFloat,
        Meaning(
            "s to wait after each",
            "每遍之后等几秒",
        ),
    ]
    close: Annotated[
        Phrases | None,
        Meaning(
            "what must be said last",
            "挂机前最后要说的话",
        ),
    ] = None
    close_wait: Annotated[
        NonNegativeFloat,
        Meaning(
            "s to wait after it; default 0",
            "说完再等几秒，默认 0",
        ),
    ] = 0.0


def detect(rule: Rule, params: PromptsParams, scene: Scene) -> Iterator[Finding]:
    """One row: what was left out before the agent hung up, a pass, or not applicable."""
    call = scene.call
    if not call.roles_known or not call.side(Role.AGENT):
        yield verdict(rule, Outcome.NOT_MEASURABLE if call.turns else Outcome.NOT_APPLICABLE)
        return
    if (
        params.situation == "lingering"
        and call.record.ended_by is None
        and call.side(Role.CUSTOMER)
    ):
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="话单没有记录挂机方")
        return
    applies = _should_hang_up(call, scene) if params.situation == "lingering" else silent_line(call)
    if not applies:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    missing = left_out(params, call)
    if not missing:
        yield verdict(rule, Outcome.PASS)
        return
    last = call.side(Role.AGENT)[-1]
    yield event(
        rule,
        scene,
        last,
        span=Span(last.start, max(last.end, call.duration)),
        doubt=scene.doubt(last),
        missing="、".join(missing),
    )


def silent_line(call: Call) -> bool:
    """Whether the customer never says a word."""
    return not call.side(Role.CUSTOMER)


def _should_hang_up(call: Call, scene: Scene) -> bool:
    """Whether the agent ended a call that was over, or on a customer who had fallen silent."""
    if call.record.ended_by != "agent" or silent_line(call):
        return False
    goodbyes = all(
        any(scene.cues.farewell.hits(t.text) for t in call.side(role)[-4:])
        for role in (Role.AGENT, Role.CUSTOMER)
    )
    return goodbyes or call.turns[-1].role is Role.AGENT


def waits(call: Call, turns: Sequence[Turn]) -> list[Seconds]:
    """How long nobody spoke after each of the turns; at the last one until the call's end."""
    return [
        min((t.start for t in call.turns if t.start >= turn.end), default=call.duration) - turn.end
        for turn in turns
    ]


def closing_questions(call: Call, ask: Phrases) -> list[Turn]:
    """The agent's questions at the end of the call, behind the customer's last words."""
    customer = call.side(Role.CUSTOMER)
    since = customer[-1].end if customer else 0.0
    return [t for t in call.side(Role.AGENT) if t.end > since and ask.says(t.text)]


def asked_in_vain(call: Call, ask: Phrases, wait: Seconds) -> int:
    """How many questions the agent waited long enough for an answer to."""
    return sum(seconds >= wait for seconds in waits(call, closing_questions(call, ask)))


def left_out(params: PromptsParams, call: Call) -> list[str]:
    """What the norm asks for before one hangs up, and the agent left out."""
    cut_short = call.record.ended_by in {"customer", "system"}
    closing = _last_words(params, call)
    prompts = [
        turn
        for turn in closing_questions(call, params.ask)
        if turn is not closing and not (params.greeting and params.greeting.hits(turn.text))
    ]
    missing = []
    if len(prompts) < params.times and not cut_short:
        missing.append(f"提示应有{params.times}次，只有{len(prompts)}次")
    durations = waits(call, prompts)
    if cut_short and prompts and prompts[-1] is call.turns[-1]:
        durations = durations[:-1]
    if any(seconds < params.wait for seconds in durations):
        missing.append(f"提示后等候不足{params.wait:g}秒")
    if params.close is None or cut_short:
        return missing
    if closing is None:
        missing.append("挂机前的说明")
    elif call.duration - closing.end < params.close_wait:
        missing.append(f"说明后停顿不足{params.close_wait:g}秒")
    return missing


def _last_words(params: PromptsParams, call: Call) -> Turn | None:
    """The agent's last words before he hangs up, where they are what has to be said."""
    last = call.side(Role.AGENT)[-1]
    return last if params.close is not None and params.close.says(last.text) else None


KIND = Kind(params=PromptsParams, look=detect, needs_agent=False)
