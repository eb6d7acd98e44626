"""What is published, and for whom: masking, pages."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
)

from pipeline.messages import tr
from pipeline.settings.paths import beside
from pipeline.yamlfile import Meaning, Strict

LOGOS = (".png", ".jpg", ".jpeg", ".svg")


def group_id(name: str) -> int:
    """The number of a group of this machine; ``ValueError`` where it cannot be given things."""
    import grp

    try:
        number = grp.getgrnam(name).gr_gid
    except KeyError as error:
        msg = tr("there is no group {name!r} on this machine", name=name)
        raise ValueError(msg) from error
    if os.geteuid() != 0 and number not in {os.getegid(), *os.getgroups()}:
        msg = tr("you are not in the group {name!r}, and so cannot give it anything", name=name)
        raise ValueError(msg)
    return number


class PrivacySettings(Strict):
    """Who may read what is kept and published, and what of people's data is masked in it."""

    publish: Annotated[
        Literal["masked", "plain"],
        Meaning(
            "`masked`: telephone, identity card and bank card numbers, car plates, e-mail and postal "
            "addresses and customers' names are masked in the tables, the pages, the workbook and what "
            "the command line says; `plain`: nothing is, and every run says so",
            "`masked`：表格、网页、工作簿和命令行里的电话、身份证、银行卡、车牌、邮箱、住址和客户姓名"
            "都打星号；`plain`：什么都不遮，每次运行都会提醒",
        ),
    ] = "masked"
    audio: Annotated[
        Literal["masked", "none"],
        Meaning(
            "the copy that a call's page plays: `masked` is silent where personal data is said, "
            '`none`: no page plays anything. With `publish = "plain"` the copy is the recording',
            "通话页播放的录音：`masked` 在说到个人信息的地方静音；`none` 不放录音。`publish = "
            '"plain"` 时放原录音',
        ),
    ] = "masked"
    mask_tickets: Annotated[
        bool,
        Meaning(
            "whether numbers of work orders, orders and accounts are masked too",
            "工单号、订单号、户号是否也遮",
        ),
    ] = False
    own_numbers: Annotated[
        tuple[str, ...],
        Meaning(
            "telephone numbers of the house, which are not masked; 400, 800, 95xxx, 12345 and 10086 "
            "never are",
            "本单位的电话，不遮；400、800、95xxx、12345、10086 本来就不遮",
        ),
    ] = ()
    group: Annotated[
        str,
        Meaning(
            "the group that may read the output folder too (folders 0750, files 0640), such as "
            "the web server's; unset: only its owner (0700, 0600)",
            "除所有者外还可以读结果文件夹的用户组（文件夹 0750，文件 0640），如网页服务器的组；"
            "不写：只有所有者能读（0700、0600）",
        ),
    ] = ""

    @field_validator("group")
    @classmethod
    def _there(cls, value: str, info: ValidationInfo) -> str:
        """Looked up where it is written; what is remembered is looked up when it is used."""
        if value and info.context is not None:
            group_id(value)
        return value


Pages = Literal["auto", "all", "findings", "review"]
Mean = Literal["machine", "final"]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
COLOURS = ("accent", "accent-soft", "accent-mid", "customer", "bad", "doubt")
"""The colours of the pages that a house may choose, as reports/static/tokens.css names them."""


class ReportSettings(Strict):
    """The pages and the workbook: which are written, and how they look and speak."""

    pages: Annotated[
        Pages,
        Meaning(
            "the calls that have a page: `all`; those with `findings`; those that need a `review` by a "
            "person; `auto`: all up to 2,000 calls a date, of more those with findings",
            "哪些通话有自己的页面：`all` 全部；`findings` 有发现的；`review` 需要人看的；`auto`："
            "一天不超过 2,000 通时全部，更多时只写有发现的",
        ),
    ] = "auto"
    mean: Annotated[
        Mean,
        Meaning(
            "which of a call's scores means, intervals, levels and ranks are made of: the `machine`'s, "
            "or the `final` one, after people; rules and sections are the machine's either way",
            "平均分、区间、等级和名次按哪个分算：`machine` 机器的，`final` 人工复核后的；各规则和各部分"
            "都按机器的",
        ),
    ] = "machine"
    base_url: Annotated[
        str,
        Meaning(
            "where the pages are served, `https://qa.example/reports/`: the workbook's links lead there "
            "and survive being mailed; unset: they are relative to the workbook",
            "网页放在哪里，如 `https://qa.example/reports/`：工作簿里的链接指向这里，发邮件也不会断；"
            "不写：相对于工作簿",
        ),
    ] = ""
    title: Annotated[
        str, Meaning("what the pages are called, in every title", "页面的总名称，写在每页标题里")
    ] = "服务质检"
    note: Annotated[str, Meaning("the sentence at the foot of every page", "每页页脚的一句话")] = (
        "每一处扣分都有规则、条款、原话和时间，可以逐条核对。"
    )
    agent: Annotated[str, Meaning("what an agent is called", "客服的称呼，如“坐席”")] = "客服"
    customer: Annotated[str, Meaning("what a customer is called", "客户的称呼，如“业主”")] = "客户"
    levels: Annotated[
        dict[str, str],
        Meaning(
            'other names for the rubric\'s levels on the pages: `优秀 = "A"`',
            '等级在页面上的另一种写法，如 `优秀 = "A"`',
        ),
    ] = Field(default_factory=dict)
    colours: Annotated[
        dict[str, str],
        Meaning(
            "colours of the house as `#rrggbb`: " + ", ".join(f"`{c}`" for c in COLOURS),
            "自己的颜色，`#rrggbb`：" + "、".join(f"`{c}`" for c in COLOURS),
        ),
    ] = Field(default_factory=dict)
    logo: Annotated[
        Path | None,
        Meaning(
            "a PNG, JPEG or SVG file that stands at the head of every page",
            "每页页首的标志，PNG、JPEG 或 SVG 文件",
        ),
    ] = None
    templates: Annotated[
        Path | None,
        Meaning(
            "a folder of templates of your own: one takes the place of ours of the same name "
            "(reports/templates)",
            "自己的模板文件夹：同名的代替 reports/templates 里的",
        ),
    ] = None

    @field_validator("base_url")
    @classmethod
    def _served(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            msg = tr("{value!r} is no address; expected https://host/path/", value=value)
            raise ValueError(msg)
        return value if not value or value.endswith("/") else f"{value}/"

    @field_validator("colours")
    @classmethod
    def _colours(cls, value: dict[str, str]) -> dict[str, str]:
        for name, colour in value.items():
            if name not in COLOURS:
                msg = tr(
                    "no colour {name!r}; there are {known}", name=name, known=", ".join(COLOURS)
                )
                raise ValueError(msg)
            if not _COLOUR.fullmatch(colour):
                msg = tr("{colour!r} is no colour; expected #rrggbb", colour=colour)
                raise ValueError(msg)
        return value

    @field_validator("logo", "templates")
    @classmethod
    def _beside_it(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        """Looked up where it is written; what is remembered is looked up when it is used."""
        if value is None or info.context is None:
            return value
        path = beside(str(value), info)
        if info.field_name == "templates" and not path.is_dir():
            raise ValueError(tr("there is no folder {folder}", folder=path))
        if info.field_name == "logo" and not (path.is_file() and path.suffix.lower() in LOGOS):
            raise ValueError(tr("{path} is no PNG, JPEG or SVG file", path=path))
        return path
