"""How a night is run, and what it tells whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from pipeline.settings.paths import beside
from pipeline.yamlfile import Meaning, Strict


class NightSettings(Strict):
    """What one call may cost before it is given up, so that no other waits for it."""

    call_seconds: Annotated[
        PositiveFloat,
        Meaning(
            "seconds that every call may take, loading the speech model included",
            "每通录音至少可用多少秒，含加载语音模型",
        ),
    ] = 300.0
    seconds_per_second: Annotated[
        PositiveFloat,
        Meaning(
            "seconds more for each second of its sound; the largest model on one slow core takes "
            "about 5",
            "录音每长一秒再多给多少秒；最大的模型在一个慢核上约 5",
        ),
    ] = 20.0
    memory_mb: Annotated[
        PositiveInt | None,
        Meaning(
            "memory that a process which hears may use, MB; unset: three quarters of the machine's, "
            "shared between the jobs",
            "一个识别进程最多用多少 MB 内存；不写：机器内存的四分之三，各进程平分",
        ),
    ] = None
    free_mb: Annotated[
        NonNegativeInt,
        Meaning(
            "a run stops when the output folder's disk has less left, MB; another run goes on from "
            "there",
            "结果文件夹所在磁盘剩余少于多少 MB 就停下；腾出空间后再运行一次会接着做",
        ),
    ] = 200


class OperationsSettings(Strict):
    """How a run tells those who operate it what it does."""

    log: Annotated[
        Literal["lines", "json"],
        Meaning(
            "how progress is written where there is no terminal: lines, or a JSON object a line",
            "没有终端时进度怎么写：一行一句，或一行一个 JSON 对象",
        ),
    ] = "lines"
    metrics: Annotated[
        Path | None,
        Meaning(
            "a file for monitoring, in OpenMetrics text: counts and times of the last run",
            "给监控看的文件（OpenMetrics 文本）：上次运行的计数和时间",
        ),
    ] = None
    notify: Annotated[
        tuple[SecretStr, ...],
        Meaning(
            "where a digest of each night goes, as Apprise addresses (WeCom, DingTalk, mail, a "
            "webhook); needs `callqa[notify]`",
            "每夜摘要发到哪里，Apprise 地址（企业微信、钉钉、邮件、webhook）；需要 `callqa[notify]`",
        ),
    ] = ()
    notify_details: Annotated[
        bool,
        Meaning(
            "name the files that could not be used in it, masked as they are published",
            "摘要里列出不能用的文件名，按发布的方式打码",
        ),
    ] = False

    @field_validator("metrics")
    @classmethod
    def _metrics_beside(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        return None if value is None else beside(str(value), info)
