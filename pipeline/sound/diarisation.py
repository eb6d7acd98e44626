"""Who speaks when in one channel that holds both sides of a call, told by the voice alone.

Windows of speech are described by what lasts in a voice and sorted into two voices by a mixture of
two Gaussians of one covariance. Viterbi's method then places the changes: one in a pause costs less
than one inside a stretch of speech. Whether there are two voices at all is decided by how much better
two Gaussians explain the windows than one. A call has two sides, so there are never more than two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline import spans
from pipeline.records import SAMPLE_RATE, Seconds, Span, Utterance, Word
from pipeline.sound.voice_features import CELL, CEPSTRUM, FRAMES, Cells, cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.sound.decode import Sound

    Values = NDArray[np.float64]
    Numbers = NDArray[np.int64]

WINDOW, STEP = 15, 3
"""Cells: 1.5 s of speech say whose it is, and every 0.3 s they are asked anew."""
LEAST = 0.25
"""The share of a window that has to sound for it to take part in finding the voices."""
FEWEST = 4
"""Windows without which nothing can be told."""
MOST = 1500
"""Windows among which the voices are looked for; the others are only sorted."""
USUAL = np.array([0.35] * CEPSTRUM + [0.2] * CEPSTRUM + [2.0])
"""How far the windows of one voice scatter: the mean cepstrum and the logarithm of its spread, both
against the whole call's spread, and the pitch in semitones. Tried out on Mandarin clips put through
telephone codecs: a third less, or half as much again, is no better on the whole."""
FLATTEST = 0.03
"""The least spread of a window, as a share of the call's: a held tone has none."""
PITCHED = 3
"""Frames with a pitch (60 ms) from which a window has one."""
VECTOR_SCATTER, DIRECTIONS = 0.1, 8
"""The scatter of one speaker's vectors of length 1 along each of the directions in which they differ
most, and how many of these are looked at; from the cosines usual for such models, not measured."""
TRUST = 20.0
"""Windows' worth of belief in the usual scatter against what the call itself shows."""
STARTS = 5
"""Random starts of k-means, the same ones always."""
ROUNDS = 15
"""The mixture settles in fewer."""
BASE_GAIN, WINDOW_GAIN = 6.0, 0.5
"""Log-likelihood that two voices must gain over one, and more of it with every window of speech. Set
on recordings of 3 to 100 s, synthetic and real: one voice gained less on 100 of 102, two of different
sex gained more on 62 of 69, two of the same sex on 32 of 57: these are often taken for one."""
CLIP = 5.0
"""Log-odds beyond which a window is no surer: one odd window decides nothing."""
CHANGE, PAUSED, BREATHED = 3.0, 0.5, 0.2
"""Log-odds that a change of speaker costs: in speech, in a pause, in one of ``BREATH`` and longer."""
BREATH: Seconds = 0.3

FLIP: Seconds = 0.4
"""A single word of the other speaker inside a phrase, shorter than this, is a slip of the border."""
PHRASE: Seconds = 0.15
"""Words closer together than this belong to one phrase."""
CLEAR = 0.8
"""Where the timeline gives so much of a word to its speaker on its own, it is no slip."""


class Embedder(Protocol):
    """Makes a voice vector, shape ``(d,)``, of float32 samples of speech at 16 kHz."""

    def __call__(self, samples: NDArray[np.float32], /) -> NDArray[np.float32]:
        """Whose voice it is, in numbers."""
        ...


@dataclass(frozen=True, slots=True)
class Voiced:
    """A stretch of speech and whose it is: 0, 1, in the order in which they first speak."""

    span: Span
    speaker: int


@dataclass(frozen=True, eq=False)
class _Windows:
    """Windows of cells ``[first, last)``: the share that sounds, and what describes them ``(n, d)``."""

    first: Numbers
    last: Numbers
    heard: Values
    values: Values


@dataclass(frozen=True, eq=False)
class _Fit:
    """Two voices: means ``(2, d)``, the inverse of their covariance, and how well they explain."""

    means: Values
    inverse: Values
    likelihood: float


def speaker_timeline(
    sound: Sound, found: Sequence[Span], *, embed: Embedder | None = None
) -> list[Voiced]:
    """The stretches of speech ``found`` in one channel, in order, cut where the speaker changes.

    Together they are exactly ``found``, which must not overlap. Where no two voices can be told apart
    everything is speaker 0. ``embed`` tells voices apart better than the features made here.
    """
    if not found:
        return []
    grid = cells(sound, found)
    if embed is None:
        windows, fit = _windows_of(grid, 1), _two_voices(_windows_of(grid, STEP))
    else:
        windows = _embed_windows(sound, grid, embed)
        fit = _two_voices(windows)
    labels = np.zeros(len(grid.span), dtype=np.int64)
    if fit is not None:
        labels = _viterbi(_evidence(windows, fit, len(labels)), _costs(grid, found))
        labels = labels if labels[0] == 0 else 1 - labels
    return _timeline(grid, found, labels)


def _timeline(grid: Cells, found: Sequence[Span], labels: Numbers) -> list[Voiced]:
    """The cells of each stretch joined while the speaker stays."""
    edges = np.flatnonzero((np.diff(grid.span) != 0) | (np.diff(labels) != 0)) + 1
    voiced = []
    for first, last in zip([0, *edges], [*edges, len(labels)], strict=True):
        span = found[grid.span[first]]
        start = span.start if first == 0 or grid.span[first - 1] != grid.span[first] else None
        end = span.end if last == len(labels) or grid.span[last] != grid.span[first] else None
        voiced.append(
            Voiced(
                Span(
                    float(grid.start[first]) if start is None else start,
                    float(grid.start[last]) if end is None else end,
                ),
                int(labels[first]),
            )
        )
    return voiced


def _window_bounds(grid: Cells, step: int) -> tuple[Numbers, Numbers]:
    """Windows of ``WINDOW`` cells every ``step``, none over a pause; a short stretch is one."""
    edges = np.flatnonzero(np.diff(grid.span)) + 1
    firsts, lasts = [], []
    for start, end in zip([0, *edges], [*edges, len(grid.span)], strict=True):
        spare = max(0, end - start - WINDOW)
        begins = start + np.linspace(0, spare, -(-spare // step) + 1).round().astype(np.int64)
        firsts.append(begins)
        lasts.append(np.minimum(begins + WINDOW, end))
    return np.concatenate(firsts), np.concatenate(lasts)


def _windows_of(grid: Cells, step: int) -> _Windows:
    """Windows by their cepstra, which are held against the whole call's, and by their pitch.

    The call's mean goes out with the line; all is in units of ``USUAL``.
    """
    first, last = _window_bounds(grid, step)
    count = max(float(grid.count.sum()), 1.0)
    mean = grid.total.sum(axis=0) / count
    spread = np.sqrt(np.maximum(grid.square.sum(axis=0) / count - mean**2, 1e-12))
    heard = _within(grid.count, first, last)
    sounding = np.maximum(heard, 1)[:, None]
    own = _within(grid.total, first, last) / sounding
    variance = _within(grid.square, first, last) / sounding - own**2
    relative = np.sqrt(np.maximum(variance, 0)) / spread
    voiced = _within(grid.voiced, first, last)
    pitch = _within(grid.pitch, first, last) / np.maximum(voiced, 1)
    clear = voiced >= PITCHED
    middle = np.median(pitch[clear]) if clear.any() else 0.0
    values = np.column_stack(
        [
            np.where(heard[:, None] > 0, (own - mean) / spread, 0.0),
            np.where(heard[:, None] > 0, np.log(np.maximum(relative, FLATTEST)), 0.0),
            np.where(clear, pitch - middle, 0.0),
        ]
    )
    return _Windows(first, last, heard / (WINDOW * FRAMES), values / USUAL)


def _within(values: Values, first: Numbers, last: Numbers) -> Values:
    """The sum over the cells of each window."""
    sums = np.concatenate([np.zeros((1, *values.shape[1:])), values.cumsum(axis=0)])
    return np.asarray(sums[last] - sums[first])


def _embed_windows(sound: Sound, grid: Cells, embed: Embedder) -> _Windows:
    """Windows by their voice vectors, along the directions in which these differ most."""
    first, last = _window_bounds(grid, STEP)
    vectors = np.stack(
        [
            np.asarray(embed(_samples(sound, grid, a, b)), dtype=np.float64)
            for a, b in zip(first, last, strict=True)
        ]
    )
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    vectors -= vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(vectors, full_matrices=False)
    heard = _within(grid.count, first, last) / (WINDOW * FRAMES)
    return _Windows(first, last, heard, vectors @ directions[:DIRECTIONS].T / VECTOR_SCATTER)


def _samples(sound: Sound, grid: Cells, first: int, last: int) -> NDArray[np.float32]:
    start = round(float(grid.start[first]) * SAMPLE_RATE)
    return sound[start : start + round((last - first) * CELL * SAMPLE_RATE)]


def _two_voices(windows: _Windows) -> _Fit | None:
    """The two voices that explain the windows best; None where one explains them as well."""
    own = np.flatnonzero(windows.heard >= LEAST)
    if len(own) < FEWEST:
        return None
    own = own[:: -(-len(own) // MOST)]
    values = windows.values[own]
    weights = np.minimum(windows.heard[own], 1) * STEP / WINDOW
    fits = [_fit(values, weights, sides) for sides in _first_guesses(values)]
    best = max(fits, key=lambda fit: fit.likelihood, default=None)
    if best is None:
        return None
    alone = _fit(values, weights, np.ones((len(values), 1)))
    gain = best.likelihood - alone.likelihood
    return best if gain > BASE_GAIN + WINDOW_GAIN * float(weights.sum()) else None


def _first_guesses(values: Values) -> Iterator[Values]:
    """Ways to part the windows in two, as memberships ``(n, 2)``: the mixture ends near its start."""
    from sklearn.cluster import AgglomerativeClustering, KMeans

    centred = values - values.mean(axis=0)
    guesses = [
        AgglomerativeClustering(2, linkage="ward").fit_predict(values),
        AgglomerativeClustering(2, linkage="average", metric="cosine").fit_predict(
            centred + 1e-9 * np.ones_like(centred)
        ),
    ]
    guesses += [
        KMeans(2, n_init=STARTS, random_state=0).fit_predict(part)
        for part in (values, values[:, :-1], values[:, -1:])
        if part.size and np.any(part != part[0])
    ]
    for labels in guesses:
        if 0 < labels.sum() < len(labels):
            yield np.column_stack([labels == 0, labels == 1]).astype(np.float64)


def _fit(values: Values, weights: Values, sides: Values) -> _Fit:
    """A mixture of Gaussians of one covariance by expectation and maximisation, from ``sides``.

    The covariance is drawn to the unit matrix, the usual scatter, as by ``TRUST`` windows (the mode
    under an inverse Wishart prior; Gelman et al., Bayesian Data Analysis, 3.6).
    """
    size = values.shape[1]
    for _ in range(ROUNDS):
        shares = sides * weights[:, None]
        mass = shares.sum(axis=0) + 1e-9
        means = shares.T @ values / mass[:, None]
        scatter = TRUST * np.eye(size)
        for side, mean in enumerate(means):
            apart = values - mean
            scatter += (apart * shares[:, [side]]).T @ apart
        covariance = scatter / (mass.sum() + TRUST)
        inverse = np.linalg.inv(covariance)
        volume = float(np.linalg.slogdet(covariance)[1])
        logs = np.log(mass / mass.sum()) - (_distances(values, means, inverse) + volume) / 2
        together = np.logaddexp.reduce(logs, axis=1)
        sides = np.exp(logs - together[:, None])
    prior = TRUST * (volume + float(np.trace(inverse))) / 2
    return _Fit(means, inverse, float(together @ weights) - prior)


def _distances(values: Values, means: Values, inverse: Values) -> Values:
    """The squared Mahalanobis distance of each row from each mean, ``(n, sides)``."""
    apart = values[:, None, :] - means
    return np.asarray(np.sum((apart @ inverse) * apart, axis=2))


def _evidence(windows: _Windows, fit: _Fit, number: int) -> Values:
    """The log-odds of each cell for the second voice, from the windows that hold it.

    A window's log-odds are spread over its cells: the cells of a second and a half weigh as much
    as the one independent look at the voice that they are.
    """
    distance = _distances(windows.values, fit.means, fit.inverse)
    odds = np.clip((distance[:, 0] - distance[:, 1]) / 2, -CLIP, CLIP)
    odds *= np.minimum(windows.heard, 1) / (windows.last - windows.first)
    change = np.zeros((2, number + 1))
    for row, what in zip(change, (odds, np.ones(len(odds))), strict=True):
        np.add.at(row, windows.first, what)
        np.add.at(row, windows.last, -what)
    summed, times = change.cumsum(axis=1)[:, :-1]
    return np.asarray(summed / np.maximum(times, 1))


def _costs(grid: Cells, found: Sequence[Span]) -> Values:
    """What a change of speaker costs before each cell."""
    costs = np.full(len(grid.span), CHANGE)
    for at in np.flatnonzero(np.diff(grid.span)) + 1:
        pause = found[grid.span[at]].start - found[grid.span[at] - 1].end
        costs[at] = PAUSED if pause < BREATH else BREATHED
    return costs


def _viterbi(evidence: Values, costs: Values) -> Numbers:
    """The likeliest voice of each cell (Viterbi 1967): what the cells say less what changes cost."""
    came = np.zeros((len(evidence), 2), dtype=np.int64)
    first = second = 0.0
    for at, (odds, cost) in enumerate(zip(evidence.tolist(), costs.tolist(), strict=True)):
        came[at] = second - cost > first, first - cost <= second
        first, second = max(first, second - cost), max(second, first - cost) + odds
    labels = np.zeros(len(evidence), dtype=np.int64)
    now = int(second > first)
    for at in range(len(evidence) - 1, -1, -1):
        labels[at] = now
        now = int(came[at, now])
    return labels


def by_speaker(utterances: Sequence[Utterance], timeline: Sequence[Voiced]) -> list[Utterance]:
    """The utterances cut where the speaker changes, in order, each with its ``speaker``.

    A word belongs to the speaker of its middle, or of the nearest speech. An utterance without words
    is not cut: it belongs to whoever speaks longest in it.
    """
    if not timeline:
        return list(utterances)
    cut = [part for u in utterances for part in _parts(u, timeline)]
    return sorted(cut, key=lambda u: (u.start, u.end))


def _parts(utterance: Utterance, timeline: Sequence[Voiced]) -> Iterator[Utterance]:
    """One utterance for each run of words of one speaker."""
    if not utterance.words:
        speaker = _mostly(Span(utterance.start, utterance.end), timeline)
        yield replace(utterance, speaker=str(speaker))
        return
    labels = _speaker_of_words(utterance.words, timeline)
    runs = [
        (speaker, [word for word, _ in run])
        for speaker, run in groupby(
            zip(utterance.words, labels, strict=True), key=lambda pair: pair[1]
        )
    ]
    if len(runs) == 1:
        yield replace(utterance, speaker=str(runs[0][0]))
        return
    for index, (speaker, words) in enumerate(runs):
        after = runs[index + 1][1][0].start if index + 1 < len(runs) else utterance.end
        before = runs[index - 1][1][-1].end if index else utterance.start
        own = [v.span for v in timeline if v.speaker == speaker]
        reach = Span(min(before, words[0].start), max(after, words[-1].end))
        said = spans.clip(spans.intersect(utterance.spans, own), reach)
        start = min([words[0].start, *(s.start for s in said)]) if index else utterance.start
        end = max([words[-1].end, *(s.end for s in said)])
        yield replace(
            utterance,
            start=start,
            end=end,
            text="".join(word.text for word in words).strip(),
            words=tuple(words),
            spans=tuple(said),
            speaker=str(speaker),
            sound=None,
        )


def _speaker_of_words(words: Sequence[Word], timeline: Sequence[Voiced]) -> list[int]:
    """The speaker of each word; a lone short word inside another's phrase goes with the phrase."""
    labels = [_speaker_at((word.start + word.end) / 2, timeline) for word in words]
    for at in range(1, len(words) - 1):
        before, word, after = words[at - 1 : at + 2]
        within = max(word.start - before.end, after.start - word.end) < PHRASE
        alone = labels[at - 1] == labels[at + 1] != labels[at]
        if alone and within and word.end - word.start < FLIP and not _stands(word, timeline):
            labels[at] = labels[at - 1]
    return labels


def _stands(word: Word, timeline: Sequence[Voiced]) -> bool:
    """Whether one stretch of the timeline holds nearly all of the word: then it is no slip."""
    middle = (word.start + word.end) / 2
    length = max(word.end - word.start, 1e-6)
    for voiced in timeline:
        if voiced.span.start <= middle < voiced.span.end:
            shared = spans.clip([voiced.span], Span(word.start, word.end))
            return spans.total(shared) >= CLEAR * length
    return False


def _speaker_at(time: Seconds, timeline: Sequence[Voiced]) -> int:
    """Who speaks at a moment, or nearest to it."""
    nearest = min(timeline, key=lambda v: max(v.span.start - time, time - v.span.end, 0.0))
    return nearest.speaker


def _mostly(span: Span, timeline: Sequence[Voiced]) -> int:
    """Who speaks longest within ``span``; where nobody does, who speaks nearest."""
    lengths: dict[int, Seconds] = {}
    for voiced in timeline:
        shared = min(voiced.span.end, span.end) - max(voiced.span.start, span.start)
        if shared > 0:
            lengths[voiced.speaker] = lengths.get(voiced.speaker, 0.0) + shared
    if not lengths:
        return _speaker_at((span.start + span.end) / 2, timeline)
    return max(lengths, key=lambda speaker: lengths[speaker])
