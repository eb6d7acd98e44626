"""``python -m bench.privacy.strangers``: names and places as other hands wrote them.

Dialogues of writers who saw neither patterns nor lists, in which names, places and accounts stand as
somebody would tell them, and much that only looks like them. A value counts as masked when every
character that has to be hidden is; a turn has too much hidden when anything else in it is.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.privacy.__main__ import argus, callqa, samples
from pipeline.text.normal import is_ordinary_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.privacy.__main__ import Hidden, Sample

RESULTS = Path(__file__).with_name("strangers.md")
SETS = {
    "names": (
        "Written to be hard: rare, foreign and telling names, places without an address. When it was",
        "opened, on 29 November 2026, 201 of its 494 values were masked.",
    ),
    "week": (
        "An ordinary week. Opened when the first set had been mended on: 377 of 471 values were masked",
        "(235 before that).",
    ),
    "month": (
        "All parts of the country. Opened when the first two had been mended on: 290 of 402 values were",
        "masked (172 before anything had been).",
    ),
    "year": (
        "Hotlines of ten trades. Opened when the first three had been mended on: 452 of 558 values were",
        "masked (265 before anything had been), of names and places 405 of 497; mended on since.",
    ),
    "season": (
        "Eleven trades. Opened when a network told people's names as well: 392 of 512 values were",
        "masked (377 without it), of names and places 340 of 457; mended on since.",
    ),
    "autumn": (
        "Twelve trades. Opened when the network told places too: 401 of 471 values were masked (376",
        "before the network), of names and places 354 of 423. Left alone but for harmless numbers.",
    ),
    "frost": (
        "A hundred and twenty dialogues, written to learn from. By the patterns alone 1,038 of 1,293",
        "values were masked.",
    ),
    "winter": (
        "Sixty dialogues of all trades. When it was opened, on 30 November 2026, 599 of its 769 values",
        "were masked by the patterns alone, 683 with the first model of names and places.",
    ),
    "thaw": (
        "Sixty more, by another writer. Opened later that day with that model: 548 of 609 values were",
        "masked (494 by the patterns alone), of names and places 497 of 551.",
    ),
    "rain": (
        "A hundred and twenty, by one more. Opened with all as it was for thaw: 1,266 of 1,356 values",
        "were masked (1,097 by the patterns alone), of names and places 1,170 of 1,257.",
    ),
    "hail": (
        "A hundred and twenty of what earlier writers had neglected: hospitals, schools, lost property,",
        "addresses without a street, names in passing. Opened with the same: 941 of 1,153 values were",
        "masked, of names and places 884 of 1,095.",
    ),
    "dew": (
        "As many likewise, by another. Opened with the same: 975 of 1,150 values were masked, of names",
        "and places 929 of 1,101.",
    ),
    "snow": (
        "Sixty dialogues of all trades, by one more, of which nothing has been learnt. Opened on 30",
        "November 2026 with a network that had learnt of all sets above: 521 of 543 values were",
        "masked (455 by the patterns alone, 502 with the model before it), of names and places 466 of",
        "488.",
    ),
    "sleet": (
        "Eighty of what is hardest, by one more: names that are words, rare surnames before regional",
        "titles, gates, halls and letters where a door would be. Opened with the same network: 709 of",
        "776 values were masked (622 with the model before it), of names and places 675 of 739.",
    ),
    "mist": (
        "A hundred and twenty likewise. Opened with the same network: 803 of 927 values were masked, of",
        "names and places 764 of 886.",
    ),
    "fog": (
        "A hundred and twenty of all trades again, by one more. Opened with the network that squall was",
        "opened with, squall not learnt: 1,015 of 1,050 values were masked, of names and places 945 of",
        "979.",
    ),
    "haze": (
        "As many likewise, a third of them about beds, stalls, villages, rooms. Opened with the same:",
        "1,038 of 1,092 values were masked, of names and places 969 of 1,022.",
    ),
    "squall": (
        "Sixty likewise, by one more. Opened with a network that has learnt of all sets above but snow:",
        "570 of 610 values were masked, of names and places 529 of 569 (483 with the first model).",
    ),
    "gale": (
        "Sixty ordinary ones, half of them what every hotline hears daily, by another, of which nothing",
        "has been learnt. Opened with a network that has learnt of all sets above but snow and squall:",
        "567 of 575 values were masked, of names and places 510 of 517; with the one before it as many.",
    ),
    "breeze": (
        "Sixty likewise, by one more, of which nothing has been learnt:",
        "580 of 601 values were masked, of names and places 522 of 542. Of what is left a third are",
        "landmarks and floors (到村小学, 九楼尽头), a third nicknames and titles (梁婆, 小曲).",
    ),
    "drizzle": (
        "Sixty likewise, by one more. Opened with the same network: 634 of 653 values were masked, of",
        "names and places 565 of 584; what is left are mostly rare surnames (钟离, 过, 闭) and numbers",
        "that name a place (船号, 商位).",
    ),
    "mizzle": (
        "Sixty likewise, by one more, with every rare surname that there is. Opened with the same: 651",
        "of 685 values were masked, of names and places 581 of 614. A network that had learnt of four",
        "sets more (squall, gale, breeze, drizzle) masked 582, and was put away. Mended on it: surnames",
        "of two characters wherever they stand, 妈妈 behind a surname, vessels.",
    ),
}
"""The sets, by their files, and what was masked of them when they were opened."""
LEARNT = (
    *("names", "week", "month", "year", "season", "autumn"),
    *("frost", "winter", "thaw", "rain", "hail", "dew", "sleet", "mist", "fog", "haze"),
)
"""The sets of which the model of ``models/train_personal.py`` has learnt."""
_LEARNT = (
    "A model has learnt of it: [what it does where it has not](../../models/text/personal.md)."
)
KINDS = {
    "name": "name",
    "surname": "name",
    "given": "name",
    "address": "address",
    "wechat": "account",
    "phone": "number",
    "landline": "number",
    "id": "number",
    "bank": "number",
}
SEED = 5


def plain() -> Callable[[Sample], Hidden]:
    """What an engineer writes in an afternoon: the names and places that jieba tells."""
    from jieba import posseg

    def of_text(text: str) -> set[int]:
        hidden, at = set(), 0
        for word, flag in posseg.cut(text):
            if flag.startswith(("nr", "ns")) and not is_ordinary_word(word):
                hidden |= set(range(at, at + len(word)))
            at += len(word)
        return hidden

    return lambda sample: [of_text(said.text) for said in sample.turns]


def counted(hides: Callable[[Sample], Hidden], some: Sequence[Sample]) -> Counter[str]:
    """By kind: values and those that are masked; turns, and those in which more is hidden."""
    count: Counter[str] = Counter()
    for sample in some:
        hidden = hides(sample)
        for slot in sample.slots:
            if slot.secret:
                count[KINDS[slot.kind]] += 1
                count[f"{KINDS[slot.kind]} masked"] += hidden[slot.turn].issuperset(slot.secret)
        for number, own in enumerate(hidden):
            places = (s for s in sample.slots if s.turn == number)
            known = {at for slot in places for at in range(slot.start, slot.end)}
            count["turns"] += 1
            count["turns with more"] += bool(own - known)
    return count


def page() -> Iterator[str]:
    """The results as Markdown."""
    ways = {"callqa": callqa()} | argus() | {"jieba's tags": plain()}
    yield "# Names and places of other hands"
    yield ""
    yield "<!-- written by `python -m bench.privacy.strangers` -->"
    for name, told in SETS.items():
        if name in LEARNT:
            yield from ("", f"## {name}.txt", "", *told, _LEARNT)
            continue
        some = list(samples(f"{name}.txt", 1, SEED))
        yield from ("", f"## {name}.txt: {len(some)} dialogues", "", *told, "")
        yield f"| | {' | '.join(ways)} |"
        yield "|---|" + "---:|" * len(ways)
        counts = [counted(hides, some) for hides in ways.values()]
        for kind in dict.fromkeys(KINDS.values()):
            yield _line(kind, [(c[f"{kind} masked"], c[kind]) for c in counts])
        kinds = set(KINDS.values())
        sums = [(sum(c[f"{k} masked"] for k in kinds), sum(c[k] for k in kinds)) for c in counts]
        yield _line("all", sums)
        yield _line("turns with more hidden", [(c["turns with more"], c["turns"]) for c in counts])


def _line(name: str, shares: Sequence[tuple[int, int]]) -> str:
    cells = (f"{100 * some / of:.1f} % ({some} of {of})" if of else "" for some, of in shares)
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Measure, print, and write the page of results."""
    text = "\n".join(page()) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
