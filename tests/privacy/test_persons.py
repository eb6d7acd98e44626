"""Names that nothing tells but that they are names, and whom a network takes for one that is none."""

from __future__ import annotations

import pytest

from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 三个，我，我婆婆，果果不哭啊", "C 三个，我，我婆婆，**不哭啊"),
        ("C 那就转昭觉，木呷骑摩托带我去", "C 那就转昭觉，木*骑摩托带我去"),
        ("C 对，他卖给我的，老刘人很好", "C 对，他卖给我的，老*人很好"),
        ("C 你就找行政的周姐，周巧云", "C 你就找行政的*姐，周**"),
        ("C 大的刘浩然，细的熊依依，跟我姓", "C 大的刘**，细的熊**，跟我姓"),
        ("A 您好，是梁一诺的奶奶吗 / C 是", "A 您好，是梁**的奶奶吗 / C 是"),
        ("C 几点 / A 好的，古丽娜尔，明天恢复", "C 几点 / A 好的，****，明天恢复"),
    ],
)
def test_a_name_with_nothing_around_it(plain: str, published: str) -> None:
    """Of a surname that is known the surname stays; of four characters of one name nothing does."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "plain",
    [
        "A 您好，站点的客服小鲁，为您服务 / C 小鲁啊，我那个件呢",
        "A 福满家超市，客服部小郑。 / C 小郑你好",
        "A 张垣通达快运，你好。 / C 你好",
        "C 李宁的鞋现在打几折啊 / A 李宁专柜在三楼，张小泉在四楼",
        "C 听说鲁迅也住过 / A 对，还有李白",
        "C 小田上次给我留的 / A 小田今天轮休",
        "A 周三下午许主任坐诊 / C 那我挂许主任的号",
        "C 换张卡要多少钱 / A 您拍张照发过来",
        "C 有个王八蛋天天打我电话 / A 您别生气",
        "C 蓝格子的，长柄的 / A 黄管子是燃气的吗",
        "C 下周一，公告上写的是下周三 / C 还是红的还是闪",
        "C 那我再问一下，阿万一不是漏气怎么办",
    ],
)
def test_who_is_no_customer(plain: str) -> None:
    """Agents and their colleagues, brands, whom books speak of, insults, things."""
    assert shown(plain) == plain


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 姓谭，谭晓燕 / A 言西早谭 / C 对", "C 姓*，谭** / A **** / C 对"),
        ("C 刘玉芬 / A 玉芬是芬芳的那个芬吧", "C 刘** / A **是******吧"),
        ("C 就写我妹阿玲，她在家", "C 就写我妹**，她在家"),
    ],
)
def test_how_a_name_is_written(plain: str, published: str) -> None:
    """What a surname is made of, and the character of a word that the name has too."""
    assert shown(plain) == published
