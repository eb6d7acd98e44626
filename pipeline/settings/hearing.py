"""How recordings are heard: the recogniser, speech and silence, turns."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from pipeline.messages import tr
from pipeline.settings.paths import beside
from pipeline.yamlfile import Meaning, Strict


class AsrSettings(Strict):
    """The speech recogniser."""

    backend: Annotated[
        str,
        Meaning(
            "what recognises speech: `whisper` (faster-whisper), `http` (a server), `sherpa` "
            "(sherpa-onnx)",
            "用什么识别：`whisper`（faster-whisper）、`http`（识别服务器）、`sherpa`（"
            "sherpa-onnx）",
        ),
    ] = "whisper"
    model: Annotated[
        str,
        Meaning(
            "a model's name or folder. `auto`: turbo where there is a GPU, what the processor "
            "can carry in a night otherwise; chosen at the first run over an output folder and "
            "kept for it",
            "模型的名字或文件夹。`auto`：有显卡用 turbo，否则用处理器一夜跑得完的；结果文件夹第"
            "一次运行时选定，以后不变",
        ),
    ] = "auto"
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Meaning(
            "where the model runs",
            "模型在哪里跑",
        ),
    ] = "auto"
    beam_size: Annotated[
        PositiveInt,
        Meaning(
            "beams correct greedy slips on homophones for about a third more time",
            "束搜索的宽度；能改掉一些同音错字，多花约三分之一的时间",
        ),
    ] = 5
    batch_size: Annotated[
        PositiveInt,
        Meaning(
            "windows decoded at once; more only helps a GPU",
            "一次解码几个窗；再多只对显卡有用",
        ),
    ] = 8
    window_seconds: Annotated[
        float,
        Meaning(
            "clips of a side that share a window. Its cost grows faster than its length; a "
            "shorter one lacks what was said around (bench/speech/defaults.md)",
            "同一方的几段话拼成多长的窗。越长越费时，太短听不到上下文（见 "
            "bench/speech/defaults.md）",
        ),
    ] = Field(default=24.0, gt=1.0, le=29.0)
    """Of 20, 24 and 28 s 24: character errors of the long conversations 12.9, 12.7 and 12.0 %; with 24 s
    hearing takes two thirds of the batched loop's wall time on 12 fixture calls."""
    vocabulary: Annotated[
        Literal["chinese", "whole"],
        Meaning(
            "what Whisper writes with on a processor: `chinese` leaves out the words of other "
            "languages but for frequent Latin ones, which takes an eighth less time; rare ones are "
            "still spelt. `whole`: calls in which much English is spoken",
            "在处理器上用哪些词元写：`chinese` 只留汉字和常用的拉丁词，省八分之一时间，少见的词仍可"
            "拼出；`whole`：通话里英语多时用",
        ),
    ] = "chinese"
    temperatures: Annotated[
        tuple[float, ...],
        Meaning(
            "tried one after the other where a text is unlikely or goes in circles: Whisper's "
            "own ladder",
            "听出来的文字不像话或循环时依次再试的温度，Whisper 自己的做法",
        ),
    ] = (0.2, 0.4, 0.6, 0.8, 1.0)
    prompt: Annotated[
        str,
        Meaning(
            "told to Whisper beforehand. Off: on human voices any prompt costs a quarter more "
            "character errors",
            "事先告诉 Whisper 的话。默认不说：真人录音上，任何提示都使字错误率高四分之一",
        ),
    ] = ""
    prompt_names: Annotated[
        bool,
        Meaning(
            "with a prompt, the organisation's names are told too, so that they are written as "
            "they are",
            "有提示时，一并告诉单位名称，好写对",
        ),
    ] = True
    calls: Annotated[
        int,
        Meaning(
            "calls heard at once by one model; 0: as many as the machine has cores, four at most",
            "一个模型同时听几通；0：处理器几核就几通，最多四通",
        ),
    ] = Field(default=0, ge=0)
    threads: Annotated[
        int,
        Meaning(
            "threads for each of them; 0: the machine's cores divided by the calls and the jobs",
            "每通用几个线程；0：核数除以同时的通数",
        ),
    ] = Field(default=0, ge=0)
    url: Annotated[
        str,
        Meaning(
            'where `backend = "http"` finds its server: `http://asr-server:8000/v1`',
            '`backend = "http"` 时服务器的地址：`http://asr-server:8000/v1`',
        ),
    ] = ""
    api_key: Annotated[
        SecretStr | None,
        Meaning(
            "its key, or `env:NAME`: the key is in that variable, and not in this file",
            "它的密钥；或 `env:NAME`：密钥在这个环境变量里，不写在文件里",
        ),
    ] = None
    requests: Annotated[
        int,
        Meaning(
            "requests under way at once, of each process: servers batch a few, and more only "
            "wait there",
            "每个进程同时发几个请求；再多也只是在服务器上排队",
        ),
    ] = Field(default=4, ge=1, le=256)
    timeout_seconds: Annotated[
        PositiveFloat,
        Meaning(
            "for one answer: a busy server queues a few windows, each of them seconds on a "
            "processor",
            "等一个回答多久；忙的服务器会排队",
        ),
    ] = 120.0
    retries: Annotated[
        int,
        Meaning(
            "after 1, 2, 4, 8 and 16 s: by then a server that was restarted is there again",
            "重试几次，间隔 1、2、4、8、16 秒：重启的服务器到那时也起来了",
        ),
    ] = Field(default=5, ge=0, le=20)

    @field_validator("model")
    @classmethod
    def _a_folder_beside(cls, value: str, info: ValidationInfo) -> str:
        """A path where it leads to a folder; else a name, of a model here, of the hub, of a server."""
        written_as_path = "/" in value or value.startswith((".", "~"))
        if info.data.get("backend") == "http" or not written_as_path:
            return value
        folder = beside(value, info)
        return str(folder) if folder.is_dir() else value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = tr(
                "{value!r} is no address of a server; expected http://host:8000/v1", value=value
            )
            raise ValueError(msg)
        if parts.username or parts.password or parts.query or parts.fragment:
            msg = tr(
                "has more than host and path; expected http://host:8000/v1, and the key as api_key"
            )
            raise ValueError(msg)
        return value


class SpeechSettings(Strict):
    """Voice activity on one channel (Silero), without padding."""

    threshold: Annotated[
        float,
        Meaning(
            "probability (Silero) from which on somebody speaks. Of 94 sides of fixture calls "
            "talk time was off by 0.9 % here and at Silero's own 0.5, too, once the "
            "fundamental is restored that a telephone cuts off; starts came over 0.2 s late in "
            "3.2 and 3.5 %",
            "语音概率（Silero）到多少算有人说话。94 方测试通话里，这里与 Silero 自己的 0.5 说话"
            "时间都只差 0.9 %（补回了电话切掉的基频）；起点晚 0.2 秒以上的占 3.2 % 与 3.5 %",
        ),
    ] = Field(default=0.4, gt=0, lt=1)
    end_threshold: Annotated[
        float,
        Meaning(
            "probability under which the speech ends",
            "低于多少算说完",
        ),
    ] = Field(default=0.2, gt=0, lt=1)
    shortest_speech: Annotated[
        PositiveFloat,
        Meaning(
            "嗯 lasts about 0.15 s; a shorter burst is a click",
            "最短多少秒算话音：“嗯”约 0.15 秒，更短的是杂音",
        ),
    ] = 0.1
    shortest_pause: Annotated[
        PositiveFloat,
        Meaning(
            "a pause of 0.2 s is one; shorter ones lie inside words",
            "多少秒算停顿；更短的在字里面",
        ),
    ] = 0.2
    shortest_unrecognised: Annotated[
        PositiveFloat,
        Meaning(
            "speech without recognised words counts as talk from this length on: Whisper "
            "writes nothing for every third 嗯, a shorter burst is a click or a breath",
            "没有识别出字的声音，多长才算说话：三个“嗯”里 Whisper 有一个不写，更短的是杂音或呼吸",
        ),
    ] = 0.25
    voice_model: Annotated[
        str,
        Meaning(
            "an ONNX speaker-embedding model that tells the two voices of a mono mix apart "
            "(extra `sherpa`); unset: callqa's own voice features",
            "分开单声道里两个人的声纹模型（ONNX，需装 `sherpa`）；不写：用 callqa 自己的音色特征",
        ),
    ] = ""

    @field_validator("voice_model")
    @classmethod
    def _file_beside(cls, value: str, info: ValidationInfo) -> str:
        return str(beside(value, info)) if value else ""


class CallSettings(Strict):
    """How a conversation is put together."""

    turn_gap: Annotated[
        PositiveFloat,
        Meaning(
            "one side's speech is one turn over pauses shorter than this",
            "同一方停顿短于这么多秒算一段话",
        ),
    ] = 0.7
    agent_channel: Annotated[
        int | None,
        Meaning(
            "`left`, `right` or a number from 0; unset: by the phone system's convention, else "
            "by who says the norm's phrases",
            "客服在哪个声道：`left`、`right` 或从 0 起的号；不写：按交换机的惯例，否则看谁说规"
            "范用语",
        ),
    ] = None

    @field_validator("agent_channel", mode="before")
    @classmethod
    def _side(cls, value: Any) -> Any:
        return {"left": 0, "right": 1}.get(value, value) if isinstance(value, str) else value
