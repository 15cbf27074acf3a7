"""What runs first in a bundle: unpacks what this machine takes, once, and goes on there.

It is copied into the archive as it is, so it imports the standard library alone. Compiled parts are loaded from files
alone, and Twisted looks for plugins in folders: hence the unpacking. Whoever can write where it is unpacked to can run
their code as the user who starts it, so a place is taken only if nobody else can.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import shutil
import stat
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import NamedTuple

LABEL = "label.txt"
"""The member that has the version and a digest of all others."""

OPTION, VARIABLE = "--unpack", "TWISTCHAT_UNPACK"

DRAFT = ".unpacking-"
DRAFT_SECONDS = 3600
"""How old a draft is that nobody can be writing any more; unpacking takes seconds."""


class Unusable(Exception):
    """A place that cannot be taken; the text is why, as a part of a sentence."""


class Place(NamedTuple):
    """A folder that it may be unpacked into."""

    folder: Path
    mode: int = 0o700
    """Of the folder, if it is made."""


def platform_name(suffix: str = EXTENSION_SUFFIXES[0]) -> tuple[str, str] | None:
    """This machine's processor and C library, and this Python's version; None where no compiled parts would suit it.

    Args:
        suffix: Of modules that are compiled for this Python alone, such as `.cpython-311-x86_64-linux-gnu.so`.
    """
    found = re.fullmatch(r"\.cpython-(\d)(\d+)-(.+)\.so", suffix)  # 313t is without the lock, where abi3 does not load
    if found is None:
        return None
    platform = f"{os.uname().machine}-darwin" if found[3] == "darwin" else found[3]
    return platform, f"{found[1]}.{found[2]}"


def parts(names: list[str], machine: tuple[str, str] | None) -> dict[str, str]:
    """What is unpacked: names below the folder, by names in the archive.

    Args:
        names: All of the archive.
        machine: As platform_name() says.
    """
    wanted = ["all/"]
    if machine is not None and any(name.startswith("/".join((*machine, ""))) for name in names):
        platform, python = machine
        wanted += ["extras/", f"{platform}/all/", f"{platform}/{python}/"]
    return {name: name.removeprefix(prefix) for prefix in wanted for name in names if name.startswith(prefix)}


def places(archive: Path, environment: Mapping[str, str]) -> Iterator[Place]:
    """Where to, the best first: the user's cache, beside the archive, and a folder for what is temporary."""
    with suppress(RuntimeError):  # nobody has a home who is not in the list of users
        cache = environment.get("XDG_CACHE_HOME", "")
        yield Place((Path(cache) if cache.startswith("/") else Path.home() / ".cache") / "twistchat")
    yield Place(archive.parent / f"{archive.stem}.unpacked")
    with suppress(OSError):  # on a machine where nothing can be written
        yield Place(Path(tempfile.gettempdir()) / f"twistchat-{os.geteuid()}")
        passing = Path(tempfile.mkdtemp(prefix="twistchat-"))
        atexit.register(shutil.rmtree, passing, ignore_errors=True)
        yield Place(passing)


def is_own(folder: Path) -> bool:
    """Whether nobody but this user and root can change what is in a folder, or put another in its place.

    Args:
        folder: Resolved: without symbolic links.
    """
    trusted = {0, os.geteuid(), Path("/").stat().st_uid}  # in a user namespace root may be called otherwise
    for each in (folder, *folder.parents):
        about = each.lstat()
        is_open = about.st_mode & 0o022 and (each == folder or not about.st_mode & stat.S_ISVTX)
        if about.st_uid not in trusted or is_open:
            return False
    return True


class Unpacking:
    """An archive, and what this machine takes of it."""

    def __init__(self, archive: zipfile.ZipFile, machine: tuple[str, str] | None) -> None:
        self._archive = archive
        names = parts(archive.namelist(), machine)
        self._members = [(archive.getinfo(name), below) for name, below in names.items()]
        has_compiled = len({name.partition("/")[0] for name in names}) > 1
        label = archive.read(LABEL).decode().strip()
        self._name = "-".join(("twistchat", label, *(machine if machine and has_compiled else ("pure",))))
        self._has_compiled = has_compiled

    @property
    def megabytes(self) -> int:
        """What it takes, once unpacked, with what Python keeps beside it of a run: a quarter more, as was measured."""
        return sum(entry.file_size for entry, _ in self._members) * 5 // 4_000_000 + 1

    def into(self, place: Place) -> Path:
        """Unpack into a place, unless it was done before, and return the folder.

        Raises:
            Unusable: It cannot be done there.
        """
        mask = os.umask(0o022)
        try:
            place.folder.mkdir(place.mode, parents=True, exist_ok=True)
            folder = place.folder.resolve()
            if not is_own(folder):
                raise Unusable("others can write there")
            if self._has_compiled and os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 0):
                raise Unusable("nothing there may be run")
            target = folder / self._name
            if not self._is_whole(target):
                with _turn_in(folder):
                    if not self._is_whole(target):  # else another start was quicker
                        self._unpack(target)
        except OSError as error:
            raise Unusable(error.strerror or str(error)) from error
        finally:
            os.umask(mask)
        return target

    def _is_whole(self, target: Path) -> bool:
        """Whether all is there, as a machine that lost its power may have left some of it empty."""
        try:
            return all((target / below).stat().st_size == entry.file_size for entry, below in self._members)
        except OSError:
            return False

    def _unpack(self, target: Path) -> None:
        _remove_old_drafts(target.parent)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=target.parent))
        try:
            for entry, below in self._members:
                _write(draft / "new" / below, self._archive.read(entry))
            self._put(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _put(self, draft: Path, target: Path) -> None:
        """Put what is new in its place. What is whole there stays: another start may be running from it."""
        try:
            (draft / "new").rename(target)
        except OSError:
            if not self._is_whole(target):  # else a start on another machine was quicker, which no lock tells of
                with suppress(FileNotFoundError):
                    target.rename(draft / "broken")
                (draft / "new").rename(target)


@contextmanager
def _turn_in(folder: Path) -> Iterator[None]:
    """Wait until no other start of this machine unpacks into a folder; where it cannot be locked, do not wait."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _remove_old_drafts(folder: Path) -> None:
    """Remove what was left by a start that was killed."""
    for draft in folder.glob(f"{DRAFT}*"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)


def named(words: list[str], environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """The folder that was asked for, empty if none was, and the words without that."""
    first = words[0] if words else ""
    if first == OPTION:
        return ("".join(words[1:2]) or sys.exit(f"twistchat: {OPTION} takes a folder.")), words[2:]
    if first.startswith(f"{OPTION}="):
        return first.removeprefix(f"{OPTION}="), words[1:]
    return environment.get(VARIABLE, ""), words


def unpacked(unpacking: Unpacking, among: Iterator[Place]) -> Path:
    """The folder that it is unpacked in now, in the first place where that can be done.

    Raises:
        Unusable: It can be done in none; the text is a sentence.
    """
    reasons = []
    for place in among:
        try:
            return unpacking.into(place)
        except Unusable as error:
            reasons.append(f"{place.folder} ({error})")
    wanted = f"this takes {unpacking.megabytes} MB to unpack into, and found no place: {', '.join(reasons)}"
    raise Unusable(f"{wanted}; name a folder of your own with {OPTION} FOLDER or {VARIABLE}.")


def prepare(archive: Path, words: list[str], environment: Mapping[str, str]) -> tuple[Path, list[str]]:
    """Unpack an archive, and return the folder, and the words without what was for this.

    Raises:
        Unusable: It cannot be unpacked; the text is a sentence.
    """
    folder, rest = named(words, environment)
    among = iter([Place(Path(folder).absolute(), 0o755)]) if folder else places(archive, environment)
    try:
        with zipfile.ZipFile(archive) as opened:
            return unpacked(Unpacking(opened, platform_name()), among), rest
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise Unusable(f"{archive} cannot be read ({error}); copy it again.") from error


def start() -> None:
    """Make this process, and those that it starts, find what is unpacked; or end it with a sentence."""
    archive = Path(__file__).parent
    try:
        folder, words = prepare(archive.absolute(), sys.argv[1:], os.environ)
    except Unusable as error:
        sys.exit(f"twistchat: {error}")
    sys.argv[1:] = words
    sys.path[:] = [str(folder), *(path for path in sys.path if path != str(archive))]
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{folder}:{others}" if others else str(folder)  # for servers that `bench` starts
