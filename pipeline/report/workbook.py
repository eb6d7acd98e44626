"""``scores.xlsx``: the same figures for those who work in a spreadsheet.

A sheet is its columns, each with its head and its value of a line, and the lines that it is given.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  as the field says it: a date is text here
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.figures import connect
from pipeline.records import Status
from pipeline.report import names
from pipeline.report.sheets import (
    COUNT,
    DATE,
    ONE,
    PERCENT,
    SECONDS,
    TWO,
    WHEN,
    Linked,
    Shaded,
    SheetColumn,
    Sheets,
)
from pipeline.report.team import recent, shifts, standings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipeline.figures.agents import AgentFigures
    from pipeline.figures.periods import Period
    from pipeline.figures.ratings import RatedCall
    from pipeline.figures.shares import Share
    from pipeline.figures.shifts import Shift
    from pipeline.report.days import Days
    from pipeline.report.overall import Overall
    from pipeline.report.team import AgentStanding
    from pipeline.store.schema import AnswerRow, CallRow, FailureRow, FindingRow

CREATED = datetime(1980, 1, 1)  # noqa: DTZ001  the same bytes every time


# Agents -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgentLine:
    """An agent among the others."""

    days: Days
    own: AgentStanding

    @property
    def figures(self) -> AgentFigures:
        """His own."""
        return self.own.figures

    @property
    def page(self) -> Linked:
        """His id, that leads to his page."""
        agent = self.figures.agent_id
        return Linked(agent, names.link(names.agent_page(agent)))


AGENTS: tuple[SheetColumn[AgentLine], ...] = (
    SheetColumn("工号", 12, lambda a: a.page),
    SheetColumn("姓名", 12, lambda a: a.figures.agent_name),
    SheetColumn("班组", 14, lambda a: a.figures.team),
    SheetColumn("通话", 8, lambda a: a.figures.calls, COUNT),
    SheetColumn("已评分", 8, lambda a: a.figures.scored, COUNT),
    SheetColumn("平均分", 9, lambda a: a.figures.mean, ONE),
    SheetColumn("区间下限", 10, lambda a: a.figures.low, ONE),
    SheetColumn("区间上限", 10, lambda a: a.figures.high, ONE),
    SheetColumn("等级", 9, lambda a: _level(a.days, a.figures.level)),
    SheetColumn("每百通违规", 12, lambda a: a.own.violations, ONE),
    SheetColumn("抢话", 8, lambda a: a.figures.interruptions, COUNT),
    SheetColumn("语速", 8, lambda a: a.figures.rate_turn, ONE),
    SheetColumn("待复核", 8, lambda a: a.figures.review, COUNT),
    SheetColumn("否决", 8, lambda a: a.figures.vetoed, COUNT),
    SheetColumn("最好名次", 10, lambda a: a.own.rank and a.own.rank[0], COUNT),
    SheetColumn("最差名次", 10, lambda a: a.own.rank and a.own.rank[1], COUNT),
    SheetColumn("名次说明", 10, lambda a: a.own.mark and names.MARKS[a.own.mark]),
    SheetColumn("平均分按", 16, lambda a: names.MEANS[a.days.mean]),
    SheetColumn("机器平均", 10, lambda a: a.figures.machine, ONE),
    SheetColumn("复核后平均", 11, lambda a: a.figures.final, ONE),
    SheetColumn("复核改分", 10, lambda a: a.figures.changed, COUNT),
)


# Calls --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SheetCall:
    """A call of a date."""

    days: Days
    date: str
    row: CallRow


def _calls(days: Days, period: Period) -> Iterator[SheetCall]:
    for date in period.dates:
        for call in days.query.calls(date):
            yield SheetCall(days, date, call)


CALLS: tuple[SheetColumn[SheetCall], ...] = (
    SheetColumn("通话", 18, lambda c: _call(c.days, c.date, c.row.call_id)),
    SheetColumn("日期", 12, lambda c: _date(c.date), DATE),
    SheetColumn("工号", 12, lambda c: c.row.agent_id),
    SheetColumn("姓名", 12, lambda c: c.row.agent_name),
    SheetColumn("班组", 14, lambda c: c.row.team),
    SheetColumn("队列", 14, lambda c: c.row.queue),
    SheetColumn("班次", 10, lambda c: c.row.shift),
    SheetColumn("方向", 8, lambda c: names.DIRECTIONS.get(c.row.direction, "")),
    SheetColumn("开始", 17, lambda c: _local(c.row.started_at), WHEN),
    SheetColumn("时长（秒）", 11, lambda c: c.row.duration_s, SECONDS),
    SheetColumn("状态", 9, lambda c: "已评分" if c.row.status == Status.SCORED else "不评分"),
    SheetColumn("得分", 8, lambda c: c.row.score, ONE),
    SheetColumn("复核后", 8, lambda c: c.row.score_final, ONE),
    SheetColumn("等级", 9, lambda c: _level(c.days, c.row.level)),
    SheetColumn("否决", 7, lambda c: "是" if c.row.vetoed else ""),
    SheetColumn("待复核", 8, lambda c: "是" if c.row.review else ""),
    SheetColumn("抢话", 7, lambda c: c.row.interruptions, COUNT),
    SheetColumn("语速", 8, lambda c: c.row.rate_turn, ONE),
    SheetColumn("静默（秒）", 11, lambda c: c.row.silence_s, SECONDS),
    SheetColumn("离线（秒）", 11, lambda c: c.row.hold_s, SECONDS),
    SheetColumn("来电原因", 24, lambda c: "、".join(map(c.days.norms.rule, c.row.tags or ()))),
    SheetColumn("不评分的原因", 30, lambda c: c.row.reason),
    SheetColumn("文件", 36, lambda c: c.row.file),
)


# Deductions ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LossLine:
    """What a rule found in a call of a date."""

    days: Days
    date: str
    call: CallRow
    row: FindingRow


def _losses(days: Days, period: Period) -> Iterator[LossLine]:
    for date in period.dates:
        findings = days.query.events(date)
        for call in days.query.calls(date):
            for row in findings[call.call_id]:
                yield LossLine(days, date, call, row)


LOSSES: tuple[SheetColumn[LossLine], ...] = (
    SheetColumn("通话", 18, lambda f: _call(f.days, f.date, f.call.call_id, f.row.start_s)),
    SheetColumn("日期", 12, lambda f: _date(f.date), DATE),
    SheetColumn("工号", 12, lambda f: f.call.agent_id),
    SheetColumn("姓名", 12, lambda f: f.call.agent_name),
    SheetColumn("班组", 14, lambda f: f.call.team),
    SheetColumn("规则", 18, lambda f: f.days.norms.rule(f.row.rule_id)),
    SheetColumn("规则编号", 24, lambda f: f.row.rule_id),
    SheetColumn("部分", 10, lambda f: f.days.norms.section(f.row.section)),
    SheetColumn("结论", 9, lambda f: names.OUTCOMES.get(f.row.outcome, f.row.outcome)),
    SheetColumn("程度", 8, lambda f: names.SEVERITIES.get(f.row.severity, f.row.severity)),
    SheetColumn("扣分", 8, lambda f: f.row.points, TWO),
    SheetColumn("开始（秒）", 11, lambda f: f.row.start_s, TWO),
    SheetColumn("结束（秒）", 11, lambda f: f.row.end_s, TWO),
    SheetColumn("谁说的", 8, lambda f: names.ROLES.get(f.row.role, f.row.role)),
    SheetColumn("原话", 44, lambda f: f.row.quote),
    SheetColumn("说明", 44, lambda f: f.row.message),
    SheetColumn("依据", 40, lambda f: f.row.source),
)


# Shifts -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShiftLine:
    """A shift and its hours."""

    own: Shift
    hours: str

    @property
    def share(self) -> Share | None:
        """Of its incoming calls, those that were answered."""
        return self.own.connected


def _shifts(days: Days, period: Period, overall: Overall) -> Iterator[ShiftLine]:
    for one in shifts(days, period, overall):
        yield ShiftLine(one, overall.hours.get(one.name, ""))


def _of_figures(
    value: Callable[[AgentFigures], Any], without: int | None = None
) -> Callable[[ShiftLine], Any]:
    """A figure of the recorded calls of a shift; ``without`` where it has none."""
    return lambda s: without if s.own.figures is None else value(s.own.figures)


def _of_share(value: Callable[[Share], Any]) -> Callable[[ShiftLine | ShareLine], Any]:
    """A number of a share; empty where the share is not known."""
    return lambda line: None if line.share is None else value(line.share)


SHIFTS: tuple[SheetColumn[ShiftLine], ...] = (
    SheetColumn("班次", 14, lambda s: s.own.name or names.NO_SHIFT),
    SheetColumn("时间", 14, lambda s: s.hours),
    SheetColumn("通话", 8, _of_figures(lambda f: f.calls, 0), COUNT),
    SheetColumn("已评分", 8, _of_figures(lambda f: f.scored, 0), COUNT),
    SheetColumn("平均分", 9, _of_figures(lambda f: f.mean), ONE),
    SheetColumn("区间下限", 10, _of_figures(lambda f: f.low), ONE),
    SheetColumn("区间上限", 10, _of_figures(lambda f: f.high), ONE),
    SheetColumn("每百通违规", 12, lambda s: s.own.violations, ONE),
    SheetColumn("抢话", 8, _of_figures(lambda f: f.interruptions), COUNT),
    SheetColumn("语速", 8, _of_figures(lambda f: f.rate_turn), ONE),
    SheetColumn("否决", 8, _of_figures(lambda f: f.vetoed), COUNT),
    SheetColumn("待复核", 8, _of_figures(lambda f: f.review), COUNT),
    SheetColumn("来电", 8, _of_share(lambda s: s.of), COUNT),
    SheetColumn("接通", 8, _of_share(lambda s: s.count), COUNT),
    SheetColumn("接通率", 9, _of_share(lambda s: s.value), PERCENT),
)


# Answers to the house's own questions -------------------------------------------------------------


@dataclass(frozen=True)
class AnswerLine:
    """An answer, its call, and what was asked."""

    days: Days
    date: str
    call: CallRow
    own: AnswerRow
    title: str


def _answers(days: Days, period: Period, overall: Overall) -> Iterator[AnswerLine]:
    titles = {one.id: one.text for one in overall.questions}
    for date in period.dates:
        rows = days.query.answers(date)
        calls = {call.call_id: call for call in days.query.calls(date)} if rows else {}
        for row in rows:
            if row.call_id in calls:
                title = titles.get(row.question, row.question)
                yield AnswerLine(days, date, calls[row.call_id], row, title)


ANSWERS: tuple[SheetColumn[AnswerLine], ...] = (
    SheetColumn("通话", 18, lambda a: _call(a.days, a.date, a.own.call_id)),
    SheetColumn("日期", 12, lambda a: _date(a.date), DATE),
    SheetColumn("工号", 12, lambda a: a.call.agent_id),
    SheetColumn("姓名", 12, lambda a: a.call.agent_name),
    SheetColumn("班组", 14, lambda a: a.call.team),
    SheetColumn("问题", 36, lambda a: a.title),
    SheetColumn("回答", 36, lambda a: a.own.answer),
    SheetColumn("质检员", 12, lambda a: a.own.reviewer),
    SheetColumn("时间", 17, lambda a: _local(a.own.at), WHEN),
)


# Answered and called back -------------------------------------------------------------------------


@dataclass(frozen=True)
class ShareLine:
    """A share of a queue's or a month's calls, its norm if it has one, and what to say of it."""

    figure: str
    of: str
    share: Share | None
    norm: float | None
    said: str


def _connect(days: Days, period: Period) -> Iterator[ShareLine]:
    found = connect.connect(days.contacts(period))
    if found.whole is None:
        if found.incoming:
            yield ShareLine("接通率", "全部", None, None, names.NO_MISSED)
        return
    queues = [(q, q.queue or names.NO_QUEUE) for q in found.queues]
    for one, name in [(found.whole, "全部"), *queues]:
        said = ["低于规范" if one.surely else "低于规范，来电少，还说不准"] if one.under else []
        said += [f"另有 {one.unknown} 通不知是否接通"] if one.unknown else []
        yield ShareLine("接通率", name, one.share, connect.CONNECT_NORM, "；".join(said))


def _callbacks(overall: Overall) -> Iterator[ShareLine]:
    for one in overall.callbacks.months if overall.callbacks else ():
        failed = f"；一直没打通的客户 {one.failed} 位，其中打过两天以上 {one.retried} 位"
        said = f"其中打通 {one.reached} 通" + (failed if one.failed else "")
        yield ShareLine("回访率", one.month, one.called_back, None, said)


SHARES: tuple[SheetColumn[ShareLine], ...] = (
    SheetColumn("指标", 16, lambda s: s.figure),
    SheetColumn("队列或月份", 18, lambda s: s.of),
    SheetColumn("来电", 10, _of_share(lambda s: s.of), COUNT),
    SheetColumn("接通或回访", 12, _of_share(lambda s: s.count), COUNT),
    SheetColumn("比率", 9, _of_share(lambda s: s.value), PERCENT),
    SheetColumn("区间下限", 10, _of_share(lambda s: s.low), PERCENT),
    SheetColumn("区间上限", 10, _of_share(lambda s: s.high), PERCENT),
    SheetColumn("规范", 9, lambda s: s.norm, PERCENT),
    SheetColumn("说明", 60, lambda s: s.said),
)


# People's own scores ------------------------------------------------------------------------------


@dataclass(frozen=True)
class RatedLine:
    """A call that people scored; ``dates`` are those of the calls that are there, by their ids."""

    days: Days
    dates: Mapping[str, str]
    own: RatedCall

    @property
    def date(self) -> str:
        """The call's; empty where it is not there."""
        return self.dates.get(self.own.call_id, "")

    @property
    def said(self) -> str:
        """What there is to say of it."""
        said = [] if self.own.enough else ["不足三人"]
        return "；".join(said + ([] if self.own.call else ["数据里没有这通电话"]))


RATED: tuple[SheetColumn[RatedLine], ...] = (
    SheetColumn("通话", 18, lambda r: _call(r.days, r.date, r.own.call_id)),
    SheetColumn("日期", 12, lambda r: _date(r.date), DATE),
    SheetColumn("工号", 12, lambda r: r.own.call and r.own.call.agent_id),
    SheetColumn("姓名", 12, lambda r: r.own.call and r.own.call.agent_name),
    SheetColumn("评分人数", 10, lambda r: r.own.raters, COUNT),
    SheetColumn("人工平均", 10, lambda r: r.own.mean, ONE),
    SheetColumn("机器", 8, lambda r: r.own.machine, ONE),
    SheetColumn("机器减人工", 12, lambda r: r.own.difference, ONE),
    SheetColumn("说明", 24, lambda r: r.said),
)


# Files that cannot be used ------------------------------------------------------------------------


def _failures(days: Days) -> Iterable[FailureRow]:
    found = [f for date in days.query.dates for f in days.day(date).failures]
    return sorted(found, key=lambda f: (f.last_seen, f.file), reverse=True)


FAILURES: tuple[SheetColumn[FailureRow], ...] = (
    SheetColumn("文件", 40, lambda f: f.file),
    SheetColumn("环节", 10, lambda f: names.STAGES.get(f.stage, f.stage)),
    SheetColumn("错误", 18, lambda f: f.error),
    SheetColumn("原因", 60, lambda f: f.message),
    SheetColumn("首次", 17, lambda f: _local(f.first_seen), WHEN),
    SheetColumn("最近", 17, lambda f: _local(f.last_seen), WHEN),
)


# What several say ---------------------------------------------------------------------------------


def _level(days: Days, level: str) -> Shaded:
    return Shaded(days.norms.shown(level), days.norms.rank(level))


def _call(days: Days, date: str, call_id: str, start: float | None = None) -> str | Linked:
    """A call that leads to its page, where it has one."""
    if not days.worth.has_page(date, call_id):
        return call_id
    return Linked(call_id, names.link(names.call_page(date, call_id), start))


def _date(date: str) -> datetime | str:
    """A date that a spreadsheet counts with; as text where it is none."""
    try:
        return datetime.combine(Date.fromisoformat(date), datetime.min.time())
    except ValueError:
        return date


def _local(at: datetime | None) -> datetime | None:
    """A clock time as it was at the place; a spreadsheet knows no zones."""
    return None if at is None else at.replace(tzinfo=None)


# The whole ----------------------------------------------------------------------------------------


def workbook(days: Days, overall: Overall, base_url: str = "") -> bytes:
    """The workbook of the newest dates: the same tables give the same bytes.

    With ``base_url`` its links lead to where the pages are served; without, to the files beside it.
    """
    import xlsxwriter

    period = recent(days)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"created": CREATED})
    sheets = Sheets(book, base_url)
    sheets.add("客服", AGENTS, (AgentLine(days, s) for s in standings(days, period)))
    sheets.add("通话", CALLS, _calls(days, period))
    sheets.add("扣分", LOSSES, _losses(days, period))
    sheets.add("班次", SHIFTS, _shifts(days, period, overall))
    sheets.add("接通与回访", SHARES, [*_connect(days, period), *_callbacks(overall)])
    if overall.rated is not None:
        rated = (RatedLine(days, overall.rated_dates, one) for one in overall.rated.calls)
        sheets.add("人工评分", RATED, rated)
    if answers := [*_answers(days, period, overall)]:
        sheets.add("问题", ANSWERS, answers)
    sheets.add("不能用的文件", FAILURES, _failures(days))
    book.close()
    return file.getvalue()
