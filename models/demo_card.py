"""The model card of the demonstration model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import demo_network as shape
from models.demo_clips import SHARD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from models.demo_evaluate import Measurement
    from models.demo_training import Trainer

_CARD = """\
# Demonstration speech model

A Whisper-shaped model of {size:.1f} MB, trained by this project from nothing on synthetic speech. It
understands the synthetic voices of `models/synthetic_speech.py` and the vocabulary of gas-hotline
service, **and nothing else**: it hears no real voice. It exists so that the whole pipeline, from
recording to scorecard, can be run, tested and shown offline. For real calls put a real model in its
place (`model` under `[asr]` in `callqa.toml`).

| | |
|---|---|
| Format | CTranslate2, int8; `WhisperModel("models/demo", device="cpu", compute_type="int8")` |
| Shape | width {width}, {encoder} encoder and {decoder} decoder layers, {heads} heads; 51,865 tokens |
| Language | Mandarin (`language="zh"`), simplified characters with marks，。？！、 |
| Windows | up to 28 s, one speaker, clips with silence between; prompt without time stamps |
| Word times | attention heads {alignment} (layer, head), chosen by measurement |
| Licence | Apache-2.0, as the project; the vocabulary comes from `openai-whisper` (MIT) |

## Measured

On held-out clips (text, pitch, speed, noise that no training clip has together, and no text that any
has), through faster-whisper in batches with `beam_size=5`; marks not counted:

| Text | Clips | Characters | Character error rate | Start of a character, mean error | 90th percentile |
|---|---|---|---|---|---|
{rows}

Templates, fixture lines, voices and vocabulary are those of the training: the figures say nothing of
other voices or other subjects. Words in random order are beyond what it is for; they show how much
it leans on what is usually said.

Two things to know when using it:

- The first character of a clip starts at 0 by the nature of Whisper's alignment: take the start of
  speech from the voice activity detector.
- CTranslate2 never returns an empty text. For silence and line noise `no_speech_prob` is near 1 and
  `avg_logprob` under -1 (Whisper's rule for silence); faster-whisper applies this rule by itself only
  outside of batches. Outside of batches it also decodes what is left after the last word once more.

## How it was made

- **Speech**: espeak-ng's Mandarin from toned pinyin, voices f1-f5 and m1-m8, pitch 28-77, about 115 to
  330 characters a minute; one to three utterances a clip with pauses between; 0 to 0.6 s of line
  before and after. Every character's time is known.
- **Line**: 8 kHz; random band, gain, noise at 15 to 48 dB, hum, µ-law; resampled to 16 kHz as the
  pipeline does. Three clips in a hundred are noise only.
- **Text**: templates and slots of `models/demo_sentences.yml`, their clauses shuffled, words in random
  order, and the lines of `tests/fixtures/dialogues.yml`.
- **Training**: {training:,} clips, seed {seed}, {minutes:.0f} minutes and {steps:,} steps on two CPU
  threads; AdamW, curriculum from 4 s clips to 28 s windows, half of them of several clips as the
  pipeline packs them; cross entropy, CTC on toned syllables and guided
  attention (both dropped afterwards), running average of the weights.
- Training stops by the clock, so a second run gives another model of the same kind, not the same bytes.

Make it again (the vocabulary file lies in the source package of `openai-whisper`; without the option
the present model's own `tokenizer.json` is used):

```
python -m models.train_demo --out models/demo --minutes {minutes:.0f} --seed {seed} \\
    --vocabulary multilingual.tiktoken
```
"""


_KINDS = {
    "template": "sentences with other fillings",
    "script": "clauses of the fixtures' lines",
    "shuffled": "clauses of different sentences",
    "words": "words in random order",
}


def _row(name: str, result: Measurement) -> str:
    figures = (
        f"{result.clips} | {result.characters:,} | {result.percent:.2f} % | "
        f"{result.start_mean:.3f} s | {result.start_p90:.3f} s"
    )
    return f"| {_KINDS[name]} | {figures} |"


def write_card(
    folder: Path,
    results: Mapping[str, Measurement],
    alignment: Sequence[tuple[int, int]],
    seed: int,
    trainer: Trainer,
) -> None:
    """Write ``README.md`` beside the model; ``results`` are those of each kind of text."""
    size = sum(p.stat().st_size for p in folder.iterdir() if p.suffix != ".md") / 1e6
    card = _CARD.format(
        size=size,
        width=shape.WIDTH,
        encoder=shape.ENCODER_LAYERS,
        decoder=shape.DECODER_LAYERS,
        heads=shape.HEADS,
        alignment=", ".join(str(tuple(h)) for h in alignment),
        training=SHARD * len(list(trainer.shards.glob("clips-???.npz"))),
        seed=seed,
        minutes=trainer.elapsed / 60,
        steps=trainer.step,
        rows="\n".join(_row(name, result) for name, result in results.items()),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
