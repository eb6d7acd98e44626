"""Who speaks and in what attitude, as the trained models tell it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import skops.io

from pipeline.errors import ConfigurationError
from pipeline.resources import LEXICONS
from pipeline.text import classifiers
from pipeline.text.classifiers import agent_log_odds, attitude
from pipeline.text.phrases import PhraseSet, read_lexicon

CALLS = {
    "gas": (
        [
            "您好，江城中燃，请问有什么可以帮您？",
            "您先别着急，请您现在把灶台下面那个阀门关上，再把窗子打开。",
            "好的，麻烦您说一下详细地址，我马上派维修人员过去。",
            "师傅大约半小时到，请您保持电话畅通，感谢您的来电。",
        ],
        [
            "喂，我家煤气好像漏了，味道好大。",
            "关了关了，窗户也开了。",
            "我在东湖路三十六号，二栋一单元五楼，你们快点来啊。",
            "那我在楼下等他吧，谢谢你啊。",
        ],
    ),
    "an angry customer of a mobile operator": (
        [
            "您好，请问需要办理什么业务？",
            "非常抱歉给您添麻烦了，我帮您查询一下扣费记录。",
            "这一笔是上个月订购的音乐包，我现在给您取消，费用三天之内退回。",
        ],
        [
            "你们凭什么又扣我二十块钱？我根本没订过什么东西！",
            "每次都说抱歉抱歉，抱歉有什么用，你给我查清楚！",
            "三天？我现在就要，不然我去投诉你们。",
        ],
    ),
    "telephone sales": (
        [
            "您好，我是移动公司的客户经理，请问现在方便接电话吗？",
            "是这样的，看您是我们的老用户，现在有个七十九元的套餐可以给您办理。",
            "那我把活动内容用短信发给您，您先看一看，不办也没有关系。",
        ],
        [
            "哪位啊？我在开车呢。",
            "又是推销的吧，我不需要，你们一天打几个电话。",
            "行，那你发给我看看，我跟我老婆商量商量。",
        ],
    ),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_agents_side_is_told_from_the_customers(call: str, swapped: bool) -> None:
    """Whichever channel it is on."""
    agent, customer = CALLS[call]
    channels = [customer, agent] if swapped else [agent, customer]
    odds = [agent_log_odds(channel) for channel in channels]
    assert odds[int(swapped)] > 0 > odds[1 - int(swapped)]


def test_more_of_the_same_is_more_certain() -> None:
    """Odds of a whole side lie further from 0 than those of one such turn."""
    turn = "请您稍等，我帮您查询一下。"
    assert agent_log_odds([turn] * 4) == pytest.approx(2 * agent_log_odds([turn]))


@pytest.mark.parametrize("texts", [[], ["", "。。。"]])
def test_a_side_without_words_is_nobodys(texts: list[str]) -> None:
    """Neither the agent's nor the customer's."""
    assert agent_log_odds(texts) == 0


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
def test_polite_firm_and_helpful_turns_show_nothing(text: str) -> None:
    """Nobody is asked to look at them."""
    assert attitude(text) is None


NOT_LISTED = "这都第五遍了，你还要问到什么时候，我后面还有一堆电话要接呢。"


def test_impatience_that_no_list_has_is_seen() -> None:
    """Nothing in it is a phrase of the lists."""
    for name in ("impatience", "contempt", "insult", "quarrel", "refusal"):
        lexicon = read_lexicon(LEXICONS / f"{name}.txt")
        assert not PhraseSet(lexicon.phrases).hits(NOT_LISTED)
    found = attitude(NOT_LISTED)
    assert found is not None
    assert found.label == "impatience"
    assert 0.9 < found.probability <= 1


def test_marks_and_script_make_no_difference() -> None:
    """Punctuation and traditional characters are the recogniser's choice."""
    assert attitude("這都第五遍了 你還要問到什麼時候 我後面還有一堆電話要接呢") == attitude(
        NOT_LISTED
    )


def test_a_file_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    """A function in a model could be any function."""
    path = tmp_path / "role.skops"
    skops.io.dump({"model": zipfile.is_zipfile}, path)
    with pytest.raises(ConfigurationError, match=r"role\.skops.*zipfile"):
        classifiers.load(path)


@pytest.mark.parametrize("content", [None, b"no model"])
def test_a_missing_or_broken_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    """The message says which file."""
    path = tmp_path / "attitude.skops"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"attitude\.skops"):
        classifiers.load(path)


def test_another_version_of_scikit_learn_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are errors in these tests: that it loads says that there is none."""
    monkeypatch.setattr("sklearn.base.__version__", "0.99.0")
    assert "model" in classifiers.load(classifiers.FOLDER / "role.skops")
