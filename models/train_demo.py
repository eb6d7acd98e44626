"""Train the demonstration model: ``python -m models.train_demo --out models/demo``.

Synthesises its own speech, trains by the clock, converts to CTranslate2 int8, chooses the attention
heads that tell word times, measures the result and writes the model card. Interrupted, it goes on
from its last checkpoint.
"""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import tokenizers
import torch

from models import demo_tokenizer
from models.corpus import Corpus, script_lines
from models.demo_card import write_card
from models.demo_clips import texts_of, write_shards
from models.demo_evaluate import choose_heads, held_out_clips, load, measure
from models.demo_export import export
from models.demo_training import Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.demo_evaluate import Measurement

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the whole recipe."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("faster_whisper").setLevel(logging.WARNING)
    torch.set_num_threads(options.threads)
    _keep_memory()
    options.cache.mkdir(parents=True, exist_ok=True)
    tokenizer_file = _tokenizer(options.vocabulary, options.out, options.cache)
    corpus = Corpus.load(scripts=script_lines(options.scripts))
    codec = demo_tokenizer.TextCodec(
        tokenizers.Tokenizer.from_file(str(tokenizer_file)),
        corpus.characters() | demo_tokenizer.common_characters(),
    )
    write_shards(options.cache / "shards", corpus, seed=options.seed, count=options.shards)
    trainer = Trainer.create(codec, options.cache / "shards", 60 * options.minutes, options.seed)
    checkpoint = options.cache / "checkpoint.pt"
    if checkpoint.is_file():
        trainer.restore(checkpoint)
    clips = held_out_clips(corpus, 60)

    def preview(trainer: Trainer) -> None:
        began = time.monotonic()
        folder = options.cache / "preview"
        export(trainer.average, codec, tokenizer_file, folder, heads=[(1, 0)])
        log.info("preview: %s (%.0f s)", measure(load(folder), clips), time.monotonic() - began)

    trainer.run(checkpoint, preview, every=options.preview)
    export(trainer.average, codec, tokenizer_file, options.out)
    heads = choose_heads(options.out, clips)
    results = _results(options.out, corpus, options.cache / "shards", options.seed)
    write_card(options.out, results, heads, options.seed, trainer)


def _results(out: Path, corpus: Corpus, shards: Path, seed: int) -> dict[str, Measurement]:
    """Errors over held-out clips, one kind of text at a time; no training clip has the same text."""
    known = texts_of(shards)
    model = load(out)
    results = {}
    for kind in ("template", "script", "shuffled", "words"):
        clips = held_out_clips(dataclasses.replace(corpus, kinds=(kind,)), 300, seed=seed + 1)
        unheard = [clip for clip in clips if clip.text and clip.text not in known]
        results[kind] = measure(model, unheard[:100])
        log.info("held out, %s: %s", kind, results[kind])
    return results


def _keep_memory() -> None:
    """Have glibc reuse large blocks: a step frees and takes hundreds, and new pages cost more."""
    if sys.platform == "linux":
        mmap_max, trim_threshold = -4, -1
        library = ctypes.CDLL(None)
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, 2**31 - 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m models.train_demo")
    parser.add_argument("--out", type=Path, default=ROOT / "models/demo")
    parser.add_argument("--minutes", type=float, default=70, help="training time")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shards", type=int, default=20, help="thousands of clips")
    parser.add_argument("--preview", type=float, default=600, help="seconds between previews")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache/train-demo")
    parser.add_argument("--scripts", type=Path, default=ROOT / "tests/fixtures/dialogues.yml")
    parser.add_argument(
        "--vocabulary",
        type=Path,
        help="multilingual.tiktoken of the openai-whisper package; default: the finished model's own",
    )
    return parser


def _tokenizer(vocabulary: Path | None, out: Path, cache: Path) -> Path:
    """The tokenizer file: built from OpenAI's vocabulary, or taken from the finished model."""
    path = cache / "tokenizer.json"
    if vocabulary is not None:
        demo_tokenizer.build(vocabulary).save(str(path), pretty=False)
    elif not path.is_file():
        path.write_bytes((out / "tokenizer.json").read_bytes())
    return path


if __name__ == "__main__":
    main()
