"""A month of made-up calls for the browser: a team, three queues, misses, customers who call again."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipeline.records import Role
from tests.report.made_up import Tables, attempt, call, finding, moment, turn

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.store.schema import CallRow, FindingRow

FIRST = date(2026, 10, 26)
DAYS = 29
PEOPLE = {f"{n:04d}": f"{'王李张刘陈杨赵黄周吴徐孙'[n]}{'静强敏伟芳磊'[n % 6]}" for n in range(12)}
RULES = (
    ("closing.anything_else", "closing", -2.0, "道别之前没有询问还有没有别的需要"),
    ("wording.quarrel", "wording", -5.0, "与客户斗气"),
    ("procedure.confirm_issue", "procedure", -2.0, "客服没有复述并确认客户说明了的问题"),
    ("opening.inbound", "opening", -3.0, "首问语缺少：工号"),
    ("listening.interrupt", "listening", -4.0, "客户说到第4秒时插话"),
)
QUOTE = "您先别着急，这个问题我已经帮您登记下来了，请您保持电话畅通，师傅明天上午会跟您联系。"


def write(out: Path) -> Path:
    """29 nights of 24 calls; ``out``."""
    chance = random.Random(7)  # noqa: S311  no secret
    for number in range(DAYS):
        day = (FIRST + timedelta(days=number)).isoformat()
        calls: list[CallRow] = []
        findings: list[FindingRow] = []
        turns = []
        for index in range(24):
            row, found = _call(chance, day, index)
            calls.append(row)
            findings += found
            turns += [
                turn(
                    row.call_id, 0, 0.5, 5.0, "您好，江城中燃，八号为您服务，请问有什么可以帮您？"
                ),
                turn(row.call_id, 1, 5.2, 9.0, "我家燃气打不着火了。", role=Role.CUSTOMER),
                turn(row.call_id, 2, 9.5, 16.0, QUOTE),
                turn(row.call_id, 3, 20.0, 24.0, "感谢您的来电，祝您生活愉快，再见。"),
            ]
        missed = [attempt(f"m{day}{n}", day, queue="报修", team="二组") for n in range(2)]
        Tables(calls, findings, turns, attempts=missed).write(out, day)
    return out


def _call(chance: random.Random, day: str, index: int) -> tuple[CallRow, list[FindingRow]]:
    agent_id = f"{chance.randrange(12):04d}"
    call_id = f"{day[5:]}-{index:02d}"
    clock = f"{8 + index // 2:02d}:{chance.randrange(60):02d}"
    own = _findings(chance, call_id, agent_id)
    score = 100 + sum(f.points for f in own)
    row = call(
        call_id,
        day,
        agent_id=agent_id,
        agent_name=PEOPLE[agent_id],
        team="一组" if int(agent_id) < 6 else "二组",
        queue=chance.choice(["热线", "报修", "投诉"]),
        customer_key=f"{chance.randrange(300):04d}",
        score=score,
        level="优秀" if score >= 90 else "良好",
        review=chance.random() < 0.05,
        rate_turn=chance.gauss(200, 15),
        **moment(day, clock),
    )
    return row, own


def _findings(chance: random.Random, call_id: str, agent_id: str) -> list[FindingRow]:
    """What every rule said of a call: the more is broken, the higher the agent's number."""
    chosen = [rule for rule in RULES if chance.random() < 0.1 + int(agent_id) / 60]
    broken = [
        finding(call_id, rule, section=section, points=points, message=message, agent_id=agent_id,
                quote=QUOTE[:40], turn=2, start_s=9.5 + number, end_s=11.5 + number)
        for number, (rule, section, points, message) in enumerate(chosen)
    ]  # fmt: skip
    kept = [
        finding(call_id, rule, section=section, outcome="pass", points=0.0, agent_id=agent_id,
                quote="", message="", start_s=None, end_s=None)
        for rule, section, _, _ in RULES
        if rule not in {f.rule_id for f in broken}
    ]  # fmt: skip
    return [*broken, *kept]
