"""What goes into a bundle, for whom, and from where: pinned, hashed, and the same each time."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import twistchat
from twistchat.bundle import archive, cli, contents, pins, wheels
from twistchat.bundle.contents import is_carried, members
from twistchat.bundle.pins import normal
from twistchat.bundle.refusals import CannotBundle
from twistchat.bundle.targets import PLATFORMS, PYTHONS, TARGETS, chosen
from twistchat.bundle.wheels import Wheel, fetch

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FIRST, SECOND = TARGETS[:2]


# --- pins


def carried() -> list[Requirement]:
    """What the project itself takes, with the client."""
    extras = PROJECT["optional-dependencies"]
    return [Requirement(text) for text in [*PROJECT["dependencies"], *extras["client"]]]


def test_every_requirement_of_the_project_is_pinned_at_a_version_that_it_allows() -> None:
    versions = {pin.name: pin.version for pin in pins.pins()}
    wrong = [str(each) for each in carried() if not each.specifier.contains(versions.get(normal(each.name), "0"))]
    assert wrong == [], "make versions.txt again; docs/bundle.md has the command"


def test_what_they_require_in_turn_is_pinned_and_nothing_else() -> None:
    """As the packages say that are installed here."""
    wanted, seen = carried(), set[tuple[str, str]]()
    while wanted:
        each = wanted.pop()
        for extra in ("", *each.extras):
            if (normal(each.name), extra) not in seen:
                seen.add((normal(each.name), extra))
                further = map(Requirement, importlib.metadata.requires(each.name) or [])
                wanted += [one for one in further if not one.marker or one.marker.evaluate({"extra": extra})]
    assert {name for name, _ in seen} == {pin.name for pin in pins.pins()}


def test_every_pin_has_hashes_and_the_list_names_no_registry() -> None:
    assert [pin.name for pin in pins.pins() if not pin.hashes] == []
    assert "://" not in pins.FILE.read_text("utf-8")


def test_tls_and_ssh_are_extras_that_are_in_what_is_installed_by_default() -> None:
    extras = PROJECT["optional-dependencies"]
    assert (extras["tls"], extras["ssh"]) == (["twisted[tls]>=26.10"], ["twisted[conch]>=26.10"])
    assert "twisted[tls,conch]>=26.10" in PROJECT["dependencies"]


# --- targets


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], [target.name for target in TARGETS]),
        (["x86_64-linux-gnu"], [f"x86_64-linux-gnu:{python}" for python in PYTHONS]),
        (["aarch64-linux-gnu:3.11"], ["aarch64-linux-gnu:3.11"]),
        (["x86_64-linux-gnu:3.12", "x86_64-linux-gnu:3.11"], ["x86_64-linux-gnu:3.11", "x86_64-linux-gnu:3.12"]),
    ],
)
def test_whom_it_is_for_can_be_said(words: list[str], names: list[str]) -> None:
    assert [target.name for target in chosen(words)] == names


def test_a_machine_without_wheels_cannot_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--for", "riscv64-linux-gnu"]) == cli.WRONG_USE
    said = capsys.readouterr().err
    assert said.startswith(f"twistchat: --for riscv64-linux-gnu: there is {PLATFORMS[0].name}, ")


# --- wheels


PINS = {"pure": "pure-1.0-py3-none-any.whl", "fast": "fast-2.0-cp311-abi3-manylinux_2_28_x86_64.whl"}


class Pip:
    """Stands for pip: writes the wheels that it is asked for, each with its own name as its content."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.refusal = ""
        self.content = str
        made = [
            pins.Pin(name, file.split("-")[1], frozenset({hashlib.sha256(file.encode()).hexdigest()}), f"{name}==")
            for name, file in PINS.items()
        ]
        monkeypatch.setattr(wheels, "pins", lambda: made)
        monkeypatch.setattr(subprocess, "run", self._run)

    def _run(self, command: list[str], **_: Any) -> Any:
        listed = Path(command[command.index("--requirement") + 1])
        names = [line.partition("==")[0] for line in listed.read_text().splitlines()]
        self.asked.append(f"{command[command.index('--python-version') + 1]} {' '.join(names)}")
        assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= {*command}
        for name in names:
            (listed.parent / PINS[name]).write_text(self.content(PINS[name]))
        return subprocess.CompletedProcess(command, int(bool(self.refusal)), "", self.refusal)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    return Pip(monkeypatch)


def test_what_is_the_same_for_all_is_fetched_once_and_what_was_fetched_not_again(pip: Pip, tmp_path: Path) -> None:
    for _ in range(2):
        found = list(fetch([FIRST, SECOND], tmp_path))
        assert [each.path.name for each in found] == [PINS["fast"], PINS["pure"], PINS["fast"]]
    assert pip.asked == ["3.11 pure fast", "3.12 fast"]


def test_a_wheel_that_was_changed_since_is_fetched_again(pip: Pip, tmp_path: Path) -> None:
    list(fetch([FIRST], tmp_path))
    next(tmp_path.rglob("pure*.whl")).write_text("changed")
    assert len(list(fetch([FIRST], tmp_path))) == 2
    assert len(pip.asked) == 2


def test_a_wheel_that_has_another_hash_than_was_pinned_is_refused(pip: Pip, tmp_path: Path) -> None:
    pip.content = str.upper
    with pytest.raises(CannotBundle, match=r"^for x86_64-linux-gnu:3\.11 there is no wheel of fast, pure\.$"):
        list(fetch([FIRST], tmp_path))


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            "WARNING: slow\nERROR: No matching distribution found\nERROR: more\n",
            "ERROR: No matching distribution found",
        ),
        ("/usr/bin/python3: No module named pip\n", "/usr/bin/python3: No module named pip"),
        ("?", "no reason said"),
    ],
)
def test_what_pip_cannot_fetch_is_said_in_its_first_words(
    pip: Pip, tmp_path: Path, capsys: pytest.CaptureFixture[str], refusal: str, said: str
) -> None:
    pip.refusal = refusal
    assert cli.main([str(tmp_path / "made.pyz"), "--wheels", str(tmp_path / "wheels")]) == cli.FAILED
    reason = f"pip cannot fetch what {FIRST.name} takes: {said}"
    assert capsys.readouterr().err == f"twistchat: {tmp_path}/made.pyz is not written: {reason}\n"
    assert not (tmp_path / "made.pyz").exists()


# --- what is carried


@pytest.mark.parametrize(
    ("name", "carried"),
    [
        ("twisted/internet/base.py", True),
        ("twisted/test/proto_helpers.py", False),
        ("zope/interface/tests/test_ro.py", False),
        ("twisted/tests.py", True),
        ("twisted/", False),
        ("cryptography/hazmat/bindings/_rust/x509.pyi", False),
        ("websockets/speedups.c", False),
        ("websockets/speedups.cpython-311-x86_64-linux-gnu.so", True),
        ("twisted-26.10.0.dist-info/METADATA", True),
        ("twisted-26.10.0.dist-info/RECORD", False),
        ("twisted-26.10.0.dist-info/licenses/LICENSE", True),
        ("twisted-26.10.0.data/scripts/twistd", False),
    ],
)
def test_tests_and_sources_in_c_are_left_out_and_licences_are_not(name: str, carried: bool) -> None:
    assert is_carried(name) is carried


def made_wheel(folder: Path, name: str, files: dict[str, str]) -> Wheel:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as made:
        for file, content in files.items():
            made.writestr(file, content)
    return Wheel(folder / name, FIRST)


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("fast-1-cp311-abi3-linux.whl", {"all/fast.py", "x86_64-linux-gnu/all/fast.so"}),
        ("fast-1-cp311-cp311-linux.whl", {"all/fast.py", "x86_64-linux-gnu/3.11/fast.so"}),
        ("PyOpenSSL-1-py3-none-any.whl", {"extras/fast.py", "x86_64-linux-gnu/3.11/fast.so"}),
    ],
)
def test_compiled_parts_are_kept_apart_and_so_is_what_does_nothing_without(
    tmp_path: Path, name: str, places: set[str]
) -> None:
    wheel = made_wheel(tmp_path, name, {"fast.py": "", "fast.so": "", "fast.c": ""})
    assert {place for place, _ in contents.of_wheel(wheel)} == places


def test_all_of_the_project_is_carried_with_the_plugin_and_compiled_catalogs() -> None:
    found = members([])
    assert {"all/twisted/plugins/twistchat_plugin.py", "all/twistchat/interfaces/web/page/index.html"} <= found.keys()
    assert {"all/twistchat/locale/zh_CN/LC_MESSAGES/twistchat.mo", "all/twistchat/bundle/versions.txt"} <= found.keys()
    assert not [name for name in found if name.endswith((".pyc", ".po"))]
    assert found["label.txt"].decode().startswith(f"{twistchat.__version__}-")


def test_other_contents_have_another_label(tmp_path: Path) -> None:
    labels = {
        members([made_wheel(tmp_path / text, "one-1-py3-none-any.whl", {"one.py": text})])["label.txt"]
        for text in ("first", "second")
    }
    assert len(labels) == 2


def test_two_files_of_one_name_that_differ_are_refused_unless_they_only_describe(tmp_path: Path) -> None:
    for file, is_refused in (("one-1.dist-info/METADATA", False), ("one.py", True)):
        both = [made_wheel(tmp_path / text, "one-1-py3-none-any.whl", {file: text}) for text in ("first", "second")]
        if is_refused:
            with pytest.raises(CannotBundle, match=r"^all/one\.py is not the same for all machines\.$"):
                members(both)
        else:
            assert members(both)[f"all/{file}"] == b"first"


def test_a_checkout_that_was_never_installed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "twistchat" / "locale" / "zh_CN" / "LC_MESSAGES").mkdir(parents=True)
    monkeypatch.setattr(twistchat, "__file__", str(tmp_path / "twistchat" / "__init__.py"))
    with pytest.raises(CannotBundle, match=r"^the languages' catalogs are not compiled"):
        members([])


# --- the file


def test_the_order_and_the_hour_make_no_difference(tmp_path: Path) -> None:
    archive.write(tmp_path / "one", {"a": b"1", "b": b"2"})
    archive.write(tmp_path / "two", {"b": b"2", "a": b"1"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with zipfile.ZipFile(tmp_path / "one") as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_it_can_be_run_as_it_is(tmp_path: Path) -> None:
    archive.write(tmp_path / "made", {"__main__.py": b"print('ran')"})
    assert (tmp_path / "made").stat().st_mode & stat.S_IXOTH
    assert (tmp_path / "made").read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert subprocess.run([sys.executable, tmp_path / "made"], capture_output=True).stdout == b"ran\n"


def test_source_date_epoch_is_how_old_it_is(tmp_path: Path) -> None:
    seconds = archive.date_of_source({"SOURCE_DATE_EPOCH": "1700000000"})
    archive.write(tmp_path / "made", {"a": b"1"}, seconds)
    with zipfile.ZipFile(tmp_path / "made") as opened:
        assert opened.getinfo("a").date_time == (2023, 11, 14, 22, 13, 20)
    assert archive.date_of_source({"SOURCE_DATE_EPOCH": ""}) == archive.EARLIEST


@pytest.mark.parametrize("text", ["soon", "-1", "٣", "99999999999"])
def test_an_age_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    assert cli.main([]) == cli.WRONG_USE
    assert capsys.readouterr().err.startswith(f"twistchat: SOURCE_DATE_EPOCH is {text!r}")


def test_where_it_cannot_be_written_nothing_is_left(
    pip: Pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(cli, "fetch", lambda *_: [])
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    assert cli.main([str(tmp_path / "made.pyz")]) == cli.FAILED
    assert "made.pyz is not written: [Errno 28] No space left on device" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
