"""What verdicts propose, in a world whose truth is known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from bench.accuracy.dataset import Item, load_calls
from models.text_lines import read_lines
from pipeline.cli.main import app
from pipeline.cli.rules import copy_rules
from pipeline.judging.judge import Judge, the_rubric
from pipeline.night.how import How
from pipeline.night.judged import Judged, people_said
from pipeline.night.mend import apply, apply_proposal
from pipeline.night.rescore import score_kept
from pipeline.night.run import run_night
from pipeline.night.suggest import (
    ADDED,
    EXCEPTION,
    NUMBER,
    ONLY_REVIEW,
    PART,
    Proposal,
    proposals,
)
from pipeline.resources import rule_files
from pipeline.rulebook import members
from pipeline.settings import Settings
from pipeline.store.files import Store
from pipeline.yamlfile import load
from tests.helpers import Nobody

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
RUBRIC = "gas-hotline"
HARMLESS, RUDE, UNKNOWN = "他们修路有完没完我也想知道", "你有完没完", "谁爱管谁管吧"
"""Words that hold a banned phrase and mean something else, a real fault, and one of no list."""
OTHERWISE = "旁的可有什么要小妹效劳"
"""A required question in words of no list."""
EACH = 12
SHORT, LONG = 9.0, 20.0
"""Silences that people do not mind, and that they do."""


def call(words: str, pause: float = 1.0) -> list[tuple[str, float, float, str]]:
    """A short call: the agent says ``words``, after a pause he goes on."""
    return [
        ("agent", 0.5, 4.0, "您好，请问有什么可以帮您？"),
        ("customer", 5.0, 8.0, "我家没有气了。"),
        ("agent", 8.0 + pause, 12.0 + pause, words),
        ("customer", 13.0 + pause, 14.0 + pause, "好的。"),
        ("agent", 15.0 + pause, 19.0 + pause, "感谢您的来电，祝您生活愉快，再见！"),
    ]


WORLD = {
    **{f"harmless{n}": call(f"请稍等，{n}号{HARMLESS}。") for n in range(EACH)},
    **{f"rude{n}": call(f"{RUDE}，都说了{n}遍了。") for n in range(EACH)},
    **{f"unknown{n}": call(f"这事{UNKNOWN}，{n}块钱我不管。") for n in range(EACH)},
    **{f"short{n}": call("我帮您查好了，稍后有人上门。", SHORT - n / 20) for n in range(EACH)},
    **{f"long{n}": call("我帮您查好了，稍后有人上门。", LONG + n / 10) for n in range(EACH)},
    **{f"plain{n}": call(f"我帮您登记，{n}号师傅上门。") for n in range(EACH)},
    **{f"asked{n}": call(f"{n}号师傅会来，{OTHERWISE}。") for n in range(EACH)},
}
QUARREL, SILENCE, OPENING = "wording.quarrel", "listening.dead_air", "opening.inbound"
FURTHER = "closing.anything_else"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, scored, and people's verdicts on it, as the truth has it."""
    base = tmp_path_factory.mktemp("suggest")
    folder = base / "calls"
    folder.mkdir()
    for call_id, turns in WORLD.items():
        known = {
            "call_id": call_id,
            "agent_id": "8",
            "direction": "inbound",
            "duration": turns[-1][2],
        }
        known |= {"started_at": "2026-11-20T09:00:00+08:00", "channels": 2}
        said = [{"role": r, "start": a, "end": b, "text": t} for r, a, b, t in turns]
        text = json.dumps({"call": known, "turns": said}, ensure_ascii=False)
        (folder / f"{call_id}.json").write_text(text, encoding="utf-8")
    out = base / "out"
    run_night(folder, out, SETTINGS, rubric=RUBRIC, how=How(), progress=Nobody())
    findings = pd.read_parquet(out / "data/findings").query("outcome == 'violation'")
    places = findings[["call_id", "rule_id"]].assign(
        turn=findings.turn.astype("Int64").astype("string").fillna("")
    )
    lines = [f"{c},{r},{verdict(c, r)},甲,{turn}" for c, r, turn in places.to_numpy().tolist()]
    lines += [f"{c},{QUARREL},missed,甲,2" for c in WORLD if c.startswith("unknown")]
    lines += [f"{c},,done,甲," for c in WORLD]
    text = "call_id,rule_id,verdict,reviewer,turn\n" + "\n".join(lines)
    (out / "reviews.csv").write_text(text, encoding="utf-8")
    score_kept(out, SETTINGS, progress=Nobody(), jobs=1)
    return out


def verdict(call_id: str, rule_id: str) -> str:
    """The truth of a finding."""
    if rule_id == QUARREL:
        return "stands" if call_id.startswith("rude") else "wrong"
    if rule_id == SILENCE:
        return "stands" if call_id.startswith("long") else "wrong"
    if rule_id == FURTHER:
        return "wrong" if call_id.startswith("asked") else "stands"
    return "wrong" if rule_id == OPENING else "stands"


@pytest.fixture(scope="module")
def known(out: Path) -> Judged:
    """What people said."""
    return people_said(Store.of(out, SETTINGS))


def test_the_truth_is_proposed_and_nothing_else(known: Judged) -> None:
    """An exception for harmless words, phrases for missed and for unknown ones, a number in between."""
    found = proposals(known, the_rubric(RUBRIC, SETTINGS).rules)
    by_rule = {(one.rule_id, one.what): one for one in found}
    assert len(by_rule) == len(found)
    exception = by_rule.pop((QUARREL, EXCEPTION))
    assert exception.value in HARMLESS
    assert "有完没完" in exception.value
    assert exception.value not in RUDE
    assert (exception.mends, exception.of, exception.loses) == (EACH, EACH, 0)
    added = by_rule.pop((QUARREL, ADDED))
    assert added.value in f"这事{UNKNOWN}，"
    assert (added.mends, added.of) == (EACH, EACH)
    number = by_rule.pop((SILENCE, NUMBER))
    assert SHORT <= number.value < LONG
    assert (number.mends, number.of, number.loses) == (EACH, EACH, 0)
    part = by_rule.pop((FURTHER, PART))
    assert part.value in f"号师傅会来{OTHERWISE}"
    assert (part.mends, part.of, part.loses) == (EACH, EACH, 0)
    only = by_rule.pop((OPENING, ONLY_REVIEW))
    assert (only.key, only.value) == ("judgement", True)
    assert not by_rule


def test_what_is_written_can_be_used_as_it_is(out: Path, tmp_path: Path) -> None:
    """A folder of rules whose examples hold, the new ones too; by it what was wrong is gone.

    The command shows before and after, and how much is mended of what people judged; OUT stays.
    """
    folder, before = tmp_path / "rules", sorted(out.rglob("*"))
    told = CliRunner().invoke(app, ["rubric", "suggest", "--out", str(out), "--write", str(folder)])
    assert told.exit_code == 0, told.output
    assert sorted(out.rglob("*")) == before
    shown = [line for line in told.output.splitlines() if line.startswith(f"  {QUARREL}")]
    assert shown[-1].count(str(EACH)) == 3
    for rule in (QUARREL, SILENCE, OPENING, FURTHER):
        test = ["rubric", "test", "--rules", str(folder), "--rubric", RUBRIC, "--rule", rule]
        tried = CliRunner().invoke(app, test)
        assert tried.exit_code == 0, tried.output
    text = (folder / f"rubrics/rules/{QUARREL}.yml").read_text(encoding="utf-8")
    assert text.count("复核不成立") == text.count("复核漏检") == 3
    other = SETTINGS.model_copy(update={"rules": folder})
    findings = judge_again(out, other)
    quarrels = findings[findings.rule_id == QUARREL].query("outcome == 'violation'")
    assert {c.rstrip("0123456789") for c in quarrels.call_id} == {"rude", "unknown"}
    silences = findings[findings.rule_id == SILENCE].query("outcome == 'violation'")
    assert {c.rstrip("0123456789") for c in silences.call_id} == {"long"}
    further = findings[findings.rule_id == FURTHER].query("outcome == 'violation'")
    assert {c.rstrip("0123456789") for c in further.call_id} == {
        c.rstrip("0123456789") for c in WORLD if not c.startswith("asked")
    }
    names = findings[findings.rule_id == OPENING]
    assert "violation" not in set(names.outcome)
    again = CliRunner().invoke(
        app, ["rubric", "suggest", "--out", str(out), "--write", str(folder)]
    )
    assert again.exit_code == 2


def judge_again(out: Path, settings: Settings) -> pd.DataFrame:
    """The findings of the world by other rules."""
    judge = Judge.of(the_rubric(RUBRIC, settings), settings)
    store = Store.of(out, settings)
    return pd.DataFrame(
        {"call_id": one.call.call_id, "rule_id": f.rule_id, "outcome": str(f.outcome)}
        for kept in store.transcripts.of_date("2026-11-20")
        for one in [judge.judge(judge.assemble(kept.recording, kept.transcript))]
        for f in (scored.finding for scored in one.card.findings)
    )


def test_what_a_rule_does_not_bear_is_not_written(known: Judged, tmp_path: Path) -> None:
    """Its own examples fail: the file stays as it was, and it is said."""
    folder = copy_rules(tmp_path / "rules", SETTINGS)
    path = folder / f"rubrics/rules/{QUARREL}.yml"
    before = path.read_text(encoding="utf-8")
    found = proposals(known, the_rubric(RUBRIC, SETTINGS).rules)
    (good,) = [one for one in found if one.what == EXCEPTION]
    bad = replace(good, value="你爱找谁找谁", shown=())
    applied = apply(folder, [bad], SETTINGS)
    assert applied.written == []
    ((refused, fault),) = applied.refused
    assert refused is bad
    assert "说了禁语" in fault
    assert path.read_text(encoding="utf-8") == before


def test_verdicts_are_labelled_calls_and_training_lines(out: Path, tmp_path: Path) -> None:
    """Read by the bench and by the models as their own; judged again, the calls come out as before."""
    told = CliRunner().invoke(app, ["reviews", "export", str(tmp_path), "--out", str(out)])
    assert told.exit_code == 0, told.output
    calls = load_calls(tmp_path / f"calls/{RUBRIC}.yml", RUBRIC)
    assert {one.id for one in calls} == WORLD.keys()
    by_id = {one.id: one for one in calls}
    assert by_id["rude3"].expected(QUARREL) == "violation"
    assert by_id["unknown3"].expected(QUARREL) == "violation"
    assert by_id["harmless3"].expected(QUARREL) == "clean"
    assert by_id["short3"].expected(SILENCE) == "clean"
    assert by_id["rude3"].expected("voice.rate") is None
    judge = Judge.of(the_rubric(RUBRIC, SETTINGS), SETTINGS)
    for call_id in ("rude3", "long3", "plain3"):
        item = Item(rubric=RUBRIC, labelled=by_id[call_id], noisy=False)
        again = judge.judge(judge.assemble(item.recording(), item.transcript()))
        broken = {
            f.finding.rule_id for f in again.card.findings if f.finding.outcome == "violation"
        }
        truth = {rule for rule, label in by_id[call_id].expect.items() if label == "violation"}
        assert truth <= broken
    lines = read_lines(tmp_path / "lines")
    assert {line.labels for line in lines} >= {("quarrel",), ("agent",)}
    assert sum(line.labels == ("quarrel",) for line in lines) == 2 * EACH


def test_too_few_verdicts_propose_nothing(known: Judged) -> None:
    """One rejected place is an accident."""
    assert known.count >= 200
    few = Judged({QUARREL: known.places[QUARREL][:1]})
    assert proposals(few, the_rubric(RUBRIC, SETTINGS).rules) == []


def test_every_part_of_every_rule_takes_another_wording(tmp_path: Path) -> None:
    """However it is written in its file: the rule is read as before, and knows the words."""
    folder = copy_rules(tmp_path / "rules", SETTINGS)
    rules_of = members(rule_files())
    own = [SETTINGS.model_copy(update={"rules": folder, "rubric": name}) for name in rules_of]
    words, parts = "此处另有一种说法", set[tuple[str, str]]()
    for path in (folder / "rubrics/rules").glob("*.yml"):
        for name in load(path)[0].get("elements", {}):
            key = f"elements.{name}.any"
            one = Proposal(
                rule_id=path.stem, key=key, what=PART, value=words, mends=3, of=3, loses=0
            )
            path.write_text(
                apply_proposal(path.read_text(encoding="utf-8"), one, path), encoding="utf-8"
            )
            parts.add((path.stem, name))
    assert parts
    for rule_id, name in parts:
        using = next(s for s in own if rule_id in rules_of[s.rubric])
        params: Any = the_rubric(None, using).rules[rule_id].params
        assert params.elements[name].any.hits(f"您好，{words}。"), (rule_id, name)
