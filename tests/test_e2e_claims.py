"""A name of one's own by the programs that people have, on one real server; and at the end, that no secret is kept.

The page's part is in test_e2e_web_claims.py.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest
from support.ircclients import IrcTerminal
from support.patience import PATIENCE_SECONDS
from support.server import ANY, ANY_UDP, LineClient, Server, only
from support.shell import ssh_words
from support.ssh import Administrator, allow, make_key, needs_ssh

from twistchat.admin.journal import written
from twistchat.core.bans import Act

pytestmark = [needs_ssh, pytest.mark.timeout(240), pytest.mark.xdist_group("claims")]

NUMBERED = Path(__file__).parent.parent / "docs" / "numbered.py"
HUMAN_SECONDS = 0.4
"""A name takes a person longer to type; a program that answers at once is sent no command of telnet."""

WRONG = "1111-1111-1111-1111"

IRSSI = """
servers = ( { address = "127.0.0.1"; chatnet = "here"; port = "PORT"; autoconnect = "yes"; } );
chatnets = {
  here = { type = "IRC"; nick = "NAME"; sasl_mechanism = "PLAIN"; sasl_username = "NAME"; sasl_password = "CODE"; };
};
settings = {
  core = { real_name = "Ada Lovelace"; };
  "fe-common/core" = {
    autolog = "yes"; autolog_path = "HOME/logs/$0.log"; autolog_level = "all"; log_timestamp = "";
    term_charset = "UTF-8"; autocreate_own_query = "no";
  };
};
"""

_numbers = count()
_given: list[str] = []
"""Codes and keys that this module has been given or has sent."""


class Owned(NamedTuple):
    """A claimed name, whose owner is away."""

    name: str
    code: str


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, key: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    allow(folder, key)
    written_before(folder / "state")
    listen = only("--tcp", ANY, "--udp", ANY_UDP, "--web", ANY, "--irc", ANY, "--ssh", ANY, "--admin", ANY)
    with Server(folder, "--flood", "off", listen=listen) as running:
        yield running


def written_before(state: Path) -> None:
    """What an earlier run left: a name that nobody came by for long, and one that is nearly free."""
    state.mkdir(exist_ok=True)
    acts = [
        Act("claim", name, name, number=number, time=time.time() - days * 86400, proofs=("code:00:00",))
        for number, (name, days) in enumerate((("longgone", 211), ("nearlyfree", 200)), 1)
    ]
    (state / "audit.jsonl").write_bytes(b"".join(map(written, acts)))


@pytest.fixture
def owned(server: Server) -> Owned:
    name = f"owner{next(_numbers)}"
    with LineClient(server, name) as owner:
        owner.says("/claim")
        code = re.search(r"\d{4}(-\d{4}){3}", owner.hears("then the code."))
        owner.says("/quit")
        owner.hears_out()
    assert code is not None
    _given.append(code[0])
    return Owned(name, code[0])


@pytest.fixture
def watcher(server: Server) -> Iterator[LineClient]:
    """Somebody in the lobby."""
    with LineClient(server, f"watcher{next(_numbers)}") as eve:
        yield eve


def is_in(server: Server, watcher: LineClient, name: str) -> bool:
    watcher.says(f"/whois {name}")
    return "Nobody called" not in watcher.hears(name)


def at_a_terminal(program: str, *words: str) -> Any:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    return pexpect.spawn(program, [*words], encoding="utf-8", timeout=PATIENCE_SECONDS, dimensions=(50, 200))


def shown(screen: Any) -> str:
    """All that stands on a terminal, once the program is gone."""
    screen.expect(pexpect.EOF)
    screen.close()
    return str(screen.logfile_read.getvalue())


def recorded(screen: Any) -> Any:
    screen.logfile_read = StringIO()
    return screen


def test_telnet_shows_nothing_of_the_code_and_all_else(server: Server, owned: Owned) -> None:
    screen = recorded(at_a_terminal("telnet", "127.0.0.1", str(server.port("tcp"))))
    screen.expect("NICKNAME")
    time.sleep(HUMAN_SECONDS)
    screen.sendline(owned.name)
    screen.expect("type its code")
    screen.sendline(WRONG)
    screen.expect("not the code")
    screen.sendline(owned.code)
    screen.expect("Connected to server!")
    screen.sendline("seen again")
    screen.expect(f"{owned.name}: seen again")
    screen.sendline("/quit")
    text = shown(screen)
    assert text.count("seen again") == 2, "typed and said"
    assert owned.name in text.partition("is claimed")[0], "the name was shown as it was typed"
    assert not re.search(r"\d{4}-\d{4}", text), text


def test_nc_has_the_code_typed_and_says_so(server: Server, owned: Owned) -> None:
    screen = recorded(at_a_terminal("nc", "127.0.0.1", str(server.port("tcp"))))
    screen.expect("NICKNAME")
    screen.sendline(owned.name.upper())
    screen.expect("is claimed. If it is yours, type its code")
    screen.expect("What you type here is shown.")
    screen.sendline(owned.code.replace("-", " "))
    screen.expect("Connected to server!")
    screen.sendline("/quit")
    screen.expect("Goodbye.")
    screen.sendeof()
    assert owned.code.replace("-", " ") in shown(screen)


def piped(*words: str, stdin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, input=stdin, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS, check=False
    )


@pytest.mark.parametrize("way", ["nc", "numbered", "ssh", "join"])
def test_what_is_piped_behind_a_refused_name_is_neither_said_nor_a_name(
    server: Server, owned: Owned, watcher: LineClient, way: str
) -> None:
    words = {
        "nc": ["nc", "-N", "127.0.0.1", str(server.port("tcp"))],
        "numbered": [sys.executable, str(NUMBERED), "127.0.0.1", str(server.port("udp")), owned.name],
        "ssh": ssh_words(server.port("ssh"), owned.name, "-T"),
        "join": [sys.executable, "-m", "twistchat", "join", f"127.0.0.1:{server.port('tcp')}", "--nick", owned.name],
    }[way]
    first = f"{owned.name}\n" if way == "nc" else ""
    ran = piped(*words, stdin=f"{first}hello\nyou there\n")
    assert "is claimed" in ran.stdout + ran.stderr
    assert ran.returncode != 0 or way in ("nc", "numbered"), "these two have no status for that"
    assert not is_in(server, watcher, "hello")
    if way != "join":
        ran = piped(*words, stdin=f"{first}{owned.code}\nhello\n")
        watcher.hears(f"{owned.name}: hello")
        assert ran.returncode == 0, ran


def test_a_slow_pipe_is_no_other_name_either(server: Server, owned: Owned) -> None:
    words = [sys.executable, str(NUMBERED), "127.0.0.1", str(server.port("udp")), owned.name]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as client:
        assert client.stdin is not None and client.stdout is not None
        assert "is claimed" in client.stdout.readline()
        client.stdin.write("hello\n")
        client.stdin.close()
        assert client.stdout.read() == "What you sent behind the name, before it was answered, is not said.\n"


def test_a_login_by_datagram_has_the_code_in_it(server: Server, owned: Owned) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE_SECONDS)
        client.connect(("127.0.0.1", server.port("udp")))
        client.send(f"L {owned.name}".encode())
        assert "is claimed" in client.recv(2048).decode()
        client.send(f"L {owned.name} {owned.code.replace('-', '')}".encode())
        assert client.recv(2048) == b"OK"
        client.send(b"Q")


def sits_down(server: Server, name: str, key: Path | None) -> Any:
    program, *words = ssh_words(server.port("ssh"), name, key=key and str(key))
    return recorded(at_a_terminal(program, *words))


def test_an_ssh_key_is_proof_and_without_it_the_code_is_typed_unseen(server: Server, key: Path) -> None:
    name = f"owner{next(_numbers)}"
    first = sits_down(server, name, key)
    first.expect(f"{name} joined!")
    first.send("/claim\r")
    first.expect(r"(\d{4}-\d{4}-\d{4}-\d{4})")
    code = first.match[1]
    _given.append(code)
    first.send("\x04")
    shown(first)
    again = sits_down(server, name, key)
    again.expect(f"{name} joined!")
    other = sits_down(server, name, None)
    other.expect("type its code")
    other.send(f"{code}\r")
    other.expect(f"{name} joined!")
    again.expect("replaces this one")
    other.send("\x04")
    assert code not in shown(other)
    shown(again)


def test_irssi_comes_in_by_sasl(server: Server, owned: Owned, watcher: LineClient, tmp_path: Path) -> None:
    if shutil.which("irssi") is None:
        pytest.skip("irssi is not installed here")
    config = IRSSI.replace("HOME", str(tmp_path)).replace("PORT", str(server.port("irc")))
    (tmp_path / "config").write_text(config.replace("NAME", owned.name).replace("CODE", owned.code))
    command = ["irssi", "--home", str(tmp_path)]
    client = IrcTerminal(tmp_path, command, lambda where: tmp_path / "logs" / f"{where}.log")
    watcher.hears(f"{owned.name} joined!\r\n")
    client.sees("#lobby", owned.name)
    watcher.says(f"/whois {owned.name}")
    watcher.hears(f"{owned.name} (claimed)")
    client.types("/quit")
    client.ends()
    watcher.hears(f"{owned.name} left!")


def test_at_the_start_names_are_free_that_nobody_came_by_and_others_are_warned_of(server: Server, key: Path) -> None:
    server.logs("claims: free again, as nobody came by them for long: 'longgone'")
    server.logs("claims: free in 14 days or less, unless their owners come: 'nearlyfree'")
    op = Administrator(server, key)
    (act,) = (row for row in json.loads(op.runs("audit release --json").stdout) if row["subject"] == "longgone")
    assert act["by"] == "--claims-keep" and "kept for 180 days" in act["text"]
    with LineClient(server, "longgone") as anybody:
        anybody.says("/quit")
        anybody.hears_out()
    assert op.runs(f"undo {act['act']}").returncode == 0
    assert "longgone" in op.runs("claims longgone").stdout


def test_a_class_list_is_handed_out_over_the_administrators_port(server: Server, key: Path) -> None:
    op = Administrator(server, key)
    ran = op.runs("claim -", stdin="pupil-1\n小明\nadmin\n")
    lines = ran.stdout.splitlines()
    codes = re.findall(r"\d{4}-\d{4}-\d{4}-\d{4}", ran.stdout)
    _given.extend(codes)
    assert lines == [f"pupil-1  {codes[0]}", f"小明     {codes[1]}"]
    assert ran.stderr.startswith("line 3, admin: ") and ran.returncode == 1
    assert "a code" in op.runs("claims pupil-1").stdout


def test_programs_prove_their_name_by_their_key_and_by_the_code(server: Server, owned: Owned) -> None:
    secret = "a-program's-own-secret-key-1234"
    _given.append(secret)
    for hello in ({"code": owned.code}, {}):
        with LineClient(server) as program:
            program.says(json.dumps({"v": 1, "name": owned.name, "key": secret, **hello}))
            program.hears('"kind":"welcome"')


def test_no_secret_is_in_any_file_nor_in_the_figures_nor_in_the_operators_log(
    server: Server, key: Path, owned: Owned
) -> None:
    op = Administrator(server, key)
    heaps = {path.name: path.read_bytes() for path in (server.folder / "state").rglob("*") if path.is_file()}
    assert {"log.db", "audit.jsonl"} <= {*heaps}
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port('web')}/metrics") as answer:
        heaps["metrics"] = answer.read()
    for verb in ("claims --json", "audit --all --json --count 1000", "why 2", "history lobby", "doctor"):
        heaps[verb] = op.runs(verb).stdout.encode()
    server.logs("claims|tcp")
    heaps["log"] = server.output.encode()
    assert (
        owned.name.encode() in heaps["audit.jsonl"]
        and owned.name.encode() in heaps["history lobby"] + heaps["claims --json"]
    )
    assert any(owned.name.encode() in heap for where, heap in heaps.items() if where.startswith("log.db")), (
        "as a control"
    )
    for where, heap in heaps.items():
        for secret in _given:
            for form in (secret, secret.replace("-", ""), secret.replace("-", " ")):
                assert form.encode() not in heap, f"{form} is in {where}"
