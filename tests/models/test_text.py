"""The text models as they are committed, and how they are trained."""

from __future__ import annotations

import random
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from models import train_text
from models.train_text import ATTITUDES, CUSTOMER, LABELS, Line, Task, Variants
from pipeline.text import classifiers
from pipeline.text.classifiers import NEUTRAL, words
from pipeline.text.normal import sounds

TEXT = classifiers.FOLDER


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    """The training data."""
    return train_text.read_lines(TEXT / "data")


def test_their_size() -> None:
    """Small enough to be committed."""
    assert all(path.stat().st_size < 1_500_000 for path in TEXT.glob("*.skops"))


def test_the_card_counts_what_the_data_hold(lines: list[Line]) -> None:
    """So the models are those of these data."""
    card = (TEXT / "README.md").read_text(encoding="utf-8")
    counts = Counter(line.label for line in lines)
    table = dict(re.findall(r"^\| (\w+) \| ([\d,]+) \|$", card, re.MULTILINE))
    assert {label: int(table[label].replace(",", "")) for label in LABELS} == dict(counts)


def test_there_are_enough_lines_of_each_kind(lines: list[Line]) -> None:
    """Role: 1,200 lines a side; attitude: 250 of each kind and 1,500 neutral ones."""
    counts = Counter(line.label for line in lines)
    assert counts[CUSTOMER] >= 1200
    assert counts[NEUTRAL] >= 1500
    assert all(counts[label] >= 250 for label in ATTITUDES)


def test_the_stored_threshold_is_the_cards() -> None:
    """What the card's figures were measured at."""
    card = (TEXT / "README.md").read_text(encoding="utf-8")
    (threshold,) = re.findall(r"at least\n\*\*(0\.\d+)\*\*", card)
    assert classifiers.load(TEXT / "attitude.skops")["threshold"] == float(threshold)


@pytest.mark.parametrize("name", ["role", "attitude"])
def test_the_stored_models_are_what_the_data_give(lines: list[Line], name: str) -> None:
    """Trained once more, they say the same."""
    task = next(task for task in train_text.tasks(lines) if task.name == name)
    again = task.fit(task.lines, train_text.SEED)
    texts = [words(line.text) for line in task.lines[::20]]
    stored = classifiers.load(TEXT / f"{name}.skops")["model"]
    assert list(stored.classes_) == list(again.classes_)
    assert abs(stored.predict_proba(texts) - again.predict_proba(texts)).max() < 0.02


def test_storing_twice_gives_the_same_bytes(lines: list[Line], tmp_path: Path) -> None:
    """Neither the clock nor addresses in memory are in the files."""
    few = tuple(lines[::40])
    role = train_text.tasks(few)[0]
    for name in ("a", "b"):
        model = train_text.compact(role.fit(role.lines, 1))
        train_text.store({"model": model, "threshold": 0.9}, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert not re.search(rb"\d{12}", archive.read("schema.json")), "an address in memory"
    assert classifiers.load(tmp_path / "a")["threshold"] == 0.9


def test_near_duplicates_share_a_group() -> None:
    """Else a line would be measured by a model that has all but seen it."""
    texts = ("请您稍等我帮您查一下", "请您稍等我来帮您查一下", "师傅什么时候来")
    first, second, third = train_text.groups_of([Line(NEUTRAL, text) for text in texts])
    assert first == second != third


def test_variants_sound_the_same() -> None:
    """A misheard line keeps its length and its sounds."""
    variants = Variants(["师傅是十点来的吗", "诗事石典", "马上"])
    chance = random.Random(1)  # noqa: S311
    heard = {variants.misheard("师傅是十点来的吗", chance) for _ in range(20)}
    assert len(heard) > 1
    assert len({sounds(text) for text in heard}) == 1
    assert {len(text) for text in heard} == {8}


def test_an_unknown_label_stops_the_training(tmp_path: Path) -> None:
    """A slip in the data is no new class."""
    (tmp_path / "a.tsv").write_text("# 说明\nneutrall\t您好\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="neutrall"):
        train_text.read_lines(tmp_path)


def test_a_task_weighs_both_sides_alike(lines: list[Line]) -> None:
    """More agents' lines than customers' make nobody an agent."""
    role = train_text.tasks(lines)[0]
    assert isinstance(role, Task)
    assert role.class_weight == "balanced"
