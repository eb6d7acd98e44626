"""Who may read what is kept and published: its owner, and a group where the settings name one.

Calls are people's words. Every folder and file of ``OUT`` gets its mode when it is made, whatever the
umask, and a file has it before it stands under its name.
"""

from __future__ import annotations

import functools
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.settings import group_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.progress import Progress
    from pipeline.settings import PrivacySettings


@dataclass(frozen=True, kw_only=True)
class Access:
    """The modes of folders and files, and their group; ``group`` None: whichever they have."""

    folder: int = 0o700
    file: int = 0o600
    group: int | None = None

    @classmethod
    def of(cls, privacy: PrivacySettings) -> Access:
        """As the settings have it; ``ConfigurationError`` where their group is not there any more."""
        if not privacy.group:
            return cls()
        try:
            return cls(folder=0o750, file=0o640, group=_group_id(privacy.group))
        except ValueError as error:
            raise ConfigurationError(f"privacy.group: {error}") from error

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it that are missing; one that is there stays as it is."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        try:
            folder.mkdir(0o700)
        except FileExistsError:  # another process was faster
            return
        self._make(folder, self.folder)

    def begin(self, path: Path) -> None:
        """Make an empty file that nobody else can read while it is written."""
        path.unlink(missing_ok=True)  # of a run that was killed
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with suppress(PermissionError):
                os.fchmod(file, 0o600)  # a umask may have taken it from the owner too
        finally:
            os.close(file)

    def finish(self, path: Path) -> None:
        """Give a file that has been written its mode and group."""
        self._make(path, self.file)

    @contextmanager
    def writing(self, path: Path, *, lasting: bool = True) -> Iterator[Path]:
        """A file to write to, with its mode when the block ends well, and else gone.

        Then it is on the disk, unless it need not be ``lasting``: what can be made again at any time.
        """
        self.make_folder(path.parent)
        try:
            self.begin(path)
            yield path
            self.finish(path)
            if lasting:
                with path.open("rb") as written:
                    os.fsync(written.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def fits(self, path: Path) -> bool:
        """Whether a file has the mode and group already: only then may another name of it be kept."""
        return not self._differs(path, self.file)

    def take(self, out: Path, rooms: tuple[str, ...], progress: Progress) -> None:
        """Give ``out`` and what is in its ``rooms`` their modes, where ``out`` has not got its own yet.

        So what an earlier version made, or other settings, is brought up to date once. ``out`` comes
        last, so that what was broken off is done again. Other things that lie in it stay as they are.
        Raises ``ConfigurationError`` where they are somebody else's.
        """
        if not out.is_dir() or not self._differs(out, self.folder):
            return
        if not self._keeps_modes(out):
            progress.tell(
                tr(
                    "{out} lies on a file system that keeps no modes: who may read it is decided there",
                    out=out,
                )
            )
            return
        try:
            for room in rooms:
                for path in _below(out / room):
                    with suppress(FileNotFoundError):  # another part of the night had it a moment
                        self._settle(path)
            self._set_mode(out, self.folder)
        except PermissionError as error:
            raise ConfigurationError(
                tr(
                    "{path} cannot be kept from others: {error}; its modes belong to its owner",
                    path=error.filename or out,
                    error=error.strerror,
                )
            ) from error

    def _settle(self, path: Path) -> None:
        if path.is_dir():
            self._set_mode(path, self.folder)
        elif path.stat().st_nlink > 1 and not self.fits(path):
            # another name of it is somebody else's recording, whose mode is not ours to change
            copy = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            self.begin(copy)
            shutil.copyfile(path, copy)
            self.finish(copy)
            copy.replace(path)
        else:
            self._set_mode(path, self.file)

    def _keeps_modes(self, folder: Path) -> bool:
        probe = folder / f".modes.{os.getpid()}.tmp"
        try:
            self.begin(probe)
            return stat.S_IMODE(probe.stat().st_mode) == 0o600
        finally:
            probe.unlink(missing_ok=True)

    def _make(self, path: Path, mode: int) -> None:
        """Set what has just been made, where the file system can: a share or a memory stick may not."""
        with suppress(PermissionError):
            self._set_mode(path, mode)

    def _set_mode(self, path: Path, mode: int) -> None:
        if self._differs(path, mode):
            if self.group is not None:
                os.chown(path, -1, self.group)
            path.chmod(mode)

    def _differs(self, path: Path, mode: int) -> bool:
        now = path.stat()
        return stat.S_IMODE(now.st_mode) != mode or self.group not in {None, now.st_gid}


OWNER = Access()
"""Nobody but the owner."""


def _below(folder: Path) -> Iterator[Path]:
    """A folder and everything in it that is no link."""
    if folder.is_dir() and not folder.is_symlink():
        yield folder
        yield from (path for path in folder.rglob("*") if not path.is_symlink())


@functools.cache
def _group_id(name: str) -> int:
    """Asked once a process: it may be a directory server's answer."""
    return group_id(name)


@contextmanager
def atomic(path: Path, access: Access, *, lasting: bool = True) -> Iterator[Path]:
    """A path to write to, which takes the place of ``path`` when the block ends well."""
    with access.writing(path.with_name(f".{path.name}.tmp"), lasting=lasting) as partial:
        yield partial
    partial.replace(path)
