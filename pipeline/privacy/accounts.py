"""Names of accounts by which somebody is found: WeChat, QQ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.privacy.places import Place
from pipeline.privacy.words import STOP, spans
from pipeline.records import Personal, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.privacy.places import SpokenTurn

_LATIN = r"[a-zA-Z0-9_.\-]"
_SERVICE = "(?:微信|扣扣|[Qq]{2})"
_TOLD = re.compile(
    rf"(?:{_SERVICE}(?:号|名|昵称)?(?:[你您]?加我)?(?:就是|是|叫|[，,\s]+)(?:就是|是|叫)?|{_SERVICE}(?:号|名|昵称)|"
    rf"[我她他]的?(?:微信)?号就?是|邮箱是)(?P<name>(?![号是名叫昵])[^{STOP}的]{{2,12}}{_LATIN}*)|"
    rf"加[我你您]?(?P<added>[a-zA-Z]{_LATIN}{{4,}})|(?<!{_LATIN})(?P<handle>[a-zA-Z0-9]+_{_LATIN}+)(?!{_LATIN}|@)"
)
_ASKS = re.compile(rf"{_SERVICE}|昵称|账号名")
_ANSWER = re.compile(rf"(?:^|(?<=[{STOP}]))(?:就?是)?(?P<name>[^{STOP}]{{3,12}})(?=[{STOP}]|$)")
_NONE = re.compile(
    "[不的没用]|^[请上里支付转发加扫缴充绑登群也都可没吗有通行好打记我您你]|"
    "公众|程序|没有|不用|可以|缴费|支付|关注|聊天|什么|多少|哪|[吗了吧]$"
)
"""What else is said of WeChat, and answers a question about it."""
_LEAST = 3
"""Characters of an account's name from which on it is known again."""


def accounts(turns: Sequence[SpokenTurn]) -> Iterator[Place]:
    """Where they are told: behind the service's name, in the answer to a question, and again."""
    names: set[str] = set()
    for number, said in enumerate(turns):
        found = [m.span(m.lastgroup or "") for m in _TOLD.finditer(said.text)]
        asked = number > 0 and turns[number - 1].role is Role.AGENT and said.role is not Role.AGENT
        if asked and _ASKS.search(turns[number - 1].text):
            found += [m.span("name") for m in _ANSWER.finditer(said.text)][:1]
        for start, end in found:
            if not _NONE.search(said.text[start:end]):
                names.add(said.text[start:end])
                yield _place(number, start, end)
    for name in sorted(name for name in names if len(name) >= _LEAST):
        for number, said in enumerate(turns):
            for start, end in spans(said.text, name):
                yield _place(number, start, end)


def _place(turn: int, start: int, end: int) -> Place:
    """An account's name, all of it: a line under two words is part of it."""
    return Place(turn, start, end, Personal.ACCOUNT, tuple(range(start, end)))
