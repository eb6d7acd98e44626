"""``phrase``: words that a side must not say.

    kind: phrase
    role: agent
    phrases: {any: ["@impatience"], unless: ["快点说明"]}
    softened_by: ["@help"]   # words in the same turn that make a hit harmless
    unless_after: {role: agent, any: ["@help"], turns: 1}   # or in a turn after it; if_before, …
    within: {of: hold, seconds: 20}   # only so soon after a hold, or another rule's finding
    align: word              # a hit must start and end on word borders (default: characters)
    tone: [impatience]       # what the model of tones finds in words of no list: a review, and so is
                             # a phrase in a sentence that it finds polite
    counts_from: 0.04        # how likely it has to find a sentence rude for a phrase in it to count
    asks_from: 0.5           # how likely it has to find it rude where the phrase only asks for a person

    wrong:  A 3.0-5.0 你到底听不听？
    right:  A 3.0-5.0 您别着急，慢慢说。

What the agent repeats from the customer, a message or a title is no hit; a match by sound only, a
low confidence and a phrase marked for judgement are a review.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt

from pipeline.conversation.timing import LONGEST_BREATH
from pipeline.detect.base import Kind, Scene, doubtful, event, verdict, when_said
from pipeline.detect.quoting import is_quoted
from pipeline.detect.window import FAINT, Window, near
from pipeline.records import Finding, Outcome, Reason, Role, Severity, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Nearby, Params, Phrases, StrictPhrases, Within
from pipeline.text import acts
from pipeline.text.acts import TONES, ToneLabel
from pipeline.text.digits import digit_runs
from pipeline.text.normal import normalise, tokens
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.text.phrases import Hit


POLITE = 0.1
"""Under which likelihood of being rude a sentence sounds polite: what a list finds there is for a person
(中介说的那句蠢货您别往心里去). At the first openings of twelve sets of labelled calls of other hands 8
of 22 false violations of such lists stand in one, and 3 of 150 right ones; at 0.3 it is 10 and 15. What
may be misheard need sound no ruder: misheard words sound less rude than what was said (你到底停不停)."""


class PhraseParams(Params):
    """Whose words, which phrases, and how they must lie."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote"})

    role: Annotated[
        Role,
        Meaning(
            "whose: `agent` (default), `customer`",
            "谁说的：`agent`（默认）、`customer`",
        ),
    ] = Role.AGENT
    phrases: Annotated[
        StrictPhrases,
        Meaning(
            "the words",
            "哪些话",
        ),
    ]
    window: Annotated[
        Window | None,
        Meaning(
            "only what is said there counts: `{from: start, seconds: 15, turns: 2}` (above); default "
            "the whole call",
            "只看这个范围里说的：`{from: start, seconds: 15, turns: 2}`（见上）；默认整通电话",
        ),
    ] = None
    within: Annotated[
        Within | None,
        Meaning(
            "only what is said near a hold or near another rule's finding counts: `{of: hold, "
            "seconds: 20}` (above)",
            "只看离线前后、或另一条规则所指的地方前后说的：`{of: hold, seconds: 20}`（见上）",
        ),
    ] = None
    softened_by: Annotated[
        Phrases | None,
        Meaning(
            "phrases in the same turn that make it harmless (没办法，我帮您约明天)",
            "同一段里有这些话，就不算：“没办法，我帮您约明天”",
        ),
    ] = None
    softened_by_number: Annotated[
        PositiveInt | None,
        Meaning(
            "so many digits in the same turn make it harmless: the number to call",
            "同一段里有这么多位数字，就不算：给了电话号码",
        ),
    ] = None
    if_before: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: counts only where this was said within so many turns before",
            "`{role, any, turns}`：之前几段里说过这些，才算",
        ),
    ] = None
    if_after: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: counts only where this was said within so many turns after",
            "`{role, any, turns}`：之后几段里说过这些，才算",
        ),
    ] = None
    unless_before: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: does not count where this was said before",
            "`{role, any, turns}`：之前几段里说过这些，就不算",
        ),
    ] = None
    unless_after: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: does not count where this was said after",
            "`{role, any, turns}`：之后几段里说过这些，就不算",
        ),
    ] = None
    align: Annotated[
        Literal["character", "word"],
        Meaning(
            "`word`: a hit must lie on word borders; default `character`",
            "`word`：要正好是完整的词；默认 `character`，逐字比",
        ),
    ] = "character"
    tone: Annotated[
        tuple[ToneLabel, ...],
        Meaning(
            "labels of the tone model, "
            + ", ".join(f"`{t}`" for t in TONES)
            + ": what it hears beyond the list is a review, and so is a phrase of the list in a "
            "sentence that it finds polite",
            "语气模型的标签 "
            + "、".join(f"`{t}`" for t in TONES)
            + "：词表之外听着像的，请人复核；词表里的话出现在它觉得客气的句子里，也请人复核",
        ),
    ] = ()
    """Which of the tones that the model finds are for a person to look at, and whether what it finds
    polite is (``models/text``)."""
    asks_from: Annotated[
        float,
        Field(ge=0, le=1),
        Meaning(
            "with `tone`: how likely the model has to find the sentence rude for a phrase that only "
            "asks for a person (marked `?`, of a rule for judgement, or perhaps somebody "
            "else's words); default 0.5, and 0 asks of each",
            "有 `tone` 时：只请人复核的话（带 `?` 的、规则本身要人判断的、可能是转述的），"
            "模型觉得这句不客气的可能到多少才请人看；默认 0.5，0 表示都请人看",
        ),
    ] = 0.5
    """At the first openings of twelve sets of labelled calls and of 340 lines of other hands 17 of 26
    such hits that were no faults stand below it, and 3 of 47 right ones; shirking apart, of which the
    words alone do not tell."""

    counts_from: Annotated[
        float,
        Field(ge=0, le=1),
        Meaning(
            "with `tone`: how likely the model has to find the sentence rude for a phrase to count at "
            "all (孩子拉肚子放屁多); default 0.04, and 0 counts each: the words are the fault, in "
            "whatever tone",
            "有 `tone` 时：模型觉得这句不客气的可能到多少，词表里的话才算（孩子拉肚子放屁多，不算）；"
            "默认 0.04，0 表示都算：话本身就是错，语气再好也是",
        ),
    ] = 0.04
    """Of 900 rude lines of five hands none that a list knows stands below it, of 800 polite ones 8 (the
    model has learnt of four hands'); of the labelled calls' 2,100 violations two."""

    def least_rude(self, doubt: Reason | None) -> float:
        """How likely a sentence has to be rude for a hit with such a doubt to be one."""
        if doubt in {Reason.JUDGEMENT, Reason.QUOTED}:
            return max(self.counts_from, self.asks_from)
        if doubt in {Reason.BY_SOUND, Reason.LOW_CONFIDENCE}:
            return min(self.counts_from, POLITE)
        return self.counts_from

    @property
    def near(self) -> Within | None:
        """Near what its words have to lie."""
        return self.within


def detect(rule: Rule, params: PhraseParams, scene: Scene) -> Iterator[Finding]:
    """A row for each place where a phrase was said, else one ``pass``."""
    known = scene.call.roles_known
    turns = scene.call.side(params.role) if known else scene.call.turns
    if turns and params.window is not None:
        turns = tuple(params.window.of(turns))
    if params.within is not None:
        turns = tuple(near(params.within, turns, scene))
    if not turns:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    split = [(a, b, f) for a, b in pairwise(turns) for f in _over_border(rule, params, scene, a, b)]
    halves = {id(turn) for a, b, _ in split for turn in (a, b)}
    found = [
        f
        for turn in _turns_concerned(params, scene, turns)
        for f in _in_turn(rule, params, scene, turn, id(turn) in halves)
    ]
    yield from [*found, *(f for _, _, f in split)] or [verdict(rule, Outcome.PASS)]


def _turns_concerned(params: PhraseParams, scene: Scene, turns: Sequence[Turn]) -> Sequence[Turn]:
    """The turns that hold a phrase or, where the rule asks for its tone, sound rude."""
    holding = scene.turns_with(params.phrases, turns)
    if not params.tone:
        return holding
    own = set(map(id, holding))
    return [turn for turn in turns if id(turn) in own or acts.shown_by(turn.text).rudeness]


def _in_turn(
    rule: Rule, params: PhraseParams, scene: Scene, turn: Turn, half: bool
) -> Iterator[Finding]:
    """Where phrases stand in a turn; its tone, unless it is ``half`` of a sentence that was found."""
    if _harmless(params, scene, turn):
        return
    exact = [h for h in params.phrases.hits(turn.text) if _is_aligned(h, turn, params.align)]
    by_sound = params.phrases.sound_hits(turn.text)
    for hit in [*exact, *by_sound]:
        repeated = is_quoted(turn, hit.start, hit.end, scene)
        if repeated is True:
            continue
        doubt = _doubt(rule, hit, turn, scene, quoted_perhaps=repeated is None)
        rude = acts.shown_by(turn.text).rude if params.tone else 1.0
        if rude < params.least_rude(doubt):
            continue
        if doubt is None and rude < POLITE:
            doubt = Reason.POLITE
        yield event(
            rule,
            scene,
            turn,
            span=when_said(turn, hit.start, hit.end),
            quote=turn.text[hit.start : hit.end],
            doubt=doubt,
        )
    by_words = exact or half or _is_blamed(rule, scene, turn)
    if params.tone and not by_words and turn.role is Role.AGENT:
        yield from _by_tone(rule, params, scene, turn)


def _is_blamed(rule: Rule, scene: Scene, turn: Turn) -> bool:
    """Whether an earlier rule of its section has a fault in the turn, so that its tone is seen."""
    return any(
        f.outcome is Outcome.VIOLATION
        and f.role is Role.AGENT
        and f.section == rule.file.section
        and f.start is not None
        and turn.start <= f.start < turn.end
        for found in scene.findings.values()
        for f in found
    )


def _over_border(
    rule: Rule, params: PhraseParams, scene: Scene, first: Turn, second: Turn
) -> Iterator[Finding]:
    """Hits that begin in one turn and end in the next, where the speaker only drew breath."""
    if not 0 <= second.start - first.end <= LONGEST_BREATH or scene.call.anybody_begins(
        first.start, second.start
    ):
        return
    border = len(first.text)
    for hit in params.phrases.alone.hits(first.text + second.text):
        if not hit.start < border < hit.end or any(
            _harmless(params, scene, t) or is_quoted(t, at, at, scene) is not False
            for t, at in ((first, hit.start), (second, 0))
        ):
            continue
        begun = when_said(first, hit.start, border)
        doubt = _doubt(rule, hit, first, scene, quoted_perhaps=False)
        yield event(
            rule,
            scene,
            first,
            span=Span(begun.start, when_said(second, 0, hit.end - border).end),
            quote=(first.text + second.text)[hit.start : hit.end],
            doubt=doubt,
        )


def _harmless(params: PhraseParams, scene: Scene, turn: Turn) -> bool:
    """Whether what else was said, in the turn or about it, takes the fault out of it."""
    if params.softened_by is not None and params.softened_by.hits(turn.text):
        return True
    if params.softened_by_number is not None:
        digits = max((len(run.digits) for run in digit_runs(turn.text)), default=0)
        if digits >= params.softened_by_number:
            return True
    return (
        (params.if_before is not None and not scene.said_before(params.if_before, turn))
        or (params.if_after is not None and not scene.said_after(params.if_after, turn))
        or (params.unless_before is not None and scene.said_before(params.unless_before, turn))
        or (params.unless_after is not None and scene.said_after(params.unless_after, turn))
    )


def _by_tone(rule: Rule, params: PhraseParams, scene: Scene, turn: Turn) -> Iterator[Finding]:
    """What the model of tones hears in a turn that holds no phrase of the list: a review."""
    heard = acts.tone(turn.text, scene.rubric.tones)
    if heard is not None and heard.label in params.tone:
        yield event(rule, scene, turn, doubt=Reason.TONE)


def _doubt(
    rule: Rule, hit: Hit, turn: Turn, scene: Scene, *, quoted_perhaps: bool
) -> Reason | None:
    """Why points must not be taken for a hit; None where they may."""
    if hit.by_sound:
        return Reason.BY_SOUND
    if hit.review or rule.file.judgement:
        return Reason.JUDGEMENT
    if quoted_perhaps:
        return Reason.QUOTED
    grave = rule.file.severity is Severity.CRITICAL
    if rule.file.severity is not Severity.MINOR and _just_said(
        scene, turn, turn.text[hit.start : hit.end]
    ):
        return Reason.QUOTED
    if scene.unsure(turn, hit.start, hit.end, grave=grave) or _harmless_perhaps(rule, hit, turn):
        return Reason.LOW_CONFIDENCE
    return None if scene.call.roles_known else Reason.SIDES_UNKNOWN


BESIDE = 3
"""Characters beside a hit of which a misheard one may belong to words that cancel it (步能保证)."""


def _harmless_perhaps(rule: Rule, hit: Hit, turn: Turn) -> bool:
    """Whether misheard words beside the hit may be an exception that takes the fault out of it."""
    if not isinstance(rule.params, PhraseParams):
        return False
    beside = {*range(hit.start - BESIDE, hit.start), *range(hit.end, hit.end + BESIDE)}
    faint = doubtful(turn, FAINT) & beside
    return rule.params.phrases.perhaps_spared(turn.text, faint)


ECHOED = 2
"""Turns of the customer before a word in which he may have said it himself: the agent may repeat it."""


def _just_said(scene: Scene, turn: Turn, words: str) -> bool:
    """Whether the customer has just said the same words himself."""
    earlier = [t for t in scene.call.side(Role.CUSTOMER) if t.start < turn.start][-ECHOED:]
    said = normalise(words).text
    return any(said in normalise(t.text).text for t in earlier)


def _is_aligned(hit: Hit, turn: Turn, align: str) -> bool:
    if align == "character":
        return True
    words = tokens(turn.text)
    return any(t.start == hit.start for t in words) and any(t.end == hit.end for t in words)


KIND = Kind(params=PhraseParams, look=detect, needs_agent=False, literal=True)
