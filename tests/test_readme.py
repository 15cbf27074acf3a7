"""What a newcomer reads first, in both languages: what is typed works as it is written, and nothing is missing."""

from __future__ import annotations

import re
import shlex
import struct
from pathlib import Path

import pytest

from twistchat.admin.verbs import VERBS
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.limits import Limits
from twistchat.interfaces.table import INTERFACES
from twistchat.options import FLAGS, ROWS, Options

ROOT = Path(__file__).parent.parent
READMES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md")}
BOTH = pytest.mark.parametrize("name", READMES)


def blocks(text: str, kind: str) -> list[str]:
    """The lines of the fenced blocks of a kind."""
    return [line for block in re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@BOTH
def test_starting_is_one_line_that_brings_the_client_and_comes_before_the_browser_and_all_else(name: str) -> None:
    text = READMES[name]
    start = blocks(text, "sh")[0]
    assert start.startswith("python3 -m venv .venv && .venv/bin/pip install --quiet '.[client]' && ")
    assert ".venv/bin/twistd -n twistchat" in start
    places = [text.index(each) for each in ("python3-venv", start, "http://127.0.0.1:7980/", "docs/page.png", "nc 127")]
    assert places == sorted(places)
    assert text[: text.index("nc 127")].count("\n") < 25


def test_the_first_line_of_the_tests_can_be_run_as_it_stands() -> None:
    """.ci/run takes it from here."""
    lines = [line for line in READMES["README.md"].splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert "pytest" in lines[1]


@BOTH
def test_every_command_of_ours_is_written_as_it_must_be_typed(name: str) -> None:
    typed = [*blocks(READMES[name], "sh"), *re.findall(r"`([^`\n]+)`", READMES[name])]
    ours = [
        line for line in typed if re.search(r"\b(twistd -n|twistchat (join|serve|export|import|client-script))", line)
    ]
    explained = {"twistchat join"}  # the name of a document's subject
    wrong = [line for line in ours if ".venv/bin/twist" not in line and line not in explained]
    assert len(ours) > 5
    assert not wrong


@BOTH
def test_each_option_that_is_named_exists_and_the_command_for_the_lan_is_understood(name: str) -> None:
    known = {row.name for row in (*ROWS, *FLAGS)} | {"help", "version"}
    of_others = {"install", "version", "plain", "nick", "for", "json", "quiet"}
    named = set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", READMES[name]))
    assert named - known - of_others == set()
    (lan,) = [line for line in blocks(READMES[name], "sh") if "--open" in line]
    options = Options()
    options.parseOptions(shlex.split(lan)[3:])
    people = {row.name for row in INTERFACES if row.is_for_people and not row.same_as}
    assert {each for each in people if "127.0.0.1" in options[each]} == {"ssh"}, "which is opened by itself"
    assert people - {"ssh"} <= options.near_only
    each_port = " ".join(f"--{row.name} {row.open}" for row in INTERFACES if row.open)
    assert f"`{each_port}`" in READMES[name]


@BOTH
def test_windows_macos_the_firewall_and_the_lan_are_spoken_of(name: str) -> None:
    for word in ("WSL", "macOS", "ufw allow", "7980/qr", "http://192.168.1.10:7980/", "7976", "8888"):
        assert word in READMES[name]


@BOTH
def test_what_is_linked_is_there_and_each_version_leads_to_the_other(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", READMES[name])
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert {*READMES} - {name} <= {*links}
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= {*links}


def test_the_picture_is_small() -> None:
    picture = (ROOT / "docs" / "page.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture) < 120 * 1024
    width, height = struct.unpack(">II", picture[16:24])
    assert width <= 1200
    assert height <= 800


def test_every_command_that_anybody_may_type_is_in_the_documents() -> None:
    documents = "".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")) + READMES["README.md"]
    assert [row.name for row in COMMANDS if not re.search(rf"`/{row.name}\b", documents)] == []


def test_the_chinese_version_names_every_command_that_the_english_one_names() -> None:
    commands = {row.name for row in COMMANDS}
    named = {name: {word for word in re.findall(r"`/([a-z]+)", text)} & commands for name, text in READMES.items()}
    assert named["README.md"] == named["README.zh.md"]
    assert named["README.md"]


def test_the_chinese_version_names_every_option_that_the_english_one_names() -> None:
    named = {name: set(re.findall(r"`[^`]*(--[a-z-]{3,})", text)) for name, text in READMES.items()}
    assert named["README.md"] - named["README.zh.md"] == set()


@pytest.mark.parametrize("name", READMES)
def test_the_limits_that_the_readme_shows_are_the_defaults(name: str) -> None:
    rows = {row.name: row.default for row in ROWS}
    found = re.findall(r"^\| (`--[^|]+) \| ([^|]+) \|", READMES[name], re.MULTILINE)
    assert found
    for options, defaults in found:
        names = re.findall(r"--([a-z-]+)", options)
        for option, default in zip(names, re.split(", |、", defaults), strict=True):
            assert rows[option] in (default, {"4096": "4K"}.get(default)), option
    assert Limits().per_private_address == 256


def test_what_the_documents_have_an_operator_type_are_verbs() -> None:
    """A word with one in capitals behind it is how a verb is used, or `join HOST`."""
    for path in (ROOT / "docs").glob("*.md"):
        used = re.findall(r"`([a-z_]+) [A-Z]{3,}`", path.read_text("utf-8"))
        assert {*used} - {*VERBS, "join"} == set(), path.name


@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "docs/operations.md"])
def test_all_ports_that_open_opens_are_named_where_it_is_explained(name: str) -> None:
    opened = " ".join(f"--{row.name} {row.open}" for row in INTERFACES if row.open)
    assert f"`{opened}`" in (ROOT / name).read_text("utf-8")


def test_no_port_in_the_documents_is_one_that_another_interface_has_by_itself() -> None:
    """As the administrators' 7977 was that of a second server's lines: it could not be had beside the first."""
    own = {row.name: found[0] for row in INTERFACES if (found := re.findall(r"\d{4,5}", row.default))}
    for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "README.zh.md"]:
        given = re.findall(r"--(\w+) (?:(?:tcp|udp|ssl):)?(\d{4,5})\b", path.read_text("utf-8"))
        taken = [(name, port) for name, port in given for other in own if other != name and own[other] == port]
        assert [each for each in taken if each[0] in own] == [], path.name
