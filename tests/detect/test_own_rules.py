"""What a house's own rules may ask beside its norms: tags, nearness, an order of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.judging.judge import Judge, the_rubric
from pipeline.records import Outcome
from pipeline.settings import Settings
from tests.helpers import call_of

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "source: {Z: 示例}\nwhy: 示例\nmessage: 找到“{quote}”\n"
EXAMPLES = "examples: [{name: 没有, outcome: not_applicable}]\n"
TAG = (
    "title: 账单\nkind: phrase\noutcome: tag\nrole: customer\nphrases: [账单, 气费]\n"
    f"{SOURCE}{EXAMPLES}"
)
WORD = (
    "title: 喝水\nkind: phrase\nsection: wording\nseverity: minor\ndeduct: 2\n"
    f"phrases: [喝口水]\n{SOURCE}{EXAMPLES}"
)


RUBRIC = (
    'title: 自家\ndocument: Z\nversion: "1"\nsections: {wording: {title: 用语}}\n'
    "levels: [{name: 合格, at_least: 60}, {name: 不合格, at_least: 0}]\n"
)


def judge_of(folder: Path, **rules: str) -> Judge:
    """The judge of a house that has only these rules, by id with ``__`` for the dot."""
    own = folder / "rubrics" / "rules"
    own.mkdir(parents=True)
    (folder / "rubrics" / "own.yml").write_text(RUBRIC, encoding="utf-8")
    for name, text in rules.items():
        (own / f"{name.replace('__', '.')}.yml").write_text(text, encoding="utf-8")
    settings = Settings(rules=folder)
    return Judge.of(the_rubric("own", settings), settings)


def outcomes(judge: Judge, rule_id: str, turns: str) -> list[tuple[Outcome, float | None]]:
    """What a rule says of a call, each with its second."""
    found = judge.judge(call_of(turns, duration=60)).card.findings
    return [(f.finding.outcome, f.finding.start) for f in found if f.finding.rule_id == rule_id]


BILL = "A 0.0-3.0 您好。\nC 4.0-6.0 气费怎么算？\nA 7.0-9.0 按表。\nC 10.0-12.0 账单上没写。"


def test_a_tag_is_the_first_place_and_costs_nothing(tmp_path: Path) -> None:
    """One row a call, the score and the review flag as without it."""
    judge = judge_of(tmp_path, contact__bill=TAG)
    plain = judge_of(tmp_path / "plain", contact__other=TAG.replace("账单, 气费", "立管"))
    call = call_of(BILL)
    tagged, same = judge.judge(call).card, plain.judge(call).card
    (found,) = (f for f in tagged.findings if f.finding.outcome is Outcome.TAG)
    assert (found.finding.quote, found.finding.turn, found.points) == ("气费", 1, 0.0)
    assert (tagged.score, tagged.review, tagged.sections) == (
        same.score,
        same.review,
        same.sections,
    )


def test_who_does_not_speak_of_it_or_is_heard_badly_is_not_tagged(tmp_path: Path) -> None:
    """A topic that is in doubt is no topic, and nobody has to look at it."""
    judge = judge_of(tmp_path, contact__bill=TAG)
    for turns in (
        "A 0.0-3.0 您好，您的账单来了。\nC 4.0-6.0 灶坏了。",
        "A 0.0-3.0 您好。\nC 4.0-6.0 (0.2) 气费怎么算？",
    ):
        assert outcomes(judge, "contact.bill", turns) == [(Outcome.NOT_APPLICABLE, None)]


def test_another_rule_may_ask_for_a_tag(tmp_path: Path) -> None:
    """``when: {finding: …, outcome: [tag]}``: it applies to those calls only."""
    when = "when: {finding: {rule: contact.bill, outcome: [tag]}}\n"
    judge = judge_of(tmp_path, contact__bill=TAG, wording__water=WORD + when)
    about = f"{BILL}\nA 13.0-15.0 我喝口水。"
    assert outcomes(judge, "wording.water", about)[0][0] is Outcome.VIOLATION
    other = about.replace("气费", "师傅").replace("账单", "单子")
    assert outcomes(judge, "wording.water", other)[0][0] is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("key", ["section", "severity", "deduct", "max_deduct", "judgement"])
def test_a_tag_that_costs_something_is_refused(tmp_path: Path, key: str) -> None:
    """Strict as everywhere: the key is named, and its line."""
    spoilt = TAG.replace("role: customer", f"{key}: 1\nrole: customer")
    fault = f"contact.bill.yml:4: {key}: a rule with `outcome: tag`"
    with pytest.raises(ConfigurationError, match=fault):
        judge_of(tmp_path, contact__bill=spoilt)


HOLD = (
    "C 0.0-3.0 我想问气费。\nA 3.5-6.0 {before}请您稍等。\n"
    "A 20.0-22.0 感谢您的等待，{first}。\nC 22.5-24.0 嗯？\nA 24.5-26.0 {second}。\n"
    "C 26.5-28.0 好。\nA 45.0-46.0 {late}。"
)


@pytest.mark.parametrize(
    ("within", "there"),
    [
        ("{of: hold, seconds: 1}", ["first"]),
        ("{of: hold, seconds: 10}", ["first", "second"]),
        ("{of: hold, seconds: 10, turns: 1}", ["first"]),
        ("{of: hold, turns: 2}", ["first", "second"]),
        ("{of: hold, seconds: 1, order: before}", ["before"]),
        ("{of: hold, turns: 1, order: around}", ["before", "first"]),
        ("{of: contact.bill, seconds: 1}", ["before"]),
        ("{of: contact.bill, seconds: 20}", ["before", "first"]),
    ],
)
def test_words_near_a_hold_or_another_finding(
    tmp_path: Path, within: str, there: list[str]
) -> None:
    """Counted from the place to the turn's beginning, or before it from the turn's end."""
    judge = judge_of(tmp_path, contact__bill=TAG, wording__water=WORD + f"within: {within}\n")
    places = ("before", "first", "second")
    for place in places:
        turns = HOLD.format(**{p: "我喝口水，" if p == place else "" for p in (*places, "late")})
        (found, _) = outcomes(judge, "wording.water", turns.replace("。\nA 45.0-46.0 。", "。"))[0]
        expected = Outcome.VIOLATION if place in there else Outcome.PASS
        assert found is expected, place


def test_without_a_place_to_be_near_a_rule_says_nothing(tmp_path: Path) -> None:
    """No hold, no rule about what comes after one."""
    judge = judge_of(tmp_path, wording__water=WORD + "within: {of: hold, seconds: 20}\n")
    said = outcomes(judge, "wording.water", "C 0.0-3.0 你好。\nA 3.5-6.0 我喝口水。")
    assert said == [(Outcome.NOT_APPLICABLE, None)]


@pytest.mark.parametrize(
    ("within", "fault"),
    [
        ("{of: hold}", "within: expected `seconds`, `turns` or both"),
        ("{of: contact.none, seconds: 5}", "within: asks about contact.none"),
    ],
)
def test_a_nearness_that_says_nothing_is_refused(tmp_path: Path, within: str, fault: str) -> None:
    """How near has to be said, and the rule has to be there."""
    with pytest.raises(ConfigurationError, match=fault):
        judge_of(tmp_path, wording__water=WORD + f"within: {within}\n")


ORDER = (
    "title: 次序\nkind: elements\nsection: wording\nseverity: minor\ndeduct: 2\n"
    "window: {from: anywhere}\nin_order: true\nelements:\n"
    "  sorry: {label: 致歉, any: [对不起]}\n  reason: {label: 原因, any: [因为]}\n"
    f"source: {{Z: 示例}}\nwhy: 示例\nmessage: '{{missing}}'\n{EXAMPLES}"
)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("对不起，因为停气了", Outcome.PASS),
        ("因为停气了，对不起", Outcome.VIOLATION),
        ("因为停气了。\nC 7.0-8.0 啊？\nA 9.0-10.0 对不起", Outcome.VIOLATION),
        ("对不起。\nC 7.0-8.0 啊？\nA 9.0-10.0 因为停气了", Outcome.PASS),
    ],
)
def test_parts_in_an_order(tmp_path: Path, said: str, outcome: Outcome) -> None:
    """Both were said; what came too early is named, where it was said."""
    judge = judge_of(tmp_path, wording__order=ORDER)
    turns = f"C 0.0-3.0 怎么没有气？\nA 3.5-6.0 {said}。"
    found = judge.judge(call_of(turns, duration=60)).card.findings
    (own,) = (f.finding for f in found if f.finding.rule_id == "wording.order")
    assert own.outcome is outcome
    if outcome is Outcome.VIOLATION:
        assert own.message == "原因（应在“致歉”之后）"
        assert own.start == 3.5


def test_tags_are_columns_of_a_call(tmp_path: Path) -> None:
    """``calls.tags`` has the rules' ids."""
    from pipeline.store.rows import call_row

    judge = judge_of(tmp_path, contact__bill=TAG)
    assert call_row(judge.judge(call_of(BILL)), "secret").tags == ("contact.bill",)
