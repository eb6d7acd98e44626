"""``phrase``: words that a side must not say.

    kind: phrase
    role: agent
    phrases: {any: ["@impatience"], unless: ["快点说明"]}
    softened_by: ["@help"]   # words in the same turn that make a hit harmless
    align: word              # a hit must start and end on word borders (default: characters)

    wrong:  A 3.0-5.0 你到底听不听？
    right:  A 3.0-5.0 您别着急，慢慢说。

What the agent repeats from the customer, a message or a title is no hit; a match by sound only, a
low confidence and a phrase marked for judgement are a review.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

from pipeline.detect.base import Kind, Scene, event, verdict, when_said
from pipeline.records import Finding, Outcome, Role, Turn
from pipeline.rubric import Rule
from pipeline.rule_files import Params, Phrases
from pipeline.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.phrases import Hit

SOUND_SYLLABLES = 3
"""A shorter phrase sounds like too many harmless ones to be worth a person's time."""
_TITLE = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」")
_QUOTED = re.compile(
    r"((您|师傅|他|她)(是|刚才|刚刚|之前|前面)*(说|讲|提到|反映|骂)|您的意思是|(不要|别)(这么|这样)?(说|讲|骂)|(短信|通知|公告|文件)(的|上|里)?(内容)?(是|写|说))"
    r"[^。！？!?；;]*$"
)


class PhraseParams(Params):
    """Whose words, which phrases, and how they must lie."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote"})

    role: Role = Role.AGENT
    phrases: Phrases
    softened_by: Phrases | None = None
    """Words in the same turn that make a hit harmless: 没办法… but 我帮您约明天."""
    align: Literal["character", "word"] = "character"


def detect(rule: Rule, scene: Scene) -> Iterator[Finding]:
    """A row for each place where a phrase was said, else one ``pass``."""
    params = rule.params
    assert isinstance(params, PhraseParams)  # noqa: S101  the loader pairs kinds with parameters
    known = scene.call.roles_known
    turns = scene.call.side(params.role) if known else scene.call.turns
    if not turns:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    found = [f for turn in turns for f in _in_turn(rule, params, scene, turn)]
    yield from found or [verdict(rule, Outcome.PASS)]


def _in_turn(rule: Rule, params: PhraseParams, scene: Scene, turn: Turn) -> Iterator[Finding]:
    if params.softened_by is not None and params.softened_by.hits(turn.text):
        return
    exact = [h for h in params.phrases.hits(turn.text) if _aligned(h, turn, params.align)]
    by_sound = params.phrases.sound_hits(turn.text, syllables=SOUND_SYLLABLES)
    for hit in [*exact, *by_sound]:
        quoted = _quoted(hit, turn, scene)
        if quoted is True:
            continue
        doubt = _doubt(hit, turn, scene, quoted_perhaps=quoted is None)
        yield event(
            rule,
            when_said(turn, hit.start, hit.end),
            turn.text[hit.start : hit.end],
            outcome=Outcome.REVIEW if doubt else Outcome.VIOLATION,
            role=turn.role,
            confidence=turn.confidence,
            note=doubt,
        )


def _doubt(hit: Hit, turn: Turn, scene: Scene, *, quoted_perhaps: bool) -> str:
    """Why points must not be taken for a hit; empty where they may."""
    if hit.by_sound:
        return "只是读音相近"
    if hit.review:
        return "需人工判断语境"
    if quoted_perhaps:
        return "可能是转述"
    if scene.unsure(turn, hit.start, hit.end):
        return "识别置信度低"
    if not scene.call.roles_known:
        return "说话人未能区分"
    return ""


def _aligned(hit: Hit, turn: Turn, align: str) -> bool:
    if align == "character":
        return True
    return any(t.start == hit.start for t in turn.tokens) and any(
        t.end == hit.end for t in turn.tokens
    )


def _quoted(hit: Hit, turn: Turn, scene: Scene) -> bool | None:
    """Whether the words are only repeated; None where that is possible but not sure."""
    if any(m.start() <= hit.start and hit.end <= m.end() for m in _TITLE.finditer(turn.text)):
        return True
    if not _QUOTED.search(turn.text[: hit.start]):
        return False
    words = normalise(turn.text[hit.start : hit.end]).text
    earlier = (t for t in scene.call.side(Role.CUSTOMER) if t.start < turn.end)
    return True if any(words in normalise(t.text).text for t in earlier) else None


KIND = Kind(params=PhraseParams, detect=detect)
