"""Whisper's multilingual vocabulary as a ``tokenizers`` file, with the ids that faster-whisper expects.

CTranslate2 tells a multilingual model by its vocabulary of 51,865 entries, so the whole vocabulary
is kept although the demonstration model uses about a thousand of them.
"""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING

from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

if TYPE_CHECKING:
    from pathlib import Path

END_OF_TEXT, START, CHINESE, TRANSCRIBE = 50257, 50258, 50260, 50359
NO_SPEECH, NO_TIMESTAMPS, VOCABULARY = 50362, 50363, 51865
PROMPT = (START, CHINESE, TRANSCRIBE, NO_TIMESTAMPS)
"""What faster-whisper puts before the text (``language="zh"``, ``without_timestamps=True``)."""

_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_FIRST_LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur "
    "hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si "
    "km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln "
    "ha ba jw su"
)
LANGUAGES = tuple(_FIRST_LANGUAGES.split())
"""The 99 languages in the order of their ids, from 50259."""


def build(vocabulary: Path) -> Tokenizer:
    """Build the tokenizer from ``multilingual.tiktoken`` of the ``openai-whisper`` package."""
    ranks = {}
    for line in vocabulary.read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    names = _byte_names()
    text = {token: "".join(names[b] for b in token) for token in ranks}
    pairs = [_split(token, ranks) for token in ranks if len(token) > 1]
    merges = [(text[left], text[right]) for left, right in pairs]
    tokenizer = Tokenizer(models.BPE({text[t]: r for t, r in ranks.items()}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(s, special=True) for s in _special_tokens()])
    if tokenizer.get_vocab_size() != VOCABULARY or not set(LANGUAGES) <= set(_LANGUAGE_CODES):
        msg = f"{vocabulary} gives {tokenizer.get_vocab_size()} entries, not {VOCABULARY}"
        raise ValueError(msg)
    return tokenizer


def _special_tokens() -> list[str]:
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    named = [f"<|{s}|>" for s in ("endoftext", "startoftranscript", *LANGUAGES, *tasks)]
    return named + [f"<|{i * 0.02:.2f}|>" for i in range(1501)]


def _byte_names() -> dict[int, str]:
    """The printable stand-in of each byte, as GPT-2's byte-level alphabet defines it."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names = {b: chr(b) for b in printable}
    others = (b for b in range(256) if b not in names)
    return names | {b: chr(256 + i) for i, b in enumerate(others)}


def _split(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """The two parts whose merge made ``token``: the merges of lower rank, applied to its bytes."""
    parts = [bytes([b]) for b in token]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, 1 << 30) for a, b in itertools.pairwise(parts)]
        best = pairs.index(min(pairs))
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return parts[0], parts[1]


class TextCodec:
    """Text to token ids one character at a time, so that each character is a word with its time."""

    def __init__(self, tokenizer: Tokenizer, characters: set[str]) -> None:
        """``characters`` are all that the model may write."""
        self.alphabet = sorted(characters)
        self.ids = {c: tokenizer.encode(c, add_special_tokens=False).ids for c in self.alphabet}
        used = {i for ids in self.ids.values() for i in ids}
        self.used = sorted(
            used | {END_OF_TEXT, START, CHINESE, TRANSCRIBE, NO_SPEECH, NO_TIMESTAMPS}
        )
        """The rows of the vocabulary that training touches; all others share one row."""
        self.row = {token: index for index, token in enumerate(self.used)}


def common_characters() -> set[str]:
    """The 3,755 most common Han characters (level 1 of GB 2312), so that scripts may use any."""
    codes = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return {text for code in codes if (text := code.decode("gb2312", "ignore"))}
