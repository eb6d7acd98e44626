"""``scores.xlsx``: the same figures for those who work in a spreadsheet.

Texts stay texts: an id keeps its zeros, and a quote that begins with ``=`` is no formula.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  as the field says it: a date is text here
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.figures import connect, ratings, shares
from pipeline.records import Status
from pipeline.report import names
from pipeline.report.team import recent, shifts, standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.figures.periods import Period
    from pipeline.report.days import Days
    from pipeline.report.overall import Overall
    from pipeline.report.team import AgentStanding

TEXT, COUNT, ONE, TWO, WHEN, SECONDS = "@", "0", "0.0", "0.00", "yyyy-mm-dd hh:mm", "0.0"
PERCENT, DATE = "0.0%", "yyyy-mm-dd"
LEVELS = {"top": "E3EFF0", "mid": "EEF1F2", "low": "FBEBE9"}
"""Fills of the levels, as on the pages."""
CREATED = datetime(1980, 1, 1)  # noqa: DTZ001  the same bytes every time
LINKS, ROWS, LENGTH = 65_000, 1_000_000, 32_767
"""What a spreadsheet holds: links and rows of a sheet, characters of a cell."""
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
    Column("名次说明", 10), Column("平均分按", 16), Column("机器平均", 10, ONE),
    Column("复核后平均", 11, ONE), Column("复核改分", 10, COUNT),
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
    Column("通话", 18), Column("日期", 12, DATE), Column("工号", 12), Column("姓名", 12),
    Column("评分人数", 10, COUNT), Column("人工平均", 10, ONE), Column("机器", 8, ONE),
    Column("机器减人工", 12, ONE), Column("说明", 24),
)  # fmt: skip
CALLS = (
    Column("通话", 18), Column("日期", 12, DATE), Column("工号", 12), Column("姓名", 12),
    Column("班组", 14), Column("队列", 14), Column("班次", 10), Column("方向", 8),
    Column("开始", 17, WHEN), Column("时长（秒）", 11, SECONDS),
    Column("状态", 9), Column("得分", 8, ONE), Column("复核后", 8, ONE), Column("等级", 9),
    Column("否决", 7),
    Column("待复核", 8), Column("抢话", 7, COUNT), Column("语速", 8, ONE),
    Column("静默（秒）", 11, SECONDS), Column("离线（秒）", 11, SECONDS), Column("来电原因", 24),
    Column("不评分的原因", 30), Column("文件", 36),
)  # fmt: skip
LOSSES = (
    Column("通话", 18), Column("日期", 12, DATE), Column("工号", 12), Column("姓名", 12),
    Column("班组", 14), Column("规则", 18),
    Column("规则编号", 24), Column("部分", 10), Column("结论", 9), Column("程度", 8),
    Column("扣分", 8, TWO), Column("开始（秒）", 11, TWO), Column("结束（秒）", 11, TWO),
    Column("谁说的", 8), Column("原话", 44), Column("说明", 44), Column("依据", 40),
)  # fmt: skip
FAILURES = (
    Column("文件", 40), Column("环节", 10), Column("错误", 18), Column("原因", 60),
    Column("首次", 17, WHEN), Column("最近", 17, WHEN),
)  # fmt: skip


def workbook(days: Days, overall: Overall, base_url: str = "") -> bytes:
    """The workbook of the newest dates: the same tables give the same bytes.

    With ``base_url`` its links lead to where the pages are served; without, to the files beside it.
    """
    import xlsxwriter

    period = recent(days)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"created": CREATED})
    sheets = _Sheets(book, base_url)
    sheets.add("客服", AGENTS, (_agent(days, s) for s in standings(days, period)))
    sheets.add("通话", CALLS, _calls(days, period))
    sheets.add("扣分", LOSSES, _losses(days, period))
    sheets.add("班次", SHIFTS, _shifts(days, period, overall))
    known = [*_connect(days, period), *_callbacks(overall)]
    sheets.add("接通与回访", SHARES, known)
    if overall.rated is not None:
        sheets.add("人工评分", RATED, _rated(days, overall, overall.rated))
    sheets.add("不能用的文件", FAILURES, _failures(days))
    book.close()
    return file.getvalue()


def _agent(days: Days, one: AgentStanding) -> list[Any]:
    f = one.figures
    level = Level(days.norms.shown(f.level), days.norms.rank(f.level))
    page = names.link(names.agent_page(f.agent_id))
    return [
        Linked(f.agent_id, page), f.agent_name, f.team, f.calls, f.scored, f.mean, f.low, f.high,
        level, one.violations, f.interruptions, f.rate_turn, f.review, f.vetoed,
        *(one.rank or (None, None)), "" if one.mark is None else names.MARKS[one.mark],
        names.MEANS[days.mean], f.machine, f.final, f.changed,
    ]  # fmt: skip


def _shifts(days: Days, period: Period, overall: Overall) -> Iterable[list[Any]]:
    for one in shifts(days, period, overall):
        f, share = one.figures, one.connected
        hours = overall.hours.get(one.name, "")
        figures = [0, 0, *(None,) * 8] if f is None else [
            f.calls, f.scored, f.mean, f.low, f.high, one.violations, f.interruptions, f.rate_turn,
            f.vetoed, f.review,
        ]  # fmt: skip
        connected = [None] * 3 if share is None else [share.of, share.count, share.value]
        yield [one.name or names.NO_SHIFT, hours, *figures, *connected]


def _connect(days: Days, period: Period) -> Iterable[list[Any]]:
    found = connect.connect(days.contacts(period))
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


def _rated(days: Days, overall: Overall, rated: ratings.Rated) -> Iterable[list[Any]]:
    for one in rated.calls:
        date = overall.rated_dates.get(one.call_id, "")
        agent = (one.call.agent_id, one.call.agent_name) if one.call else ("", "")
        said = [] if one.enough else ["不足三人"]
        said += [] if one.call else ["数据里没有这通电话"]
        yield [
            _call(days, date, one.call_id), _date(date), *agent,
            one.raters, one.mean, one.machine, one.difference, "；".join(said),
        ]  # fmt: skip


def _calls(days: Days, period: Period) -> Iterator[list[Any]]:
    norms = days.norms
    for date in period.dates:
        for c in days.query.calls(date):
            yield [
                _call(days, date, c.call_id), _date(date), c.agent_id, c.agent_name, c.team, c.queue,
                c.shift, names.DIRECTIONS.get(c.direction, ""), _local(c.started_at), c.duration_s,
                "已评分" if c.status == Status.SCORED else "不评分", c.score, c.score_final,
                Level(norms.shown(c.level), norms.rank(c.level)), "是" if c.vetoed else "",
                "是" if c.review else "", c.interruptions, c.rate_turn, c.silence_s,
                c.hold_s, "、".join(map(norms.rule, c.tags or ())), c.reason, c.file,
            ]  # fmt: skip


def _losses(days: Days, period: Period) -> Iterator[list[Any]]:
    norms = days.norms
    for date in period.dates:
        events = days.query.events(date)
        for c in days.query.calls(date):
            for e in events[c.call_id]:
                yield [
                    _call(days, date, c.call_id, e.start_s), _date(date), c.agent_id, c.agent_name,
                    c.team, norms.rule(e.rule_id), e.rule_id, norms.section(e.section),
                    names.OUTCOMES.get(e.outcome, e.outcome),
                    names.SEVERITIES.get(e.severity, e.severity), e.points, e.start_s,
                    e.end_s, names.ROLES.get(e.role, e.role), e.quote, e.message,
                    e.source,
                ]  # fmt: skip


def _failures(days: Days) -> Iterator[list[Any]]:
    found = [f for date in days.query.dates for f in days.day(date).failures]
    for f in sorted(found, key=lambda f: (f.last_seen, f.file), reverse=True):
        stage = names.STAGES.get(f.stage, f.stage)
        clock = [_local(f.first_seen), _local(f.last_seen)]
        yield [f.file, stage, f.error, f.message, *clock]


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


class _Sheets:
    """The sheets of a workbook, a row at a time."""

    def __init__(self, book: Any, base_url: str) -> None:
        """Into ``book``; links begin with ``base_url``."""
        self._book, self._base_url = book, base_url
        self._head = book.add_format({"bold": True, "bg_color": "#EEF1F2", "bottom": 1})
        self._forms: dict[tuple[str, str], Any] = {}

    def add(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """One sheet, printed as wide as a page, its head on each."""
        sheet = self._book.add_worksheet(title)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.head, self._head)
        count = 0
        for count, row in enumerate(rows, start=1):
            if count > ROWS:
                break
            for place, (value, column) in enumerate(zip(row, columns, strict=True)):
                self._write(sheet, count, place, value, column)
        sheet.autofilter(0, 0, count, len(columns) - 1)

    def _write(self, sheet: Any, row: int, place: int, value: Any, column: Column) -> None:
        if isinstance(value, Linked):
            self._link(sheet, row, place, value)
        elif isinstance(value, Level):
            sheet.write_string(row, place, _text(value.name), self._form(TEXT, value.rank))
        elif isinstance(value, str) and value:
            sheet.write_string(row, place, _text(value), self._form(TEXT))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, place, value, self._form(column.form))
        elif value not in {None, ""}:
            sheet.write_number(row, place, value, self._form(column.form))

    def _link(self, sheet: Any, row: int, place: int, value: Linked) -> None:
        text = _text(value.value)
        if row > LINKS or not text:
            sheet.write_string(row, place, text, self._form(TEXT))
        else:
            base = self._base_url or "external:"
            sheet.write_url(row, place, base + value.target, self._form(TEXT, "link"), text)
            link = sheet.hyperlinks[row][place]
            # as Windows writes a path it leads nowhere elsewhere; with slashes everywhere
            link._relationship_link = link._relationship_link.replace("\\", "/")  # noqa: SLF001

    def _form(self, form: str, kind: str = "") -> Any:
        if (form, kind) not in self._forms:
            looks: dict[str, Any] = {"num_format": form}
            if kind == "link":
                looks |= {"font_color": "#1F6373", "underline": 1}
            elif kind in LEVELS:
                looks |= {"bg_color": f"#{LEVELS[kind]}"}
            self._forms[form, kind] = self._book.add_format(looks)
        return self._forms[form, kind]


def _text(value: str) -> str:
    return _UNWRITABLE.sub("", value)[:LENGTH]
