"""The labelled calls are sound, their noise repeats itself, the figures are the right ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from bench.accuracy.__main__ import cases_of
from bench.accuracy.catalogue import DOCUMENTS, REVIEW_ONLY, RUBRICS, rules_of
from bench.accuracy.dataset import Item, LabelledCall, load_calls, load_items, parse_line, times
from bench.accuracy.metrics import NO_RULE, Case, Share, figures, judged, misses, wilson
from bench.accuracy.naive import naive
from bench.accuracy.noise import Noise, homophones
from pipeline.records import Role
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from pathlib import Path

AUDIO = {"voice.energy", "procedure.dialing"}
"""What a transcript alone never shows: the calls show that it is not measurable."""


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """The whole set."""
    return load_items()


def test_the_set_is_large_and_every_second_call_is_noisy(items: list[Item]) -> None:
    """Every trade has its share, and no id stands twice."""
    assert len(items) >= 320
    counts = Counter(item.rubric for item in items)
    assert set(counts) == set(RUBRICS)
    assert min(counts.values()) >= 40
    for rubric in RUBRICS:
        noisy = [item.noisy for item in items if item.rubric == rubric]
        assert noisy == [number % 2 == 1 for number in range(len(noisy))]
    assert len({item.labelled.id for item in items}) == len(items)


@pytest.mark.parametrize("rule", DOCUMENTS)
def test_every_rule_has_calls_for_and_against_it(items: list[Item], rule: str) -> None:
    """Five calls that it must find something in, five that it must not."""
    labels = Counter(item.labelled.expect[rule] for item in items if rule in item.labelled.expect)
    unmeasured = labels["not_measurable"]
    against = labels["pass"] + labels["not_applicable"] + labels["clean"] + unmeasured
    if rule in AUDIO:
        assert unmeasured >= 5
        return
    found = labels["violation"] + (labels["review"] if rule in REVIEW_ONLY else 0)
    assert found >= 5, (
        "bench/accuracy/calls: five calls at least that break the rule (README there)"
    )
    assert against >= 5, "bench/accuracy/calls: five calls at least that keep it"


def test_every_call_can_be_scored(items: list[Item]) -> None:
    """None is so short or so empty that it would not be judged."""
    for item in items:
        heard = item.transcript()
        assert heard.duration >= 10, item.labelled.id
        assert any(u.role is Role.AGENT for u in heard.utterances)
        assert all(u.start < u.end <= heard.duration + 1e-6 for u in heard.utterances)


def test_enough_calls_have_nothing_to_find(items: list[Item]) -> None:
    """Long polite calls are what false alarms are counted on."""
    polite = [
        item
        for item in items
        if len(item.labelled.turns) >= 10
        and not {"violation", "review"} & set(item.labelled.expect.values())
    ]
    assert len(polite) >= 60


def test_the_noise_is_the_same_every_time_and_changes_words(items: list[Item]) -> None:
    """As many characters are heard as were said, only others."""
    noisy = [item for item in items if item.noisy]
    assert [i.transcript() for i in noisy[:40]] == [i.transcript() for i in noisy[:40]]
    differing = 0
    for item in noisy:
        said = "".join(line.text for line in item.labelled.turns)
        heard = "".join(u.text for u in item.transcript().utterances)
        assert spoken_characters(heard) == spoken_characters(said)
        differing += heard != said
    assert differing >= 0.99 * len(noisy)


def test_the_noise_leaves_times_numbers_and_evidence_alone(items: list[Item]) -> None:
    """What a label stands on stays as it is."""
    for item in items:
        spans = times(item.labelled.turns)
        heard = item.transcript().utterances
        assert max(u.end for u in heard) == pytest.approx(max(s.end for s in spans))
        agent = [s for s, t in zip(spans, item.labelled.turns, strict=True) if t.role is Role.AGENT]
        first = next(u for u in heard if u.role is Role.AGENT)
        assert first.start == pytest.approx(agent[0].start)
    line = "我是13800001234和{傻瓜}"
    parsed = parse_line(f"A {line}")
    for seed in range(200):
        heard_text = Noise(str(seed)).text(parsed.text, parsed.kept)
        assert "13800001234" in heard_text
        assert "傻瓜" in heard_text


def test_sound_alikes_sound_alike() -> None:
    """Tones left aside, never the character itself."""
    assert "在" in homophones("再")
    assert "再" not in homophones("再")
    assert homophones("8") == ()


def test_a_line_says_when_it_is_said() -> None:
    """Gap, overlap, tempo and probability."""
    lines = (
        parse_line("C 一二三四五六七八九十一二三四五六七八九十一二三"),
        parse_line("A -2 嗯"),
        parse_line("A +1 *2 (0.4) 好的好的好的"),
    )
    customer, inside, after = times(lines)
    assert customer.start == 0.5
    assert customer.duration == pytest.approx(6.0)
    assert inside.start == pytest.approx(customer.end - 2)
    assert after.start == pytest.approx(customer.end + 1)
    assert after.duration == pytest.approx(6 / (2 * 190 / 60))
    assert lines[2].probability == 0.4


@pytest.mark.parametrize("line", ["B 您好", "A+3 您好", "A", ""])
def test_a_line_that_is_none_is_an_error(line: str) -> None:
    """The line itself is named."""
    with pytest.raises(ValueError, match="not of the form"):
        parse_line(line)


def test_a_rule_that_the_rubric_lacks_cannot_be_labelled(tmp_path: Path) -> None:
    """A slip in a label is found when the set is read."""
    path = tmp_path / "telesales.yml"
    path.write_text(
        "- id: x\n  about: y\n  turns: A 您好\n  expect: {voice.rate: pass}\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"not in telesales: voice\.rate"):
        load_calls(path, "telesales")


def _case(expected: str, said: str, rule: str = "wording.insult") -> Case:
    return Case(
        rubric="telesales", call_id="x", rule_id=rule, noisy=False, expected=expected, said=said
    )


def test_figures_of_a_hand_made_case() -> None:
    """Counted by hand."""
    cases = [
        *[_case("violation", "violation")] * 8,
        _case("violation", "review"),
        _case("violation", "pass"),
        *[_case("clean", "violation")] * 2,
        *[_case("clean", "pass")] * 5,
        _case("clean", "not_measurable"),
        _case("pass", "pass"),
        _case("pass", "not_applicable"),
    ]
    found = figures(cases)
    assert found.support == 10
    assert found.precision == Share(hits=8, total=10)
    assert found.recall == Share(hits=8, total=10)
    assert found.review == Share(hits=1, total=20)
    assert found.not_measurable == Share(hits=1, total=20)
    assert found.labelled == Share(hits=9, total=12)
    assert found.all == Share(hits=15, total=20)
    assert found.false_violations == Share(hits=2, total=20)
    assert len(list(misses(cases))) == 5


def test_the_interval_is_wilsons() -> None:
    """Figures from a table of the score interval."""
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 10)[0] == 0
    assert Share(hits=0, total=0).interval is None


def test_a_review_only_rule_is_measured_by_its_reviews() -> None:
    """It can never be a violation."""
    found = figures([_case("review", "review", "wording.chitchat")])
    assert found.recall == Share(hits=1, total=1)


def test_a_missing_rule_is_left_out_of_the_figures() -> None:
    """It is listed instead."""
    assert judged([_case("violation", NO_RULE)]) == []


def test_an_unsure_label_is_no_case() -> None:
    """A rule that is not listed must be clean."""
    labelled = LabelledCall.model_validate(
        {
            "id": "x",
            "about": "y",
            "turns": "A 您好",
            "expect": {"wording.insult": "violation"},
            "unsure": ["wording.courtesy"],
        }
    )
    item = Item(rubric="telesales", labelled=labelled, noisy=False)
    said = {"wording.insult": "pass", "wording.courtesy": "violation", "wording.promise": "pass"}
    expected = {case.rule_id: case.expected for case in cases_of(item, said)}
    assert expected == {"wording.insult": "violation", "wording.promise": "clean"}


def test_the_naive_way_answers_for_rules_of_the_rubric_only(items: list[Item]) -> None:
    """And with verdicts that there are."""
    verdicts: dict[str, set[str]] = defaultdict(set)
    for item in items[::7]:
        rules = rules_of(item.rubric)
        found = naive(item.rubric, rules, item.recording(), item.transcript())
        assert set(found) <= set(rules)
        for rule, verdict in found.items():
            verdicts[rule].add(verdict)
    assert verdicts["wording.particles"] <= {"pass", "violation"}
