"""callqa.toml: every fault with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.settings import Settings, find_settings, load_settings

ASKED = """[[review.questions]]
id = 'a'
text = '办好了吗'
[[review.questions]]"""
FINDS = "id = 'b'\ntext = 'b'\nanswers = ['是', '否']\nfinds = "
"""A question before another."""


def written(tmp_path: Path, content: str) -> Path:
    """A settings file."""
    path = tmp_path / "callqa.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_what_is_not_set_has_its_default(tmp_path: Path) -> None:
    """One key changed, the rest as without a file."""
    settings = load_settings(written(tmp_path, '[asr]\nmodel = "demo"\n'))
    assert settings.asr.model == "demo"
    assert settings.asr.beam_size == Settings().asr.beam_size
    assert load_settings(None) == Settings()


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('rubric = "mall"\nrubrik = "x"\n', 2, "rubrik: unknown key; expected one of rubric"),
        ('[asr]\nmodle = "x"\n', 2, "asr.modle: unknown key; expected one of backend, model"),
        ("\n[speech]\nthreshold = 2\n", 3, "speech.threshold: Input should be less than 1"),
        ('timezone = "Mars/Base"\n', 1, "expected a name such as Asia/Shanghai"),
        ("[asr]\n\nbeam_size = \n", 3, "not valid TOML"),
        ("[call]\nturn_gap = -1\n", 2, "greater than 0"),
        ('[report]\npages = "some"\n', 2, "report.pages: Input should be"),
        ('[report]\nbase_url = "qa.example"\n', 2, "expected https://host/path/"),
        ('[report.colours]\nink = "#000000"\n', 1, "no colour 'ink'; there are accent"),
        ('[report.colours]\naccent = "red;}"\n', 1, "expected #rrggbb"),
        ('[report]\nlogo = "none.png"\n', 2, "is no PNG, JPEG or SVG file"),
        ('[report]\ntemplates = "none"\n', 2, "there is no folder"),
        (f"{ASKED}\nid = 'q 1'\ntext = '办好了吗'\n", 5, "letters, digits and _.- such as solved"),
        (f"{ASKED}\nid = 'b'\n", 4, "review.questions.1.text: Field required"),
        (f"{ASKED}\nid = 'b'\ntext = ''\n", 6, "at least 1 character"),
        (f"{ASKED}\nid = 'b'\ntext = 'b'\nanswers = ['是']\n", 7, "two to nine answers, got 1"),
        (f"{ASKED}\nid = 'b'\ntext = 'b'\nanswers = ['是', '是']\n", 7, "answers that differ"),
        (f"{ASKED}\nid = 'b'\ntext = 'b'\nanswers = ['是', ' ']\n", 7, "of 1 to 40 characters"),
        (
            f"{ASKED}\nid = 'b'\ntext = 'b'\nrubric = 'gas'\n",
            7,
            "no rubric 'gas'; there are .*mall",
        ),
        (f"{ASKED}\nid = 'b'\ntext = 'b'\nkind = 'text'\n", 7, "unknown key; expected one of id"),
        (f"{ASKED}\nid = 'a'\ntext = 'b'\n", 4, "review.questions: the id 'a' stands twice"),
        ("[mail]\nserver = 'smtp://u:secret@h'\n", 2, "mail.server: has a password"),
        ("[mail]\nserver = 'http://h'\n", 2, "expected smtp://host:port"),
        ("[mail]\nserver = 'smtp://h:x'\n", 2, "expected smtp://host:port"),
        ("[mail]\nserver = 'smtp://h'\n", 1, "server needs sender and address"),
        ("[mail]\nsender = 'a b@c'\n", 2, "'a b@c' is no address of mail"),
        ("[mail]\naddress = 'c.example.com'\n", 2, "such as https://quality.example.com"),
        (f"{ASKED}\n{FINDS}{{'没' = 'a.b'}}\n", 8, "no answer '没'; there are 是, 否"),
        (f"{ASKED}\n{FINDS}{{'否' = 'a.b'}}\n", 8, "a.b: expected a rule of kind asked .* none"),
        (
            f"{ASKED}\n{FINDS}{{'否' = 'wording.shirk'}}\n",
            8,
            "review.questions.1.finds: wording.shirk: expected a rule of kind asked",
        ),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    """Wrong configuration stops at once and says where."""
    path = written(tmp_path, content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_settings(path)
    assert (caught.value.path, caught.value.line) == (path, line)


def house(folder: Path, *rubrics: str) -> None:
    """A house's own rules: one that only people judge, in these rubrics' documents."""
    (folder / "rules/rubrics/rules").mkdir(parents=True)
    sources = "".join(f"\n  {letter}: 3 服务态度" for letter in rubrics)
    path = folder / "rules/rubrics/rules/service.empathy.yml"
    path.write_text(f"title: 安抚\nkind: asked\nsource:{sources}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("letters", "more", "known"),
    [
        ("G", "", True),
        ("M", "", False),
        ("M", "rubric = 'mall'\n", True),
        ("G", "rubric = 'mall'\n", False),
    ],
)
def test_an_answer_finds_a_rule_of_the_calls_rubric(
    tmp_path: Path, letters: str, more: str, *, known: bool
) -> None:
    """Of the one that the question names, else of the settings' own."""
    house(tmp_path, *letters)
    content = f"{ASKED}\n{FINDS.replace('finds', more + 'finds')}{{'否' = 'service.empathy'}}\n"
    path = written(tmp_path, f"rules = 'rules'\n{content}")
    if known:
        assert load_settings(path).review.questions[1].finds == {"否": "service.empathy"}
        return
    with pytest.raises(ConfigurationError, match=r"service.empathy: expected"):
        load_settings(path)


def test_a_call_is_asked_about_a_rule_once(tmp_path: Path) -> None:
    """Of two questions the answer to one would undo what the other found."""
    house(tmp_path, "G")
    one = f"[[review.questions]]\n{FINDS}{{'否' = 'service.empathy'}}\n"
    path = written(tmp_path, f"rules = 'rules'\n{one}{one}")
    path.write_text(
        path.read_text(encoding="utf-8").replace("id = 'b'", "id = 'c'", 1), encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=r"c and b both find service.empathy"):
        load_settings(path)


@pytest.mark.parametrize(("value", "channel"), [('"left"', 0), ('"right"', 1), ("2", 2)])
def test_the_agents_channel_by_name_or_number(tmp_path: Path, value: str, channel: int) -> None:
    """Left is the first."""
    settings = load_settings(written(tmp_path, f"[call]\nagent_channel = {value}\n"))
    assert settings.call.agent_channel == channel


def test_the_recordings_own_settings_are_found(tmp_path: Path) -> None:
    """A named file goes before the folder's."""
    path = written(tmp_path, "")
    assert find_settings(tmp_path, None) == path
    assert find_settings(tmp_path, Path("other.toml")) == Path("other.toml")


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    """A slip in --config is named."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path / "missing.toml")


def test_a_path_is_from_the_folder_of_its_file_on(tmp_path: Path) -> None:
    """Wherever the command runs; a name of a model stays a name, here, on the hub and on a server."""
    (tmp_path / "models" / "mine").mkdir(parents=True)
    content = (
        'rubric = "norms/night.yml"\n'
        '[asr]\nmodel = "models/mine"\n[speech]\nvoice_model = "voices.onnx"\n'
    )
    settings = load_settings(written(tmp_path, content))
    assert settings.rubric == str(tmp_path / "norms" / "night.yml")
    assert settings.asr.model == str(tmp_path / "models" / "mine")
    assert settings.speech.voice_model == str(tmp_path / "voices.onnx")
    for model in ("base", "Systran/faster-whisper-small", "/elsewhere/mine"):
        named = load_settings(written(tmp_path, f'[asr]\nmodel = "{model}"\n'))
        assert named.asr.model == model
    server = 'backend = "http"\nurl = "http://asr/v1"\nmodel = "models/mine"'
    assert load_settings(written(tmp_path, f"[asr]\n{server}\n")).asr.model == "models/mine"


def test_a_question_of_a_rubric_of_the_house_s_own(tmp_path: Path) -> None:
    """Its rubrics count where the file names their folder; another rubric's calls are not asked."""
    rubric = tmp_path / "rules/rubrics/hall.yml"
    rubric.parent.mkdir(parents=True)
    rubric.write_text("extends: mall\n", encoding="utf-8")
    told = "\n".join(
        ['rules = "rules"', ASKED, "id = 'b'", "text = '问候了吗'", "rubric = 'hall'", ""]
    )
    review = load_settings(written(tmp_path, told)).review
    assert [one.id for one in review.asked_of("hall")] == ["a", "b"]
    assert [one.id for one in review.asked_of("gas-hotline")] == ["a"]
