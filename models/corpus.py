"""What the demonstration model reads: service Chinese from templates with slots.

Sentences come from three sources, mixed so that the small decoder learns words and not only whole
sentences: filled templates, clauses of templates shuffled together, and words in random order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

SENTENCES = Path(__file__).with_name("demo_sentences.yml")
"""Templates and slots; ``{name}`` in a template is filled from a slot or from a reader below."""

MARKS = "，。？！、"
_DIGITS = "零幺二三四五六七八九"
_NUMERALS = "零一二三四五六七八九"
_CLAUSE = re.compile(rf"[^{MARKS}]+[{MARKS}]?")


def spell(digits: str) -> str:
    """Digits as they are read one by one on the telephone: ``138`` is 幺三八."""
    return "".join(_DIGITS[int(d)] for d in digits)


def count(number: int) -> str:
    """A number from 0 to 9999 as it is counted: ``105`` is 一百零五."""
    if number == 0:
        return _NUMERALS[0]
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure = number // unit % 10
        if figure:
            text += ("零" if gap and text else "") + _NUMERALS[figure] + name
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if 10 <= number < 20 else text


def _random_digits(rng: random.Random, length: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(length))


def _phone(rng: random.Random) -> str:
    if rng.random() < 0.8:
        return spell("1" + rng.choice("356789") + _random_digits(rng, 9))
    return spell(rng.choice(["96777", "95598", "12345", "10000", _random_digits(rng, 8)]))


def _money(rng: random.Random) -> str:
    whole = count(rng.choice([rng.randint(1, 99), rng.randint(1, 999), rng.randint(1, 40) * 50]))
    if rng.random() < 0.4:
        return f"{whole}块{_NUMERALS[rng.randint(1, 9)]}{rng.choice(['', '毛', '角'])}"
    if rng.random() < 0.3:
        return f"{whole}点{_NUMERALS[rng.randint(1, 9)]}{_NUMERALS[rng.randint(1, 9)]}元"
    return whole + rng.choice(["元", "块", "块钱", "元钱"])


def _month(rng: random.Random) -> str:
    return count(rng.randint(1, 12)) + rng.choice(["月", "月", "月份"])


def _date(rng: random.Random) -> str:
    year = f"二零二{_NUMERALS[rng.randint(0, 9)]}年" if rng.random() < 0.2 else ""
    return f"{year}{count(rng.randint(1, 12))}月{count(rng.randint(1, 31))}{rng.choice('号号日')}"


def _clock(rng: random.Random) -> str:
    hour = "两" if (number := rng.randint(1, 12)) == 2 else count(number)
    return hour + rng.choice(
        ["点", "点", "点半", "点钟", "点" + count(rng.randint(1, 11) * 5) + "分"]
    )


def _room(rng: random.Random) -> str:
    return spell(str(rng.randint(1, 30) * 100 + rng.randint(1, 6))) + rng.choice(["", "", "室"])


def _address(rng: random.Random, slots: dict[str, list[str]]) -> str:
    where = rng.choice(slots["estate"] + slots["road"])
    building = count(rng.randint(1, 60)) + rng.choice(["号楼", "栋", "幢", "号"])
    unit = count(rng.randint(1, 6)) + "单元" if rng.random() < 0.6 else ""
    return where + building + unit + _room(rng)


def _job(rng: random.Random) -> str:
    return spell(_random_digits(rng, rng.choice([2, 3, 4, 4])))


_READERS: dict[str, Callable[[random.Random], str]] = {
    "phone": _phone,
    "money": _money,
    "month": _month,
    "date": _date,
    "clock": _clock,
    "room": _room,
    "job": _job,
    "digits": lambda rng: spell(_random_digits(rng, rng.randint(3, 11))),
    "house": lambda rng: count(rng.randint(1, 300)),
    "unit": lambda rng: count(rng.randint(1, 6)),
    "reading": lambda rng: count(rng.randint(1, 9999)),
    "count": lambda rng: count(rng.randint(1, 400)),
    "price": lambda rng: (
        f"{count(rng.randint(1, 5))}点{_NUMERALS[rng.randint(1, 9)]}{_NUMERALS[rng.randint(1, 9)]}元"
    ),
}


@dataclass(frozen=True)
class Corpus:
    """Templates, slots and word lists, and the sentences drawn from them."""

    templates: dict[str, list[str]]
    slots: dict[str, list[str]]
    words: list[str]
    fillers: list[str]
    scripts: list[str]
    kinds: tuple[str, ...] = ("template", "shuffled", "words", "short", "script")

    @classmethod
    def load(cls, path: Path = SENTENCES, *, scripts: Sequence[str] = ()) -> Corpus:
        """Read the templates; ``scripts`` are whole spoken lines to be learnt as well."""
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        slots = raw["slots"] | {"given": raw["given"]}
        templates = {name: raw[name] for name in ("agent", "customer", "banned", "short")}
        return cls(templates, slots, raw["words"], raw["filler"], list(scripts))

    def sentence(self, rng: random.Random) -> str:
        """One utterance of 1 to about 60 characters, of one of ``self.kinds``."""
        makers = {
            "template": (self._plain, 30),
            "shuffled": (self._shuffled, 32),
            "words": (self._words, 13),
            "short": (self._short, 8),
            "script": (self._script, 17 if self.scripts else 0),
        }
        chosen = [makers[kind] for kind in self.kinds]
        return rng.choices([m for m, _ in chosen], [weight for _, weight in chosen])[0](rng)

    def characters(self) -> set[str]:
        """Every character that a sentence can hold."""
        texts = [t for group in self.templates.values() for t in group] + self.words + self.fillers
        texts += [t for values in self.slots.values() for t in values] + self.scripts
        spoken = "零一二三四五六七八九十百千幺两点半分号日年月份块毛角元钱楼栋幢单室钟" + MARKS
        return set(re.sub(r"\{\w+\}", "", "".join(texts))) | set(spoken)

    def _plain(self, rng: random.Random) -> str:
        return self._fill(self._template(rng), rng)

    def _short(self, rng: random.Random) -> str:
        return rng.choice(self.templates["short"])

    def _script(self, rng: random.Random) -> str:
        line = rng.choice(self.scripts)
        clauses = _CLAUSE.findall(line)
        if len(clauses) < 2 or rng.random() < 0.5:
            return line
        first = rng.randrange(len(clauses))
        return _ended("".join(clauses[first : rng.randint(first, len(clauses)) + 1]))

    def _words(self, rng: random.Random) -> str:
        pool = self.words + [rng.choice(values) for values in self.slots.values()]
        return "".join(rng.choice(pool) for _ in range(rng.randint(2, 7))) + "。"

    def _shuffled(self, rng: random.Random) -> str:
        parts = []
        for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 5])):
            source = self._script(rng) if self.scripts and rng.random() < 0.3 else self._plain(rng)
            parts.append(rng.choice(_CLAUSE.findall(source)))
        if rng.random() < 0.3:
            filler = rng.choice(self.fillers) + rng.choice(["，", ""])
            parts.insert(rng.randrange(len(parts)), filler)
        return _ended("".join(p if p[-1] in MARKS or p is parts[-1] else p + "，" for p in parts))

    def _template(self, rng: random.Random) -> str:
        group = rng.choices(("agent", "customer", "banned", "short"), (40, 30, 22, 8))[0]
        return rng.choice(self.templates[group])

    def _fill(self, template: str, rng: random.Random) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name == "addr":
                return _address(rng, self.slots)
            return _READERS[name](rng) if name in _READERS else rng.choice(self.slots[name])

        return re.sub(r"\{(\w+)\}", value, template)


def _ended(text: str) -> str:
    """The text with a sentence mark at its end."""
    return text if text[-1] in "。？！" else text.rstrip(MARKS) + "。"


def script_lines(path: Path) -> list[str]:
    """The lines of scripted dialogues (a YAML list of calls with ``lines`` of ``role``, ``text``)."""
    if not path.is_file():
        return []
    calls = yaml.safe_load(path.read_text(encoding="utf-8"))
    calls = calls if isinstance(calls, list) else calls["calls"]
    return [line["text"] for call in calls for line in call["lines"]]
