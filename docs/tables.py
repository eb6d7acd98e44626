"""The tables that pages show of the rules and of what was measured, in both languages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.speech.page import cost_table, right_table
from pipeline.judging.judge import the_rubric
from pipeline.resources import rule_files
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.rubric.load import Rubric, Rule

BENCH = Path(__file__).parent.parent / "bench"
SPEECH = BENCH / "speech" / "results.json"
RESULTS = BENCH / "accuracy" / "results.json"
NIGHT = BENCH / "night.json"
SECTIONS = ("opening", "closing", "wording", "listening", "voice", "procedure", "timing")
CHINESE = {
    "rule": "规则",
    "title": "名称",
    "kind": "类型",
    "in": "规范",
    "labelled": "应有",
    "precision": "准确率",
    "recall": "召回率",
    "review": "复核",
    "not measurable": "不可测",
    "naive precision": "朴素准确率",
    "naive recall": "朴素召回率",
    "rubric": "规范",
    "document": "文档",
    "rules": "条数",
    "figure": "项目",
    "value": "数值",
    "callqa transcribe": "callqa transcribe",
    "batched loop": "成批循环",
    "plain loop": "普通循环",
    "over batched": "与成批之比",
    "over plain": "与普通之比",
    "wall time": "用时",
    "processor time": "处理器时间",
    "peak memory": "内存峰值",
    "character errors": "字错误率",
    "encoding": "编码",
    "disturbance": "干扰",
    "events": "事件",
    "start error": "起点误差",
    "talk time error": "说话时间误差",
    "false speech": "误判话音",
    "verdict right": "声道结论",
    "none": "无",
    "fake stereo": "假立体声",
    "equal channels": "两声道相同",
    "dead channel": "一声道无声",
    "channels swapped": "声道对调",
    "four channels": "四声道",
    "white noise 30 dB under the speech": "白噪声，比话音低 30 dB",
    "white noise 20 dB under the speech": "白噪声，比话音低 20 dB",
    "customer 12 dB quieter": "客户声音低 12 dB",
    "clipping, 12 dB too loud": "过载 12 dB，削波",
    "two rings at 450 Hz before": "开头两声 450 Hz 回铃",
    "music on hold, 12 s": "等候音乐 12 秒",
    "direct current, 5 % of full scale": "直流，满幅的 5 %",
    "hum of 50 Hz at -35 dBFS": "50 Hz 交流声，-35 dBFS",
    "machine": "机器",
    "recordings": "录音",
    "callqa --help": "callqa --help",
    "callqa score, first run": "callqa score，第一次",
    "the same again (nothing new)": "再运行一次（没有新的）",
    "callqa rescore": "callqa rescore",
    "a recording as browsers play it": "供浏览器播放的副本",
    "outcomes as scripted": "结论与脚本一致",
    "outcomes for a person": "交人复核的结论",
    "planted violations found or sent to a person": "埋设的违规，找到或交人复核",
    "violations nobody planted": "没有埋设却判违规",
    "agent starts inside a customer's turn": "客服在客户话轮里开口",
    "speaking rate within 5 %": "语速误差不超过 5 %",
    "character error rate": "字错误率",
    "turns of a second and more without words": "一秒以上没有字的话轮",
    "word starts": "字的起点",
}
"""Cells of the tables in Chinese; what is not here stays as it is."""
_LEAK = "the other side leaks, "
_SETS = {"short calls: ": "短通话：", "conversations: ": "长通话："}


def in_chinese(table: str) -> str:
    """A table with its words in Chinese."""
    lines = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split(" | ")] if line.startswith("| ") else [line]
        lines.append(" | ".join(_cell(cell) for cell in cells))
    return "\n".join(lines)


def _cell(cell: str) -> str:
    bare = cell.strip("| ").strip()
    word = CHINESE.get(bare)
    if bare.startswith(_LEAK):
        word = f"对方串音，{bare.removeprefix(_LEAK).replace(' ms late', ' 毫秒后')}"
    for prefix, chinese in _SETS.items():
        if bare.startswith(prefix):
            word = chinese + CHINESE.get(bare.removeprefix(prefix), bare.removeprefix(prefix))
    return cell if word is None or not bare else cell.replace(bare, word)


@cache
def rubrics() -> tuple[Rubric, ...]:
    """Every rubric of the product."""
    return tuple(the_rubric(name, Settings()) for name in rule_files().rubrics)


def _of_rubrics() -> dict[str, tuple[Rule, list[str]]]:
    """Every rule in the order of a call, with the letters of the documents that have it."""
    found: dict[str, tuple[Rule, list[str]]] = {}
    for rubric in rubrics():
        for rule_id, rule in rubric.rules.items():
            found.setdefault(rule_id, (rule, []))[1].append(rubric.file.document)
    return {rule_id: found[rule_id] for rule_id in sorted(found, key=_in_order)}


def _in_order(rule_id: str) -> tuple[int, str]:
    """By section, in the order of a call."""
    section = rule_id.partition(".")[0]
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS), rule_id


def _letters(documents: list[str]) -> str:
    return " ".join(sorted(documents, key="GTMXD".index))


def norms_table() -> str:
    """The rubrics and their documents, then a line for each rule and where it belongs."""
    lines = ["| rubric | document | title | rules |", "|---|---|---|---|"]
    lines += [
        f"| `{r.name}` | {r.file.document} | {r.file.title} | {len(r.rules)} |" for r in rubrics()
    ]
    rules = _of_rubrics()
    lines += ["", "| rule | title | kind | in |", "|---|---|---|---|"]
    lines += [
        f"| `{rule_id}` | {rule.file.title} | {rule.file.kind} | {_letters(documents)} |"
        for rule_id, (rule, documents) in rules.items()
    ]
    return "\n".join(lines)


def rules_table() -> str:
    """A line for each rule, and how right it is on the labelled calls (``make bench-accuracy``)."""
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))
    lines = [
        (
            "| rule | title | labelled | precision | recall | review | not measurable "
            "| naive precision | naive recall |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for rule_id, (rule, _) in _of_rubrics().items():
        own = measured["rules"].get(rule_id, {})
        naive = measured["naive_rules"].get(rule_id, {})
        cells = [
            f"`{rule_id}`",
            rule.file.title,
            str(own.get("support", 0)),
            *(_share(own.get(name), interval=True) for name in ("precision", "recall")),
            *(_share(own.get(name)) for name in ("review", "not_measurable")),
            *(_share(naive.get(name)) for name in ("precision", "recall")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _share(share: Mapping[str, Any] | None, *, interval: bool = False) -> str:
    """A share as per cent, with its 95 % interval."""
    if share is None or share["value"] is None:
        return "–"
    text = f"{100 * share['value']:.0f} %"
    if interval and share["interval"]:
        low, high = share["interval"]
        text += f" ({100 * low:.0f}–{100 * high:.0f})"
    return text


def night_table() -> str:
    """What a night costs and how right it is (``make bench``)."""
    figures = json.loads(NIGHT.read_text(encoding="utf-8"))
    lines = [
        "| figure | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in figures),
    ]
    return "\n".join(lines)


def speech_tables() -> str:
    """What hearing costs and how right it is (``make bench-speech``)."""
    measured = json.loads(SPEECH.read_text(encoding="utf-8"))
    tables = (
        cost_table(measured["cost"]),
        right_table("encoding", measured["right"]["encodings"]),
        right_table("disturbance", measured["right"]["disturbances"]),
    )
    return f"{measured['machine']}\n\n" + "\n\n".join("\n".join(lines) for lines in tables)
