"""What can be told on the command line and in a file; how the process ends when it is wrong is in test_service.py."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from support.standin import stand_in
from twisted.python import usage

from twistchat import __version__
from twistchat import options as module
from twistchat.core.limits import Limits, Rate
from twistchat.errors import CannotStart
from twistchat.interfaces.table import INTERFACES
from twistchat.languages import ROWS as LANGUAGES
from twistchat.optionhelp import HelpSection
from twistchat.options import FLAGS, ROWS, SUBJECTS, Options, prepared_state_dir


def parsed(*words: str) -> Options:
    options = Options()
    options.parseOptions(list(words))
    return options


def refusal(*words: str) -> str:
    with redirect_stderr(StringIO()) as said, pytest.raises(SystemExit) as raised:
        parsed(*words)
    assert raised.value.code == 2
    return said.getvalue()


def written(folder: Path, text: str) -> str:
    path = folder / "chat.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_without_words_everything_has_its_default() -> None:
    options = parsed()
    assert options.limits() == Limits()
    assert options["tcp"] == "tcp:7976:interface=127.0.0.1"
    assert options["udp"] == "udp:8888:interface=127.0.0.1"
    assert options["language"] == "en"
    assert options["state-dir"].endswith("twistchat")


WRITTEN = [written for row in LANGUAGES for written in (row.code, f"{row.code}.UTF-8", row.name, *row.also)]


@pytest.mark.parametrize("written", WRITTEN)
def test_the_language_may_be_written_as_systems_have_it(written: str) -> None:
    assert parsed("--language", written)["language"] == written


def test_every_interface_of_the_table_has_an_option() -> None:
    assert {row.name for row in INTERFACES} <= {row.name for row in ROWS}


@pytest.mark.parametrize(
    ("word", "text", "field", "value"),
    [
        ("line-bytes", "8K", "line_bytes", 8192),
        ("text-chars", "500", "text_chars", 500),
        ("name-chars", "32", "name_chars", 32),
        ("name-seconds", "1.5", "name_seconds", 1.5),
        ("name-seconds", "off", "name_seconds", None),
        ("backlog", "1M", "backlog", 1024 * 1024),
        ("flood", "4/20", "flood", Rate(4.0, 20)),
        ("flood", "0.5/1", "flood", Rate(0.5, 1)),
        ("flood", "off", "flood", None),
        ("per-address", "2", "per_address", 2),
        ("per-address", "off", "per_address", None),
        ("per-address-often", "5", "per_address_often", 5),
        ("per-address-often", "off", "per_address_often", None),
        ("per-private-address", "300", "per_private_address", 300),
        ("per-private-address-often", "off", "per_private_address_often", None),
        ("udp-members", "10", "udp_members", 10),
        ("udp-silence", "60", "udp_silence", 60.0),
        ("history", "5", "history", 5),
        ("rooms", "9", "rooms", 9),
        ("rooms-each", "3", "rooms_each", 3),
    ],
)
def test_each_limit_is_an_option_and_a_name_in_the_file(
    tmp_path: Path, word: str, text: str, field: str, value: Any
) -> None:
    assert getattr(parsed(f"--{word}", text).limits(), field) == value
    file = written(tmp_path, f'{word} = "{text}"\n')
    assert getattr(parsed("--config", file).limits(), field) == value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_option_is_explained_with_its_default_in_the_help(row: Any) -> None:
    text = " ".join(str(parsed()).split())
    assert text.count(f" --{row.name}= ") == 1
    assert f"--{row.name}=" in text
    assert " ".join(row.explanation.split()) in text


def test_each_option_has_one_subject_and_flags_have_no_value_in_the_help() -> None:
    names = [row.name for subject in SUBJECTS for row in subject.rows]
    assert sorted(names) == sorted({row.name for row in (*ROWS, *FLAGS)})
    assert " --console  " in str(parsed())


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.title)
def test_each_subject_has_an_example_of_its_own_that_works(subject: HelpSection) -> None:
    options = parsed(*shlex.split(subject.example))
    assert {name for name in options._typed if name in {row.name for row in subject.rows}}
    assert f"twistd -n twistchat {subject.example}\n" in str(options)


@pytest.mark.parametrize(
    ("program", "begun"),
    [
        ("/x/bin/twistchat", "twistchat serve"),
        ("twistd", "twistd -n twistchat"),
        ("/x/twisted/__main__.py", "python -m twisted twistchat"),
    ],
)
def test_the_help_is_of_the_command_that_was_typed(monkeypatch: pytest.MonkeyPatch, program: str, begun: str) -> None:
    monkeypatch.setattr("sys.argv", [program])
    text = str(parsed())
    assert text.startswith(f"Usage: {begun} [OPTIONS]\n")
    assert "browser" in text
    assert "SSH" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--flood", "fast"], "--flood: 'fast' is not a rate such as 2/10"),
        (["--flood", "0/10"], "--flood: '0/10' is not a rate"),
        (["--text-chars", "0"], "--text-chars: '0' is not a whole number above 0"),
        (["--text-chars", "off"], "--text-chars: it cannot be off"),
        (["--backlog", "-1"], "--backlog: '-1' is not a size"),
        (["--name-seconds", "nan"], "--name-seconds: 'nan' is not a number of seconds above 0"),
        (["--name-seconds", "1e9"], "--name-seconds: '1e9' is not"),
        (["--language", "xx"], "--language xx: there is "),
        (["--name", "a\nb"], "--name: a name has no control characters"),
        (["--name", "x" * 49], "--name: a name has 48 bytes at most"),
        (["--name", ""], "--name: a name has something to be seen in it"),
        (["--flod", "2/10"], "there is no option --flod; the nearest is flood."),
        (["--zzz"], "there is no option --zzz; --help lists them."),
        (["--backlog", "lots"], "--backlog: 'lots' is not a size such as 4096, 256K or 1M"),
        (["--flood"], "option --flood requires argument"),
        (["--uid", "chat"], "--uid is an option of twistd: write it before the word `twistchat`."),
        (["word"], "'word' is no option"),
        (["-x"], "option -x not recognized"),
    ],
)
def test_what_is_wrong_ends_with_a_sentence(words: list[str], sentence: str) -> None:
    assert sentence in refusal(*words)


def test_a_server_has_no_name_unless_it_is_given_one(tmp_path: Path) -> None:
    assert parsed()["name"] is None
    assert parsed("--name", " Room 12 ")["name"] == "Room 12"
    assert parsed("--config", written(tmp_path, 'name = "十二号教室"'))["name"] == "十二号教室"


# --- open


def test_open_is_one_word_for_all_interfaces_of_people() -> None:
    assert parsed()["open"] == "off"
    assert parsed().near_only == frozenset()
    options = parsed("--open")
    assert [options[name] for name in ("tcp", "udp", "web")] == ["tcp:7976", "udp:8888", "tcp:7980"]
    assert options["admin"] == "tcp:7977:interface=127.0.0.1"
    assert options.near_only == {"tcp", "udp", "web", "irc"}


@pytest.mark.parametrize("given", ["tcp:80", "off", "tcp:7980:interface=127.0.0.1"])
def test_what_is_given_beside_open_holds_for_its_interface_without_the_rule(tmp_path: Path, given: str) -> None:
    file = written(tmp_path, f'web = "{given}"\nopen = true\n')
    for options in (parsed("--open", "--web", given), parsed("--config", file)):
        assert (options["web"], options["tcp"]) == (given, "tcp:7976")
        assert options.near_only == {"tcp", "udp", "irc"}


def test_open_stays_as_it_is_when_the_file_is_read_again(tmp_path: Path) -> None:
    options = parsed("--config", written(tmp_path, "open = true\n"))
    options.read_config()
    assert options["tcp"] == "tcp:7976"
    written(tmp_path, "open = false\n")
    options.read_config()
    assert (options["tcp"], options.near_only) == ("tcp:7976:interface=127.0.0.1", frozenset())


# --- the file


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'flood = "4/20"\ntext-chars = 500\n')
    options = parsed("--config", file, "--text-chars", "600")
    assert options.limits().text_chars == 600
    assert options.limits().flood == Rate(4.0, 20)


def test_a_default_typed_on_the_command_line_wins_too(tmp_path: Path) -> None:
    file = written(tmp_path, "text-chars = 500\n")
    assert parsed("--config", file, "--text-chars", "1000").limits().text_chars == 1000


def test_names_in_the_file_may_have_underscores_and_numbers_need_no_quotes(tmp_path: Path) -> None:
    file = written(tmp_path, "text_chars = 500\nname-seconds = 2.5\n")
    assert parsed("--config", file).limits().text_chars == 500
    assert parsed("--config", file).limits().name_seconds == 2.5


def test_reading_the_file_again_takes_what_changed_and_forgets_what_is_gone(tmp_path: Path) -> None:
    file = written(tmp_path, "text-chars = 500\nname-chars = 10\n")
    options = parsed("--config", file)
    written(tmp_path, "text-chars = 600\n")
    options.read_config()
    assert options.limits().text_chars == 600
    assert options.limits().name_chars == Limits().name_chars


def test_a_relative_file_is_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon changes its folder; SIGHUP reads the file again."""
    written(tmp_path, "text-chars = 500\n")
    monkeypatch.chdir(tmp_path)
    options = parsed("--config", "chat.toml")
    monkeypatch.chdir("/")
    options.read_config()
    assert options.limits().text_chars == 500


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("flod = 1", "there is no option flod; the nearest is flood."),
        ("config = 'x'", "there is no option config"),
        ("flood", "this is no TOML"),
        ("text-chars = true", "text-chars wants a text or a number."),
        ("[text-chars]\na = 1", "text-chars wants a text or a number."),
        ("text-chars = [1]", "text-chars wants a text or a number."),
        ("text-chars = 1.5", "--text-chars: '1.5' is not a whole number above 0"),
        ("flood = 'x'", "--flood: 'x' is not a rate"),
        ("language = 'xx'", "--language xx"),
    ],
)
def test_what_is_wrong_in_the_file_ends_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal("--config", written(tmp_path, text))


def test_a_file_that_is_no_text_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "chat.toml").write_bytes(b"\xff\xfe")
    assert "this is no TOML" in refusal("--config", str(tmp_path / "chat.toml"))


@pytest.mark.parametrize("path", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_ends_with_a_sentence(tmp_path: Path, path: str) -> None:
    assert f"--config {tmp_path / path}: " in refusal("--config", str(tmp_path / path))


def test_a_broken_file_read_again_raises_and_changes_nothing(tmp_path: Path) -> None:
    options = parsed("--config", written(tmp_path, "text-chars = 500\n"))
    written(tmp_path, "text-chars = [")
    with pytest.raises(usage.UsageError):
        options.read_config()
    assert options.limits().text_chars == 500


def test_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parsed("--version")
    assert raised.value.code == 0
    assert capsys.readouterr().out == f"twistchat {__version__}\n"


# --- the log


class Twistd(usage.Options):
    """As much of twistd's options as ours look at."""

    def __init__(self, **given: Any) -> None:
        super().__init__()
        self.update({"nodaemon": True, "debug": False, "logfile": None, "logger": None, "syslog": False, **given})


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, None),
        ({"logfile": "-"}, None),
        ({"logfile": "chat.log"}, "chat.log"),
        ({"nodaemon": False}, "twistd.log"),
        ({"nodaemon": False, "debug": True}, None),
        ({"nodaemon": False, "logfile": "chat.log"}, "chat.log"),
    ],
)
def test_the_log_goes_where_twistd_would_put_it(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], path: str | None
) -> None:
    from twistchat.operatorlog import _Current

    monkeypatch.setattr(_Current, "path", None)
    twistd, options = Twistd(**given), Options()
    options.parent = twistd
    options.parseOptions([])
    assert twistd["logger"] == "twistchat.operatorlog.opened"
    assert _Current.path == (None if path is None else Path(path).absolute())


@pytest.mark.parametrize("given", [{"logger": "some.other"}, {"syslog": True}])
def test_who_asks_twistd_for_another_log_gets_it(given: dict[str, Any]) -> None:
    twistd, options = Twistd(**given), Options()
    options.parent = twistd
    options.parseOptions([])
    assert twistd["logger"] == given.get("logger")


# --- the folder


def test_a_state_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    made = prepared_state_dir(tmp_path / "a" / "b")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_folder_that_exists_keeps_its_permissions(tmp_path: Path) -> None:
    """It may be shared with others, or be everybody's: `--state-dir /tmp` must not lock them out."""
    tmp_path.chmod(0o755)
    prepared_state_dir(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, why in (("file", "this is no folder"), ("link", "this is no folder"), ("file/below", "Not a directory")):
        path = tmp_path / name
        with pytest.raises(CannotStart, match=f"{name}: {why}. Give a folder"):
            prepared_state_dir(path)


@pytest.mark.parametrize(("uid", "owner"), [(0, "root"), (54321, "user 54321")])
def test_a_folder_with_somebody_elses_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, owner: str
) -> None:
    """Root could use them, and would leave files among them that their owner's own server could not open."""
    (tmp_path / "log.db").write_text("")
    if os.geteuid() == 0:
        os.chown(tmp_path / "log.db", uid, 0)
    stand_in(monkeypatch, module, "os", geteuid=lambda: (tmp_path / "log.db").stat().st_uid + 1)
    if os.getuid() != 0:
        owner = pwd.getpwuid(os.getuid()).pw_name
    with pytest.raises(CannotStart, match=f"log.db in it belongs to {owner}. Start the server as that user"):
        prepared_state_dir(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, module, "os", access=lambda *_, **__: False)  # root may write everywhere
    with pytest.raises(CannotStart, match="it cannot be written to"):
        prepared_state_dir(tmp_path)


@pytest.mark.parametrize("wrong", ["soon", "0d", "-1d", "6d", "12h", "180", ""])
def test_how_long_names_are_kept_is_refused_in_a_sentence_where_it_is_none(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Options().parseOptions(["--claims-keep", wrong])
    assert capsys.readouterr().err.startswith("twistchat: --claims-keep")


def test_names_are_kept_for_half_a_year_unless_it_is_said() -> None:
    for given, seconds in (([], 180 * 86400), (["--claims-keep", "off"], None), (["--claims-keep", "2w"], 14 * 86400)):
        options = Options()
        options.parseOptions(given)
        assert options.claims_keep() == seconds
