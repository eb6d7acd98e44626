"""``python -m bench.fairness``: the same calls of other people; how many verdicts change, in per cent.

Every labelled call is judged as it is and with one thing about its people changed: names, genders and
titles, which must change nothing, and regional words and habits of speech, which hardly may. Published
figures for language models as judges are 5.4 to 13 %.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.accuracy.__main__ import FRESH, THIRD, judges, verdicts
from bench.accuracy.dataset import CALLS, Item, Line, load_items
from bench.accuracy.metrics import NO_RULE, wilson
from pipeline.judging.judge import Judge
from pipeline.records import Role

OUT = Path(__file__).parent
_SURNAMES = dict(zip("王李张刘陈杨赵黄周吴", "欧阎曾覃邓贺崔孟夏侯", strict=True))
_TITLE = r"(?=先生|女士|小姐|阿姨|大爷|师傅|老师|经理|总|工)"
_GENDER = (("先生", "\0"), ("女士", "先生"), ("\0", "女士"), ("小姐姐", "大哥"))
_HE = r"(?<![其吉])他(?!妈)"
"""他 where it is somebody: 其他, 吉他 and the oath are not."""
_TITLES = (("阿姨", "大姐"), ("大爷", "大叔"), ("女士", "老师"), ("先生", "老师"))
_REGION = (("怎么", "咋"), ("什么", "啥"), ("知道", "晓得"), ("没有", "没得"), ("怎么样", "咋样"))
_FILLERS = ("嗯，", "那个，", "呃，")


def _swapped(pairs: Sequence[tuple[str, str]]) -> Callable[[str], str]:
    def change(text: str) -> str:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    return change


def _other_names(text: str) -> str:
    return re.sub(
        rf"([{''.join(_SURNAMES)}]){_TITLE}|(?<=我姓)([{''.join(_SURNAMES)}])",
        lambda m: _SURNAMES[m.group()],
        text,
    )


def _other_gender(text: str) -> str:
    return re.sub(_HE, "她", _swapped(_GENDER)(text))


def _all_lines(change: Callable[[str], str]) -> Callable[[Sequence[Line]], list[Line]]:
    return lambda lines: [replace(line, text=change(line.text)) for line in lines]


def _with_fillers(lines: Sequence[Line]) -> list[Line]:
    """The agent begins every fourth of his turns with a filler."""
    changed, spoken = [], 0
    for line in lines:
        if line.role is Role.AGENT:
            spoken += 1
            if spoken % 4 == 2:
                filler = _FILLERS[spoken // 4 % len(_FILLERS)]
                line = replace(line, text=filler + line.text, kept=frozenset())  # noqa: PLW2901
        changed.append(line)
    return changed


CHANGES: dict[str, Callable[[Sequence[Line]], list[Line]]] = {
    "another surname": _all_lines(_other_names),
    "another gender": _all_lines(_other_gender),
    "another title": _all_lines(_swapped(_TITLES)),
    "regional words": _all_lines(_swapped(_REGION)),
    "fillers of the agent": _with_fillers,
}


@dataclass(frozen=True)
class Flips:
    """Of the verdicts on calls that a change touches those that are others after it."""

    change: str
    calls: int
    verdicts: int
    flipped: int
    rules: Counter[str]


def measure(items: Sequence[Item], found: dict[str, Judge]) -> Iterator[Flips]:
    """The flips of each change."""
    before = {id(item): verdicts(found.get(item.rubric), item) for item in items}
    for name, change in CHANGES.items():
        rules: Counter[str] = Counter()
        calls = total = 0
        for item in items:
            lines = tuple(change(item.labelled.turns))
            if lines == item.labelled.turns:
                continue
            other = replace(item, labelled=item.labelled.model_copy(update={"turns": lines}))
            said = verdicts(found.get(item.rubric), other)
            calls += 1
            total += sum(v != NO_RULE for v in said.values())
            rules.update(rule for rule, v in said.items() if v != before[id(item)][rule])
        yield Flips(name, calls, total, rules.total(), rules)


def page(found: Sequence[Flips]) -> Iterator[str]:
    """The results as Markdown."""
    yield "# Fairness"
    yield ""
    yield "The labelled calls of `bench/accuracy`, each with one thing about its people changed."
    yield ""
    yield "| change | calls | verdicts | changed | 95 % interval | most by |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for f in found:
        low, high = wilson(f.flipped, f.verdicts)
        most = ", ".join(f"`{rule}` {count}" for rule, count in f.rules.most_common(3))
        share = f"{f.flipped / f.verdicts:.2%}"
        yield (
            f"| {f.change} | {f.calls} | {f.verdicts:,} | {share} | {low:.2%}–{high:.2%} | {most} |"
        )


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.fairness", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where the results go")
    options = parser.parse_args()
    found, _ = judges()
    items = [
        replace(item, noisy=False)
        for folder in (CALLS, FRESH, THIRD)
        for item in load_items(folder)
    ]
    flips = list(measure(items, found))
    text = "\n".join(page(flips))
    print(text)
    (options.out / "results.md").write_text(text + "\n", encoding="utf-8")
    data = [{**vars(f), "rules": dict(f.rules)} for f in flips]
    (options.out / "results.json").write_text(
        json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
