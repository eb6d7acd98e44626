"""Who looks at what, and where he does."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pipeline.messages import tr
from pipeline.records import ASKED
from pipeline.yamlfile import Meaning, Strict


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


LONGEST_ID, LONGEST_TEXT, LONGEST_ANSWER = 60, 200, 40
"""Characters of a question's id, of its text, and of an answer that can be chosen."""
KEYS = 9
"""Answers that a question can have: each is chosen by one key, 1 to 9."""


class QuestionSettings(Strict):
    """A question of the house's own that inspectors answer of a call, beside its findings."""

    id: Annotated[
        str,
        Meaning(
            "its name in tables and figures, of letters, digits and `_.-`; answers stay together under "
            "it, however the text is worded later",
            "在表和统计里的名字，用字母、数字和 `_.-`；文字以后怎么改，答案都按它归在一起",
        ),
    ] = Field(min_length=1, max_length=LONGEST_ID)
    text: Annotated[
        str, Meaning("what is asked, as inspectors read it", "问什么，质检员看到的文字")
    ] = Field(min_length=1, max_length=LONGEST_TEXT)
    answers: Annotated[
        tuple[str, ...],
        Meaning(
            "the answers to choose from, two to nine, each by one key; unset: whoever answers writes a "
            "sentence",
            "可选的答案，两个到九个，一个键一个；不写：自己写一句话",
        ),
    ] = ()
    rubric: Annotated[
        str,
        Meaning(
            "only calls that this rubric scored are asked about; unset: all",
            "只问按这个规范评分的通话；不写：都问",
        ),
    ] = ""
    required: Annotated[
        bool,
        Meaning(
            "whether a call counts as looked through only with an answer to it",
            "没答这个问题，是不是就不能算整通听完",
        ),
    ] = False

    finds: Annotated[
        dict[str, str],
        Meaning(
            "by answer the rule of kind `asked` that it finds broken, such as "
            '`{ "否" = "service.empathy" }`: its points are taken from the score '
            "after people; unset: no answer costs anything",
            '哪个答案算违反哪条 `asked` 类型的规则，如 `{ "否" = "service.empathy" }`：按规则从复核后的'
            "得分里扣；不写：怎么答都不扣分",
        ),
    ] = Field(default_factory=dict)

    @field_validator("id")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", value):
            msg = tr("expected letters, digits and _.- such as solved, got {value!r}", value=value)
            raise ValueError(msg)
        return value

    @field_validator("answers")
    @classmethod
    def _to_choose_from(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and not 2 <= len(value) <= KEYS:
            raise ValueError(tr("expected two to nine answers, got {n}", n=len(value)))
        if len(set(value)) < len(value):
            raise ValueError(tr("expected answers that differ"))
        if not all(one.strip() and len(one) <= LONGEST_ANSWER for one in value):
            raise ValueError(tr("expected answers of 1 to {n} characters", n=LONGEST_ANSWER))
        return value

    @field_validator("rubric")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        """Looked up where it is written: of a rubric that there is not nobody would ever be asked."""
        known = (info.context or {}).get("rubrics")
        if value and known is not None and value not in known():
            there = ", ".join(known())
            raise ValueError(tr("no rubric {name!r}; there are {known}", name=value, known=there))
        return value

    @field_validator("finds")
    @classmethod
    def _asked(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Looked up where it is written: what finds nothing would never be noticed."""
        answers, rubric = info.data.get("answers", ()), info.data.get("rubric", "")
        if strange := [one for one in value if one not in answers]:
            known = ", ".join(answers) or tr("none to choose from")
            raise ValueError(
                tr("no answer {name!r}; there are {known}", name=strange[0], known=known)
            )
        kinds = (info.context or {}).get("kinds")
        if kinds is None or not value:
            return value
        there = [rule for rule, kind in kinds(rubric).items() if kind == ASKED]
        if unknown := [rule for rule in value.values() if rule not in there]:
            msg = tr(
                "{rule}: expected a rule of kind asked that the calls' rubric has, with points; "
                "there are {known}",
                rule=unknown[0],
                known=", ".join(there) or tr("none"),
            )
            raise ValueError(msg)
        return value


class ReviewSettings(Strict):
    """What people are asked of calls, and how their verdicts are contested."""

    appeal_days: Annotated[
        NonNegativeInt,
        Meaning(
            "for so many days after a call, or after the last verdict on a finding, its agent may "
            "contest it",
            "通话之后（或最后一次复核之后）多少天内客服可以申诉",
        ),
    ] = 7
    questions: Annotated[
        tuple[QuestionSettings, ...],
        Meaning(
            "`[[review.questions]]`, the house's own, which inspectors answer beside the findings, in "
            "this order; points hang only on those with `finds`",
            "`[[review.questions]]`：质检员在发现之外按这个顺序回答的本单位的问题；写了 `finds` 的"
            "才扣分",
        ),
    ] = ()

    @field_validator("questions")
    @classmethod
    def _told_apart(cls, value: tuple[QuestionSettings, ...]) -> tuple[QuestionSettings, ...]:
        seen = set[str]()
        for one in value:
            if one.id in seen:
                raise ValueError(tr("the id {id!r} stands twice", id=one.id))
            seen.add(one.id)
        _check_once(value)
        return value

    def asked_of(self, rubric: str) -> Sequence[QuestionSettings]:
        """The questions that are asked of a call that a rubric scored."""
        return [one for one in self.questions if one.rubric in {"", rubric}]

    @property
    def titles(self) -> Mapping[str, str]:
        """By id: what is asked."""
        return {one.id: one.text for one in self.questions}


def _check_once(questions: Sequence[QuestionSettings]) -> None:
    """``ValueError`` where a call is asked about a rule twice: one answer would undo the other."""
    for one, other in itertools.combinations(questions, 2):
        together = "" in {one.rubric, other.rubric} or one.rubric == other.rubric
        both = sorted(set(one.finds.values()) & set(other.finds.values()))
        if together and both:
            msg = tr("{one} and {other} both find {rule}; expected one question a rule",
                     one=one.id, other=other.id, rule=both[0])  # fmt: skip
            raise ValueError(msg)


LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""This machine's own names."""
VARIABLE = "env:"
"""Before the name of a variable that holds a secret."""
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
    groups_header: Annotated[
        str,
        Meaning(
            "the header in which it names his groups, such as `X-Forwarded-Groups`: `[[oidc.roles]]` "
            "says what they may do, and accounts are made by it; unset: by `callqa user`",
            "网关用哪个请求头告诉他所在的组，如 `X-Forwarded-Groups`：`[[oidc.roles]]` 写各组的角色，"
            "账号由此建立；不写：账号用 `callqa user` 建",
        ),
    ] = ""
    groups_separator: Annotated[
        str, Meaning("what stands between groups there", "其中组和组之间的分隔符")
    ] = ","
    team_header: Annotated[
        str, Meaning("the header that names a team lead's team", "哪个请求头是班组长的班组")
    ] = ""
    agent_header: Annotated[
        str,
        Meaning("the header that names an agent's id, as in calls", "哪个请求头是客服的工号"),
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
        if self.groups_header and not (self.user_header and self.groups_separator):
            msg = tr("groups_header needs user_header and groups_separator beside it")
            raise ValueError(msg)
        return self


class GroupSettings(Strict):
    """What whoever is in a group of the company's may do here."""

    group: Annotated[
        str,
        Meaning("the group, exactly as the service says it", "组，与登录服务说的一字不差"),
    ]
    role: Annotated[Role, Meaning("what he is here", "在这里是什么角色")]
    team: Annotated[
        str,
        Meaning(
            "a team lead's team; unset: `team_claim` says it", "班组长的班组；不写：看 `team_claim`"
        ),
    ] = ""


class OidcSettings(Strict):
    """Logging in to the web application at the company's own, by OpenID Connect."""

    issuer: Annotated[
        str,
        Meaning(
            "the address of the company's log-in service, such as "
            "`https://login.example.com/realms/centre`; unset: people log in by password, or a gateway "
            "does it",
            "公司统一登录服务的地址，如 `https://login.example.com/realms/centre`；不写：用密码登录，"
            "或由网关登录",
        ),
    ] = ""
    client_id: Annotated[
        str, Meaning("the name under which callqa is registered there", "callqa 在那里登记的名字")
    ] = ""
    client_secret: Annotated[
        str,
        Meaning(
            "`env:NAME`, a variable that holds the secret; unset: registered as a public client",
            "`env:变量名`，变量里是密钥；不写：登记为公开客户端",
        ),
    ] = ""
    address: Annotated[
        str,
        Meaning(
            "where browsers find callqa, such as `https://quality.example.com`; registered there is "
            "this with `/oidc/back` behind it",
            "浏览器打开 callqa 的地址，如 `https://quality.example.com`；在那里登记的回调地址是它后面加 "
            "`/oidc/back`",
        ),
    ] = ""
    claim: Annotated[
        str,
        Meaning(
            "what the service says of somebody that is his account's name here; nothing that he can "
            "change himself",
            "登录服务说的哪一项是这里的账号名；要选本人改不了的",
        ),
    ] = "preferred_username"
    scope: Annotated[
        str,
        Meaning(
            "what is asked of the service; some say groups only where `groups` is among it",
            "向登录服务要什么；有的服务要加上 `groups` 才说组",
        ),
    ] = "openid profile email"
    groups_claim: Annotated[
        str,
        Meaning(
            "what the ID token says of somebody that names his groups, such as `groups` or "
            "`realm_access.roles`; unset: accounts are made by `callqa user`",
            "ID token 里哪一项是他所在的组，如 `groups`、`realm_access.roles`；不写：账号用 "
            "`callqa user` 建",
        ),
    ] = ""
    roles: Annotated[
        tuple[GroupSettings, ...],
        Meaning(
            "`[[oidc.roles]]`, each with `group`, `role` and, of a team lead, `team`; of whoever is in "
            "several groups the first one here counts; for a gateway's `[serve] groups_header` too",
            "`[[oidc.roles]]`，每个有 `group`、`role`，班组长还可以有 `team`；一个人在几个组里时，"
            "写在前面的算；网关的 `[serve] groups_header` 也看它",
        ),
    ] = ()
    team_claim: Annotated[
        str,
        Meaning("what it says that is a team lead's team", "其中哪一项是班组长的班组"),
    ] = ""
    agent_claim: Annotated[
        str,
        Meaning("what it says that is an agent's id, as in calls", "其中哪一项是客服的工号"),
    ] = ""
    title: Annotated[str, Meaning("what the button says", "按钮上写什么")] = "用公司账号登录"
    logout: Annotated[
        bool,
        Meaning(
            "whether logging out here logs out there too: for desks that people share; "
            "`address` with `/login` behind it is registered there as well",
            "在这里退出时，公司的统一登录是不是一起退出：几个人合用一台电脑时用；`address` 后面加 "
            "`/login` 也要在那里登记",
        ),
    ] = False

    @field_validator("issuer", "address")
    @classmethod
    def _by_tls(cls, value: str) -> str:
        """Who somebody is goes over a line that nobody else reads; a trial is on this machine."""
        at = urlsplit(value)
        safe = at.scheme == "https" or (at.scheme == "http" and at.hostname in LOOPBACK)
        if value and not (safe and at.netloc and not at.query and not at.fragment):
            msg = tr("expected an address such as https://login.example.com")
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("client_secret")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        """Settings are remembered with the results, and so hold no secret."""
        if value and not value.startswith(VARIABLE):
            msg = tr("is a secret; write it into a variable, and here env: and its name")
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not (self.client_id and self.address and self.claim):
            msg = tr("issuer needs client_id, address and claim beside it")
            raise ValueError(msg)
        return self

    @field_validator("scope")
    @classmethod
    def _of_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            msg = tr("expected openid among others, such as: openid profile email")
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _groups_whole(self) -> OidcSettings:
        """Whoever is in a group must be able to come in."""
        if self.groups_claim and not self.roles:
            msg = tr("groups_claim needs roles beside it")
            raise ValueError(msg)
        seen = set[str]()
        for one in self.roles:
            if wrong := _unclear(one, seen) or (self.groups_claim and self._lacks(one)):
                raise ValueError(wrong)
            seen.add(one.group)
        return self

    def _lacks(self, one: GroupSettings) -> str:
        """What the service could not say of whoever is in a group; empty where nothing."""
        return lacking(one, "team_claim", self.team_claim, "agent_claim", self.agent_claim)


def _unclear(one: GroupSettings, seen: Collection[str]) -> str:
    """What is wrong with a group; empty where nothing is."""
    if not one.group:
        return tr("a group in roles has no name")
    if one.group in seen:
        return tr("group {group!r} stands twice in roles", group=one.group)
    if one.role != "lead" and one.team:
        return tr("group {group!r}: only a lead has a team", group=one.group)
    return ""


def lacking(one: GroupSettings, team: str, team_from: str, agent: str, agent_from: str) -> str:
    """What could not be said of whoever is in a group, where ``team`` and ``agent`` are set so."""
    if one.role == "lead" and not (one.team or team_from):
        return tr("group {group!r}: a lead has a team: team, or {way}", group=one.group, way=team)
    if one.role == "agent" and not agent_from:
        return tr("group {group!r}: an agent has an id: {way}", group=one.group, way=agent)
    return ""
