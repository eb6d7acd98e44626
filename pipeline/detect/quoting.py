"""Words that are only repeated: the customer's, a message's, a title (catalogue, reading 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.records import Role
from pipeline.text.normal import normalise

if TYPE_CHECKING:
    from pipeline.detect.base import Scene
    from pipeline.records import Turn

_TITLE = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|\"[^\"]*\"")
_QUOTED = re.compile(
    r"((您|你|师傅|他|她|对方|客户|保安|店员|同事|人家|那位|经理|爱人|老婆|老公|家里?人)(是|刚才|刚刚|之前|前面|刚)*"
    r"(说|讲|提到|反映|骂|叫|喊|让)(的是|的|您|你)?"
    r"|(叫|骂|喊)(您|你)|[他她][^。！？!?；;，,我]{1,6}(说|讲|骂|喊)"
    r"|[您你]的意思是|[您你]是说|(不要|别|请勿)(这么|这样)?(说|讲|骂)"
    r"|(短信|通知|公告|文件|邮件|页面|系统|协议|条款|合同|公众号|屏幕|念的[这那]?条)(的|上|里|中|内)*(内容|提示|原文)?(是|写|说|显示|提示|规定|写着|写的是|上写着)"
    r"|(标题|书名|名字|名称|内容|原话)(是|叫))"
    r"[，,：:]?[^。！？!?；;，,]{0,16}$"
)


_NAMED = re.compile(
    r"^[^。！？!?；;，,]{0,4}(这个词|[这那][句种个]话|这话|(是|的)?(他|她)?的?原话|的?(都)?是骗|的那位|是吧|(?<!就是)这样(的话|确实)?)"
)
"""What is talked about is not said: 混蛋这个词是谁说的."""


_REPORTED = re.compile(
    r"(师傅|[他她]|对方|客户|保安|[店柜职人]员|同事|人家|有人|别人|那位|经理|邻居|物业|司机|短信|电话|中介|房东|的人)"
    r"[^。！？!?；;，,我]{0,4}(说|讲|骂|喊|叫|让)[，,：:]?[^。！？!?；;，,我]{0,6}$"
    r"|(?<!我)(叫|骂|喊)(您|你|人)$"
    r"|(?<!我)(还|又|接着)(说|讲|骂|喊)了?[^。！？!?；;，,我]{0,6}$"
)
"""Before the words: somebody who is not on the line said them."""
_WORD = re.compile(
    r"^[^。！？!?；;，,]{0,4}(这个词|[这那][句种个]话|这话|(是|的)?[他她]?的?原话|的那位)"
)
"""After the words: they are named, or tell who spoke them."""
_HANDLED = re.compile(
    r"代[他她]|别往心里去|当面道歉|向您道歉|核实|调查|处理|记录|写进|登记|举报|工号|哪(个|一|位|天|方)|几点|什么时候"
    r"|原话|太?(伤人|过分|难听|不像话)|[是对][^，,。！？!?]{0,12}吗|对吧|记下|(确实|这样)不对"
)
"""What an agent does with what was said to a customer: asks, writes it down, apologises."""


def _is_reported(turn: Turn, start: int, end: int) -> bool:
    """Whether the words are another's, and the turn deals with them; 人家说您有病 alone may be meant."""
    before, after = turn.text[:start], turn.text[end:]
    told = _REPORTED.search(before) or _WORD.match(after)
    return bool(told and _HANDLED.search(f"{before}，{after}"))


_READ_OUT = re.compile(
    r"[念读](一下|一遍|给您听)?[^。！？!?；;，,]{0,6}(留言|诉求|工单|原话)[^。！？!?；;]{0,24}$"
)
"""Before the words: they are the customer's complaint, read to him."""
_WRITTEN = (
    "内容",
    "名称",
    "短信",
    "通知",
    "公告",
    "文件",
    "邮件",
    "页面",
    "协议",
    "条款",
    "合同",
    "公众号",
    "屏幕",
    "念的",
    "标题",
    "书名",
)
"""What is read out is nobody's own word."""


def is_quoted(turn: Turn, start: int, end: int, scene: Scene) -> bool | None:
    """Whether ``turn.text[start:end]`` is only repeated; None where that is possible but not sure."""
    if any(m.start() <= start and end <= m.end() for m in _TITLE.finditer(turn.text)):
        return True
    if _is_reported(turn, start, end) or _READ_OUT.search(turn.text[:start]):
        return True
    introduced = _QUOTED.search(turn.text[:start])
    if not introduced:
        return None if _NAMED.match(turn.text[end:]) else False
    if introduced.group().startswith(_WRITTEN):
        return True
    words = normalise(turn.text[start:end]).text
    earlier = (t for t in scene.call.side(Role.CUSTOMER) if t.start < turn.end)
    return True if any(words in normalise(t.text).text for t in earlier) else None
