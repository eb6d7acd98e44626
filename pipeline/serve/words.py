"""What the pages call verdicts, reasons and grounds."""

from __future__ import annotations

from pipeline.judging.reviewed import BY_ANSWER
from pipeline.records import Verdict
from pipeline.review import audit
from pipeline.review.acknowledged import Nod
from pipeline.review.appeals import DECIDED, Ground, Step
from pipeline.review.company import Why
from pipeline.review.whole import BY_WHOLE

WHY = {
    Verdict.WRONG: {
        "misheard": "识别错了",
        "other_sense": "不是这个意思",
        "exception": "情况例外",
        "other_speaker": "不是他说的",
        "bad_sound": "录音不清",
        "other": "其他",
    },
    Verdict.CANNOT_TELL: {
        "bad_sound": "录音不清",
        "norm_unclear": "规范没写清",
        "needs_context": "要看工单",
        "other": "其他",
    },
}
"""The reasons of a verdict, each chosen by one key: the first by 1."""
REASONS = {code: said for own in WHY.values() for code, said in own.items()} | {
    DECIDED: "申诉裁定",
    BY_WHOLE: "整通申诉裁定",
    BY_ANSWER: "",
    "": "",
}
BARRED = "按设置，您不复核这名客服的通话。"
GROUNDS = {
    Ground.NOT_SAID: "没说过这话",
    Ground.MISHEARD: "识别错了",
    Ground.EXCEPTION: "情况例外",
    Ground.BAD_SOUND: "录音不清，无法评价",
    Ground.OTHER: "其他",
    Ground.WHOLE: "整通的评分",
}
"""Why something is contested; of a finding, the last is none that can be chosen."""
NODS = {Nod.SEEN: "看过", Nod.AGREED: "看过，同意"}
STEPS = {
    Step.CONTESTED: "提出申诉",
    Step.GRANTED: "申诉成立",
    Step.REFUSED: "申诉不成立",
    Step.AGAIN: "请规范负责人复议",
    Step.WITHDRAWN: "撤回申诉",
}
STATES = {"open": "等待处理", "granted": "成立", "refused": "不成立", "withdrawn": "已撤回"}
NOT_LET_IN = {
    Why.NO_GROUP: "公司账号 {name} 不在可以使用 callqa 的组里，请找管理员。",
    Why.NO_TEAM: "公司的登录服务没有说明 {name} 带哪个班组，请找管理员。",
    Why.NO_AGENT: "公司的登录服务没有说明 {name} 的工号，请找管理员。",
    Why.DISABLED: "账号 {name} 已停用，请找管理员。",
    Why.BY_HAND: "账号 {name} 是在 callqa 里建的，有自己的密码：请用密码登录，或找管理员。",
}
"""What somebody is told whom the company has logged in and who is not let in."""
NOT_LET_IN_BY_GATEWAY = NOT_LET_IN | {
    Why.NO_TEAM: "网关没有说明 {name} 带哪个班组，请找管理员。",
    Why.NO_AGENT: "网关没有说明 {name} 的工号，请找管理员。",
    Why.BY_HAND: "账号 {name} 是在 callqa 里建的，有自己的密码，不归公司的组管：请找管理员。",
}
"""The same of whom a gateway has logged in."""
TURNED_AWAY = {
    Why.NO_GROUP: "不在已知的组",
    Why.NO_TEAM: "没有班组",
    Why.NO_AGENT: "没有工号",
    Why.DISABLED: "已停用",
    Why.BY_HAND: "手工建的账号",
}
"""The same in the audit log."""
ACTS = {
    "login": "登录",
    "logout": "退出",
    "login_refused": "登录失败",
    "login_turned_away": "没有放行",
    "user_added": "建账号",
    "user_changed": "改角色",
    "user_passwd": "改密码",
    "user_disabled": "停用账号",
    "user_enabled": "恢复账号",
    "mail_set": "改邮件地址",
    "mail_off": "不要通知",
    "mail_on": "要通知",
    "mail_given_up": "通知发不出去",
    "chat_set": "设聊天地址",
    "chat_taken": "去掉聊天地址",
    audit.OPENED: "打开通话",
    "verdict": "复核",
    audit.ANSWERED: "回答问题",
    "appeal": "申诉",
    "appeal_again": "再申诉",
    "appeal_handed": "转交申诉",
    "appeal_opened": "重新公开申诉",
    "appeal_decided": "裁定申诉",
    "appeal_withdrawn": "撤回申诉",
    "note": "辅导记录",
    "note_step": "辅导进展",
    "acknowledge": "确认评分",
    "rating": "校准评分",
    "plain_words": "打开原话",
    "plain_sound": "打开原录音",
}
