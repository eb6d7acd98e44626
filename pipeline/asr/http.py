"""Any server that speaks OpenAI's ``POST /v1/audio/transcriptions``: FunASR's, vLLM, speaches, others.

Optional: ``pip install 'callqa[http]'``. Each clip is one request; what the servers answer is read by
``answers``. Nothing but the clips, the language and the prompt is sent.
"""

from __future__ import annotations

import fnmatch
import io
import os
import time
import wave
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from pipeline.asr.answers import read_answer
from pipeline.asr.base import NOTHING, Clip, Heard
from pipeline.errors import ConfigurationError, RecognitionError
from pipeline.messages import Cause, cause, marked, tr
from pipeline.records import SAMPLE_RATE, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from pipeline.settings import AsrSettings

SHORTEST: Seconds = 0.1
"""A shorter clip is nothing: OpenAI's own server refuses it."""
CONNECT: Seconds = 10.0
"""A server that takes no connection by then is not there; an answer may take longer."""
LONGEST_WAIT: Seconds = 60.0
"""Between two tries, whatever a server asks for: a minute is time enough to restart one."""
_VARIABLE = "env:"
_BUSY, _SERVER_FAULT = 429, 500
_NOT_THERE, _REFUSED = (404, 405), (401, 403)
_NO_NAMES = ("", "auto")
"""What stands for a model of this machine, and for none that a server has."""
_SHOWN = 200
"""Characters of a server's own words that a message repeats."""
_KEY_HINT = marked("{refused}; see `api_key` under [asr]")
_HINTS = {
    401: _KEY_HINT,
    403: _KEY_HINT,
    404: marked(
        "{refused}; does `url` under [asr] lack its /v1, does the server have the model {model}?"
    ),
    413: marked("{refused}; the sound is too much for the server, see how much it takes at once"),
}
"""What may be wrong, by the status of a refusal."""


def obtain(settings: AsrSettings, say: Callable[[str], None]) -> None:
    """Make sure that the server answers, takes the key and has the model; nothing is downloaded.

    Raises ``ConfigurationError`` with the ways out. Where the server lists no models it is believed.
    """
    del say
    url = _url(settings)
    _check_named(settings)
    with _client(settings) as client:
        listed = _first_response(client, url, "GET", "/models")
        if listed.status_code in _NOT_THERE:
            # many servers list no models: then it is enough that they transcribe
            posted = _first_response(client, url, "POST", "/audio/transcriptions")
            if posted.status_code in _NOT_THERE:
                raise ConfigurationError(_not_there(url, _no_endpoint(posted)))
            return
    if not listed.is_success:
        raise ConfigurationError(
            _not_there(url, tr("GET /models was answered {said}", said=_refusal(listed)))
        )
    names = _names(listed)
    if names and not any(fnmatch.fnmatchcase(settings.model, name) for name in names):
        known = ", ".join(names[:20])
        raise ConfigurationError(
            tr(
                "asr.model: the server {url} has no model {name!r}; it lists {known}",
                url=url,
                name=settings.model,
                known=known,
            )
        )


def identity(settings: AsrSettings) -> str:
    """The model's name and its server's: another server of the name is another model."""
    return f"http:{settings.model}@{urlsplit(_url(settings)).netloc.lower()}"


def load(settings: AsrSettings, *, threads: int, workers: int = 1) -> HttpRecogniser:
    """A client of the server; ``threads`` and ``workers`` are the server's own business."""
    del threads, workers
    return HttpRecogniser(settings)


class HttpRecogniser:
    """One client for all threads; at most ``asr.requests`` of its requests are under way at once."""

    def __init__(self, settings: AsrSettings) -> None:
        """Set the client up; the server is not asked anything yet."""
        self.name = settings.model
        self._settings = settings
        self._url = _url(settings)
        self._client = _client(settings)
        self._timed = True
        self._pool = ThreadPoolExecutor(settings.requests, thread_name_prefix="asr-http")
        weakref.finalize(self, _close, self._client, self._pool)

    def transcribe(self, clips: Sequence[Clip], names: Sequence[str] = ()) -> list[Heard]:
        """What is said in each clip; ``RecognitionError`` where the server stays away or refuses."""
        prompt = self._prompt(names)
        return list(self._pool.map(lambda clip: self._transcription(clip, prompt), clips))

    def _prompt(self, names: Sequence[str]) -> str:
        """What is told beforehand: the style of writing, and names that may be said."""
        told = self._settings.prompt
        return (
            f"{told}{'、'.join(names)}。"
            if told and names and self._settings.prompt_names
            else told
        )

    def _transcription(self, clip: Clip, prompt: str) -> Heard:
        seconds = len(clip.samples) / SAMPLE_RATE
        if seconds < SHORTEST:
            return NOTHING
        sound = _as_wav(clip)
        response = self._post(sound, prompt, timed=self._timed)
        if self._timed and _takes_no_times(response):
            # vLLM says so of every model but Whisper, OpenAI of gpt-4o-transcribe
            response = self._post(sound, prompt, timed=False)
            self._timed = not response.is_success
        if not response.is_success:
            raise RecognitionError(self._refusal(response))
        try:
            return read_answer(response.json(), seconds)
        except ValueError as error:
            raise RecognitionError(
                cause(
                    "the answer of the speech server {url} cannot be read: {said}; expected JSON with "
                    "a text. Is `url` under [asr] in callqa.toml the address of a speech server?",
                    url=self._url,
                    said=_body(response),
                )
            ) from error

    def _post(self, sound: bytes, prompt: str, *, timed: bool) -> httpx.Response:
        """The server's answer, asked again while it is away or busy; final refusals come back."""
        import httpx

        form = self._form(prompt, timed=timed)
        for attempt in range(self._settings.retries + 1):
            wait = min(2.0**attempt, LONGEST_WAIT)
            try:
                response = self._client.post(
                    f"{self._url}/audio/transcriptions",
                    data=form,
                    files={"file": ("clip.wav", sound, "audio/wav")},
                )
            except httpx.RequestError as error:
                why = _reason(error)
            else:
                if response.status_code != _BUSY and response.status_code < _SERVER_FAULT:
                    return response
                why = _refusal(response)
                wait = min(max(wait, _retry_after(response)), LONGEST_WAIT)
            if attempt < self._settings.retries:
                time.sleep(wait)
        raise RecognitionError(self._stayed_away(why))

    def _form(self, prompt: str, *, timed: bool) -> dict[str, Any]:
        form: dict[str, Any] = {"model": self._settings.model, "language": "zh"}
        form["response_format"] = "verbose_json" if timed else "json"
        form |= {"timestamp_granularities[]": ["word", "segment"]} if timed else {}
        return form | ({"prompt": prompt} if prompt else {})

    def _stayed_away(self, why: str) -> Cause:
        return cause(
            "the speech server {url} came to nothing in {tries} tries ({why}); is it running, is it "
            "busy? Another run hears these recordings alone",
            url=self._url,
            tries=self._settings.retries + 1,
            why=why,
        )

    def _refusal(self, response: httpx.Response) -> Cause:
        refused = cause(
            "the speech server {url} refused the request ({said})",
            url=self._url,
            said=_refusal(response),
        )
        hint = _HINTS.get(response.status_code)
        return cause(hint, refused=refused, model=self._settings.model) if hint else refused


def _url(settings: AsrSettings) -> str:
    """The server's address without a slash at its end."""
    if not settings.url:
        raise ConfigurationError(
            tr(
                'asr.url: backend = "http" needs the address of a server; expected, under [asr] in '
                'callqa.toml, for example url = "http://asr-server:8000/v1"'
            )
        )
    return settings.url.rstrip("/")


def _check_named(settings: AsrSettings) -> None:
    if settings.model in _NO_NAMES:
        raise ConfigurationError(
            tr(
                'asr.model: backend = "http" needs the name of one of the server\'s models; expected, '
                'under [asr] in callqa.toml, for example model = "paraformer"'
            )
        )


def _key(settings: AsrSettings) -> str:
    """The server's key; empty where it needs none. No message shows it."""
    told = settings.api_key.get_secret_value() if settings.api_key else ""
    if told.startswith(_VARIABLE):
        name = told.removeprefix(_VARIABLE)
        told = os.environ.get(name, "")
        if not told.strip():
            raise ConfigurationError(
                tr(
                    "asr.api_key: the environment variable {name} is not set; it should hold the "
                    "server's key",
                    name=name,
                )
            )
    key = told.strip()
    if not (key.isascii() and key.replace(" ", "").isprintable()):
        raise ConfigurationError(
            tr("asr.api_key: a key has only ASCII characters, and no line breaks")
        )
    return key


def _client(settings: AsrSettings) -> httpx.Client:
    try:
        import httpx
    except ImportError as error:
        raise ConfigurationError(
            tr(
                'asr.backend = "{backend}" needs the package {package}, which is not installed: '
                "pip install 'callqa[{backend}]'",
                backend="http",
                package="httpx",
            )
        ) from error
    key = _key(settings)
    timeout = settings.timeout_seconds
    return httpx.Client(
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=httpx.Timeout(timeout, connect=min(CONNECT, timeout)),
        limits=httpx.Limits(
            max_connections=settings.requests, max_keepalive_connections=settings.requests
        ),
    )


def _close(client: httpx.Client, pool: ThreadPoolExecutor) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    client.close()


def _as_wav(clip: Clip) -> bytes:
    """The clip as every server reads it: 16-bit PCM, 16 kHz, mono; what is no number is silence."""
    samples = np.nan_to_num(clip.samples, nan=0.0, posinf=1.0, neginf=-1.0)
    whole = np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(whole.tobytes())
    return file.getvalue()


def _first_response(client: httpx.Client, url: str, method: str, path: str) -> httpx.Response:
    """One request of the check at the start; ``ConfigurationError`` where it fails or is refused."""
    import httpx

    try:
        response = client.request(method, url + path)
    except httpx.RequestError as error:
        cause = tr("it cannot be reached ({reason})", reason=_reason(error))
        raise ConfigurationError(_not_there(url, cause)) from error
    if response.status_code in _REFUSED:
        raise ConfigurationError(
            tr(
                "asr.api_key: the server {url} refuses the key ({said}); expected "
                'api_key = "…", or "env:NAME" where the variable NAME holds it, under [asr] in '
                "callqa.toml",
                url=url,
                said=_refusal(response),
            )
        )
    return response


def _names(response: httpx.Response) -> list[str]:
    """The models that a server lists, patterns among them; none where it says it in another way."""
    try:
        listed = response.json()["data"]
        return [str(one["id"]) for one in listed]
    except (ValueError, KeyError, TypeError):
        return []


def _takes_no_times(response: httpx.Response) -> bool:
    """Whether a server refuses the format with times, and not what was sent in it."""
    return response.is_client_error and "verbose_json" in response.text


def _retry_after(response: httpx.Response) -> Seconds:
    """How long the server asks to wait: a number of seconds or a moment; 0 where it does not."""
    told = response.headers.get("Retry-After", "")
    try:
        if told.isascii() and told.isdigit():
            return float(told)
        until = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _refusal(response: httpx.Response) -> str:
    """A refusal: its status, and the server's own words on one line."""
    return f"HTTP {response.status_code} {_body(response)}".strip()


def _body(response: httpx.Response) -> str:
    return " ".join(response.text.split())[:_SHOWN]


def _no_endpoint(response: httpx.Response) -> str:
    return tr(
        "it answers, but has neither /models nor /audio/transcriptions (HTTP {status}); most "
        "servers' addresses end in /v1",
        status=response.status_code,
    )


def _not_there(url: str, cause: str) -> str:
    return tr(
        "speech server {url}: {cause}.\n"
        "Three ways out:\n"
        "    the server: start it, or correct `url` under [asr] in callqa.toml; {url}/models "
        "should answer\n"
        '    a model on this machine: `backend = "whisper"` under [asr] in callqa.toml\n'
        "    transcripts brought along: put <name>.json beside each recording (see docs/data.md)",
        url=url,
        cause=cause,
    )
