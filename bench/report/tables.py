"""Tables of calls that never were: so many agents, days and calls, every rule of a rubric, no sound."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline.figures import agents
from pipeline.figures.rows import agent_rows
from pipeline.judging.judge import the_rubric
from pipeline.records import DEFAULT_ZONE, Floor, Outcome, Role, Severity, Status
from pipeline.settings import Settings
from pipeline.store.files import Store
from pipeline.store.schema import (
    AgentRow,
    AttemptRow,
    CallRow,
    FailureRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    SideRow,
    TranscriptRow,
    TurnWord,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUBRIC = "gas-hotline"
FIRST = date(2026, 11, 1)
TEAMS, QUEUES = ("一组", "二组", "三组", "四组", "五组"), ("热线", "报修", "投诉")
SAID = {
    Role.AGENT: (
        "您好，江城中燃，零零八号为您服务，请问有什么可以帮助您？",
        "请您稍等，我帮您查一下。",
        "您说的是地址变更的问题，对吗？",
        "师傅今天下午会上门，请您保持电话畅通。",
        "请问还有什么可以帮您？感谢您的来电，再见。",
        "你自己看说明书吧，我也没有办法。",
    ),
    Role.CUSTOMER: (
        "我家里的燃气打不着火了。",
        "上个月的费用怎么这么高？",
        "什么时候能来人看看？",
        "好的，谢谢你。",
        "我已经打了三次电话了，你们到底管不管？",
    ),
}
SURNAMES, NAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平",
)


class Tables:
    """A month of calls, the same for the same numbers."""

    def __init__(self, out: Path, *, calls: int, people: int, days: int, seed: int = 1) -> None:
        """Written into ``out`` by ``write``."""
        self._settings = Settings()
        self._store = Store(out, self._settings.timezone)
        self._rubric = the_rubric(RUBRIC, self._settings)
        self._chance = random.Random(seed)  # noqa: S311  no secret
        self._calls, self._people, self._days = calls, people, days

    @cached_property
    def _agents(self) -> list[tuple[str, str, str, float]]:
        """Id, name, team, and how often he breaks a rule."""
        chance = self._chance
        return [
            (
                f"{n:04d}",
                chance.choice(SURNAMES) + chance.choice(NAMES),
                TEAMS[n % len(TEAMS)],
                chance.uniform(0.02, 0.09),
            )
            for n in range(1, self._people + 1)
        ]

    def write(self) -> None:
        """Every date, whole."""
        self._store.keep_rubric(self._rubric)
        for number in range(self._days):
            share = self._calls // self._days + (number < self._calls % self._days)
            self._write(FIRST + timedelta(days=number), share)

    def _write(self, day: date, count: int) -> None:
        calls: list[CallRow] = []
        findings: list[FindingRow] = []
        turns: list[TranscriptRow] = []
        sides: list[SideRow] = []
        for number in range(count):
            call, found = self._call(day, number)
            calls.append(call)
            findings += found
            turns += self._turns(call)
            sides += self._sides(call)
        key = day.isoformat()
        self._store.publish(
            key,
            {
                CallRow: calls,
                FindingRow: findings,
                TranscriptRow: turns,
                SideRow: sides,
                InterruptionRow: [self._interruption(c) for c in calls[::7]],
                HoldRow: [
                    HoldRow(
                        call_id=c.call_id,
                        agent_id=c.agent_id,
                        start_s=30.0,
                        end_s=42.0,
                        announced=True,
                    )
                    for c in calls[::5]
                ],
                AttemptRow: [self._attempt(day, n) for n in range(count // 15)],
                AgentRow: self._agent_rows(calls, findings),
                FailureRow: [self._failure(day, n) for n in range(2)],
            },
        )

    def _call(self, day: date, number: int) -> tuple[CallRow, list[FindingRow]]:
        chance = self._chance
        agent_id, name, team, weak = chance.choice(self._agents)
        call_id = f"{day:%m%d}-{number:05d}"
        at = self._moment(day)
        scored = chance.random() > 0.03
        found = self._findings(call_id, agent_id, weak) if scored else []
        lost = sum(f.points for f in found)
        vetoed = any(
            f.severity == Severity.CRITICAL and f.outcome == Outcome.VIOLATION for f in found
        )
        score = 0.0 if vetoed else max(0.0, round(100 + lost, 2))
        review = any(f.outcome == Outcome.REVIEW for f in found)
        length = chance.uniform(40, 400)
        row = CallRow(
            call_id=call_id,
            agent_id=agent_id,
            agent_name=name,
            team=team,
            shift=self._settings.shift_of(at),
            direction="inbound",
            queue=chance.choice(QUEUES),
            customer_key=f"{chance.randrange(self._calls * 2 // 3):016x}",
            started_at=at,
            dated_by_file=False,
            duration_s=round(length, 1),
            channels=2,
            audio_notes=(),
            file=f"{day}/{call_id}.wav",
            rubric=RUBRIC,
            rubric_version=self._rubric.version,
            status=Status.SCORED if scored else Status.NOT_SCORED,
            reason="" if scored else "未接通",
            score=score if scored else None,
            score_final=score if scored else None,
            level=self._level(score) if scored else "",
            vetoed=vetoed,
            review=review,
            rate_turn=round(chance.gauss(205, 20), 1),
            rate_voiced=round(chance.gauss(240, 20), 1),
            interruptions=sum(f.rule_id == "listening.interrupt" for f in found),
            overlap_s=1.2,
            agent_talk_s=round(0.45 * length, 1),
            customer_talk_s=round(0.35 * length, 1),
            silence_s=round(0.2 * length, 1),
            hold_s=0.0,
            unrecognised_s=0.0,
            asr_model="made up",
            asr_confidence=0.9,
            tags=(),
        )
        return row, found

    def _moment(self, day: date) -> datetime:
        at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(DEFAULT_ZONE))
        return at + timedelta(seconds=self._chance.randint(8 * 3600, 22 * 3600))

    def _findings(self, call_id: str, agent_id: str, weak: float) -> list[FindingRow]:
        return [
            self._finding(call_id, agent_id, rule_id, number, weak)
            for number, rule_id in enumerate(sorted(self._rubric.rules))
        ]

    def _finding(
        self, call_id: str, agent_id: str, rule_id: str, number: int, weak: float
    ) -> FindingRow:
        rule = self._rubric.rules[rule_id]
        chance = self._chance.random()
        often = weak * (1 + number % 5) / 3 * (0.05 if rule.file.severity == "critical" else 1)
        outcome = (
            Outcome.VIOLATION
            if chance < often
            else Outcome.REVIEW
            if chance < often + 0.004
            else Outcome.PASS
            if chance < 0.6
            else Outcome.NOT_APPLICABLE
        )
        pointed = outcome in {Outcome.VIOLATION, Outcome.REVIEW}
        start = round(self._chance.uniform(1, 38), 2) if pointed else None
        return FindingRow(
            call_id=call_id,
            agent_id=agent_id,
            rule_id=rule_id,
            kind=rule.file.kind,
            section=rule.file.section,
            severity=rule.file.severity,
            outcome=outcome,
            deduct=None,
            points=-float(rule.file.deduct) if outcome == Outcome.VIOLATION else 0.0,
            reason=None,
            turn=None,
            start_s=start,
            end_s=None if start is None else start + 2,
            role=Role.AGENT,
            quote=SAID[Role.AGENT][-1] if pointed else "",
            message=f"{rule.file.title}没有做到" if pointed else "",
            source=rule.source,
            confidence=0.9 if pointed else None,
        )

    def _turns(self, call: CallRow) -> list[TranscriptRow]:
        found, at = [], 0.5
        for number in range(14):
            role = Role.AGENT if number % 2 == 0 else Role.CUSTOMER
            text = self._chance.choice(SAID[role])
            length = len(text) * self._chance.uniform(0.2, 0.36)
            step = length / len(text)
            found.append(
                TranscriptRow(
                    call_id=call.call_id,
                    turn=number,
                    role=role,
                    channel=number % 2,
                    start_s=round(at, 2),
                    end_s=round(at + length, 2),
                    text=text,
                    tokens=(),
                    words=tuple(
                        TurnWord(
                            text=letter,
                            start_s=round(at + step * i, 2),
                            end_s=round(at + step * (i + 1), 2),
                            probability=0.3 if self._chance.random() < 0.02 else 0.95,
                        )
                        for i, letter in enumerate(text)
                    ),
                    confidence=0.93,
                    voiced_s=round(0.9 * length, 2),
                    characters=len(text) - 2,
                    masked=(),
                )
            )
            at += length + self._chance.uniform(0.2, 1.5)
        return found

    def _sides(self, call: CallRow) -> list[SideRow]:
        return [
            SideRow(
                call_id=call.call_id,
                agent_id=call.agent_id,
                role=role,
                channel=channel,
                told_by="record",
                told_confidence=1.0,
                by_voice=False,
                talk_s=30.0,
                unrecognised_s=0.0,
                loudness_lufs=-20.0,
                loudness_dbfs=-22.0,
                clipped=0.0,
                pitch_spread=2.0,
            )
            for channel, role in enumerate((Role.AGENT, Role.CUSTOMER))
        ]

    def _interruption(self, call: CallRow) -> InterruptionRow:
        return InterruptionRow(
            call_id=call.call_id,
            agent_id=call.agent_id,
            start_s=12.0,
            overlap_s=0.7,
            intrusion_s=1.0,
            customer_spoke_s=2.0,
            characters=8,
            backchannel=False,
            floor=Floor.AGENT,
            violation=False,
        )

    def _attempt(self, day: date, number: int) -> AttemptRow:
        at = self._moment(day)
        return AttemptRow(
            call_id=f"m{day:%m%d}-{number}",
            agent_id="",
            agent_name="",
            team=self._chance.choice(TEAMS),
            shift=self._settings.shift_of(at),
            direction="inbound",
            queue=self._chance.choice(QUEUES),
            customer_key="",
            started_at=at,
            ring_seconds=20.0,
            answered=False,
            ended_by="customer",
        )

    def _agent_rows(
        self, calls: Sequence[CallRow], findings: Sequence[FindingRow]
    ) -> list[AgentRow]:
        own: dict[str, list[Any]] = {c.call_id: [] for c in calls}
        for finding in findings:
            own[finding.call_id].append(finding)
        sections = self._rubric.file.sections
        caps = {name: section.cap for name, section in sections.items()}
        figures = [agents.figures_of_rows(c, own[c.call_id], caps) for c in calls]
        return agent_rows(agents.by_agent(figures, self._level))

    def _level(self, score: float) -> str:
        levels = self._rubric.file.levels
        return next(one.name for one in levels if score >= one.at_least)

    def _failure(self, day: date, number: int) -> FailureRow:
        seen = self._moment(day)
        return FailureRow(
            file=f"{day}/broken-{number}.wav",
            stage="audio",
            error="AudioError",
            message="不是可以解码的录音",
            first_seen=seen,
            last_seen=seen,
        )


def _hold(call: CallRow) -> HoldRow:
    return HoldRow(
        call_id=call.call_id, agent_id=call.agent_id, start_s=30.0, end_s=42.0, announced=True
    )
