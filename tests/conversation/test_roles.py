"""Who is the agent, by what is said."""

from __future__ import annotations

import pytest

from pipeline.conversation.roles import AgentSide, agent_by_words, conventional_channel
from pipeline.records import Direction
from pipeline.text.phrases import PhraseSet

PHRASES = PhraseSet(("为您服务", "请您稍等", "感谢您的来电"))


def test_the_side_that_speaks_the_norm() -> None:
    """Two phrases against none."""
    found = agent_by_words({0: ["我要报修"], 1: ["八号为您服务。", "请您稍等"]}, PHRASES)
    assert found == AgentSide(1, "phrases", 1.0)


def test_a_close_race_is_left_open() -> None:
    """A supervisor on the line says them too."""
    assert agent_by_words({0: ["为您服务"], 1: ["请您稍等"]}, PHRASES) is None


def test_nobody_said_anything_of_it() -> None:
    """No evidence, no answer."""
    assert agent_by_words({0: ["喂"], 1: ["喂"]}, PHRASES) is None
    assert agent_by_words({}, PHRASES) is None


def test_where_no_phrase_of_the_norm_is_said_the_whole_manner_tells() -> None:
    """No list has these sentences; the customer's side comes first."""
    sides = {
        0: [
            "我上个月才换的表，怎么又不走了",
            "我家在三楼，你们什么时候能来",
            "那我明天请假在家等着",
        ],
        1: [
            "表不走有可能是电池没电了",
            "我给您登记一下，明天上午安排人上门",
            "到之前会先打电话跟您确认",
        ],
    }
    for texts, agent in ((sides, 1), ({0: sides[1], 1: sides[0]}, 0)):
        found = agent_by_words(texts, PHRASES)
        assert found is not None
        assert (found.side, found.by) == (agent, "model")
        assert 0.7 < found.confidence < 1


@pytest.mark.parametrize(
    ("pbx", "direction", "channel"),
    [
        ("freeswitch", Direction.INBOUND, 1),
        ("asterisk", Direction.OUTBOUND, 0),
        ("asterisk", Direction.CALLBACK, 0),
        ("freeswitch", None, None),
        (None, Direction.INBOUND, None),
    ],
)
def test_a_phone_system_records_the_leg_that_called_first(
    pbx: str | None, direction: Direction | None, channel: int | None
) -> None:
    """The customer's on an inbound call, the agent's own on an outbound one."""
    assert conventional_channel(pbx, direction) == channel
