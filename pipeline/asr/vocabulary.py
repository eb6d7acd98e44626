"""A Whisper model without the tokens that no Chinese call needs.

Half of what a small decoder computes is how likely each of its 51,865 tokens is, and four in five of
those are words and syllables of other languages. Their rows of the embedding are left out, and with
them their entries of the tokenizer; the weights of what stays are those of the model. Any text can
still be written, a rare foreign word from shorter pieces (``bench/speech/defaults.md`` has what it
gains and costs).
"""

from __future__ import annotations

import json
import mmap
import struct
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

SPEC, VERSION = "WhisperSpec", 6
"""The only layout of CTranslate2's ``model.bin`` that is read here."""
FREQUENT = 10_000
"""Tokens are numbered by how frequent they were: a Latin word with a number under this, in any case,
behind a space or not, is one that Chinese callers use (Hello, App, WiFi, logo)."""
SHORT = 2
"""Characters of the Latin pieces that stay whatever their number: all other words are made of them."""
_IDS = ("suppress_ids", "suppress_ids_begin", "lang_ids")
"""Lists of tokens in a model's ``config.json``."""


def for_chinese(folder: Path) -> dict[str, bytes] | None:
    """The files of the CTranslate2 model in ``folder`` by name, reduced; None of another layout.

    They are what ``WhisperModel(files=...)`` takes. Tokens keep their order.
    """
    if not (folder / "tokenizer.json").is_file():
        return None
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    listed = _read_tokens(folder)
    special = [one for one in tokenizer["added_tokens"] if not _is_time(one["content"])]
    first = min((one["id"] for one in special), default=0)
    words = {t: n for t, n in tokenizer["model"]["vocab"].items() if n < first}
    kept = sorted({*_tokens_of_chinese(words), *(one["id"] for one in special)})
    model = _reduce_weights(folder / "model.bin", kept, len(listed))
    if model is None:
        return None
    numbers = {old: new for new, old in enumerate(kept)}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {name: _new_numbers(config[name], numbers) for name in _IDS if name in config}
    return {
        "model.bin": model,
        "config.json": json.dumps(config).encode(),
        "vocabulary.json": json.dumps([listed[old] for old in kept]).encode(),
        "tokenizer.json": json.dumps(_tokenizer(tokenizer, special, numbers)).encode(),
    }


def _read_tokens(folder: Path) -> list[str]:
    """The tokens by their numbers, from either form of the list."""
    if (path := folder / "vocabulary.json").is_file():
        return [str(token) for token in json.loads(path.read_text(encoding="utf-8"))]
    return (folder / "vocabulary.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _is_time(token: str) -> bool:
    """Whether it is one of Whisper's time marks (``<|12.34|>``): word times come from its attention."""
    return token.startswith("<|") and token[2:3].isdigit()


def _tokens_of_chinese(words: Mapping[str, int]) -> Iterator[int]:
    """The numbers of the tokens that Chinese, with foreign words in it, is written with."""
    spelt = _bytes()
    written = {token: bytes(spelt[sign] for sign in token) for token in words}
    frequent = {written[t].strip().lower() for t, number in words.items() if number < FREQUENT}
    for token, number in words.items():
        text = written[token].strip()
        if not text.isascii():
            if not _is_foreign(text):
                yield number
        elif len(text) <= SHORT or text.lower() in frequent:
            yield number


def _is_foreign(text: bytes) -> bool:
    """Whether there is a letter of a script other than Han and plain Latin in it.

    Parts of a character's bytes belong to any script.
    """
    try:
        signs = [sign for sign in text.decode() if not sign.isascii()]
    except UnicodeDecodeError:
        return False
    return any(
        unicodedata.category(sign)[0] in "LM" and not unicodedata.name(sign, "").startswith("CJK")
        for sign in signs
    )


def _bytes() -> dict[str, int]:
    """The byte that each sign of a token stands for: GPT-2's table, printable ones their own."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }


def _new_numbers(old: Iterable[int], numbers: Mapping[int, int]) -> list[int]:
    return [numbers[number] for number in old if number in numbers]


def _tokenizer(
    whole: Mapping[str, Any], special: Sequence[Mapping[str, Any]], numbers: Mapping[int, int]
) -> dict[str, Any]:
    """The tokenizer with the tokens that are left, and the merges of which no part is missing."""
    vocab = {t: numbers[n] for t, n in whole["model"]["vocab"].items() if n in numbers}
    pairs = [
        (pair.split(" ") if isinstance(pair, str) else pair) for pair in whole["model"]["merges"]
    ]
    merges = [[a, b] for a, b in pairs if a in vocab and b in vocab and a + b in vocab]
    return {
        **whole,
        "model": {**whole["model"], "vocab": vocab, "merges": merges},
        "added_tokens": [{**one, "id": numbers[one["id"]]} for one in special],
        "post_processor": None,
    }


def _reduce_weights(path: Path, kept: Sequence[int], tokens: int) -> bytes | None:
    """``model.bin`` with those rows only of everything that has a row for each token."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = _Reader(data)
        if reader.number("I") != VERSION or reader.name() != SPEC:
            return None
        reader.number("I")
        count = reader.number("I")
        pieces = [data[: reader.at]]
        for _ in range(count):
            pieces += reader.variable(kept, tokens)
        if not reader.reduced:
            return None
        return b"".join([*pieces, data[reader.at :]])


class _Reader:
    """Reads a ``model.bin`` from where it stands: little-endian numbers, names with their length."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self.at, self.reduced = data, 0, False

    def number(self, form: str) -> int:
        """The next number, of a ``struct`` format."""
        (value,) = struct.unpack_from(f"<{form}", self._data, self.at)
        self.at += struct.calcsize(form)
        return int(value)

    def name(self) -> str:
        """The next name."""
        length = self.number("H")
        self.at += length
        return self._data[self.at - length : self.at].rstrip(b"\0").decode()

    def variable(self, kept: Sequence[int], tokens: int) -> list[bytes]:
        """The next variable's head and values; of the kept tokens only if it has a row for each."""
        begin = self.at
        self.name()
        rank = self.number("B")
        shape_at = self.at
        shape = [self.number("I") for _ in range(rank)]
        self.number("B")
        size = self.number("I")
        values = self._data[self.at : self.at + size]
        head = bytearray(self._data[begin : self.at])
        self.at += size
        if not shape or shape[0] != tokens:
            return [bytes(head), values]
        self.reduced = True
        rows = np.frombuffer(values, dtype=np.uint8).reshape(tokens, -1)[list(kept)]
        struct.pack_into("<I", head, shape_at - begin, len(kept))
        struct.pack_into("<I", head, len(head) - 4, rows.nbytes)
        return [bytes(head), rows.tobytes()]
