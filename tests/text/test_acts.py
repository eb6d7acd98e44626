"""Dialogue acts and tones, as the trained model tells them."""

from __future__ import annotations

import pytest

from pipeline.resources import LEXICONS
from pipeline.text import acts
from pipeline.text.lexicon import read_lexicon
from pipeline.text.phrases import PhraseSet


@pytest.mark.parametrize(
    "text",
    [
        "",
        "嗯。",
        "好的。",
        "您好，请问有什么可以帮您？",
        "请您马上关阀，打开窗户，人先到室外去！",
        "千万不要开灯，也不要在屋里打电话！",
        "实在抱歉，这项业务需要机主本人带身份证到营业厅办理。",
        "这个不属于我们的服务范围，我把物业的电话报给您，您看可以吗？",
        "您说师傅让您自己想办法，这句话我已经记录下来了，会有专人核实。",
        "您先别急，我再给您讲一遍，先关机，再把卡取出来。",
        "请您稍等，我帮您核实一下，很快就好。",
        "不好意思，让您久等了，刚才系统有点慢。",
        "我们现在有一个老用户回馈活动，每个月能省十块钱，您需要了解一下吗？",
        "先生，请您冷静一下，您这样我没有办法帮您处理。",
        "您真细心，谢谢您的提醒。",
    ],
)
def test_polite_firm_and_helpful_turns_show_no_tone(text: str) -> None:
    """Nobody is asked to look at them."""
    assert acts.tone(text) is None


NOT_LISTED = "这都第五遍了，你还要问到什么时候，我后面还有一堆电话要接呢。"


def test_a_tone_that_no_list_has_is_seen() -> None:
    """Nothing in it is a phrase of the lists."""
    for name in ("impatience", "contempt", "insult", "quarrel", "refusal"):
        lexicon = read_lexicon(LEXICONS / f"{name}.txt")
        assert not PhraseSet(lexicon.phrases).hits(NOT_LISTED)
    found = acts.tone(NOT_LISTED)
    assert found is not None
    assert found.label in {"impatience", "rhetorical"}
    assert 0.5 < found.probability <= 1


def test_a_tone_beyond_doubt_counts_among_what_a_turn_does() -> None:
    """So that a rule can ask for it as for an act; one of several that are as likely does not."""
    assert "shirk" in acts.shown_by("这个得谁给您装的您找谁，线路的事我们插不上手。").named
    assert "shirk" not in acts.shown_by("我帮您转给装机的师傅，他今天给您回电话。").named


def test_marks_script_and_address_make_no_difference() -> None:
    """Punctuation and traditional characters are the recogniser's choice, 你 and 您 mean the same."""
    found = acts.tone("這都第五遍了 您還要問到什麼時候 我後面還有一堆電話要接呢")
    assert found == acts.tone(NOT_LISTED)


@pytest.mark.parametrize(
    "text",
    [
        "这位女士您到底想怎么样，她说过不行就是不行。",
        "女士您别激动，我马上给您查。",
        "她那种人说的话您也信。",
        "小姐您这脑子也是没谁了。",
    ],
)
def test_nothing_hangs_on_whether_it_is_a_man_or_a_woman(text: str) -> None:
    """Acts, tone and how likely they are."""
    other = text.replace("女士", "先生").replace("小姐", "先生").replace("她", "他")
    assert acts.shown_by(text) == acts.shown_by(other)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("真是过意不去，让您白跑一趟", "apology"),
        ("那您先忙，回见啊", "farewell"),
        ("您拿着电话等我半分钟，我翻一下记录", "hold"),
        ("除了这个，您那边还有啥要我帮着看的没", "anything_else"),
        ("该怎么称呼您呢", "ask_name"),
        ("喂喂，你那边声音断断续续的，我啥也没听见", "customer_not_heard"),
    ],
)
def test_an_act_in_words_of_no_list(text: str, act: str) -> None:
    """People say it in a hundred ways."""
    assert act in acts.shown_by(text).acts


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("转一下阀门，逆时针两圈", "transfer"),
        ("请保持电话畅通", "ask_contact"),
        ("保证金是百分之十二", "callback_promise"),
        ("气表在厨房的柜子里", "apology"),
        # the model alone takes each of these for the act: they lack its sign
        ("女士您好，您还有三百元。", "anything_else"),
        ("没有，现在您的账户里还有七十元。", "anything_else"),
        ("请问您是哪个小区的？", "ask_name"),
        ("听不清，挂了啊。", "farewell"),
        ("已经设置好了。", "ticket"),
    ],
)
def test_what_only_mentions_an_act_is_none(text: str, act: str) -> None:
    """The words are there, the act is not."""
    assert act not in acts.shown_by(text).acts


def test_a_sentence_of_a_long_turn_is_enough() -> None:
    """An apology among four sentences of explanation."""
    text = "您这个表是零八年装的。那时候的电池盒没有防潮。真是对您不住。明天就给您换新的。"
    assert "apology" in acts.shown_by(text).acts


def test_many_at_once_say_what_each_says_alone() -> None:
    """The batch is for speed only."""
    texts = ["您拿着电话等我半分钟", "气表在厨房的柜子里", "那您先忙，回见啊"]
    together = acts.scores(texts)
    alone = [acts.scores([text])[0] for text in texts]
    assert all(abs(a - b).max() < 1e-5 for a, b in zip(together, alone, strict=True))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("您还有哪里不清楚的吗", "anything_else"),
        ("就这一件吗海没有别的", "anything_else"),
        ("请温您桂姓", "ask_name"),
        ("祝您事事顺心拜", "farewell"),
    ],
)
def test_misheard_words_keep_the_sign_of_an_act(text: str, act: str) -> None:
    """What sounds like the sign counts."""
    assert act in acts.shown_by(text).acts


@pytest.mark.parametrize(
    "text",
    [
        "路程摆在那里不可能再短，请您多担待。",
        "我说了看过再报价，你到底听不听？",
        "好。",
        "有病吧你！",
    ],
)
def test_what_is_written_down_of_a_turn_is_what_was_seen(text: str) -> None:
    """A rescore goes by it, and must decide as the first time."""
    assert acts.unpack(acts.pack([text]))[text] == acts.shown_by(text)
