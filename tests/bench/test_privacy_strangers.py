"""``bench.privacy.strangers``: what of a value has to be hidden, and what counts as too much."""

from __future__ import annotations

import pytest

from bench.privacy.__main__ import samples
from bench.privacy.strangers import SETS, counted
from bench.privacy.values import literal


@pytest.mark.parametrize(
    ("kind", "text", "secret"),
    [
        ("name", "郭桂兰", "桂兰"),
        ("name", "令狐秀珍", "秀珍"),
        ("surname", "郭", "郭"),
        ("given", "桂花的桂", "桂花桂"),
        ("address", "东头，第三家", "东头第三家"),
        ("name", "艾力江·吐尔逊", "力江吐尔逊"),
    ],
)
def test_what_has_to_be_hidden(kind: str, text: str, secret: str) -> None:
    """Of a whole name the surname may stay; of all else all but marks and 的."""
    value = literal(kind, text)
    assert "".join(value.text[i] for i in value.secret) == secret


def test_hiding_nothing_and_hiding_all_are_both_seen() -> None:
    """One masks no value, the other too much in every turn."""
    some = list(samples("week.txt", 1, 1))
    assert len(some) == 60
    nothing = counted(lambda s: [set() for _ in s.turns], some)
    everything = counted(lambda s: [set(range(len(said.text))) for said in s.turns], some)
    assert nothing["name masked"] == nothing["turns with more"] == 0
    assert everything["name masked"] == everything["name"] > 100
    assert everything["turns with more"] > 0.9 * everything["turns"]


def test_every_set_is_there() -> None:
    """Sixty dialogues each, or twice as many."""
    large = dict.fromkeys(("frost", "rain", "hail", "dew", "mist", "fog", "haze"), 120)
    large["sleet"] = 80
    sizes = {name: len(list(samples(f"{name}.txt", 1, 1))) for name in SETS}
    assert sizes == dict.fromkeys(SETS, 60) | large
