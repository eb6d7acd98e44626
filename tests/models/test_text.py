"""The text models as they are committed, and how they are trained."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models import train_role, train_text
from models.text_lines import AGENT, LABELS, Line, Variants, groups_of, read_lines
from models.text_store import store
from pipeline.resources import MODELS
from pipeline.text import acts
from pipeline.text.classifiers import PATH, RoleModel, words
from pipeline.text.normal import sounds
from pipeline.text.stored import load

if TYPE_CHECKING:
    from pathlib import Path

TEXT = MODELS / "text"


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    """The training data."""
    return read_lines(TEXT / "data")


def test_their_size() -> None:
    """Small enough to be committed."""
    assert (TEXT / "acts.npz").stat().st_size < 5_000_000
    assert (TEXT / "role.npz").stat().st_size < 1_500_000


def test_the_card_counts_what_the_data_hold(lines: list[Line]) -> None:
    """So the models are those of these data."""
    card = (TEXT / "README.md").read_text(encoding="utf-8")
    counts = Counter(label for line in lines for label in line.labels)
    table = {
        k: int(v.replace(",", "")) for k, v in re.findall(r"\| (\w+) \| ([\d,]+)(?= \|)", card)
    }
    assert {label: table[label] for label in LABELS} == dict(counts)


def test_there_are_enough_lines_of_each_act(lines: list[Line]) -> None:
    """200 of each act, 150 of them no variants of each other; 4,000 lines that are none of them."""
    counts = Counter(label for line in lines for label in line.labels)
    for label in (*acts.ACTS, *acts.CUSTOMER_ACTS, *acts.TONES):
        assert counts[label] >= 200, label
        own = groups_of([line for line in lines if label in line.labels])
        assert len(set(own)) >= 150, label
    assert sum(counts[label] for label in ("agent", "plain")) >= 4000


def test_the_stored_thresholds_are_the_cards() -> None:
    """What the card's figures were measured at."""
    card = (TEXT / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| (\w+) \| (0\.\d{3}) \|", card, re.MULTILINE))
    stored = acts.model().thresholds
    assert {label: float(shown[label]) for label in shown} == {
        label: pytest.approx(stored[label], abs=1e-4) for label in shown
    }
    assert set(shown) == {*acts.ACTS, *acts.CUSTOMER_ACTS, acts.RUDE}


def test_the_stored_role_model_is_what_the_data_give(lines: list[Line]) -> None:
    """Trained once more, it says the same."""
    again = train_role.fit(lines, train_text.SEED)
    texts = [words(line.text) for line in lines[::40]]
    agent = list(again.classes_).index(AGENT)
    stored = 1 / (1 + np.exp(-RoleModel.of(load(PATH)).log_odds(texts)))
    assert abs(stored - again.predict_proba(texts)[:, agent]).max() < 0.02


def test_the_stored_acts_are_of_these_data(lines: list[Line]) -> None:
    """It has learnt the lines: nearly all that hold an act or a tone are told by it, few others.

    Training anew takes minutes; ``python -m models.train_text`` does it.
    """
    model = acts.model()
    some = [line for line in lines[::25] if len(line.text) >= acts.SHORTEST]
    said = acts.scores([line.text for line in some])
    held = [
        (row, label)
        for row, line in enumerate(some)
        for label in line.labels
        if label in model.columns
    ]
    told = [said[row, model.columns[label]] for row, label in held if label in acts.ACTS]
    assert sum(p >= 0.3 for p in told) >= 0.95 * len(told)
    rude = said[:, model.columns[acts.RUDE]] >= model.thresholds[acts.RUDE]
    toned = [line.tone is not None for line in some]
    agents = [line.role == "agent" for line in some]
    assert sum(r for r, t in zip(rude, toned, strict=True) if t) >= 0.85 * sum(toned)
    wrong = (r for r, t, a in zip(rude, toned, agents, strict=True) if a and not t)
    assert sum(wrong) <= 0.01 * len(some)


def test_storing_twice_gives_the_same_bytes(lines: list[Line], tmp_path: Path) -> None:
    """The clock is not in the files."""
    few = lines[::40]
    for name in ("a.npz", "b.npz"):
        store(train_role.content(train_role.fit(few, 1)), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_near_duplicates_share_a_group() -> None:
    """Else a line would be measured by a model that has all but seen it."""
    texts = ("请您稍等我帮您查一下", "请您稍等我来帮您查一下", "师傅什么时候来")
    first, second, third = groups_of([Line(("agent",), text) for text in texts])
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
    (tmp_path / "a.tsv").write_text("agent\t您好\nagnet\t再见\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"a\.tsv:2.*agnet"):
        read_lines(tmp_path)
