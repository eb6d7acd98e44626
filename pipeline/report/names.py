"""How things are written on the pages: words for codes, times, numbers, and names of files."""

from __future__ import annotations

import hashlib
import re
from datetime import date as Date  # noqa: N812  as the field says it: a date is text here
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pipeline.figures.agents import Mark
from pipeline.figures.periods import PeriodKind
from pipeline.judging.reviewed import BY_ANSWER
from pipeline.records import Direction, Judgement, Outcome, Role, Severity, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.figures.periods import Period
    from pipeline.settings import Mean

OUTCOMES = {
    Outcome.VIOLATION: "违规",
    Outcome.REVIEW: "待复核",
    Outcome.NOT_MEASURABLE: "无法测量",
    Outcome.PASS: "通过",
    Outcome.NOT_APPLICABLE: "不适用",
}
SEVERITIES = {Severity.MINOR: "轻微", Severity.MAJOR: "严重", Severity.CRITICAL: "否决"}
DIRECTIONS: dict[str, str] = {
    Direction.INBOUND: "呼入",
    Direction.OUTBOUND: "呼出",
    Direction.CALLBACK: "回访",
}
VERDICTS = {
    Verdict.STANDS: "成立",
    Verdict.WRONG: "不成立",
    Verdict.CANNOT_TELL: "说不准",
    Verdict.MISSED: "漏检，补记",
    Verdict.DONE: "整通听完",
    Verdict.EXCLUDED: "整通不计",
}
ANSWERED = VERDICTS | {Verdict.MISSED: "按回答扣分", Verdict.WRONG: "改了回答，不扣"}
"""What verdicts are called that follow of an answer."""
JUDGEMENTS = {
    Judgement.FAULT: "违规",
    Judgement.NO_FAULT: "没有",
    Judgement.CANNOT_TELL: "说不准",
}
MEANS: dict[Mean, str] = {"machine": "机器评分", "final": "人工复核后的得分"}
"""Which score a mean is made of."""
ROLES = {Role.AGENT: "客服", Role.CUSTOMER: "客户", Role.IVR: "自动语音", Role.UNKNOWN: "不详"}
NOTES = {
    "truncated": "录音不完整",
    "damaged": "录音有损坏处",
    "dead_channel": "有一个声道没有声音",
    "more_channels": "多于两方",
    "dual_mono": "两个声道相同",
    "fake_stereo": "假立体声",
    "crosstalk": "两路串音",
    "clipped": "声音削顶",
    "swapped": "声道对调",
}
TOLD_BY = {
    "convention": "按电话系统的声道约定",
    "phrases": "按谁说规范用语",
    "model": "按双方说话的方式",
}
"""How the agent was told where nothing named him outright."""
STAGES = {
    "ingest": "读取",
    "audio": "解码",
    "transcript": "文字稿",
    "asr": "识别",
    "score": "评分",
}

MARKS = {Mark.TOP: "前 10%", Mark.COACH: "需辅导"}
KINDS = {
    PeriodKind.RECENT: "近 7 天",
    PeriodKind.DAY: "日",
    PeriodKind.WEEK: "周",
    PeriodKind.MONTH: "月",
    PeriodKind.ALL: "全部",
}
SCOPES = {"team": "班组", "queue": "队列", "shift": "班次"}
_WEEKDAYS = "一二三四五六日"
NO_SHIFT = "不在班次内"
NO_QUEUE = "未登记队列"
NO_MISSED = "话单里没有未接来电，接通率无法计算"

_LONGEST = 60
"""Characters of a file's name: in UTF-8 still far from the 255 bytes that file systems allow."""
_TAKEN = re.compile(r"(?i)(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³])(?:\..*)?|index")
"""Names that Windows keeps for its devices, with any suffix."""


def verdict(said: Verdict, reason: str | None) -> str:
    """What a verdict is called, by its reason."""
    return (ANSWERED if reason == BY_ANSWER else VERDICTS)[said]


def safe_name(identifier: str) -> str:
    """A file's name for any id, without its suffix: the id itself where that is safe.

    Letters (Chinese ones too), digits, ``-``, ``_`` and ``.`` stay. An id that has to be changed gets
    eight digits of its hash, so that two ids never share a name.
    """
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in identifier)
    name = name.strip(".")[:_LONGEST]
    if name == identifier and name and not _TAKEN.fullmatch(name):
        return name
    return f"{name or '_'}-{hashlib.sha256(identifier.encode()).hexdigest()[:8]}"


def agent_page(agent_id: str, month: str = "") -> str:
    """Where an agent's page lies under ``reports/``, of the newest dates or of a month."""
    own = safe_name(agent_id)
    return f"agents/{own}/{month}.html" if month else f"agents/{own}.html"


def call_page(date: str, call_id: str) -> str:
    """Where a call's page lies under ``reports/``."""
    return f"calls/{safe_name(date)}/{safe_name(call_id)}.html"


RECORD_PAGE = "record/index.html"
"""Where it stands how right the rules are."""


def session_page(name: str) -> str:
    """Where the page of a calibration session lies."""
    return f"calibration/{safe_name(name)}.html"


def period_page(key: str, scope: str = "", name: str = "") -> str:
    """Where the page of a period lies, of everybody or of a team, queue or shift."""
    return f"periods/{key}/{scope}-{safe_name(name)}.html" if scope else f"periods/{key}.html"


def period(one: Period) -> str:
    """A period as people call it: 最近 7 天, 11-20 周五, 2026 年第 47 周, 2026 年 11 月, 全部日期."""
    if one.kind is PeriodKind.RECENT:
        return f"{one.first[5:]} 至 {one.last[5:]}" if one.key != "recent" else "最近 7 天"
    if one.kind is PeriodKind.DAY:
        return f"{day(one.key)} 周{_WEEKDAYS[Date.fromisoformat(one.key).weekday()]}"
    if one.kind is PeriodKind.WEEK:
        return f"{one.key[:4]} 年第 {int(one.key[6:])} 周"
    if one.kind is PeriodKind.MONTH:
        return f"{one.key[:4]} 年 {int(one.key[5:])} 月"
    return "全部日期"


def brief(one: Period) -> str:
    """A period under a chart: 11-20, 47 周, 11 月."""
    if one.kind is PeriodKind.RECENT:
        return day(one.last)
    if one.kind is PeriodKind.WEEK:
        return f"{int(one.key[6:])} 周"
    return f"{int(one.key[5:])} 月" if one.kind is PeriodKind.MONTH else day(one.key)


def calls_page(**chosen: str) -> str:
    """The list of calls, with what it shows chosen beforehand: team, rule, from, to and so on."""
    wanted = {name.rstrip("_"): value for name, value in chosen.items() if value}
    return "calls.html" + (f"#{urlencode(wanted, quote_via=quote)}" if wanted else "")


def link(path: str, start: float | None = None) -> str:
    """``path`` as a link, to second ``start`` of its recording."""
    return quote(path) + ("" if start is None else f"#t={start:.2f}")


def who(agent_id: str, agent_name: str) -> str:
    """An agent as people call him; his id where he has no name."""
    return agent_name or agent_id or "未登记客服"


def clock(seconds: float | None) -> str:
    """A place in a recording: 1:05, or 1:02:05 past the hour."""
    minutes, rest = divmod(int(seconds or 0.0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float | None) -> str:
    """A length: 45 秒, 1 分 05 秒."""
    minutes, rest = divmod(round(seconds or 0.0), 60)
    return f"{minutes} 分 {rest:02} 秒" if minutes else f"{rest} 秒"


def day(date: str) -> str:
    """A date within a year: 11-20."""
    return date[5:] or date or "日期不详"


def moment(at: datetime | None) -> str:
    """A clock time to the minute."""
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M")


def number(value: float | None, digits: int = 1) -> str:
    """A number with its digits, a true minus sign, and a dash for none."""
    return "—" if value is None else f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def change(value: float | None, digits: int = 1) -> str:
    """How much more or less than before, with its sign: +1.5, −2.0, ±0."""
    if value is None:
        return ""
    rounded = round(value, digits) + 0.0
    return "±0" if rounded == 0 else ("+" if rounded > 0 else "") + number(value, digits)


def percent(value: float | None) -> str:
    """A share from 0 to 1: 92.3%, and a dash for none."""
    return "—" if value is None else f"{100 * value:.1f}%"


def coefficient(value: float | None) -> str:
    """An agreement beyond chance: 0.83, −0.02, and a dash for none."""
    return number(value, 2)


def signed(value: float | None) -> str:
    """A difference with its sign: +1.5, −2.0, 0.0."""
    plus = "+" if value is not None and round(value, 1) > 0 else ""
    return plus + number(value)


def points(value: float | None) -> str:
    """Points of a finding: −2, or 0; a fraction only where there is one, a dash where none are known."""
    return "—" if value is None else f"{value + 0.0:.4g}".replace("-", "−")
