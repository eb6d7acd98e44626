"""``scores.xlsx``: the same figures for those who work in a spreadsheet.

Texts stay texts: an id keeps its zeros, and a quote that begins with ``=`` is no formula.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.figures import connect, ratings, shares
from pipeline.records import Status
from pipeline.report import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl import Workbook
    from openpyxl.cell import Cell

    from pipeline.report.overall import Overall
    from pipeline.report.tables import Period
    from pipeline.report.team import Standing

TEXT, COUNT, ONE, TWO, WHEN, SECONDS = "@", "0", "0.0", "0.00", "yyyy-mm-dd hh:mm", "0.0"
PERCENT = "0.0%"
LEVELS = {"top": "E3EFF0", "mid": "EEF1F2", "low": "FBEBE9"}
"""Fills of the levels, as on the pages."""
_STAMP = (1980, 1, 1, 0, 0, 0)
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its head, its width in characters, how its values are written."""

    head: str
    width: float
    form: str = TEXT


@dataclass(frozen=True)
class Linked:
    """A value that leads to a page."""

    value: str
    target: str


@dataclass(frozen=True)
class Level:
    """A level with the place that decides its colour."""

    name: str
    rank: str


AGENTS = (
    Column("工号", 12), Column("姓名", 12), Column("班组", 14), Column("通话", 8, COUNT),
    Column("已评分", 8, COUNT), Column("平均分", 9, ONE), Column("区间下限", 10, ONE),
    Column("区间上限", 10, ONE), Column("等级", 9), Column("每百通违规", 12, ONE),
    Column("抢话", 8, COUNT), Column("语速", 8, ONE), Column("待复核", 8, COUNT),
    Column("否决", 8, COUNT), Column("最好名次", 10, COUNT), Column("最差名次", 10, COUNT),
    Column("名次说明", 10),
)  # fmt: skip
SHIFTS = (
    Column("班次", 14), Column("时间", 14), Column("通话", 8, COUNT), Column("已评分", 8, COUNT),
    Column("平均分", 9, ONE), Column("区间下限", 10, ONE), Column("区间上限", 10, ONE),
    Column("每百通违规", 12, ONE), Column("抢话", 8, COUNT), Column("语速", 8, ONE),
    Column("否决", 8, COUNT), Column("待复核", 8, COUNT), Column("来电", 8, COUNT),
    Column("接通", 8, COUNT), Column("接通率", 9, PERCENT),
)  # fmt: skip
SHARES = (
    Column("指标", 16), Column("队列或月份", 18), Column("来电", 10, COUNT),
    Column("接通或回访", 12, COUNT), Column("比率", 9, PERCENT), Column("区间下限", 10, PERCENT),
    Column("区间上限", 10, PERCENT), Column("规范", 9, PERCENT), Column("说明", 60),
)  # fmt: skip
RATED = (
    Column("通话", 18), Column("日期", 12), Column("工号", 12), Column("姓名", 12),
    Column("评分人数", 10, COUNT), Column("人工平均", 10, ONE), Column("机器", 8, ONE),
    Column("机器减人工", 12, ONE), Column("说明", 24),
)  # fmt: skip
CALLS = (
    Column("通话", 18), Column("日期", 12), Column("工号", 12), Column("姓名", 12),
    Column("班组", 14), Column("方向", 8), Column("开始", 17, WHEN), Column("时长（秒）", 11, SECONDS),
    Column("状态", 9), Column("得分", 8, ONE), Column("等级", 9), Column("否决", 7),
    Column("待复核", 8), Column("抢话", 7, COUNT), Column("语速", 8, ONE),
    Column("静默（秒）", 11, SECONDS), Column("离线（秒）", 11, SECONDS), Column("原因", 30),
    Column("文件", 36),
)  # fmt: skip
LOSSES = (
    Column("通话", 18), Column("日期", 12), Column("工号", 12), Column("规则", 18),
    Column("规则编号", 24), Column("部分", 10), Column("结论", 9), Column("程度", 8),
    Column("扣分", 8, TWO), Column("开始（秒）", 11, TWO), Column("结束（秒）", 11, TWO),
    Column("谁说的", 8), Column("原话", 44), Column("说明", 44), Column("依据", 40),
)  # fmt: skip
FAILURES = (
    Column("文件", 40), Column("环节", 10), Column("错误", 18), Column("原因", 60),
    Column("首次", 17, WHEN), Column("最近", 17, WHEN),
)  # fmt: skip


def workbook(period: Period, standings: Sequence[Standing], overall: Overall) -> bytes:
    """The workbook of a period: the same rows give the same bytes."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _sheet(book, "客服", AGENTS, (_agent(period, s) for s in standings))
    _sheet(book, "通话", CALLS, _calls(period))
    _sheet(book, "扣分", LOSSES, _losses(period))
    _sheet(book, "班次", SHIFTS, _shifts(overall))
    _sheet(book, "接通与回访", SHARES, [*_connect(overall), *_callbacks(overall)])
    if overall.rated is not None:
        _sheet(book, "人工评分", RATED, _rated(overall, overall.rated))
    _sheet(book, "不能用的文件", FAILURES, _failures(period))
    file = io.BytesIO()
    book.save(file)
    return _timeless(file.getvalue())


def _agent(period: Period, one: Standing) -> list[Any]:
    f = one.figures
    level = Level(f.level, period.norms.rank(f.level))
    page = names.link(names.agent_page(f.agent_id))
    return [
        Linked(f.agent_id, page), f.agent_name, f.team, f.calls, f.scored, f.mean, f.low, f.high,
        level, one.violations, f.interruptions, f.rate_turn, f.review, f.vetoed,
        *(one.rank or (None, None)), "" if one.mark is None else names.MARKS[one.mark],
    ]  # fmt: skip


def _shifts(overall: Overall) -> Iterable[list[Any]]:
    for one in overall.shifts:
        f, share = one.figures, one.connected
        hours = overall.hours.get(one.name, "")
        figures = [0, 0, *(None,) * 8] if f is None else [
            f.calls, f.scored, f.mean, f.low, f.high, one.violations, f.interruptions, f.rate_turn,
            f.vetoed, f.review,
        ]  # fmt: skip
        connected = [None] * 3 if share is None else [share.of, share.count, share.value]
        yield [one.name or names.NO_SHIFT, hours, *figures, *connected]


def _connect(overall: Overall) -> Iterable[list[Any]]:
    found = overall.connect
    if found.whole is None:
        if found.incoming:
            yield ["接通率", "全部", *(None,) * 6, names.NO_MISSED]
        return
    queues = [(q, q.queue or names.NO_QUEUE) for q in found.queues]
    for one, name in [(found.whole, "全部"), *queues]:
        said = ["低于规范" if one.surely else "低于规范，来电少，还说不准"] if one.under else []
        said += [f"另有 {one.unknown} 通不知是否接通"] if one.unknown else []
        yield ["接通率", name, *_share(one.share), connect.CONNECT_NORM, "；".join(said)]


def _callbacks(overall: Overall) -> Iterable[list[Any]]:
    for one in overall.callbacks.months if overall.callbacks else ():
        failed = f"；一直没打通的客户 {one.failed} 位，其中打过两天以上 {one.retried} 位"
        said = f"其中打通 {one.reached} 通" + (failed if one.failed else "")
        yield ["回访率", one.month, *_share(one.called_back), None, said]


def _share(share: shares.Share | None) -> list[Any]:
    return [*(None,) * 5] if share is None else [
        share.of, share.count, share.value, share.low, share.high
    ]  # fmt: skip


def _rated(overall: Overall, rated: ratings.Rated) -> Iterable[list[Any]]:
    for one in rated.calls:
        date = overall.rated_dates.get(one.call_id, "")
        agent = (one.call.agent_id, one.call.agent_name) if one.call else ("", "")
        page = names.link(names.call_page(date, one.call_id))
        said = [] if one.enough else ["不足三人"]
        said += [] if one.call else ["数据里没有这通电话"]
        yield [
            Linked(one.call_id, page) if one.call else one.call_id, date, *agent,
            one.raters, one.mean, one.machine, one.difference, "；".join(said),
        ]  # fmt: skip


def _calls(period: Period) -> Iterable[list[Any]]:
    for day, c in period.calls:
        page = names.link(names.call_page(day.date, c.call_id))
        yield [
            Linked(c.call_id, page), day.date, c.agent_id, c.agent_name, c.team,
            names.DIRECTIONS.get(c.direction, ""), _local(c.started_at), c.duration_s,
            "已评分" if c.status == Status.SCORED else "不评分", c.score,
            Level(c.level, period.norms.rank(c.level)), "是" if c.vetoed else "",
            "是" if c.review else "", c.interruptions, c.rate_turn, c.silence_s,
            c.hold_s, c.reason, c.file,
        ]  # fmt: skip


def _losses(period: Period) -> Iterable[list[Any]]:
    for day, c in period.calls:
        for e in day.events[c.call_id]:
            page = names.link(names.call_page(day.date, c.call_id), e.start_s)
            yield [
                Linked(c.call_id, page), day.date, c.agent_id,
                period.norms.rule(e.rule_id), e.rule_id, period.norms.section(e.section),
                names.OUTCOMES.get(e.outcome, e.outcome),
                names.SEVERITIES.get(e.severity, e.severity), e.points, e.start_s,
                e.end_s, names.ROLES.get(e.role, e.role), e.quote, e.message,
                e.source,
            ]  # fmt: skip


def _failures(period: Period) -> Iterable[list[Any]]:
    for f in period.failures:
        stage = names.STAGES.get(f.stage, f.stage)
        clock = [_local(f.first_seen), _local(f.last_seen)]
        yield [f.file, stage, f.error, f.message, *clock]


def _local(at: datetime | None) -> datetime | None:
    """A clock time as it was at the place; a spreadsheet knows no zones."""
    return None if at is None else at.replace(tzinfo=None)


def _sheet(
    book: Workbook, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> None:
    from openpyxl.styles import Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    heads = [_cell(sheet, column.head, TEXT) for column in columns]
    for head in heads:
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", start_color="EEF1F2")
        head.border = Border(bottom=Side("thin", color="9AA5AA"))
    sheet.append(heads)
    count = 1
    for row in rows:
        sheet.append([_cell(sheet, v, c.form) for v, c in zip(row, columns, strict=True)])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"


def _cell(sheet: Any, value: Any, form: str) -> Cell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill

    plain = value.value if isinstance(value, Linked) else value
    plain = plain.name if isinstance(plain, Level) else plain
    cell: Cell = WriteOnlyCell(
        sheet, _UNWRITABLE.sub("", plain) if isinstance(plain, str) else plain
    )
    cell.number_format = form
    if isinstance(plain, str) and plain:
        cell.data_type = "s"  # never a formula, whatever it begins with
    if isinstance(value, Linked) and value.value:
        cell.hyperlink = value.target
        cell.font = Font(color="1F6373", underline="single")
    if isinstance(value, Level) and value.rank in LEVELS:
        cell.fill = PatternFill("solid", start_color=LEVELS[value.rank])
    return cell


def _timeless(data: bytes) -> bytes:
    """The same workbook without the moment it was written at."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", part)
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, part)
    return file.getvalue()
