"""Names that only the conversation tells, and words that stand where names do."""

from __future__ import annotations

import pytest

from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("A 孩子叫什么名字？ / C 晴天。", "A 孩子叫什么名字？ / C **。"),
        ("A 机主姓名是？ / C 嗯，阿不都热合曼。", "A 机主姓名是？ / C 嗯，******。"),
        ("A 好的请问您贵性 / C 信州还", "A 好的请问您贵性 / C ***"),
        ("C 写我闺女，白露。", "C 写我闺女，白*。"),
        ("C 我婆婆，斯琴其木格，八十了", "C 我婆婆，*****，八十了"),
        ("C 我哥孟庆海在外地", "C 我哥孟**在外地"),
        ("C 我媳妇小芹在家，你敲门就行", "C 我媳妇**在家，你敲门就行"),
        ("C 收件人向阳，电话等下说", "C 收件人**，电话等下说"),
        ("C 他老婆好像叫阿梅，你找阿梅就行", "C 他老婆好像叫**，你找**就行"),
        ("A 请问是彩虹小朋友的家长吗", "A 请问是彩虹小朋友的家长吗"),
        ("A 桑吉扎西先生您好", "A ****先生您好"),
        ("C 小名豆包，大名孟一凡", "C 小名**，大名孟**"),
        ("C 就写祝圆圆生日快乐", "C 就写祝**生日快乐"),
        ("A 受益人是刘建平，对吗", "A 受益人是刘**，对吗"),
        ("A 单子上写的是妞妞", "A 单子上写的是**"),
        ("C 阿贵是我叔", "C **是我叔"),
    ],
)
def test_a_name_is_told_by_what_stands_around_it(plain: str, published: str) -> None:
    """A question, a kinship, a label, a title; of a surname that is known the surname stays."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        (
            "C 我叫佟语桐 / A 语是语言的语，桐是梧桐的桐 / C 对，就叫我语桐",
            "C 我叫佟** / A ******，****** / C 对，就叫我**",
        ),
        ("C 姓尉迟，尉迟恭那个尉迟", "C 姓**，*******"),
        ("C 我姓逄，下面走之的逄 / A 逄老板您好", "C 我姓*，****** / A *老板您好"),
        ("C 我姓覃，西字头下面一个早，念秦", "C 我姓*，********，念*"),
        ("C 我姓单，简单的单，念善", "C 我姓*，****，念*"),
        ("C 我姓么 / A 么先生您好 / C 叫小么就行", "C 我姓* / A *先生您好 / C 叫小*就行"),
        (
            "C 她叫冷静 / A 冷静女士对吧 / C 你让她冷静一下",
            "C 她叫冷* / A 冷*女士对吧 / C 你让她冷静一下",
        ),
    ],
)
def test_a_name_is_known_again(plain: str, published: str) -> None:
    """As it is spelled, read and drawn, by its surname; one that is a word, only where names stand."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "harmless",
    [
        "A 您的名字是？ / C 好的，稍等",
        "A 请问您贵姓？ / C 喂，听不清",
        "C 我叫外卖，送到了没有",
        "C 我老公出差，明天回来",
        "C 我跟老婆商量商量，再打给你",
        "A 常规检查，马上结束，谢谢啦",
        "C 我记在本子上，金镯子也在",
        "A 请问是江城百货吗 / C 是",
        "C 你念一下，我记下来",
        "A 小妹温馨提示，订单不能恢复",
        "A 您提供一下账户名称及金额",
        "A 负责人处理以后回复您",
        "A 张师傅明天上午上门",
    ],
)
def test_words_where_names_stand_stay(harmless: str) -> None:
    """Answers, firms, things, what an agent's technician is called."""
    assert shown(harmless) == harmless


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 我微信号是北风吹雪", "C 我微信号是****"),
        ("A 您微信号多少 / C 山里红二零一八", "A 您微信号多少 / C *******"),
        (
            "A 微信昵称呢 / C 一只老猫。 / A 一只老猫，加了",
            "A 微信昵称呢 / C ****。 / A ****，加了",
        ),
        (
            "C 微信号luming_spring77。 / A luming_spring77，下划线对吧",
            "C 微信号***************。 / A ***************，下划线对吧",
        ),
        ("C 你加我she_ling_0918 / A 加群就行", "C 你加我************* / A 加群就行"),
        ("C 在微信上交的", "C 在微信上交的"),
        ("A 您在微信公众号里查", "A 您在微信公众号里查"),
        ("A 用微信还是现金 / C 微信支付吧", "A 用微信还是现金 / C 微信支付吧"),
    ],
)
def test_the_name_of_an_account(plain: str, published: str) -> None:
    """Behind the service's name, in an answer, and again; not how something was paid."""
    assert shown(plain) == published
