"""Which calls are drawn: as likely as it is said, the same again, evenly shared out."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.review.draw import Candidate, draw, shared_out
from pipeline.settings import InspectorSettings, SamplingSettings


def calls(agents: int = 6, each: int = 12) -> list[Candidate]:
    """A week's calls: one in ten vetoed, one in five with a finding of the rule under test."""
    return [
        Candidate(
            call_id=f"{agent}-{number:02d}",
            date="2026-11-20",
            agent_id=f"{agent:04d}",
            team=str(agent % 2),
            new_agent=agent == 0,
            vetoed=(agent * each + number) % 10 == 0,
            confidence=0.9,
            duration=100.0,
            rules=frozenset({"hold.warn"} if number % 5 == 0 else ()),
        )
        for agent in range(agents)
        for number in range(each)
    ]


HOW = SamplingSettings(per_agent=2, per_new_agent=4, rules=("hold.warn",), per_rule=3)


def test_each_agent_has_his_share_and_a_new_one_more() -> None:
    """By chance, besides what is taken anyway."""
    drawn = draw(calls(), HOW, "2026-W47")
    by_agent = Counter(one.call.agent_id for one in drawn if one.random)
    assert by_agent == {"0000": 4, **{f"{n:04d}": 2 for n in range(1, 6)}}
    assert all("veto" in one.why for one in drawn if one.call.vetoed)
    assert sum("hold.warn" in one.why for one in drawn) == HOW.per_rule


def test_the_same_week_is_drawn_alike_and_another_otherwise() -> None:
    """Whatever the order in which the calls come."""
    one, again = draw(calls(), HOW, "2026-W47"), draw(calls()[::-1], HOW, "2026-W47")
    assert one == again
    assert [d.why for d in one] != [d.why for d in draw(calls(), HOW, "2026-W48")]


def test_a_call_is_drawn_as_often_as_its_probability_says() -> None:
    """Over four thousand weeks, for every call of them."""
    weeks = 4000
    taken: Counter[str] = Counter()
    for number in range(weeks):
        drawn = draw(calls(3, 10), HOW, str(number))
        taken.update(one.call.call_id for one in drawn if one.why)
    for one in drawn:
        assert taken[one.call.call_id] / weeks == pytest.approx(one.probability, abs=0.03)


def test_what_is_badly_heard_or_long_is_taken() -> None:
    """Each for its own reason, and surely."""
    faint, long, plain = calls(1, 4)[1:]
    faint = Candidate(**{**vars(faint), "confidence": 0.5})
    long = Candidate(**{**vars(long), "duration": 2000.0})
    how = SamplingSettings(per_agent=0, per_new_agent=0)
    found = {d.call.call_id: (d.why, d.probability) for d in draw([faint, long, plain], how, "w")}
    assert list(found.values()) == [(("low_confidence",), 1.0), (("long",), 1.0), ((), 0.0)]


def test_lists_are_even_and_nobody_judges_his_friends() -> None:
    """A call that nobody may judge is on no list, and still drawn."""
    inspectors = [
        InspectorSettings(name="甲", not_agents=("0001",)),
        InspectorSettings(name="乙", not_teams=("0",)),
        InspectorSettings(name="丙", not_agents=("0001", "0002")),
    ]
    drawn = draw(calls(), HOW, "2026-W47")
    dealt = shared_out(drawn, inspectors, "2026-W47", "")
    by_agent = {one.call.call_id: one.call for one in drawn}
    assert dealt.keys() == {one.call.call_id for one in drawn if one.why}
    for call_id, name in dealt.items():
        assert not (name in "甲丙" and by_agent[call_id].agent_id == "0001")
        assert not (name == "乙" and by_agent[call_id].team == "0")
    load = Counter(dealt.values())
    assert max(load.values()) - min(load.values()) <= 3
    assert set(shared_out(drawn, [], "w", "").values()) == {""}
