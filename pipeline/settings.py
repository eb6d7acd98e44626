"""``callqa.toml`` as one frozen ``Settings``; an unknown key is an error with file and line.

What each key means, and why its default is what it is, stands with it; ``docs/settings.md`` shows it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pipeline import tomlfile
from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import DEFAULT_ZONE, CallRecord
from pipeline.resources import not_rules
from pipeline.yamlfile import Location, Meaning, Strict, validate

NAME = "callqa.toml"


def _beside(value: str, info: ValidationInfo) -> Path:
    """A path as it is meant in the file it stands in: from that file's folder on."""
    path = Path(value).expanduser()
    file: Path | None = (info.context or {}).get("path")
    return path if file is None else file.absolute().parent / path


class AsrSettings(Strict):
    """The speech recogniser."""

    backend: Annotated[
        str,
        Meaning(
            "what recognises speech: `whisper` (faster-whisper), `http` (a server), `sherpa` "
            "(sherpa-onnx)",
            "用什么识别：`whisper`（faster-whisper）、`http`（识别服务器）、`sherpa`（"
            "sherpa-onnx）",
        ),
    ] = "whisper"
    model: Annotated[
        str,
        Meaning(
            "a model's name or folder. `auto`: turbo where there is a GPU, what the processor "
            "can carry in a night otherwise; chosen at the first run over an output folder and "
            "kept for it",
            "模型的名字或文件夹。`auto`：有显卡用 turbo，否则用处理器一夜跑得完的；结果文件夹第"
            "一次运行时选定，以后不变",
        ),
    ] = "auto"
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Meaning(
            "where the model runs",
            "模型在哪里跑",
        ),
    ] = "auto"
    beam_size: Annotated[
        PositiveInt,
        Meaning(
            "beams correct greedy slips on homophones for about a third more time",
            "束搜索的宽度；能改掉一些同音错字，多花约三分之一的时间",
        ),
    ] = 5
    batch_size: Annotated[
        PositiveInt,
        Meaning(
            "windows decoded at once; more only helps a GPU",
            "一次解码几个窗；再多只对显卡有用",
        ),
    ] = 8
    window_seconds: Annotated[
        float,
        Meaning(
            "clips of a side that share a window. Its cost grows faster than its length; a "
            "shorter one lacks what was said around (bench/speech/defaults.md)",
            "同一方的几段话拼成多长的窗。越长越费时，太短听不到上下文（见 "
            "bench/speech/defaults.md）",
        ),
    ] = Field(default=20.0, gt=1.0, le=29.0)
    temperatures: Annotated[
        tuple[float, ...],
        Meaning(
            "tried one after the other where a text is unlikely or goes in circles: Whisper's "
            "own ladder",
            "听出来的文字不像话或循环时依次再试的温度，Whisper 自己的做法",
        ),
    ] = (0.2, 0.4, 0.6, 0.8, 1.0)
    prompt: Annotated[
        str,
        Meaning(
            "told to Whisper beforehand. Off: on human voices any prompt costs a quarter more "
            "character errors",
            "事先告诉 Whisper 的话。默认不说：真人录音上，任何提示都使字错误率高四分之一",
        ),
    ] = ""
    prompt_names: Annotated[
        bool,
        Meaning(
            "with a prompt, the organisation's names are told too, so that they are written as "
            "they are",
            "有提示时，一并告诉单位名称，好写对",
        ),
    ] = True
    calls: Annotated[
        int,
        Meaning(
            "calls heard at once by one model; 0: as many as the machine has cores, four at most",
            "一个模型同时听几通；0：处理器几核就几通，最多四通",
        ),
    ] = Field(default=0, ge=0)
    threads: Annotated[
        int,
        Meaning(
            "threads for each of them; 0: the machine's cores divided by the calls and the jobs",
            "每通用几个线程；0：核数除以同时的通数",
        ),
    ] = Field(default=0, ge=0)
    url: Annotated[
        str,
        Meaning(
            'where `backend = "http"` finds its server: `http://asr-server:8000/v1`',
            '`backend = "http"` 时服务器的地址：`http://asr-server:8000/v1`',
        ),
    ] = ""
    api_key: Annotated[
        SecretStr | None,
        Meaning(
            "its key, or `env:NAME`: the key is in that variable, and not in this file",
            "它的密钥；或 `env:NAME`：密钥在这个环境变量里，不写在文件里",
        ),
    ] = None
    requests: Annotated[
        int,
        Meaning(
            "requests under way at once, of each process: servers batch a few, and more only "
            "wait there",
            "每个进程同时发几个请求；再多也只是在服务器上排队",
        ),
    ] = Field(default=4, ge=1, le=256)
    timeout_seconds: Annotated[
        PositiveFloat,
        Meaning(
            "for one answer: a busy server queues a few windows, each of them seconds on a "
            "processor",
            "等一个回答多久；忙的服务器会排队",
        ),
    ] = 120.0
    retries: Annotated[
        int,
        Meaning(
            "after 1, 2, 4, 8 and 16 s: by then a server that was restarted is there again",
            "重试几次，间隔 1、2、4、8、16 秒：重启的服务器到那时也起来了",
        ),
    ] = Field(default=5, ge=0, le=20)

    @field_validator("model")
    @classmethod
    def _a_folder_beside(cls, value: str, info: ValidationInfo) -> str:
        """A path where it leads to a folder; else a name, of a model here, of the hub, of a server."""
        written_as_path = "/" in value or value.startswith((".", "~"))
        if info.data.get("backend") == "http" or not written_as_path:
            return value
        folder = _beside(value, info)
        return str(folder) if folder.is_dir() else value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = tr(
                "{value!r} is no address of a server; expected http://host:8000/v1", value=value
            )
            raise ValueError(msg)
        if parts.username or parts.password or parts.query or parts.fragment:
            msg = tr(
                "has more than host and path; expected http://host:8000/v1, and the key as api_key"
            )
            raise ValueError(msg)
        return value


class SpeechSettings(Strict):
    """Voice activity on one channel (Silero), without padding."""

    threshold: Annotated[
        float,
        Meaning(
            "probability (Silero) from which on somebody speaks. Of 94 sides of fixture calls "
            "talk time was off by 0.9 % here and at Silero's own 0.5, too, once the "
            "fundamental is restored that a telephone cuts off; starts came over 0.2 s late in "
            "3.2 and 3.5 %",
            "语音概率（Silero）到多少算有人说话。94 方测试通话里，这里与 Silero 自己的 0.5 说话"
            "时间都只差 0.9 %（补回了电话切掉的基频）；起点晚 0.2 秒以上的占 3.2 % 与 3.5 %",
        ),
    ] = Field(default=0.4, gt=0, lt=1)
    end_threshold: Annotated[
        float,
        Meaning(
            "probability under which the speech ends",
            "低于多少算说完",
        ),
    ] = Field(default=0.2, gt=0, lt=1)
    shortest_speech: Annotated[
        PositiveFloat,
        Meaning(
            "嗯 lasts about 0.15 s; a shorter burst is a click",
            "最短多少秒算话音：“嗯”约 0.15 秒，更短的是杂音",
        ),
    ] = 0.1
    shortest_pause: Annotated[
        PositiveFloat,
        Meaning(
            "a pause of 0.2 s is one; shorter ones lie inside words",
            "多少秒算停顿；更短的在字里面",
        ),
    ] = 0.2
    shortest_unrecognised: Annotated[
        PositiveFloat,
        Meaning(
            "speech without recognised words counts as talk from this length on: Whisper "
            "writes nothing for every third 嗯, a shorter burst is a click or a breath",
            "没有识别出字的声音，多长才算说话：三个“嗯”里 Whisper 有一个不写，更短的是杂音或呼吸",
        ),
    ] = 0.25
    voice_model: Annotated[
        str,
        Meaning(
            "an ONNX speaker-embedding model that tells the two voices of a mono mix apart "
            "(extra `sherpa`); unset: callqa's own voice features",
            "分开单声道里两个人的声纹模型（ONNX，需装 `sherpa`）；不写：用 callqa 自己的音色特征",
        ),
    ] = ""

    @field_validator("voice_model")
    @classmethod
    def _file_beside(cls, value: str, info: ValidationInfo) -> str:
        return str(_beside(value, info)) if value else ""


class CallSettings(Strict):
    """How a conversation is put together."""

    turn_gap: Annotated[
        PositiveFloat,
        Meaning(
            "one side's speech is one turn over pauses shorter than this",
            "同一方停顿短于这么多秒算一段话",
        ),
    ] = 0.7
    agent_channel: Annotated[
        int | None,
        Meaning(
            "`left`, `right` or a number from 0; unset: by the phone system's convention, else "
            "by who says the norm's phrases",
            "客服在哪个声道：`left`、`right` 或从 0 起的号；不写：按交换机的惯例，否则看谁说规"
            "范用语",
        ),
    ] = None

    @field_validator("agent_channel", mode="before")
    @classmethod
    def _side(cls, value: Any) -> Any:
        return {"left": 0, "right": 1}.get(value, value) if isinstance(value, str) else value


class ShiftSettings(Strict):
    """A shift by the clock, ``[starts, ends)``; one that ends before it starts crosses midnight."""

    name: Annotated[
        str,
        Meaning(
            "its name",
            "班次的名字",
        ),
    ]
    starts: Annotated[
        time,
        Meaning(
            "when it begins, such as `08:00`",
            "几点开始，如 `08:00`",
        ),
    ] = Field(alias="from")
    ends: Annotated[
        time,
        Meaning(
            "when it ends; before its begin: it crosses midnight",
            "几点结束；比开始早就是跨零点",
        ),
    ] = Field(alias="to")

    def holds(self, at: time) -> bool:
        """Whether a call that begins ``at`` is in it."""
        if self.starts <= self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends


class FileNameSettings(Strict):
    """What a recording's name tells of the call."""

    pattern: Annotated[
        str,
        Meaning(
            "a regular expression (RE2) with named groups: call_id, agent_id, customer, "
            "direction, started_at",
            "带命名分组的正则表达式（RE2）：call_id、agent_id、customer、direction、started_at",
        ),
    ] = ""
    time_format: Annotated[
        str,
        Meaning(
            "how `started_at` is written in it (strptime)",
            "其中 `started_at` 的写法（strptime）",
        ),
    ] = "%Y%m%d-%H%M%S"


Vendor = Literal["callqa", "asterisk", "freepbx", "issabel", "freeswitch", "genesys"]
_PHONE_SYSTEMS: dict[Vendor, str] = {
    **dict.fromkeys(("asterisk", "freepbx", "issabel"), "asterisk"),
    "freeswitch": "freeswitch",
}
_TABLES = (".csv", ".jsonl", ".ndjson", ".json", ".parquet")
_COLUMNS = ("file", *(f.name for f in fields(CallRecord)))


def _field(name: str) -> str:
    if name not in _COLUMNS:
        msg = tr("no field {name!r}; there are {known}", name=name, known=", ".join(_COLUMNS))
        raise ValueError(msg)
    return name


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
        path = _beside(str(value), info)
        if info.field_name == "templates" and not path.is_dir():
            raise ValueError(tr("there is no folder {folder}", folder=path))
        if info.field_name == "logo" and not (path.is_file() and path.suffix.lower() in LOGOS):
            raise ValueError(tr("{path} is no PNG, JPEG or SVG file", path=path))
        return path


LOGOS = (".png", ".jpg", ".jpeg", ".svg")


class NightSettings(Strict):
    """What one call may cost before it is given up, so that no other waits for it."""

    call_seconds: Annotated[
        PositiveFloat,
        Meaning(
            "seconds that every call may take, loading the speech model included",
            "每通录音至少可用多少秒，含加载语音模型",
        ),
    ] = 300.0
    seconds_per_second: Annotated[
        PositiveFloat,
        Meaning(
            "seconds more for each second of its sound; the largest model on one slow core takes "
            "about 5",
            "录音每长一秒再多给多少秒；最大的模型在一个慢核上约 5",
        ),
    ] = 20.0
    memory_mb: Annotated[
        PositiveInt | None,
        Meaning(
            "memory that a process which hears may use, MB; unset: three quarters of the machine's, "
            "shared between the jobs",
            "一个识别进程最多用多少 MB 内存；不写：机器内存的四分之三，各进程平分",
        ),
    ] = None
    free_mb: Annotated[
        NonNegativeInt,
        Meaning(
            "a run stops when the output folder's disk has less left, MB; another run goes on from "
            "there",
            "结果文件夹所在磁盘剩余少于多少 MB 就停下；腾出空间后再运行一次会接着做",
        ),
    ] = 200


class InspectorSettings(Strict):
    """Who looks at drawn calls; nobody judges those of agents or teams that are not his to judge."""

    name: Annotated[str, Meaning("his name, as on the work list", "姓名，写在复核名单上")]
    not_agents: Annotated[
        tuple[str, ...],
        Meaning("ids of agents whose calls he does not get", "不复核哪些客服（工号）"),
    ] = ()
    not_teams: Annotated[
        tuple[str, ...], Meaning("teams whose calls he does not get", "不复核哪些班组")
    ] = ()

    def may_judge(self, agent_id: str, team: str) -> bool:
        """Whether a call of the agent is his to judge."""
        return agent_id not in self.not_agents and team not in self.not_teams


class SamplingSettings(Strict):
    """Which calls of a week are drawn for people to look at (``callqa sample``)."""

    per_agent: Annotated[
        NonNegativeInt,
        Meaning(
            "calls of each agent, drawn by chance: these show what the machine misses",
            "每个客服随机抽几通；漏检率就靠它们估计",
        ),
    ] = 2
    new_agent_days: Annotated[
        NonNegativeInt,
        Meaning(
            "for so many days from his first call on an agent is new",
            "从第一通起多少天内算新客服",
        ),
    ] = 30
    per_new_agent: Annotated[
        NonNegativeInt, Meaning("calls of a new agent instead", "新客服改抽几通")
    ] = 5
    vetoed: Annotated[bool, Meaning("whether every vetoed call is drawn", "一票否决的是否全抽")] = (
        True
    )
    low_confidence: Annotated[
        float,
        Meaning(
            "every call whose words were heard with less, on average; 0: none for that",
            "平均识别置信度低于它的全抽；0 表示不为此抽",
        ),
    ] = Field(default=0.7, ge=0, le=1)
    long_seconds: Annotated[
        NonNegativeFloat,
        Meaning("every call that is longer; 0: none for that", "比它长的全抽，秒；0 表示不为此抽"),
    ] = 1200.0
    rules: Annotated[
        tuple[str, ...],
        Meaning(
            "ids of rules under test: of the calls in which one has a finding some are drawn",
            "在试用的规则（编号）：有它的发现的通话里再抽一些",
        ),
    ] = ()
    per_rule: Annotated[
        NonNegativeInt, Meaning("calls of each of these rules", "每条试用规则抽几通")
    ] = 10
    skip_proven: Annotated[
        bool,
        Meaning(
            "whether violations of rules that people's verdicts have proven (nine in ten right beyond "
            "doubt) are left off the work lists; in calls drawn by chance they stay, for what is missed "
            "is estimated from these",
            "已证明的规则（人工结论表明九成以上判对）的违规是否不再列入复核名单；随机抽到的通话照列，"
            "漏检率靠它们估计",
        ),
    ] = False
    seed: Annotated[
        str,
        Meaning(
            "what the draw hangs on besides the week; another one draws others",
            "抽样的种子；换一个就抽到别的",
        ),
    ] = ""
    inspectors: Annotated[
        tuple[InspectorSettings, ...],
        Meaning("who looks at them; the calls are shared out evenly", "由谁复核；平均分配"),
    ] = ()

    def may_judge(self, name: str, agent_id: str, team: str) -> bool:
        """Whether a call of the agent is somebody's to judge; that of whom no setting speaks is."""
        own = (one for one in self.inspectors if one.name == name)
        return all(one.may_judge(agent_id, team) for one in own)


class ReviewSettings(Strict):
    """How people's verdicts are contested."""

    appeal_days: Annotated[
        NonNegativeInt,
        Meaning(
            "for so many days after a call, or after the last verdict on a finding, its agent may "
            "contest it",
            "通话之后（或最后一次复核之后）多少天内客服可以申诉",
        ),
    ] = 7


Role = Literal["inspector", "lead", "agent", "owner", "admin"]


class ServeSettings(Strict):
    """The web application (``callqa serve``)."""

    database: Annotated[
        str,
        Meaning(
            "where accounts and verdicts are kept: `env:NAME`, a variable that holds a PostgreSQL URL "
            "(`postgresql+psycopg://user:password@host/name`), or such a URL without a password; unset: "
            "`review.db` in the output folder",
            "账号和复核结论存在哪里：`env:变量名`，变量里是 PostgreSQL 地址"
            "（`postgresql+psycopg://user:password@host/name`），或不带密码的这种地址；不写：结果文件夹里"
            "的 `review.db`",
        ),
    ] = ""
    session_hours: Annotated[
        PositiveFloat, Meaning("after so many hours one logs in again", "登录多少小时后要重新登录")
    ] = 12.0
    plain_for: Annotated[
        tuple[Role, ...],
        Meaning(
            "who may open words as they were said, and the recording, of calls that he may see: "
            "`inspector`, `lead`, `agent`, `owner`, `admin`; each opening is written down",
            "谁可以打开自己有权看的通话的原话和原录音：`inspector` 质检员、`lead` 班组长、`agent` 客服、"
            "`owner` 规范负责人、`admin` 管理员；每次打开都记入日志",
        ),
    ] = ()
    path: Annotated[
        str,
        Meaning(
            "the path below another's host name where a gateway puts it, such as `/callqa`; unset: a "
            "host name of its own",
            "网关把它放在别的主机名下的哪个路径，如 `/callqa`；不写：有自己的主机名",
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meaning(
            "addresses of the gateways in front of it: what only they may say is who asks, from where, "
            "and whether by TLS",
            "前面网关的地址：只有它们说的用户、来源地址和是否 TLS 才算数",
        ),
    ] = ()
    user_header: Annotated[
        str,
        Meaning(
            "the header in which a gateway names the account that it has logged in, such as "
            "`X-Forwarded-User`; unset: people log in here",
            "网关用哪个请求头告诉登录的账号，如 `X-Forwarded-User`；不写：在这里登录",
        ),
    ] = ""

    @field_validator("database")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        """It is remembered with the results, and so holds no password."""
        if urlsplit(value).password:
            msg = tr("has a password; write it into a variable, and here env: and its name")
            raise ValueError(msg)
        return value

    @field_validator("path")
    @classmethod
    def _from_the_root(cls, value: str) -> str:
        """It stands in addresses and in the cookie as it is."""
        if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", value):
            msg = tr("is no path such as /callqa: from the root, without a slash at its end")
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _who_says_so(self) -> ServeSettings:
        if self.user_header and not self.trusted_proxies:
            msg = tr("user_header needs trusted_proxies: else anybody could say who he is")
            raise ValueError(msg)
        return self


class OperationsSettings(Strict):
    """How a run tells those who operate it what it does."""

    log: Annotated[
        Literal["lines", "json"],
        Meaning(
            "how progress is written where there is no terminal: lines, or a JSON object a line",
            "没有终端时进度怎么写：一行一句，或一行一个 JSON 对象",
        ),
    ] = "lines"
    metrics: Annotated[
        Path | None,
        Meaning(
            "a file for monitoring, in OpenMetrics text: counts and times of the last run",
            "给监控看的文件（OpenMetrics 文本）：上次运行的计数和时间",
        ),
    ] = None
    notify: Annotated[
        tuple[SecretStr, ...],
        Meaning(
            "where a digest of each night goes, as Apprise addresses (WeCom, DingTalk, mail, a "
            "webhook); needs `callqa[notify]`",
            "每夜摘要发到哪里，Apprise 地址（企业微信、钉钉、邮件、webhook）；需要 `callqa[notify]`",
        ),
    ] = ()
    notify_details: Annotated[
        bool,
        Meaning(
            "name the files that could not be used in it, masked as they are published",
            "摘要里列出不能用的文件名，按发布的方式打码",
        ),
    ] = False

    @field_validator("metrics")
    @classmethod
    def _metrics_beside(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        return None if value is None else _beside(str(value), info)


class CallRecordSettings(Strict):
    """Where call records come from besides ``calls.csv``, and how they are written."""

    file: Annotated[
        Path | None,
        Meaning(
            "another table, relative to the recordings' folder; read by its suffix",
            "另一张话单，相对录音文件夹；按后缀读",
        ),
    ] = None
    vendor: Annotated[
        Vendor,
        Meaning(
            "whose columns `file` and `query` have; calls.csv has callqa's own",
            "`file` 和 `query` 是谁家的列；calls.csv 是 callqa 自己的",
        ),
    ] = "callqa"
    database: Annotated[
        SecretStr | None,
        Meaning(
            "an SQLAlchemy URL, or `env:NAME`: the URL is in that variable, and no password in "
            "this file",
            "SQLAlchemy 地址；或 `env:NAME`：地址在这个环境变量里，文件里不写密码",
        ),
    ] = None
    query: Annotated[
        str,
        Meaning(
            "each row of its result is a call record",
            "查询语句，结果的每一行是一条话单",
        ),
    ] = ""
    query_seconds: Annotated[
        PositiveInt,
        Meaning(
            "longer than any query that has an index, shorter than the night",
            "查询最长等多少秒",
        ),
    ] = 300
    time_formats: Annotated[
        tuple[str, ...],
        Meaning(
            "further ways to write `started_at` (strptime), tried before the usual ones",
            "`started_at` 的其他写法（strptime），先于常见写法",
        ),
    ] = ()
    pbx: Annotated[
        Literal["asterisk", "freeswitch"] | None,
        Meaning(
            "the phone system of all calls; unset: the vendor's, else what a recording's name "
            "tells",
            "所有通话的交换机；不写：按厂商，否则看文件名",
        ),
    ] = None
    columns: Annotated[
        dict[Annotated[str, AfterValidator(_field)], str],
        Meaning(
            "our field = the table's column, over the vendor's",
            "我们的字段 = 表里的列，优先于厂商的",
        ),
    ] = Field(default_factory=dict)
    _places: tuple[Path | None, Mapping[Location, int]] = PrivateAttr(default=(None, {}))

    @field_validator("file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix.lower() not in _TABLES:
            msg = tr(
                "cannot read {kind}; expected {known}",
                kind=value.suffix or tr("a file without suffix"),
                known=", ".join(_TABLES),
            )
            raise ValueError(msg)
        return value

    @field_validator("time_formats")
    @classmethod
    def _formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            try:
                datetime.strptime(_MOMENT.strftime(form), form)  # noqa: DTZ007  only tried
            except ValueError as error:
                msg = tr("{form!r} is no time format: {error}", form=form, error=error)
                raise ValueError(msg) from error
        return value

    @model_validator(mode="after")
    def _together(self) -> CallRecordSettings:
        if bool(self.database) != bool(self.query.strip()):
            msg = tr("database and query go together: where the call records are, and which")
            raise ValueError(msg)
        return self

    def model_post_init(self, context: Any, /) -> None:
        """Remember the file and its lines, for what is found wrong only when it is used."""
        if context is not None:
            self._places = (context["path"], context["lines"])

    @property
    def phone_system(self) -> str | None:
        """``asterisk``, ``freeswitch`` or not known."""
        return self.pbx or _PHONE_SYSTEMS.get(self.vendor)

    def wrong(self, key: str, message: str) -> ConfigurationError:
        """An error about one of these keys, with the settings' file and line."""
        path, lines = self._places
        at: Location = ("call_records", *key.split("."))
        while at and at not in lines:
            at = at[:-1]
        text = f"call_records.{key}: {message}"
        return ConfigurationError(text, path=path, line=lines.get(at))


_MOMENT = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001  only tried


class Settings(Strict):
    """Everything that can be set. Paths are from the folder of the file that they stand in on."""

    rubric: Annotated[
        str,
        Meaning(
            "the rubric that the folder is scored against: a name, or the path of a `.yml`",
            "按哪个规范评分：名字，或 `.yml` 的路径",
        ),
    ] = "gas-hotline"
    rules: Annotated[
        Path | None,
        Meaning(
            "a folder of the house's own rubrics, rules and lists, relative to this file; a "
            "file in it takes the place of the packaged one of its name",
            "自己的规范、规则和词表的文件夹，相对本文件；同名的代替随软件安装的",
        ),
    ] = None
    timezone: Annotated[
        str,
        Meaning(
            "of clock times that carry none",
            "没有写时区的时间按哪个时区",
        ),
    ] = DEFAULT_ZONE
    customer_key: Annotated[
        str,
        Meaning(
            "keys the hash that stands for a customer's number in the output",
            "用来给客户号码加密取哈希的密钥",
        ),
    ] = "callqa"
    asr: AsrSettings = AsrSettings()
    speech: SpeechSettings = SpeechSettings()
    call: CallSettings = CallSettings()
    file_name: FileNameSettings = FileNameSettings()
    call_records: CallRecordSettings = CallRecordSettings()
    privacy: PrivacySettings = PrivacySettings()
    night: NightSettings = NightSettings()
    sampling: SamplingSettings = SamplingSettings()
    review: ReviewSettings = ReviewSettings()
    serve: ServeSettings = ServeSettings()
    operations: OperationsSettings = OperationsSettings()
    report: ReportSettings = ReportSettings()
    shifts: Annotated[
        tuple[ShiftSettings, ...],
        Meaning(
            "the shifts by the clock, the first that holds a call's start; the default is the "
            "duty desk's norm",
            "班次；通话开始时落在哪个班次。默认是值班室规范的",
        ),
    ] = (
        ShiftSettings.model_validate({"name": "白班", "from": "08:00", "to": "17:00"}),
        ShiftSettings.model_validate({"name": "夜班", "from": "19:00", "to": "03:00"}),
    )

    @field_validator("rubric")
    @classmethod
    def _rubric_beside(cls, value: str, info: ValidationInfo) -> str:
        return str(_beside(value, info)) if value.endswith(".yml") else value

    @field_validator("rules")
    @classmethod
    def _rules_beside(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        """Looked into where it is written; what is remembered is looked into when it is used."""
        if value is None or info.context is None:
            return value
        folder = _beside(str(value), info)
        if wrong := not_rules(folder):
            raise ValueError(wrong)
        return folder

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = tr(
                "{value!r} is no time zone; expected a name such as Asia/Shanghai", value=value
            )
            raise ValueError(msg) from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone of clock times that carry none."""
        return ZoneInfo(self.timezone)

    def shift_of(self, at: datetime | None) -> str:
        """The name of the first shift in which a call begins; empty where there is none."""
        if at is None:
            return ""
        clock = at.astimezone(self.zone).time()
        return next((shift.name for shift in self.shifts if shift.holds(clock)), "")


def find_settings(folder: Path, explicit: Path | None) -> Path | None:
    """The settings file to read: the one named, the recordings' own, the current folder's, none."""
    if explicit is not None:
        return explicit
    return next((p for p in (folder / NAME, Path.cwd() / NAME) if p.is_file()), None)


def asked(name: str | None, settings: Settings) -> str:
    """The rubric asked for, else the settings' own: a name, or a path that is right from anywhere."""
    name = name or settings.rubric
    return str(Path(name).expanduser().absolute()) if name.endswith(".yml") else name


def load_settings(path: Path | None) -> Settings:
    """The settings in ``path``, or the defaults for None.

    Raises ``ConfigurationError`` with file and line for bad TOML, an unknown key and a bad value.
    """
    if path is None:
        return Settings()
    data, lines = tomlfile.load(path)
    return validate(Settings, data, lines, path, context={"path": path, "lines": lines})
