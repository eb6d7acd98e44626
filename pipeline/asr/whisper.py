"""Whisper by faster-whisper: the only module that imports it.

Whisper was trained on windows of 30 s, and every tool pads each window to that length. Its encoder
takes shorter ones as well, and its cost grows faster than their length: a window of 10 s costs a
seventh of one of 30 s (base, one core). So windows here are as long as what is in them, and the
full length is kept for what was not understood the first time (``bench/speech/defaults.md``). On a
processor it knows the tokens alone that Chinese calls need (``vocabulary``).
"""

from __future__ import annotations

import math
import re
import threading
import zlib
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.asr import vocabulary, weights
from pipeline.asr.base import NOTHING, Clip, Heard
from pipeline.records import SAMPLE_RATE, Seconds, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer
    from numpy.typing import NDArray

    from pipeline.settings import AsrSettings

    Samples = NDArray[np.float32]

FULL: Seconds = 30.0
"""Whisper's whole window."""
FRAME: Seconds = 0.01
"""One frame of the features that its encoder takes."""
NO_SPEECH, UNLIKELY, LOOPING = 0.6, -1.0, 2.4
"""Whisper's own checks of a text (Radford et al. 2022, section 4.5): the probability of silence over
which, with a mean log probability under the second, nobody speaks; and the compression ratio over
which it goes in circles."""
SHORTEST: Seconds = 9.0
"""The encoder is given so much at least, with silence behind: in shorter windows it says things twice.
Forty sentences of 1 to 4 s, each on its own: 25 % character errors without, 13 % with 6 s and more;
two of them in a window 12.6 %, from 9 s on 9.4 %."""
BETWEEN: Seconds = 0.4
"""Silence between two clips of a window: no word is nearer to the wrong one."""
LIKE = 1.25
"""How many times as long as the shortest of a batch the longest may be on a processor: all are padded to
its length. Batches of whatever length take a quarter more time with windows of 28 s."""
TAIL: Seconds = 1.0
"""Silence behind the last clip of a window: without any, the last word is lost."""
EVEN: Seconds = 0.05
"""How closely it is looked for the shortest windows that do."""
SURELY_SPEECH: Seconds = 1.0
"""A clip with so much speech in it cannot be without words: it is heard again on its own."""
FALLBACK_CHOICES = 5
"""Texts sampled at each temperature, of which the likeliest is taken (Whisper's ``best_of``)."""
PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"
"""Marks that belong to the word behind them, and to the word before (Whisper's own)."""


def load(settings: AsrSettings, *, threads: int, workers: int = 1) -> WhisperRecogniser:
    """The recogniser that the settings name, for ``workers`` calls at once."""
    folder = weights.obtain(settings.model)
    return WhisperRecogniser(settings, folder, threads=threads, workers=workers)


@dataclass(frozen=True, eq=False)
class ClipWindow:
    """Several clips in one window: their samples, which clips they are, and where each lies, s."""

    samples: Samples
    clips: tuple[int, ...]
    places: tuple[tuple[Seconds, Seconds], ...]


@dataclass(frozen=True)
class Guess:
    """What Whisper makes of a window.

    ``likelihood``: the mean log probability of a token; ``silence``: the probability that nobody
    speaks.
    """

    words: tuple[Word, ...]
    likelihood: float
    silence: float

    @property
    def text(self) -> str:
        """The words as they are written, with the spaces between Latin ones."""
        return "".join(word.text for word in self.words)

    @property
    def plausible(self) -> bool:
        """Whether it passes Whisper's own checks: likely enough, and not going in circles."""
        return self.likelihood >= UNLIKELY and _compression(self.text) <= LOOPING

    @property
    def is_silence(self) -> bool:
        """Whether Whisper itself believes that nobody speaks."""
        return self.silence > NO_SPEECH and self.likelihood < UNLIKELY


class WhisperRecogniser:
    """One loaded model; nothing said before colours what comes after.

    Several clips of a side are laid into one window, with silence between, and windows of about one
    length are decoded together.
    """

    def __init__(self, settings: AsrSettings, folder: Path, *, threads: int, workers: int) -> None:
        """Load the model in ``folder``: float16 on a GPU, int8 on a CPU."""
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer

        device = device_of(settings)
        on_processor = device == "cpu"
        reduced = on_processor and settings.vocabulary == "chinese"
        self._model: WhisperModel = WhisperModel(
            str(folder),
            device=device,
            compute_type="int8" if on_processor else "float16",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
            files=vocabulary.for_chinese(folder) if reduced else None,
        )
        self._tokenizer: Tokenizer = Tokenizer(
            self._model.hf_tokenizer, True, task="transcribe", language="zh"
        )
        self._suppressed = _suppressed_tokens(self._tokenizer)
        self.name = settings.model if "/" not in settings.model else folder.name
        self._settings = settings
        self._dice = threading.Lock()

    def transcribe(self, clips: Sequence[Clip], names: Sequence[str] = ()) -> list[Heard]:
        """What is said in each clip; an empty text where nothing is."""
        heard: dict[int, Heard] = {}
        windows = pack(clips, self._settings.window_seconds)
        for window, guess in zip(windows, self._guesses(windows, self._prompt(names)), strict=True):
            if guess.plausible:
                heard.update(zip(window.clips, _shared_out(guess, window), strict=True))
        again = [n for n, clip in enumerate(clips) if _unheard(clip, heard.get(n))]
        alone = pack([clips[n] for n in again], 0.0)
        for n, window, guess in zip(again, alone, self._guesses(alone, "", FULL), strict=True):
            heard[n] = self._second_look(clips[n], window, guess)
        return [heard[n] for n in range(len(clips))]

    def _second_look(self, clip: Clip, window: ClipWindow, guess: Guess) -> Heard:
        """A clip that was heard on its own in a full window, or else sampled."""
        if guess.plausible and guess.words:
            return _shared_out(guess, window)[0]
        if guess.is_silence:
            return NOTHING
        return self._sample(window) if clip.voiced >= SURELY_SPEECH or guess.words else NOTHING

    def _prompt(self, names: Sequence[str]) -> str:
        """What is told to Whisper beforehand: the style of writing, and names that may be said."""
        told = self._settings.prompt
        return f"{told}{'、'.join(names)}。" if names and self._settings.prompt_names else told

    def _guesses(
        self, windows: Sequence[ClipWindow], prompt: str, length: Seconds = 0.0
    ) -> list[Guess]:
        """Each window by beam search, those of like length together; ``length`` at least."""
        found: dict[int, Guess] = {}
        for batch in self._batches(windows):
            found.update(
                zip(batch, self._batch([windows[n] for n in batch], prompt, length), strict=True)
            )
        return [found[n] for n in range(len(windows))]

    def _batches(self, windows: Sequence[ClipWindow]) -> list[list[int]]:
        """So many windows at most as are decoded at once, on a processor those of like length."""
        like = math.inf if self._model.model.device == "cuda" else LIKE
        size = {n: max(len(w.samples) / SAMPLE_RATE, SHORTEST) for n, w in enumerate(windows)}
        batches: list[list[int]] = []
        for n in sorted(size, key=lambda n: size[n]):
            own = batches[-1] if batches else []
            if own and len(own) < self._settings.batch_size and size[n] <= like * size[own[0]]:
                own.append(n)
            else:
                batches.append([n])
        return batches

    def _batch(self, windows: Sequence[ClipWindow], prompt: str, length: Seconds) -> list[Guess]:
        longest = max(len(window.samples) for window in windows) / SAMPLE_RATE
        encoded = self._encode(windows, min(FULL, max(longest + TAIL, SHORTEST, length)))
        results = self._generate(encoded, [self._start(prompt)] * len(windows))
        return self._with_words(encoded, windows, results)

    def _encode(self, windows: Sequence[ClipWindow], length: Seconds) -> object:
        """The encoder's output for windows padded with silence to ``length``."""
        import ctranslate2

        samples = np.zeros((len(windows), round(length * SAMPLE_RATE)), dtype=np.float32)
        for row, window in zip(samples, windows, strict=True):
            row[: len(window.samples)] = window.samples[: len(row)]
        features = [self._model.feature_extractor(row, padding=0) for row in samples]
        if self._model.model.device == "cuda":
            return self._model.encode(np.stack(features))
        # one after the other: on a processor the attention of several does not fit into its caches
        each = [np.asarray(self._model.encode(one[None])) for one in features]
        return ctranslate2.StorageView.from_array(np.concatenate(each))

    def _generate(
        self, encoded: object, starts: list[list[int]], temperature: float = 0.0
    ) -> list[tuple[list[int], float, float]]:
        """Of each window: the tokens, their mean log probability, and the probability of silence."""
        sampled = temperature > 0
        results = self._model.model.generate(
            encoded,
            starts,
            beam_size=1 if sampled else self._settings.beam_size,
            num_hypotheses=FALLBACK_CHOICES if sampled else 1,
            sampling_topk=0 if sampled else 1,
            sampling_temperature=temperature if sampled else 1.0,
            max_length=self._model.max_length,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )
        found = []
        for result in results:
            tokens = result.sequences_ids[0]
            # CTranslate2's score is the mean over the tokens; Whisper's counts the end as one more
            likelihood = result.scores[0] * len(tokens) / (len(tokens) + 1)
            found.append((tokens, float(likelihood), float(result.no_speech_prob)))
        return found

    def _with_words(
        self,
        encoded: object,
        windows: Sequence[ClipWindow],
        results: Sequence[tuple[list[int], float, float]],
    ) -> list[Guess]:
        """The guesses with the times of their words, by the model's own attention."""
        from faster_whisper.transcribe import merge_punctuations

        written = [[t for t in tokens if t < self._tokenizer.eot] for tokens, *_ in results]
        frames = [round(len(window.samples) / SAMPLE_RATE / FRAME) for window in windows]
        aligned = self._model.find_alignment(self._tokenizer, written, encoded, frames)
        guesses = []
        for alignment, (_, likelihood, silence) in zip(aligned, results, strict=True):
            merge_punctuations(alignment, PREPENDED, APPENDED)
            words = tuple(_word(one) for one in alignment if one["word"].strip())
            guesses.append(Guess(words, likelihood, silence))
        return guesses

    def _sample(self, window: ClipWindow) -> Heard:
        """A window that beam search made nothing plausible of, sampled at rising temperatures.

        The dice are the same for every window, so that a call is heard the same in every run.
        """
        import ctranslate2

        encoded = self._encode([window], FULL)
        for temperature in self._settings.temperatures:
            with self._dice:
                ctranslate2.set_random_seed(1)
                results = self._generate(encoded, [self._start("")], temperature)
            (guess,) = self._with_words(encoded, [window], results)
            if guess.plausible or guess.is_silence:
                return NOTHING if guess.is_silence else _shared_out(guess, window)[0]
        return NOTHING

    def _start(self, prompt: str) -> list[int]:
        """The tokens that Whisper goes on from: what it was told, Chinese, no times."""
        told = self._tokenizer.encode(f" {prompt}") if prompt else []
        return list(self._model.get_prompt(self._tokenizer, told, without_timestamps=True))


def _suppressed_tokens(tokenizer: Tokenizer) -> list[int]:
    """The tokens that are never written: signs that nobody speaks, and Whisper's own commands."""
    from faster_whisper.transcribe import get_suppressed_tokens

    return list(get_suppressed_tokens(tokenizer, [-1]))


def _unheard(clip: Clip, heard: Heard | None) -> bool:
    """Whether a clip has to be heard again: its window was rejected, or its speech has no words."""
    return heard is None or (not heard.text and clip.voiced >= SURELY_SPEECH)


def pack(clips: Sequence[Clip], longest: Seconds) -> list[ClipWindow]:
    """The clips in windows of up to ``longest`` seconds, each of one side, in their order.

    As few as can be, and as even: the last of a side would lack what was said around.
    """
    sides = groupby(range(len(clips)), key=lambda index: clips[index].side)
    return [
        _window(clips, group)
        for _, own in sides
        for group in _evenly([*own], [len(clip.samples) / SAMPLE_RATE for clip in clips], longest)
    ]


def _evenly(own: Sequence[int], lengths: Sequence[Seconds], longest: Seconds) -> list[list[int]]:
    """Clips of a side in the fewest groups of up to ``longest``, and of these the evenest."""
    fewest = len(_filled(own, lengths, longest))
    too_short, enough = 0.0, longest
    while enough - too_short > EVEN:
        middle = (too_short + enough) / 2
        if len(_filled(own, lengths, middle)) <= fewest:
            enough = middle
        else:
            too_short = middle
    return _filled(own, lengths, enough)


def _filled(own: Sequence[int], lengths: Sequence[Seconds], longest: Seconds) -> list[list[int]]:
    """Clips in groups of up to ``longest`` with what is between them, each as full as can be."""
    groups: list[list[int]] = []
    size = 0.0
    for index in own:
        if groups and size + BETWEEN + lengths[index] <= longest:
            groups[-1].append(index)
            size += BETWEEN + lengths[index]
        else:
            groups.append([index])
            size = lengths[index]
    return groups


def _window(clips: Sequence[Clip], group: Sequence[int]) -> ClipWindow:
    pieces, places, at = [], [], 0
    gap = np.zeros(round(BETWEEN * SAMPLE_RATE), dtype=np.float32)
    for number, index in enumerate(group):
        if number:
            pieces.append(gap)
            at += len(gap)
        samples = clips[index].samples
        pieces.append(samples)
        places.append((at / SAMPLE_RATE, (at + len(samples)) / SAMPLE_RATE))
        at += len(samples)
    return ClipWindow(np.concatenate(pieces), tuple(group), tuple(places))


def _shared_out(guess: Guess, window: ClipWindow) -> list[Heard]:
    """The words of a window as those of its clips: each to the clip that its middle is nearest to."""
    shares: list[list[Word]] = [[] for _ in window.clips]
    at = 0
    for word in guess.words:
        middle = (word.start + word.end) / 2
        away = [max(start - middle, middle - end, 0.0) for start, end in window.places[at:]]
        at += int(np.argmin(away))
        shares[at].append(word)
    return [
        _clip_text(share, -start, end - start)
        for share, (start, end) in zip(shares, window.places, strict=True)
    ]


def _clip_text(words: Iterable[Word], by: Seconds, length: Seconds) -> Heard:
    """Words, moved in time, as the text of their clip: it is theirs, nothing more and nothing less."""
    own = list(words)
    moved = tuple(
        Word(
            word.text.strip(),
            round(min(max(0.0, word.start + by), length), 3),
            round(min(max(0.0, word.end + by), length), 3),
            word.probability,
        )
        for word in own
    )
    # a space means something between Latin words only
    text = re.sub(r"(?<![!-~]) +| +(?![!-~])", "", "".join(word.text for word in own))
    return Heard(text.strip(), moved)


def _word(aligned: dict[str, Any]) -> Word:
    return Word(
        str(aligned["word"]),
        float(aligned["start"]),
        float(aligned["end"]),
        round(float(aligned["probability"]), 4),
    )


def _compression(text: str) -> float:
    """How many times smaller a text gets by compression: what goes in circles shrinks most."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def device_of(settings: AsrSettings) -> str:
    """``cuda`` or ``cpu``: as set, or what the machine has."""
    if settings.device != "auto":
        return settings.device
    import ctranslate2

    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
