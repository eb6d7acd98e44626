"""Random personal data that is valid and nobody's, written and as it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.privacy.shapes import luhn

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

SPOKEN = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
HAN = "零一二三四五六七八九"
AREAS = ("010", "021", "025", "0512", "0755", "028", "0371", "0571")
PROVINCES = "京沪苏浙皖粤川鲁豫鄂湘闽冀渝陕"
CITIES = (
    "江苏省南京市鼓楼区",
    "南京市江宁区",
    "苏州市姑苏区",
    "上海市浦东新区",
    "广东省深圳市南山区",
    "成都市武侯区",
    "雨花台区",
    "",
    "",
)
ROADS = (
    *(
        "中山北路",
        "解放路",
        "人民南路",
        "建设大道",
        "和平街",
        "长江路",
        "胜利西路",
        "大桥北路",
        "天元东路",
        "文昌巷",
    ),
    *(
        "仙林大道",
        "红旗大街",
        "北京东路",
        "黄河路",
        "迎宾大道",
        "光华门外大街",
        "莲花路",
        "青年街",
        "新华路",
        "滨河路",
    ),
)
ESTATES = (
    *(
        "翠湖花园",
        "阳光小区",
        "金鹰花园",
        "和平里小区",
        "紫金家园",
        "万科城市花园",
        "滨江公寓",
        "春江新城",
        "锦绣华府",
    ),
    *("怡景花园", "东方名苑", "莲花新村", "银城小区", "龙湖公寓", "河畔家园"),
)
SURNAMES = (
    *"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕",
    "欧阳",
    "诸葛",
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志文玉兰婷雪梅浩宇欣怡子涵思远晓东海燕春红"
)


@dataclass(frozen=True)
class Value:
    """A text, and which of its characters have to be hidden."""

    text: str
    secret: tuple[int, ...] = ()


COMPOUND = (
    *(
        "欧阳",
        "诸葛",
        "司马",
        "上官",
        "尉迟",
        "慕容",
        "令狐",
        "皇甫",
        "公孙",
        "夏侯",
        "东方",
        "端木",
    ),
    *(
        "司徒",
        "宇文",
        "长孙",
        "澹台",
        "呼延",
        "南宫",
        "轩辕",
        "钟离",
        "百里",
        "闻人",
        "西门",
        "淳于",
        "鲜于",
        "第五",
    ),
)


def literal(kind: str, text: str) -> Value:
    """A value as somebody wrote it: of a whole name the surname may stay, of all else nothing.

    Signs between its characters, and 的, tell nobody anything.
    """
    surname = 2 if text[:2] in COMPOUND else 1
    first = surname if kind == "name" and len(text) > surname else 0
    secret = tuple(i for i in range(first, len(text)) if text[i].isalnum() and text[i] != "的")
    return Value(text, secret)


def groups_of(
    digits: str, sizes: Sequence[int], hide: range, say: Callable[[str], str]
) -> list[Value]:
    """The groups in which a number is dictated, each with what of it is secret."""
    groups, at = [], 0
    for size in sizes:
        part = digits[at : at + size]
        groups.append(Value(say(part), tuple(i for i in range(size) if at + i in hide)))
        at += size
    return groups


def joined(groups: Sequence[Value], between: Sequence[str]) -> Value:
    """Groups one behind the other."""
    text, secret = "", []
    for group, gap in zip(groups, (*between, ""), strict=True):
        secret += [len(text) + i for i in group.secret]
        text += group.text + gap
    return Value(text, tuple(secret))


class Maker:
    """Values of every kind, in one form: ``spoken`` ones in Chinese numerals."""

    def __init__(self, chance: random.Random, *, spoken: bool) -> None:
        """Values out of ``chance``."""
        self.chance, self.spoken = chance, spoken
        self._groups: dict[str, list[Value]] = {}

    def value(self, name: str) -> Value:
        """A value of a kind; ``phone:2`` is the second group of one number that stays the same."""
        kind, _, group = name.partition(":")
        if group:
            if kind not in self._groups:
                self._groups[kind] = self._number(kind, whole=False)
            return self._groups[kind][int(group) - 1]
        if kind in _SIZES:
            return self._written_or_said(self._number(kind, whole=True))
        made: Value = getattr(self, f"_{kind}")()
        return made

    def _digits(self, count: int, first: str = "0123456789") -> str:
        rest = "".join(self.chance.choices("0123456789", k=count - 1))
        return self.chance.choice(first) + rest

    def _say(self, digits: str) -> str:
        if not self.spoken:
            return digits
        one = "一" if self.chance.random() < 0.25 else "幺"
        return "".join(SPOKEN.get(d, d) for d in digits).replace("幺", one)

    def _number(self, kind: str, *, whole: bool) -> list[Value]:
        digits, hide = getattr(self, f"_{kind}_digits")()
        sizes = (len(digits),) if whole and self.chance.random() < 0.5 else _SIZES[kind]
        if kind == "landline":
            area = 3 if digits[1] in "12" else 4
            sizes = (area, len(digits) - area)
        return groups_of(digits, sizes, hide, self._say)

    def _written_or_said(self, groups: list[Value]) -> Value:
        gaps = ("，", "，", "", "，嗯，", " ", "、") if self.spoken else (" ", "-", "")
        gap = self.chance.choice(gaps)
        return joined(groups, [gap] * (len(groups) - 1))

    def _phone_digits(self) -> tuple[str, range]:
        return "1" + self.chance.choice("3456789") + self._digits(9), range(3, 7)

    def _landline_digits(self) -> tuple[str, range]:
        area = self.chance.choice(AREAS)
        return area + self._digits(8, "2345678"), range(len(area), len(area) + 4)

    def _id_digits(self) -> tuple[str, range]:
        year, month, day = (self.chance.randint(*r) for r in ((1945, 2008), (1, 12), (1, 28)))
        born = f"{year}{month:02}{day:02}"
        stem = f"32{self._digits(4)}{born}{self._digits(3)}"
        last = next(c for c in "0123456789X" if _checked(stem + c))
        return stem + last, range(6, 16)

    def _bank_digits(self) -> tuple[str, range]:
        stem = self.chance.choice(
            ("622202", "621700", "622848", "601382", "623058")
        ) + self._digits(12)
        last = next(c for c in "0123456789" if luhn(stem + c))
        return stem + last, range(15)

    def _plate(self) -> Value:
        letters = "ABCDEFGHJK"
        kept = self.chance.choice(PROVINCES) + self.chance.choice(letters)
        green = self.chance.random() < 0.3
        rest = (
            self.chance.choice("DF") if green else self.chance.choice(letters + "0123456789")
        ) + self._digits(5 if green else 4)
        dot = "" if self.spoken else self.chance.choice(("", "·", " "))
        said = self._say(rest)
        return Value(kept + dot + said, tuple(range(len(kept + dot), len(kept + dot + said))))

    def _email(self) -> Value:
        word = self.chance.choice(("zhang", "liu", "happy", "wang", "chen", "sunny"))
        number, domain = (
            self._digits(self.chance.randint(2, 4)),
            self.chance.choice(("qq", "163", "126", "sina")),
        )
        if not self.spoken:
            local = word + self.chance.choice(("", ".", "_")) + number
            return Value(
                f"{local}@{domain}.com", tuple(i for i, c in enumerate(local) if c.isalnum())
            )
        local = word + self._say(number)
        return Value(f"{local}艾特{self._say(domain)}点com", tuple(range(len(local))))

    def _address(self) -> Value:
        city, chance = self.chance.choice(CITIES), self.chance
        house, tower, entry, floor = (chance.randint(1, n) for n in (300, 30, 6, 18))
        room = f"{floor}{chance.randint(1, 4):02}"
        n = _in_words if self.spoken else str
        flat = "".join(HAN[int(d)] for d in room) if self.spoken else room
        road, estate = chance.choice(ROADS), chance.choice(ESTATES)
        forms = (
            (road, f"{n(house)}号{n(tower)}栋{n(entry)}单元{flat}室"),
            (road, f"{n(house)}号"),
            (estate, f"{n(tower)}栋{n(entry)}单元{flat}"),
            (estate, f"{n(tower)}号楼{flat}室"),
            (road + f"{n(house)}号" + estate, f"{n(tower)}幢{flat}"),
            ("", f"{n(tower)}栋{n(entry)}单元{flat}"),
            ("", f"{n(entry)}单元{flat}室"),
        )
        name, rest = chance.choice(forms)
        whole = (city if name else "") + name + rest
        return Value(whole, tuple(range(len(whole) - len(name + rest), len(whole))))

    def _name(self) -> Value:
        surname = self.chance.choice(SURNAMES)
        given = "".join(self.chance.choices(GIVEN, k=self.chance.choice((1, 2, 2))))
        return Value(surname + given, tuple(range(len(surname), len(surname + given))))

    def _surname(self) -> Value:
        surname = self.chance.choice(SURNAMES)
        return Value(surname, tuple(range(len(surname))))

    def _amount(self) -> Value:
        whole = self.chance.randint(3, 9800)
        text = (
            _in_words(whole) if self.spoken else f"{whole}{self.chance.choice(('', '.50', '.8'))}"
        )
        return Value(text + self.chance.choice(("元", "块钱", "块")))

    def _date(self) -> Value:
        year, month, day = 2026, self.chance.randint(1, 12), self.chance.randint(1, 28)
        if self.spoken:
            long = (
                "".join(HAN[int(d)] for d in str(year)) + "年" if self.chance.random() < 0.4 else ""
            )
            return Value(f"{long}{_in_words(month)}月{_in_words(day)}号")
        return Value(
            self.chance.choice(
                (f"{month}月{day}号", f"{year}-{month:02}-{day:02}", f"{year}年{month}月{day}日")
            )
        )

    def _time(self) -> Value:
        hour, minute = self.chance.randint(1, 12), self.chance.choice((5, 10, 15, 20, 30, 40))
        if self.spoken:
            return Value(f"{_in_words(hour)}点{_in_words(minute)}分")
        return Value(self.chance.choice((f"{hour}点{minute}", f"{hour}:{minute:02}")))

    def _ticket(self) -> Value:
        day = f"2026{self.chance.randint(1, 12):02}{self.chance.randint(1, 28):02}"
        digits = self.chance.choice(
            (day + self._digits(4), day + self._digits(8), self._digits(10), self._digits(12))
        )
        return Value(self._say(digits))

    def _account(self) -> Value:
        return Value(self._say(self._digits(self.chance.choice((6, 7, 8, 10)))))

    def _reading(self) -> Value:
        return Value(self._say(self._digits(self.chance.choice((4, 5, 6)))))

    def _code(self) -> Value:
        return Value(self._say(self._digits(self.chance.choice((4, 6)))))

    def _agent(self) -> Value:
        return Value(self._say(self._digits(4)))

    def _count(self) -> Value:
        number = self.chance.randint(2, 60)
        text = _in_words(number) if self.spoken else str(number)
        return Value(text + self.chance.choice(("个", "天", "次", "箱", "分钟", "个小时", "件")))

    def _hotline(self) -> Value:
        number = self.chance.choice(
            ("4008881234", "95598", "12345", "10086", "96777", "8008203456", "12315")
        )
        return Value(self._say(number))


_SIZES = {"phone": (3, 4, 4), "landline": (3, 8), "id": (6, 4, 4, 4), "bank": (4, 4, 4, 4, 3)}


def _checked(number: str) -> bool:
    """Whether the last character is the check character of ISO 7064 MOD 11-2."""
    total = 0
    for character in number:
        total = (total * 2 + (10 if character == "X" else int(character))) % 11
    return total == 1


def _in_words(number: int) -> str:
    import cn2an

    said: str = cn2an.an2cn(number)
    return said.removeprefix("一") if 10 <= number < 20 else said
