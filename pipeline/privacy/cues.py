"""What a number was said to be, by the words before it: as they are written, or by their sound."""

from __future__ import annotations

import functools
import re

from pipeline.records import Personal
from pipeline.text.normal import sound_line

_CUES = {
    Personal.PHONE: (
        r"电话(?!费|卡号|营业)|手机(?!卡|费)|号码|联系方式|座机|固话|打给|拨打|打过来|回电|来电|区号|"
        r"联系(?:人|我|你|您|他|她)?(?:的话)?(?:是|打)|打[我您你他她]|打这个|拨这个|发(?:到|至|给?[我你您他她])|"
        r"[打拨][，,：:]?$"
    ),
    Personal.IDENTITY: r"身份证|证件号|身份号",
    Personal.BANK_CARD: (
        r"银行|信用卡|储蓄卡|借记卡|卡号|账号|帐号|账户|扣款|打款|退款|[工建农中交招]行"
    ),
    Personal.ADDRESS: r"地址|住址|门牌",
    Personal.TICKET: (
        r"工单|订单|单号|单子|流水|编号|编码|户号|户头|表号|气表|水表|电表|运单|快递|案件|票号|受理|业务号|"
        r"会员(?=[卡号码])|合同|客户号|用户号|燃气卡|气卡|IC卡|条码|条形码|序列|设备|钢印|读数|表上|表底|表数|验证码|密码|"
        r"型号|货号|批次|工号|缴费号|交易号|凭证|发票|税号|档案号|登记号|报修号|任务号|预约号|取件码|"
        r"(?:报修|受理|维修|派工|登记|送货|提货|仓)单"
    ),
}
_CUE = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _CUES.items()))
_SOUNDING = {
    Personal.PHONE: ("电话", "手机", "联系方式"),
    Personal.IDENTITY: ("身份证", "证件号"),
    Personal.BANK_CARD: ("银行卡", "卡号"),
    Personal.ADDRESS: ("地址",),
    Personal.TICKET: ("工单", "单号", "订单", "户号", "编号", "流水号", "表号", "读数"),
}
"""Words that are known by their sound too: a recogniser writes 号码 and 合码, 户号 and 互号."""


_MENTIONED = re.compile(
    r"(?:工单|订单|单子|户头|气表|水表|电表|运单|快递|案件|受理|合同|燃气卡|气卡|IC卡|设备|凭证|发票|[报维]修单|派工单|登记单)"
    r"(?!\W*$|[^。！？?!]*(?:[号码几哪吗呢么？?：:]|多少|什么|[报念输说查][一下个给]|是$))"
)
"""What is only spoken of, and not asked for: 工单转城管局 says nothing of the number behind it."""


def what_is_asked(question: str) -> str:
    """A question without what it only mentions."""
    return _MENTIONED.sub("", question)


def said_to_be(words: str) -> str | None:
    """The kind of number that was named last in some words; None where none was."""
    cues = [*_CUE.finditer(words), *_by_sound().finditer(sound_line(words))]
    return max(cues, key=lambda m: m.end()).lastgroup if cues else None


@functools.cache
def _by_sound() -> re.Pattern[str]:
    kinds = (
        f"(?P<{kind}>{'|'.join(re.escape(sound_line(word)) for word in words)})"
        for kind, words in _SOUNDING.items()
    )
    return re.compile("|".join(kinds))
