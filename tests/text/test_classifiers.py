"""Who speaks, as the trained model tells it."""

from __future__ import annotations

import pytest

from pipeline.text.classifiers import agent_log_odds

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
