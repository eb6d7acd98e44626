"""What a turn does and in what tone, by example: small models over character n-grams.

An act is what people say in a hundred ways (an apology, a farewell, the announcement of a hold); a
tone is what an agent must not have (contempt, impatience). Lists of phrases hold the usual wordings;
this model is for the rest. It decides nothing against anybody: what it alone finds makes a required
element present, and a fault or a trigger a matter for a person. How it was trained, on what, and how
right it is stands in ``models/text/README.md``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np
from pydantic_core import from_json, to_json

from pipeline.resources import MODELS
from pipeline.text.features import NGrams
from pipeline.text.normal import normalise, sentences
from pipeline.text.stored import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

PATH = MODELS / "text/acts.npz"
ACTS = (
    "thanks",
    "wishes",
    "farewell",
    "apology",
    "hold",
    "hold_return",
    "callback_promise",
    "transfer",
    "anything_else",
    "ask_name",
    "ask_contact",
    "ask_repeat",
    "beyond_scope",
    "ticket",
    "confirm",
    "reassure",
    "reply_thanks",
    "greeting",
    "offer",
    "survey",
)
"""What an agent's turn may do."""
CUSTOMER_ACTS = (
    "customer_complaint",
    "customer_not_heard",
    "customer_thanks",
    "customer_wait",
    "customer_farewell",
)
"""What a customer's turn may do."""
ToneLabel = Literal[
    "insult",
    "contempt",
    "quarrel",
    "rhetorical",
    "impatience",
    "refusal",
    "sarcasm",
    "shirk",
    "promise",
]
TONES: tuple[ToneLabel, ...] = get_args(ToneLabel)
"""What an agent's turn must not sound like."""
NEAR: Mapping[ToneLabel, Sequence[ToneLabel]] = {
    "insult": ("contempt", "quarrel"),
    "contempt": ("quarrel", "insult", "sarcasm"),
    "quarrel": ("rhetorical", "contempt", "impatience", "insult"),
    "rhetorical": ("quarrel", "impatience"),
    "impatience": ("quarrel", "rhetorical"),
    "refusal": ("shirk",),
    "sarcasm": ("contempt", "quarrel"),
    "shirk": ("refusal",),
    "promise": (),
}
"""What a tone is taken for where a rubric has no rule about it, the nearest first."""
LIKELY = 0.5
"""Above which likelihood a tone counts among what a turn does."""
LEAST = 0.1
"""How likely a tone has to be, by itself and what is taken for it, to be named."""
RUDE = "rude"
"""The label of all tones together."""
LABELS = (*ACTS, *CUSTOMER_ACTS, RUDE, *TONES)
"""Everything that the model says of a turn."""
SIGNS: Mapping[str, str] = {
    "anything_else": r"[还海害孩][^是].*([吗麻码嘛马骂妈没哪啥别]|什么)",
    "ask_name": r"[贵桂称呼]|[您你].{0,2}姓",
    "farewell": r"[再见拜]|欢迎",
    "confirm": r"[是对队兑][吗吧么嘛骂马麻妈码]|[是对队]$|这个[吗吧]",
    "ticket": r"登记|[记纪][录下好上给]|派单|工单|单子|备注|报给|写上|[已帮]转",
    "reply_thanks": r"[客气谢]|哪[里儿]|应该|效劳|服务|荣幸|没事|没关系|别这么",
}
"""What a sentence has to hold besides, where what the model alone found was the act in under 90 of 100
lines that nobody trained on (a question with 还 in it: 您还有三百元 is none); characters that sound like
it count, since much of what no list knows is misheard."""
PERHAPS = 0.03
"""How likely an act has to be, under its threshold, to have been done perhaps: a part that is missed
there is a matter for a person. At the first openings of six sets of labelled calls of other hands (760
calls) 7 of 84 false violations are such, and 1 of 383 right ones; at 0.01 16 and 9."""
ALIKE = {"您": "你", "她": "他", "女士": "先生", "小姐": "先生"}
"""What the model takes for one: nothing may hang on whether a man or a woman is spoken to or of."""
SHORTEST = 4
"""Characters under which a piece of a turn shows nothing."""
REMEMBERED = 50_000
"""Turns of which it is remembered what they show."""
_SHOWN: dict[str, Shown] = {}
_ASKED: list[dict[str, None]] = []


@dataclass(frozen=True)
class TurnTone:
    """The tone that a turn shows: which, and how likely by the model's own reckoning."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What the model sees in a turn: the acts that reach their thresholds, and how rude it sounds.

    ``perhaps``: other acts that it may have done (``PERHAPS``).
    ``rude``: how likely the sentence that sounds the rudest is rude; 1 of what is too short to tell.
    ``rudeness``: the probabilities of ``RUDE`` and of each of ``TONES``, of the sentence that sounds
    the rudest; empty where that is under the threshold.
    """

    acts: frozenset[str]
    rudeness: tuple[float, ...] = ()
    perhaps: frozenset[str] = frozenset()
    rude: float = 1.0

    @property
    def named(self) -> frozenset[str]:
        """The acts, and the tone that is likelier than all others together."""
        _, *each = self.rudeness or (0.0,)
        return self.acts.union(t for t, p in zip(TONES, each, strict=False) if p > LIKELY)


def look(texts: Iterable[str]) -> None:
    """Look at all of these turns at once, which is quicker than one by one when they are asked about."""
    fresh = {text: pieces(text) for text in texts if text not in _SHOWN}
    parts = list(dict.fromkeys(part for own in fresh.values() for part in own))
    rows = dict(zip(parts, scores(parts), strict=True)) if parts else {}
    remember(
        {text: _shown_by_rows({part: rows[part] for part in own}) for text, own in fresh.items()}
    )


def remember(found: Mapping[str, Shown]) -> None:
    """Know what turns show without looking at them."""
    if len(_SHOWN) + len(found) > REMEMBERED:
        _SHOWN.clear()
    _SHOWN.update(found)


def pack(texts: Iterable[str]) -> str:
    """What some turns show, written down with the digest of the model that saw it."""
    order = {label: index for index, label in enumerate(LABELS)}
    found = {text: shown_by(text) for text in texts}
    told = {
        t: [
            sorted(order[a] for a in s.acts),
            sorted(order[a] for a in s.perhaps),
            s.rude,
            *s.rudeness,
        ]
        for t, s in found.items()
    }
    return f"{digest()} {to_json(told).decode()}"


def unpack(told: str) -> dict[str, Shown]:
    """What ``pack`` wrote down; nothing where another model saw it."""
    by, _, rest = told.partition(" ")
    if by != digest():
        return {}
    return {
        text: Shown(_labels(own), tuple(rudeness), _labels(perhaps), rude)
        for text, (own, perhaps, rude, *rudeness) in from_json(rest).items()
    }


def _labels(indices: Iterable[int]) -> frozenset[str]:
    return frozenset(LABELS[index] for index in indices)


@functools.cache
def digest() -> str:
    """What tells this model, and what is asked for besides, from any other."""
    return hashlib.sha256(PATH.read_bytes() + to_json([SIGNS, PERHAPS, ALIKE])).hexdigest()[:16]


def shown_by(text: str) -> Shown:
    """What a turn shows: each sentence of it, and all of it, is looked at."""
    for asked_for in _ASKED:
        asked_for[text] = None
    if text not in _SHOWN:
        look([text])
    return _SHOWN[text]


@contextlib.contextmanager
def record_asked() -> Iterator[Collection[str]]:
    """The texts of which is asked inside the block what they show; in their order, each once."""
    texts: dict[str, None] = {}
    _ASKED.append(texts)
    try:
        yield texts.keys()
    finally:
        _ASKED.remove(texts)


def _shown_by_rows(rows: Mapping[str, NDArray[np.float32]]) -> Shown:
    """What the pieces of a turn show, with the model's row for each."""
    if not rows:
        return Shown(frozenset())
    known = model()
    likely = {
        act: max(
            (row[known.columns[act]] for p, row in rows.items() if _has_sign(act, p)), default=0
        )
        for act in (*ACTS, *CUSTOMER_ACTS)
    }
    acts = frozenset(a for a, p in likely.items() if p >= known.thresholds[a])
    near = frozenset(a for a, p in likely.items() if p >= PERHAPS) - acts
    rude = known.columns[RUDE]
    rudest = max(rows.values(), key=lambda row: row[rude])
    likeliest = float(rudest[rude])
    if likeliest < known.thresholds[RUDE]:
        return Shown(acts, perhaps=near, rude=round(likeliest, 3))
    tones = tuple(float(rudest[known.columns[label]]) for label in TONES)
    return Shown(acts, (likeliest, *tones), near, round(likeliest, 3))


def _has_sign(act: str, piece: str) -> bool:
    return act not in SIGNS or re.search(SIGNS[act], piece) is not None


LIKENESS = 0.35
"""Cosine of two sentences' features from which on one is a variant of the other. Of 600 lines held
against five of their own act 2.3 % reach it, against five of another none."""


def resembles(text: str, examples: tuple[str, ...]) -> bool:
    """Whether a sentence of ``text``, or all of it, is much like one of the ``examples``."""
    own = pieces(text)
    if not own:
        return False
    found = model().ngrams.transform([mark_ends(piece) for piece in own]) @ _vectors(examples).T
    return bool(found.max() >= LIKENESS)


@functools.lru_cache(maxsize=256)
def _vectors(examples: tuple[str, ...]) -> Any:
    return model().ngrams.transform([mark_ends(normalise(text).text) for text in examples])


def tone(text: str, among: Collection[ToneLabel] = TONES) -> TurnTone | None:
    """The tone that an agent's turn shows beyond doubt enough for a person's look, or None.

    The tones lie close together: one that nobody asks about counts for the nearest that somebody does
    ask about. None, too, where what is left for all of these is too little.
    """
    rudeness = shown_by(text).rudeness
    if not rudeness:
        return None
    rude, *each = rudeness
    asked = dict.fromkeys(among, 0.0)
    for label, likely in zip(TONES, each, strict=True):
        near = next((one for one in (label, *NEAR[label]) if one in asked), None)
        if near is not None:
            asked[near] += likely
    label = max(asked, key=lambda one: asked[one])
    return TurnTone(label, rude) if asked[label] >= LEAST else None


def pieces(text: str) -> list[str]:
    """What the model looks at: the normal form of a turn, and of its sentences where it has several."""
    parts = [normalise(text).text, *(normalise(s).text for _, s in sentences(text))]
    return [part for part in dict.fromkeys(parts) if len(part) >= SHORTEST]


@dataclass(frozen=True)
class ActModel:
    """The stored model: over the same features a logistic regression an act, a small network for tones.

    ``layers`` are the weights and biases of the network's hidden layer (rectified) and of its output,
    a column a tone and before them one for none.
    """

    ngrams: NGrams
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    layers: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]
    thresholds: Mapping[str, float]

    columns: ClassVar[Mapping[str, int]] = {label: index for index, label in enumerate(LABELS)}

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Probabilities, texts by ``LABELS``, of normal forms."""
        features = self.ngrams.transform([mark_ends(text) for text in texts])
        acts = 1 / (1 + np.exp(-(features @ self.weights + self.bias)))
        (hidden, first), (output, last) = self.layers
        odds = np.maximum(features @ hidden + first, 0) @ output + last
        shares = np.exp(odds - odds.max(axis=1, keepdims=True))
        tones = shares / shares.sum(axis=1, keepdims=True)
        found: NDArray[np.float32] = np.hstack([acts, 1 - tones[:, :1], tones[:, 1:]])
        return found.astype(np.float32)


def mark_ends(text: str) -> str:
    """A normal form as the model sees it: its ends marked, what is ``ALIKE`` made one."""
    for word, other in ALIKE.items():
        text = text.replace(word, other)
    return f"^{text}$"


@functools.cache
def model() -> ActModel:
    """The model of this project; ``ConfigurationError`` where its file cannot be used."""
    stored = load(PATH)
    return ActModel(
        ngrams=NGrams.of(stored["ngrams"], stored["ngrams_idf"]),
        weights=stored["weights"].astype(np.float32) * stored["scale"],
        bias=stored["bias"],
        layers=(
            (stored["hidden"].astype(np.float32) * stored["hidden_scale"], stored["hidden_bias"]),
            (stored["output"], stored["output_bias"]),
        ),
        thresholds=dict(zip(LABELS, map(float, stored["thresholds"]), strict=True)),
    )


def scores(texts: Sequence[str]) -> NDArray[np.float32]:
    """What the model says of normal forms, texts by labels."""
    return model().scores(texts)
