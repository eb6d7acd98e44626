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
    r"((您|你|师傅|他|她|对方|客户|保安|店员|同事|人家|那位|经理)(是|刚才|刚刚|之前|前面|刚)*"
    r"(说|讲|提到|反映|骂|叫|喊|让)(的是|的|您|你)?"
    r"|(叫|骂|喊)(您|你)"
    r"|[您你]的意思是|[您你]是说|(不要|别|请勿)(这么|这样)?(说|讲|骂)"
    r"|(短信|通知|公告|文件|邮件|页面|系统|协议|条款|合同|公众号|屏幕)(的|上|里|中|内)*(内容|提示|原文)?(是|写|说|显示|提示|规定|写着|写的是|上写着)"
    r"|(标题|书名|名字|名称|内容)(是|叫))"
    r"[，,：:]?[^。！？!?；;，,]{0,16}$"
)


_NAMED = re.compile(
    r"^[^。！？!?；;，,]{0,4}(这个词|这句话|这种话|这话|(是|的)?(他|她)?的?原话|的?(都)?是骗|的那位|是吧|这样(的话|确实)?)"
)
"""What is talked about is not said: 混蛋这个词是谁说的."""


def quoted(turn: Turn, start: int, end: int, scene: Scene) -> bool | None:
    """Whether ``turn.text[start:end]`` is only repeated; None where that is possible but not sure."""
    if any(m.start() <= start and end <= m.end() for m in _TITLE.finditer(turn.text)):
        return True
    introduced = _QUOTED.search(turn.text[:start])
    if not introduced:
        return None if _NAMED.match(turn.text[end:]) else False
    if introduced.group().startswith(_WRITTEN):
        return True
    words = normalise(turn.text[start:end]).text
    earlier = (t for t in scene.call.side(Role.CUSTOMER) if t.start < turn.end)
    return True if any(words in normalise(t.text).text for t in earlier) else None


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
    "标题",
    "书名",
)
"""What is read out is nobody's own word."""
