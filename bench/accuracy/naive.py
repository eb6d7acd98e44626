"""The naive way to compare with: word lists and looks at the first and last turns.

What anybody would write in an afternoon: banned words searched for in what the agent said, required
words in the agent's first or last turn, pauses by a limit. No sounds, no exceptions, no window.
"""

from __future__ import annotations

import itertools

from pipeline.records import Direction, Recording, Role, Transcript, Utterance
from pipeline.text.normal import spoken_characters

BANNED = {
    "wording.insult": ("傻", "笨蛋", "白痴", "滚", "神经病", "有病", "他妈", "混蛋", "脑残"),
    "wording.contempt": ("你懂什么", "你不懂", "没文化", "乡下人", "穷", "买不起"),
    "wording.quarrel": ("随便你", "爱怎么样", "你去投诉", "有本事", "吵什么", "你想怎么样"),
    "wording.impatience": ("烦", "快点说", "说过多少遍", "有完没完", "到底", "没时间"),
    "wording.refusal": ("不知道", "没空", "不可能", "没办法", "他不在", "不清楚"),
    "wording.rhetorical": ("难道", "你怎么不", "为什么不", "不是告诉", "谁让你", "怎么可能"),
    "wording.sarcasm": ("您可真", "你可真", "真聪明", "了不起", "呵呵"),
    "wording.shirk": ("不归我们管", "不是我们的问题", "找别人", "跟我们没关系", "打别的电话"),
    "wording.promise": ("保证", "肯定", "百分之百", "绝对", "一定能", "稳赚"),
    "wording.jargon": ("调压", "计量", "工单", "流程", "系统", "端口"),
    "wording.particles": ("喽", "嘛", "呗", "哟"),
    "wording.chitchat": ("吃饭了吗", "天气", "男朋友", "女朋友", "哈哈"),
}
REQUIRED_FIRST = {"opening.inbound": ("您好", "请问有什么可以帮")}
ORGANISATIONS = {
    "gas-hotline": "江城中燃",
    "mobile-operator": "中国移动",
    "mall": "丹尼斯",
    "exchange-400": "中亚广通",
    "telesales": "这里是",
}
REQUIRED_LAST = {"closing.standard": ("谢", "再见")}
TRIGGERS = {
    "procedure.complaint_apology": ("投诉", ("对不起", "抱歉")),
    "procedure.complaint_close": ("投诉", ("抱歉", "小时")),
    "procedure.reply_thanks": ("谢谢", ("不客气", "不用谢", "应该做的")),
    "procedure.reply_sorry": ("不好意思", ("没关系",)),
    "procedure.re_explain": ("没听懂", ("再解释",)),
}
SAID = {
    "closing.anything_else": ("还有什么", "还需要", "其他问题"),
    "procedure.confirm_issue": ("您是想", "对吗", "是吗"),
    "opening.ask_name": ("贵姓", "怎么称呼"),
    "wording.courtesy": ("您好", "谢谢", "再见"),
}


def naive(rubric: str, rules: list[str], recording: Recording, heard: Transcript) -> dict[str, str]:
    """The verdicts of the rules that the naive way has."""
    agent = [u for u in heard.utterances if u.role is Role.AGENT]
    customer = "".join(u.text for u in heard.utterances if u.role is Role.CUSTOMER)
    all_said = "".join(u.text for u in agent)
    found = {rule: _no(any(w in all_said for w in words)) for rule, words in BANNED.items()}
    found |= {r: _yes(all(w in agent[-1].text for w in ws)) for r, ws in REQUIRED_LAST.items()}
    found |= {r: _yes(any(w in all_said for w in words)) for r, words in SAID.items()}
    if recording.record.direction is Direction.INBOUND:
        wanted = (*REQUIRED_FIRST["opening.inbound"], ORGANISATIONS[rubric])
        found["opening.inbound"] = _yes(all(w in agent[0].text for w in wanted))
    for rule, (trigger, words) in TRIGGERS.items():
        answered = any(w in all_said for w in words)
        found[rule] = _yes(answered) if trigger in customer else "not_applicable"
    found |= _record(recording) | _timing(heard, all_said) | _you(all_said)
    return {rule: verdict for rule, verdict in found.items() if rule in rules}


def _no(hit: bool) -> str:
    return "violation" if hit else "pass"


def _yes(hit: bool) -> str:
    return "pass" if hit else "violation"


def _you(said: str) -> dict[str, str]:
    return {"wording.you": _no("你" in said.replace("你好", ""))}


def _record(recording: Recording) -> dict[str, str]:
    ring, ended_by = recording.record.ring_seconds, recording.record.ended_by
    return {
        "opening.ring": _no(ring > 9) if ring is not None else "not_measurable",
        "opening.late_answer": _no(ring > 15) if ring is not None else "not_measurable",
        "closing.hangup_first": _no(ended_by == "agent") if ended_by else "not_measurable",
    }


def _timing(heard: Transcript, said: str) -> dict[str, str]:
    order = sorted(heard.utterances, key=lambda u: u.start)
    pairs = list(itertools.pairwise(order))
    silences = [second.start - first.end for first, second in pairs]
    cut_in = any(
        first.role is Role.CUSTOMER and second.role is Role.AGENT and second.start < first.end
        for first, second in pairs
    )
    held = any(s > 5 for s in silences)
    return {
        "listening.interrupt": _no(cut_in),
        "listening.dead_air": _no(any(s > 8 for s in silences)),
        "procedure.hold_announce": _yes("稍等" in said) if held else "not_applicable",
        "procedure.hold_return": _yes("久等" in said or "等待" in said)
        if held
        else "not_applicable",
        "procedure.hold_long": _no(any(s > 60 for s in silences)),
        "timing.duration": _no(heard.duration > 180),
        "timing.response": _no(_slow(order)),
        "voice.rate": _no(not 180 <= _rate(order) <= 200),
    }


def _slow(order: list[Utterance]) -> bool:
    return any(
        second.start - first.end > 5
        for first, second in itertools.pairwise(order)
        if first.role is Role.CUSTOMER and second.role is Role.AGENT
    )


def _rate(order: list[Utterance]) -> float:
    agent = [u for u in order if u.role is Role.AGENT]
    seconds = sum(u.end - u.start for u in agent)
    return 60 * sum(spoken_characters(u.text) for u in agent) / seconds if seconds else 0.0
