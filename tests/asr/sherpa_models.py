"""Tiny ONNX models that sherpa-onnx takes for SenseVoice and for Paraformer: they hear melodies.

Each token has a tone of its own. The network looks up that tone's mel band in the features that
sherpa-onnx computed, so a clip with tones at known times must come back as known tokens at known
times: loading, feature extraction, stacking of frames, normalisation, batching, decoding and times
are sherpa-onnx's own. Inputs, outputs and metadata are those of the published exports
(sherpa-onnx ``scripts/sense-voice/export-onnx.py`` and the Paraformer export's
``add-model-metadata.py``); the weights know nothing of speech.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import helper, numpy_helper, parser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE = 16000
BANDS, STACKED = 80, 7
"""Mel bands of a 10 ms frame, and how many frames are laid side by side (LFR)."""
FRAME = 0.06
"""Seconds from one stack of frames to the next."""
SILENCE = 14.0
"""The logarithm of a band's energy under which it is silent; a tone has over 20."""
SPECIAL = ("<unk>", "<s>", "</s>", "<|zh|>", "<|ja|>", "<|NEUTRAL|>", "<|Speech|>")
WITH_ITN, WITHOUT_ITN = "<|withitn|>", "<|woitn|>"
_LANGUAGES = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
_ITN = {"with_itn": 14, "without_itn": 15}


def band(place: int) -> int:
    """The mel band of the token at ``place``: four bands apart, so that no tone is in two."""
    return 8 + 4 * place


def frequency(place: int) -> float:
    """The middle of that band in Hz (80 bands from 20 to 8000 Hz, mel by Kaldi's formula)."""
    low, high = (1127 * np.log(1 + hertz / 700) for hertz in (20.0, 8000.0))
    mel = low + (band(place) + 1) * (high - low) / (BANDS + 1)
    return float(700 * (np.exp(mel / 1127) - 1))


def melody(places: Mapping[float, int], seconds: float) -> NDArray[np.float32]:
    """A clip of ``seconds`` with the tone of a token for 0.15 s from each time on."""
    clip = np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
    for start, place in places.items():
        first = round(start * SAMPLE_RATE)
        time = np.arange(round(0.15 * SAMPLE_RATE)) / SAMPLE_RATE
        clip[first : first + len(time)] = 0.3 * np.sin(2 * np.pi * frequency(place) * time)
    return clip


def save_sense_voice(
    folder: Path,
    tokens: Sequence[str],
    *,
    file: str = "model.int8.onnx",
    only_with_itn: Sequence[str] = (),
    **metadata: str | None,
) -> None:
    """A SenseVoice that hears ``tokens``; ``metadata`` replaces entries, None takes one out.

    It shows which language and which text normalisation it was asked for: tokens ``only_with_itn``
    are silent without it, and in any other language than Chinese every frame is Japanese.
    """
    names = ["<blank>", *SPECIAL, WITH_ITN, WITHOUT_ITN, *tokens]
    size, first = len(names), names.index(WITHOUT_ITN) + 1
    language = np.full((25, size), 0.0, np.float32)
    language[:, names.index("<|ja|>")] = 1.0
    language[_LANGUAGES["zh"]] = np.eye(size, dtype=np.float32)[names.index("<|zh|>")]
    norm = np.zeros((25, size), np.float32)
    norm[_ITN["with_itn"], names.index(WITH_ITN)] = 1.0
    norm[_ITN["without_itn"], names.index(WITHOUT_ITN)] = 1.0
    quiet = np.zeros((25, size), np.float32)
    for token in only_with_itn:
        quiet[_ITN["without_itn"], names.index(token)] = -1000.0
    foreign = np.zeros((25, size), np.float32)
    foreign[:, names.index("<|ja|>")] = 1000.0
    foreign[_LANGUAGES["zh"]] = 0.0
    known = np.eye(size, dtype=np.float32)[[names.index("<|NEUTRAL|>"), names.index("<|Speech|>")]]
    model = parser.parse_model(
        f"""
        <ir_version: 8, opset_import: ["" : 13]>
        sense_voice (float[N, T, {BANDS * STACKED}] x, int32[N] x_length, int32[N] language,
                     int32[N] text_norm) => (float[N, T2, {size}] logits) {{
            heard = MatMul(x, weights)
            levels = Add(heard, bias)
            axis = Constant<value_ints = [1]>()
            norm_rows = Gather(quiet, text_norm)
            norm_wide = Unsqueeze(norm_rows, axis)
            language_rows = Gather(foreign, language)
            language_wide = Unsqueeze(language_rows, axis)
            kept = Add(levels, norm_wide)
            spoken = Add(kept, language_wide)
            lid_rows = Gather(lid, language)
            lid_tag = Unsqueeze(lid_rows, axis)
            itn_rows = Gather(itn, text_norm)
            itn_tag = Unsqueeze(itn_rows, axis)
            shape = Shape(lid_tag)
            batch = Slice(shape, zero, one)
            rest = Constant<value_ints = [1, 1]>()
            times = Concat<axis = 0>(batch, rest)
            tags = Tile(known, times)
            logits = Concat<axis = 1>(lid_tag, tags, itn_tag, spoken)
        }}
        """
    )
    _give(
        model,
        weights=_weights(size, first, len(tokens)),
        bias=_bias(size, first),
        quiet=quiet,
        foreign=foreign,
        lid=language,
        itn=norm,
        known=known[np.newaxis],
        zero=np.array([0]),
        one=np.array([1]),
    )
    told: dict[str, str | None] = {
        "model_type": "sense_voice_ctc",
        "version": "2",
        "model_author": "iic",
        "maintainer": "k2-fsa",
        "comment": "iic/SenseVoiceSmall",
        "vocab_size": str(size),
        "normalize_samples": "0",
        **{f"lang_{name}": str(number) for name, number in _LANGUAGES.items()},
        **{name: str(number) for name, number in _ITN.items()},
        **_front_end(),
    }
    _save(model, folder, file, names, told | metadata)


def save_paraformer(
    folder: Path,
    tokens: Sequence[str],
    *,
    file: str = "model.onnx",
    timed: bool = True,
    ends: bool = True,
    **metadata: str | None,
) -> None:
    """A Paraformer that hears ``tokens``, with the outputs that tell times or without them.

    Where it ``ends`` its text itself (</s>), nothing after that is read; where it does not, a batch
    has as many rows for each clip as its longest text, as the real one's has.
    """
    names = ["<blank>", "<s>", "</s>", *tokens, "<unk>"]
    size, first = len(names), 3
    outputs = f"float[N, L, {size}] logits, int32[N] token_num"
    peaks = ""
    if timed:
        outputs += ", float[N, U] us_alphas, float[N, U] us_cif_peak"
        peaks = """
            onset_float = Cast<to = 1>(onset)
            onset_wide = Unsqueeze(onset_float, last)
            padded = Pad(onset_wide, two_more)
            flat_shape = Constant<value_ints = [0, -1]>()
            flat = Reshape(padded, flat_shape)
            us_alphas = Identity(flat)
            body = Slice(flat, zero, minus_one, one)
            us_cif_peak = Pad(body, final, unit)
        """
    model = parser.parse_model(
        f"""
        <ir_version: 8, opset_import: ["" : 13]>
        paraformer (float[N, T, {BANDS * STACKED}] speech, int32[N] speech_lengths)
            => ({outputs}) {{
            heard = MatMul(speech, weights)
            levels = Add(heard, bias)
            best = ArgMax<axis = 2, keepdims = 0>(levels)
            before = Slice(best, zero, minus_one, one)
            shifted = Pad(before, one_ahead)
            same = Equal(best, shifted)
            changed = Not(same)
            blank = Equal(best, nothing)
            sounding = Not(blank)
            onset = And(changed, sounding)
            onset_int = Cast<to = 7>(onset)
            along = Constant<value_int = 1>()
            counted = CumSum(onset_int, along)
            ranked = Mul(counted, onset_int)
            last = Constant<value_ints = [2]>()
            middle = Constant<value_ints = [1]>()
            ranks = Unsqueeze(ranked, middle)
            counts = ReduceSum<keepdims = 0>(onset_int, middle)
            most = ReduceMax<keepdims = 0>(counts)
            begin = Constant<value_int = 1>()
            end = Add(most, beyond)
            steps = Range(begin, end, begin)
            steps_column = Unsqueeze(steps, column)
            at = Equal(ranks, steps_column)
            placing = Cast<to = 1>(at)
            depth = Constant<value_int = {size}>()
            onehot = OneHot<axis = -1>(best, depth, off_on)
            rows = MatMul(placing, onehot)
            logits = Add(rows, ending)
            token_num = Cast<to = 6>(counts)
            {peaks}
        }}
        """
    )
    ending = np.zeros(size, np.float32)
    ending[names.index("</s>")] = 0.5 if ends else 0.0
    _give(
        model,
        weights=_weights(size, first, len(tokens)),
        bias=_bias(size, first),
        ending=ending,
        beyond=np.array(2 if ends else 1),
        off_on=np.array([0, 1], np.float32),
        nothing=np.array(0),
        zero=np.array([0]),
        one=np.array([1]),
        minus_one=np.array([-1]),
        column=np.array([0, 2]),
        one_ahead=np.array([0, 1, 0, 0]),
        two_more=np.array([0, 0, 0, 0, 0, 2]),
        final=np.array([0, 0, 0, 1]),
        unit=np.array(1.0, np.float32),
    )
    told: dict[str, str | None] = {
        "model_type": "paraformer",
        "version": "1",
        "model_author": "damo",
        "maintainer": "k2-fsa",
        "vocab_size": str(size),
        **_front_end(),
    }
    _save(model, folder, file, names, told | metadata)


def _weights(size: int, first: int, tokens: int) -> NDArray[np.float32]:
    """Each token's logit is the mean of its band over the stacked frames."""
    weights = np.zeros((STACKED, BANDS, size), np.float32)
    for place in range(tokens):
        weights[:, band(place), first + place] = 1 / STACKED
    return weights.reshape(STACKED * BANDS, size)


def _bias(size: int, first: int) -> NDArray[np.float32]:
    """The blank wins where no band sounds; the special tokens never do."""
    bias = np.full(size, 0.0, np.float32)
    bias[:first] = -1000.0
    bias[0] = SILENCE
    return bias


def _front_end() -> dict[str, str | None]:
    """What both exports say of their features: stacks of 7 frames every 6, not normalised here."""
    dimensions = BANDS * STACKED
    return {
        "lfr_window_size": "7",
        "lfr_window_shift": "6",
        "neg_mean": ",".join(["0"] * dimensions),
        "inv_stddev": ",".join(["1"] * dimensions),
    }


def _give(model: onnx.ModelProto, **arrays: NDArray[np.generic]) -> None:
    for name, array in arrays.items():
        model.graph.initializer.append(numpy_helper.from_array(array, name))


def _save(
    model: onnx.ModelProto,
    folder: Path,
    file: str,
    names: Sequence[str],
    metadata: Mapping[str, str | None],
) -> None:
    helper.set_model_props(model, {k: v for k, v in metadata.items() if v is not None})
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(folder / file))
    lines = [f"{name} {number}\n" for number, name in enumerate(names)]
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
