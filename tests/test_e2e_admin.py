"""Administrators by OpenSSH's own `ssh`, against a real server: who gets in, and what verbs do from a script."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dialect import announced
from support.faked import Faked, needs_faketime
from support.patience import PATIENCE_SECONDS
from support.server import LineClient, Server
from support.ssh import WITH_ADMIN, Administrator, allow, make_key, needs_ssh

pytestmark = [needs_ssh, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    made = {kind: make_key(folder, kind) for kind in ("ed25519", "rsa", "ecdsa")}
    return {**made, "stranger": make_key(folder, comment="stranger")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, Path]) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    allow(folder, keys["ed25519"], keys["rsa"], keys["ecdsa"])
    with Server(folder, listen=WITH_ADMIN) as running:
        yield running


@pytest.fixture
def op(server: Server, keys: dict[str, Path]) -> Administrator:
    return Administrator(server, keys["ed25519"])


# --- who gets in


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_listed_keys_of_every_kind_get_in(server, keys, kind):
    result = Administrator(server, keys[kind]).runs("help kick")
    assert (result.returncode, result.stderr) == (0, "")
    assert "kick SUBJECT" in result.stdout


def test_a_key_that_is_not_listed_is_refused(server, keys):
    result = Administrator(server, keys["stranger"]).runs("help")
    assert result.returncode == 255
    assert "Permission denied (publickey)" in result.stderr
    server.logs(r"admin: 127.0.0.1 failed to log in: publickey SHA256:\S+")


def test_a_listed_key_behind_others_that_are_not_gets_in(server, keys):
    """An agent offers each key that it holds; asking about one costs no attempt."""
    op = Administrator(server, keys["stranger"])
    assert op.runs("help kick", "-i", str(keys["rsa"]), "-i", str(keys["ed25519"])).returncode == 0


@pytest.mark.parametrize("method", ["password", "keyboard-interactive", "none"])
def test_without_a_key_nobody_gets_in(server, method):
    options = ("-o", f"PreferredAuthentications={method}", "-o", "BatchMode=yes")
    result = Administrator(server, None).runs("help", *options)
    assert result.returncode == 255
    assert "Permission denied (publickey)" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("-o", "Ciphers=aes128-cbc"),
        ("-o", "MACs=hmac-md5"),
        ("-o", "KexAlgorithms=diffie-hellman-group14-sha1"),
    ],
)
def test_old_algorithms_are_not_spoken(op, options):
    result = op.runs("help", *options)
    assert result.returncode == 255
    assert "no matching" in result.stderr


def test_a_signature_with_sha1_is_refused(server, keys):
    op = Administrator(server, keys["rsa"])
    result = op.runs("help", "-o", "PubkeyAcceptedAlgorithms=ssh-rsa")
    assert result.returncode == 255


def test_the_greeting_says_no_version(server):
    with socket.create_connection(("127.0.0.1", server.port("admin")), PATIENCE_SECONDS) as peer:
        assert peer.recv(1024).partition(b"\r\n")[0] == b"SSH-2.0-twistchat"


@needs_faketime
def test_a_flood_of_silent_peers_keeps_nobody_out_and_is_let_go_in_time(tmp_path, keys):
    """Twenty seconds from the connection on, or at once where somebody else wants the place."""
    allow(tmp_path, keys["ed25519"])
    with Faked(tmp_path, passes=True, listen=WITH_ADMIN) as server:
        op = Administrator(server, keys["ed25519"])
        silent = [socket.create_connection(("127.0.0.1", server.port("admin")), 30) for _ in range(16)]
        for peer in silent:
            assert peer.recv(100).startswith(b"SSH-2.0-twistchat\r\n")
        assert op.runs("help kick").returncode == 0
        with LineClient(server, "ada") as ada:
            ada.says("the chat goes on")
            ada.hears("ada: the chat goes on")
            server.sets_clock(21)
            ada.says("and time passes")
            for peer in silent:
                with contextlib.suppress(ConnectionResetError):
                    while peer.recv(4096):
                        pass
                peer.close()
            ada.hears("ada: and time passes")
        server.logs("let go: not logged in within 20 s")
        assert op.runs("help kick").returncode == 0


def test_options_before_a_key_are_refused_loudly(tmp_path, keys):
    listed = allow(tmp_path)
    listed.write_text(f'from="10.0.0.1" {keys["rsa"].with_suffix(".pub").read_text()}')
    allow(tmp_path, keys["ed25519"])
    with Server(tmp_path, listen=WITH_ADMIN) as server:
        server.logs(r"authorized_keys line 1: options such as from= and command= are not understood here")
        assert Administrator(server, keys["rsa"]).runs("help").returncode == 255
        assert Administrator(server, keys["ed25519"]).runs("help").returncode == 0


def test_there_is_nothing_but_sessions(server, keys):
    """No forwarding either way, no files, no agent."""
    op = Administrator(server, keys["ed25519"])
    forwarding = op.runs("help", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22")
    assert forwarding.returncode == 255
    assert "forwarding failed" in forwarding.stderr
    tunnel = op.runs("", "-W", f"127.0.0.1:{server.port('tcp')}")
    assert tunnel.returncode == 255
    subsystem = subprocess.run([*op.words("-s"), "sftp"], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert subsystem.returncode == 255
    assert "subsystem request failed" in subsystem.stderr
    assert "Traceback" not in server.output


# --- verbs from a script


def test_an_announcement_from_a_script_is_seen_in_the_chat(server, op):
    with LineClient(server, "ada") as ada:
        result = op.runs('announce "Back at six"')
        assert result.returncode == 0
        assert result.stdout.startswith("Announced to ")
        ada.hears(announced("Back at six") + "\r\n")


def test_an_announcement_may_come_from_a_pipe(server, op):
    with LineClient(server, "ada") as ada:
        result = op.runs("announce -", stdin="今晚六點\n\n  --json is no option here\n")
        assert result.returncode == 0
        ada.hears("".join(announced(text) + "\r\n" for text in ("今晚六點", "  --json is no option here")))


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("help", 0, ""),
        ("", 0, ""),
        ("kick nobody", 1, "Nobody here is called nobody"),
        ("undo 999999", 1, "There is no act 999999"),
        ("announce -", 1, "nothing to be seen"),
        ("announce", 2, "Use it like this: announce TEXT..."),
        ("kick --force bob", 2, "Use it like this: kick"),
        ("ban bob --for ever", 2, "is no time"),
        ("ban 10.0.0.0/99", 2, "is no name, address or network"),
        ("undo seventeen", 2, "Use it like this: undo NUMBER"),
        ('announce "half', 2, "quotation marks"),
        ("kik bob", 127, "Did you mean kick?"),
        ("rm -rf /", 127, "There is no verb 'rm'"),
    ],
)
def test_exit_statuses_tell_what_happened(op, command, status, said):
    result = op.runs(command) if command else op.runs(" ")
    assert result.returncode == status, result
    assert said in result.stderr
    assert bool(result.stderr) == bool(said)


def test_json_is_for_programs(server, op):
    with LineClient(server, "ada"):
        people = json.loads(op.runs("who --json").stdout)
    assert [(row["name"], row["by"], row["rooms"]) for row in people] == [("ada", "tcp", ["lobby"])]
    done = json.loads(op.runs("ban eve --for 2h --json spam").stdout)
    assert (done["verb"], done["subject"]) == ("ban", "eve")
    assert json.loads(op.runs(f"undo {done['act']} --json").stdout)["undone"] == done["act"]


def test_tail_shows_what_happens_as_it_happens(server, op):
    tail = op.begins("tail lobby")
    try:
        with LineClient(server, "ada") as ada:
            server.logs("logged in")
            assert tail.stdout is not None
            deadline = time.monotonic() + PATIENCE_SECONDS
            while "tail lobby" not in op.runs("audit tail --count 5").stdout:
                assert time.monotonic() < deadline
            ada.says("hello 你好")
            for line in tail.stdout:
                if "hello" in line:
                    break
            assert line.endswith("ada: hello 你好\n")
    finally:
        tail.terminate()
        tail.wait(PATIENCE_SECONDS)
        assert tail.stdout is not None
        tail.stdout.close()


def test_a_ban_survives_a_restart_and_can_be_undone(tmp_path, keys):
    allow(tmp_path, keys["ed25519"])
    with Server(tmp_path, listen=WITH_ADMIN) as server:
        op = Administrator(server, keys["ed25519"])
        with LineClient(server, "bob") as bob:
            assert op.runs("ban bob --for 2h spam").returncode == 0
            assert op.runs("mute 10.1.0.0/16").returncode == 0
            said = bob.hears_out()
        assert "bob is banned until " in said and "Reason: spam" in said
        server.stops()
    with Server(tmp_path, listen=WITH_ADMIN) as server:
        op = Administrator(server, keys["ed25519"])
        with LineClient(server) as bob:
            bob.hears("NICKNAME")
            bob.says("bob")
            bob.hears("Reason: spam")
        [ban] = [row for row in json.loads(op.runs("bans --json").stdout) if row["verb"] == "ban"]
        why = op.runs(f"why {ban['act']}").stdout
        assert "reason: spam" in why and "in force: yes" in why and "by op SHA256:" in why
        assert op.runs(f"undo {ban['act']}").returncode == 0
        LineClient(server, "bob").socket.close()
        assert "in force: no, since undo" in op.runs(f"why {ban['act']}").stdout
        server.stops()
    assert (tmp_path / "state" / "audit.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state" / "ssh_host_ed25519_key").stat().st_mode & 0o777 == 0o600


def test_a_banned_network_is_out_and_its_administrator_is_not(tmp_path, keys):
    """Everybody here comes from loopback, the administrator too: no verb can lock them out."""
    allow(tmp_path, keys["ed25519"])
    with Server(tmp_path, listen=WITH_ADMIN) as server:
        op = Administrator(server, keys["ed25519"])
        with LineClient(server, "bob") as bob:
            assert op.runs("ban 127.0.0.0/8 --for forever too loud").returncode == 0
            assert "127.0.0.0/8 is banned for good. Reason: too loud" in bob.hears_out()
        assert op.runs("lock --for forever").returncode == 0
        server.stops()
    with Server(tmp_path, listen=WITH_ADMIN) as server:
        op = Administrator(server, keys["ed25519"])
        with LineClient(server) as bob:
            assert bob.hears_out() == "127.0.0.0/8 is banned for good. Reason: too loud\r\n"
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with udp:
            udp.settimeout(PATIENCE_SECONDS)
            udp.sendto(b"L bob", ("127.0.0.1", server.port("udp")))
            assert udp.recv(1024).startswith(b"127.0.0.0/8 is banned for good.")
        for act in json.loads(op.runs("bans --json").stdout):
            assert op.runs(f"undo {act['act']}").returncode == 0
        with LineClient(server, "bob") as bob:
            bob.says("back in")
            bob.hears("bob: back in")
