"""Where a bundle is unpacked to: a place where nobody else can write, whole, and once."""

from __future__ import annotations

import errno
import os
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from support.standin import stand_in

from twistchat.bundle import unpacking
from twistchat.bundle.contents import START
from twistchat.bundle.unpacking import LABEL, Place, Unpacking, Unusable

HERE = ("x86_64-linux-gnu", "3.11")
MEMBERS = {
    LABEL: "1.0-abc\n",
    "__main__.py": "",
    "all/chat/one.py": "one",
    "all/chat/deep/two.py": "two",
    "extras/tls.py": "tls",
    "x86_64-linux-gnu/all/tls.so": "for all",
    "x86_64-linux-gnu/3.11/ffi.so": "for 3.11",
    "x86_64-linux-gnu/3.12/ffi.so": "for 3.12",
    "aarch64-linux-gnu/3.11/ffi.so": "for arm",
}
PURE = {"chat/one.py", "chat/deep/two.py"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "twistchat.pyz"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in MEMBERS.items():
            made.writestr(name, content)
    return path


@pytest.fixture
def opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(archive) as opened:
        yield opened


@pytest.fixture
def whole(opened: zipfile.ZipFile) -> Unpacking:
    """What this machine takes, if it is the one that the tests speak of."""
    return Unpacking(opened, HERE)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# --- for which machine


@pytest.mark.parametrize(
    ("suffix", "machine"),
    [
        (".cpython-311-x86_64-linux-gnu.so", ("x86_64-linux-gnu", "3.11")),
        (".cpython-314-riscv64-linux-gnu.so", ("riscv64-linux-gnu", "3.14")),
        (".cpython-312-aarch64-linux-musl.so", ("aarch64-linux-musl", "3.12")),
        (".cpython-313-darwin.so", (f"{os.uname().machine}-darwin", "3.13")),
        (".cpython-313t-x86_64-linux-gnu.so", None),
        (".pypy311-pp73-x86_64-linux-gnu.so", None),
        (".cp311-win_amd64.pyd", None),
    ],
)
def test_a_machine_is_known_by_what_its_python_calls_compiled_modules(
    suffix: str, machine: tuple[str, str] | None
) -> None:
    assert unpacking.platform_name(suffix) == machine


@pytest.mark.parametrize(
    ("machine", "taken"),
    [
        (HERE, {*PURE, "tls.py", "tls.so", "ffi.so"}),
        (("aarch64-linux-gnu", "3.11"), {*PURE, "tls.py", "ffi.so"}),
        (("x86_64-linux-gnu", "3.15"), PURE),
        (("loongarch64-linux-gnu", "3.11"), PURE),
        (None, PURE),
    ],
)
def test_what_is_for_other_machines_stays_in_the_archive(
    opened: zipfile.ZipFile, tmp_path: Path, machine: tuple[str, str] | None, taken: set[str]
) -> None:
    folder = Unpacking(opened, machine).into(Place(tmp_path / "place"))
    assert files(folder) == taken
    assert folder.name == "-".join(["twistchat-1.0-abc", *((machine or ()) if taken != PURE else ["pure"])])


# --- a place


def test_it_is_readable_by_its_user_alone_even_if_the_mask_takes_nothing_away(whole: Unpacking, tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        folder = whole.into(Place(tmp_path / "new" / "place"))
    finally:
        os.umask(mask)
    assert (tmp_path / "new" / "place").stat().st_mode & 0o777 == 0o700
    assert not [path for path in [folder, *folder.rglob("*")] if path.stat().st_mode & 0o022]


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_that_others_may_write_to_is_not_taken(whole: Unpacking, tmp_path: Path, mode: int) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    with pytest.raises(Unusable, match=r"^others can write there$"):
        whole.into(Place(tmp_path / "open"))
    assert not list((tmp_path / "open").iterdir())


def test_nor_is_one_in_a_folder_where_others_could_put_another_in_its_place(whole: Unpacking, tmp_path: Path) -> None:
    (tmp_path / "open" / "closed").mkdir(parents=True, mode=0o700)
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(Unusable):
        whole.into(Place(tmp_path / "open" / "closed"))
    (tmp_path / "open").chmod(0o1777)  # as /tmp is, where only its owner can rename it
    assert whole.into(Place(tmp_path / "open" / "closed")).is_dir()


def test_nor_one_that_another_user_made_first_for_somebody_to_trip_over(
    whole: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "twistchat-1000"
    whole.into(Place(trap))
    stand_in(monkeypatch, unpacking, "os", geteuid=lambda: os.getuid() + 1000)
    if os.getuid() == 0:
        os.chown(trap, 1234, 1234)
    with pytest.raises(Unusable, match=r"^others can write there$"):
        whole.into(Place(trap))


def test_a_link_is_followed_before_it_is_looked_at(whole: Unpacking, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    with pytest.raises(Unusable):
        whole.into(Place(tmp_path / "link"))


def test_compiled_parts_are_not_put_where_nothing_may_be_run(
    opened: zipfile.ZipFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mounted:
        f_flag = os.ST_NOEXEC

    stand_in(monkeypatch, unpacking, "os", statvfs=lambda _folder: Mounted())
    with pytest.raises(Unusable, match=r"^nothing there may be run$"):
        Unpacking(opened, HERE).into(Place(tmp_path / "place"))
    assert Unpacking(opened, None).into(Place(tmp_path / "place")).is_dir()


# --- whole, and once


def test_what_was_unpacked_is_used_again_and_left_as_it_is(whole: Unpacking, tmp_path: Path) -> None:
    folder = whole.into(Place(tmp_path / "place"))
    (folder / "chat" / "one.pyc").write_text("compiled by Python")
    changed = (folder / "chat" / "one.py").stat().st_ino
    assert whole.into(Place(tmp_path / "place")) == folder
    assert (folder / "chat" / "one.py").stat().st_ino == changed


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_text("")], ids=["gone", "empty"])
def test_what_lost_its_power_half_way_is_unpacked_again(
    whole: Unpacking, tmp_path: Path, harm: Callable[[Path], Any]
) -> None:
    folder = whole.into(Place(tmp_path / "place"))
    harm(folder / "chat" / "one.py")
    assert (whole.into(Place(tmp_path / "place")) / "chat" / "one.py").read_text() == "one"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_start_that_was_slower_takes_what_the_other_unpacked(
    whole: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "place")
    answers = [False]
    monkeypatch.setattr(Unpacking, "_is_whole", lambda self, target: answers.pop() if answers else target.is_dir())
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        if self.name == "new":
            (target / "chat").mkdir(parents=True)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    assert whole.into(place).is_dir()


@pytest.mark.parametrize("has_locks", [True, False])
def test_what_another_start_runs_from_is_never_put_aside(
    whole: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_locks: bool
) -> None:
    """The other one begins when this one has found nothing; where files can be locked, it waits and writes nothing."""
    place = Place(tmp_path / "place")
    write, rename = unpacking._write, Path.rename
    written: list[Path] = []
    aside: list[Path] = []
    other = Thread(target=whole.into, args=(place,))

    def slowly(path: Path, content: bytes) -> None:
        if not other.ident:
            other.start()
            if not has_locks:
                other.join()
        written.append(path)
        write(path, content)

    def noted(self: Path, target: Path) -> Path:
        if target.name == "broken":
            aside.append(self)
        return rename(self, target)

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    if not has_locks:
        monkeypatch.setattr(unpacking.fcntl, "flock", unsupported)
    monkeypatch.setattr(unpacking, "_write", slowly)
    monkeypatch.setattr(Path, "rename", noted)
    folder = whole.into(place)
    other.join()
    assert (folder / "chat" / "one.py").read_text() == "one"
    assert not aside
    assert len(written) == len(whole._members) * (1 if has_locks else 2)


def test_a_place_where_something_else_has_the_name_is_none(
    whole: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, _target: Path) -> Path:
        raise FileNotFoundError if self.name != "new" else OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(Unusable, match=r"^Device or resource busy$"):
        whole.into(Place(tmp_path / "place"))


def test_a_disk_that_becomes_full_keeps_nothing_of_it(
    whole: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(unpacking, "_write", full)
    with pytest.raises(Unusable, match=r"^No space left on device$"):
        whole.into(Place(tmp_path / "place"))
    assert not list((tmp_path / "place").iterdir())


def test_drafts_of_starts_that_were_killed_are_removed_an_hour_later(whole: Unpacking, tmp_path: Path) -> None:
    place = tmp_path / "place"
    for name, age in ((".unpacking-old", 3700.0), (".unpacking-new", 60.0)):
        (place / name).mkdir(parents=True, mode=0o700)
        os.utime(place / name, (time.time() - age,) * 2)
    place.chmod(0o700)
    folder = whole.into(Place(place))
    assert {path.name for path in place.iterdir()} == {".unpacking-new", folder.name}


# --- which place


def test_first_the_cache_then_beside_it_then_what_is_temporary(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(unpacking.tempfile, "tempdir", str(tmp_path))
    removed: list[Any] = []
    monkeypatch.setattr(unpacking.atexit, "register", lambda *given, **_: removed.append(given[1]))
    folders = [place.folder for place in unpacking.places(archive, {})]
    assert folders[:3] == [
        tmp_path / "home" / ".cache" / "twistchat",
        tmp_path / "twistchat.unpacked",
        tmp_path / f"twistchat-{os.geteuid()}",
    ]
    assert folders[3:] == removed  # at the end, as another could not use it
    assert removed[0].stat().st_mode & 0o777 == 0o700
    assert next(unpacking.places(archive, {"XDG_CACHE_HOME": "/cache"})).folder == Path("/cache/twistchat")
    relative = next(unpacking.places(archive, {"XDG_CACHE_HOME": "cache"})).folder
    assert relative == folders[0], "the specification has relative ones left alone"


def test_without_a_home_and_a_temporary_folder_there_is_still_the_place_beside_it(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(Path, "home", nowhere)
    monkeypatch.setattr(unpacking.tempfile, "gettempdir", none)
    assert [place.folder.name for place in unpacking.places(archive, {})] == ["twistchat.unpacked"]


def test_a_place_that_cannot_be_had_is_followed_by_the_next(whole: Unpacking, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    among = iter([Place(tmp_path / "file" / "place"), Place(tmp_path / "place"), Place(tmp_path / "never")])
    assert unpacking.unpacked(whole, among).parent == tmp_path / "place"


def test_without_any_place_one_sentence_has_them_all_and_why(whole: Unpacking, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(Unusable) as refused:
        unpacking.unpacked(whole, iter([Place(tmp_path / "file"), Place(tmp_path / "open")]))
    assert str(refused.value) == (
        f"this takes 1 MB to unpack into, and found no place: {tmp_path}/file (File exists), "
        f"{tmp_path}/open (others can write there); name a folder of your own with --unpack FOLDER or TWISTCHAT_UNPACK."
    )


@pytest.mark.parametrize("option", [["--unpack", "{}"], ["--unpack={}"]])
def test_a_folder_that_is_named_is_the_only_one(archive: Path, tmp_path: Path, option: list[str]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match=r"no place: \S+/file \(File exists\); name"):
        unpacking.prepare(archive, [*(word.format(tmp_path / "file") for word in option), "serve"], {})


def test_a_folder_that_is_named_may_be_read_by_others_too(archive: Path, tmp_path: Path) -> None:
    """So that root may unpack it once, for a user who cannot write anywhere."""
    variables = {"TWISTCHAT_UNPACK": str(tmp_path / "shared")}
    folder, words = unpacking.prepare(archive, ["serve", "--log", "memory"], variables)
    assert words == ["serve", "--log", "memory"]
    assert folder.parent.stat().st_mode & 0o777 == folder.stat().st_mode & 0o777 == 0o755


def test_the_option_without_a_folder_is_a_sentence() -> None:
    with pytest.raises(SystemExit, match=r"^twistchat: --unpack takes a folder\.$"):
        unpacking.named(["--unpack"], {})


def test_what_is_no_archive_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cut.pyz").write_bytes(b"PK")
    with pytest.raises(Unusable, match=r"cut\.pyz cannot be read \(.*\); copy it again\.$"):
        unpacking.prepare(tmp_path / "cut.pyz", [], {})


# --- going on


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, archive: Path, tmp_path: Path) -> None:
    """A process whose Python runs the archive."""
    monkeypatch.setattr(unpacking, "__file__", str(archive / "unpacking.py"))
    monkeypatch.setattr(sys, "path", [str(archive), *sys.path])
    monkeypatch.setattr(sys, "argv", [str(archive), "--unpack", str(tmp_path / "place"), "serve", "--console"])


@pytest.mark.usefixtures("process")
@pytest.mark.parametrize("given", ["", "/mine"])
def test_a_process_goes_on_with_what_was_unpacked_and_so_do_its_children(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", given)
    unpacking.start()
    [unpacked] = (tmp_path / "place").iterdir()
    assert sys.argv == [str(archive), "serve", "--console"]
    assert sys.path[0] == str(unpacked)
    assert str(archive) not in sys.path
    assert os.environ["PYTHONPATH"] == ":".join(filter(None, [str(unpacked), given]))


@pytest.mark.usefixtures("process")
def test_a_process_ends_where_nothing_was_unpacked(tmp_path: Path) -> None:
    (tmp_path / "place").touch()
    with pytest.raises(SystemExit, match=r"^twistchat: this takes 1 MB"):
        unpacking.start()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sys.version_info", (3, 10, 13), "twistchat: this takes Python 3.11 or newer, and this one is 3."),
        ("os.name", "nt", "twistchat: Windows runs this within WSL"),
    ],
)
def test_where_it_cannot_run_it_says_so_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, said: str
) -> None:
    code = compile(START, "__main__.py", "exec")
    with monkeypatch.context() as patched, pytest.raises(SystemExit, match=f"^{re.escape(said)}"):
        patched.setattr(name, value)
        exec(code, {})
