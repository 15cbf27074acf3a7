"""`twistchat doctor`: the rows of its table that `test_e2e_doctor.py` has not, each made wrong for real."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.doctoring import TWISTCHAT, can_mount, doctor, says
from support.faked import FAKETIME, needs_faketime
from support.patience import PATIENCE_SECONDS
from support.preloaded import NO_TRIGRAMS, answers_adjtimex, can_compile, preloaded
from support.server import ANY, LineClient, Server, only

from twistchat.bench.ports import free_port
from twistchat.core.events import Said
from twistchat.doctor.clock import RELEASED, TIME_ERROR
from twistchat.doctor.stored import LARGE_WAL_BYTES, MUCH_BEHIND
from twistchat.log.schema import prepare
from twistchat.log.writer import Writer


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir(0o700)
    return state


def test_options_that_cannot_be_read_and_what_a_start_would_refuse(state: Path, tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    config.write_text('webb = "tcp:7980"\n')
    status, rows = doctor(state, "--config", str(config))
    assert status == 2
    says(rows, "options", "wrong", "webb", "twistchat serve --help")
    nobody = f"tcp:127.0.0.1:{free_port()}"
    more = ("--tcp", "systemd:domain=INET:index=0", "--calls-ca", str(tmp_path / "nowhere.pem"), "--cluster", nobody)
    status, rows = doctor(state, *more)
    assert status == 2
    says(rows, "options", "wrong", "nowhere.pem: cannot be read", "twistchat serve --help")
    says(rows, "ports", "wrong", "systemd has handed over no socket", "give --tcp another place")
    says(rows, "cluster", "wrong", "nobody can be reached there: Connection refused", "systemctl status redis-server")


MACHINE = """
ip link set lo up && ip address add 9.9.9.9/32 dev lo &&
echo 128 > /proc/sys/net/core/somaxconn &&
echo 212992 > "$0/small" && mount --bind "$0/small" /proc/sys/net/core/rmem_max &&
mkdir -p /etc/systemd/system && mount -t tmpfs none /etc/systemd/system &&
printf '[Service]\\nType=forking\\nExecStart=twistd --nodaemon twistchat\\nTimeoutStopSec=2\\nMemoryMax=64M\\n' \
    > /etc/systemd/system/twistchat.service &&
exec setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service "$@"
"""
"""A machine that is known on the internet and has little room for those who come, in namespaces of its own."""


@can_mount
def test_a_machine_that_is_open_to_all_and_has_little_room(state: Path, tmp_path: Path) -> None:
    places = ("--tcp", "tcp:23", "--irc", "tcp:6667:interface=192.0.2.1", "--udp", "8888", "--web", "tcp:7980")
    status, rows = doctor(
        state,
        *places,
        *("--web-proxy", "10.0.0.1"),
        before=("unshare", "--net", "--mount", "sh", "-c", MACHINE, str(tmp_path)),
    )
    assert status == 2
    says(rows, "ports", "wrong", "only root may have a port below 1024", "setcap cap_net_bind_service=+ep /")
    says(rows, "ports", "wrong", "192.0.2.1 is no address of this machine", "`ip addr`")
    says(rows, "ports", "ok", "web: port 7980 at every address is free", "")
    says(rows, "reach", "look", "everyone on the internet who can reach this machine can join", "`--open` in place of")
    says(rows, "reach", "look", "the page's port is open beside it", "--web tcp:7980:interface=127.0.0.1")
    says(rows, "limits", "look", "128 may wait to be let in", "sysctl -w net.core.somaxconn=")
    says(rows, "limits", "look", "datagrams of a burst beyond 208 KiB are lost", "sysctl -w net.core.rmem_max=4194304")
    says(rows, "systemd", "wrong", "Type=forking with --nodaemon waits for ever", "Type=exec; systemctl daemon-reload")
    says(rows, "systemd", "look", "TimeoutStopSec= leaves 2 s", "TimeoutStopSec=10")
    says(rows, "systemd", "look", "no LimitNOFILE=", "LimitNOFILE=65536")
    says(rows, "systemd", "look", "MemoryMax= leaves 64 MiB", "MemoryMax=512M")


SMALL = 'mount -t tmpfs -o size=90m,mode=0700 none "$0" && exec "$@"'


@can_mount
def test_a_disk_with_little_room_and_a_machine_that_nobody_else_reaches(state: Path) -> None:
    before = ("unshare", "--net", "--mount", "sh", "-c", SMALL, str(state))
    _, rows = doctor(state, "--web", "tcp:0", "--tcp", "tcp:7976", before=before)
    says(rows, "folder", "look", "0.1 GiB free, 100% of the disk", "--keep 90d")
    says(rows, "reach", "look", "no address but loopback", "`ip addr`")


@can_mount
def test_a_folder_and_keys_that_others_can_write(state: Path) -> None:
    (state / "log.db").write_bytes(b"")
    os.chown(state / "log.db", 65534, 65534)
    keys = state / "authorized_keys"
    keys.write_text("ssh-ed25519 nonsense ada\n")
    keys.chmod(0o666)
    status, rows = doctor(state, "--admin", ANY)
    assert status == 2
    says(rows, "folder", "wrong", "log.db in it belongs to", f"ls -ln {state}")
    says(rows, "keys", "look", "authorized_keys", f"chmod 600 {keys}")
    says(rows, "keys", "look", "no key may log in as an administrator", f">> {keys}")
    keys.chmod(0o600)
    _, rows = doctor(state, "--admin", ANY)
    says(rows, "keys", "look", "line 1", "mend that line")


def _stored(state: Path, count: int, at: float) -> None:
    log = state / "log.db"
    prepare(log)
    with closing(Writer(log, lambda: at, "OFF")) as writer:
        writer.commit([Said("lobby", "ada", "hello")] * count)


@needs_faketime
def test_a_log_that_is_ahead_of_the_clock_and_of_its_index(state: Path) -> None:
    _stored(state, MUCH_BEHIND + 1, RELEASED + 90_000)
    day = datetime.fromtimestamp(RELEASED + 86_400, UTC)
    _, rows = doctor(state, LD_PRELOAD=str(FAKETIME[0]), FAKETIME=f"{day:%Y-%m-%d %H:%M:%S}", TZ="UTC")
    says(rows, "clock", "look", "the log's newest line is 1.0 h ahead of the clock", "timedatectl")
    says(rows, "log", "ok", f"{MUCH_BEHIND + 1} lines, and log.db is sound", "")
    says(rows, "log", "look", f"the search index lacks {MUCH_BEHIND + 1} lines", "leave the server running")


@can_compile
def test_a_clock_that_nothing_keeps_right(state: Path, tmp_path: Path) -> None:
    _, rows = doctor(state, LD_PRELOAD=preloaded(tmp_path, answers_adjtimex(TIME_ERROR)))
    says(rows, "clock", "look", "nothing keeps the clock right", "timedatectl set-ntp true")
    _, rows = doctor(state, LD_PRELOAD=preloaded(tmp_path, answers_adjtimex(0)))
    says(rows, "clock", "ok", " UTC", "")


@can_compile
def test_an_sqlite_without_trigrams(state: Path, tmp_path: Path) -> None:
    status, rows = doctor(state, LD_PRELOAD=preloaded(tmp_path, NO_TRIGRAMS))
    assert status == 1
    says(rows, "versions", "look", "this SQLite has no FTS5 with trigrams", "a Python whose SQLite has it")


def test_logs_that_no_server_could_use(state: Path) -> None:
    _stored(state, 500, 1.0)
    log = state / "log.db"
    with closing(sqlite3.connect(log)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("PRAGMA user_version = 99")
    status, rows = doctor(state)
    assert status == 2
    says(rows, "log", "wrong", "was written by a newer twistchat", "docs/log.md")
    with closing(sqlite3.connect(log)) as db:
        db.execute("PRAGMA application_id = 7")
    says(doctor(state)[1], "log", "wrong", "is a database of another program", "docs/log.md")
    log.write_bytes(log.read_bytes()[:5000] + b"\xff" * 9000)
    says(doctor(state)[1], "log", "wrong", "log.db", "When something is wrong with the file")


def test_packages_that_are_too_old(state: Path, tmp_path: Path) -> None:
    about = tmp_path / "old" / "twisted-24.3.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: Twisted\nVersion: 24.3.0\n")
    (tmp_path / "old" / "cryptography.py").write_text("raise ImportError('broken')\n")
    status, rows = doctor(state, PYTHONPATH=str(about.parent))
    assert status == 2
    says(rows, "versions", "wrong", "twisted is 24.3.0, and ", "pip install -U 'twisted>=")
    says(rows, "versions", "look", "there is no TLS here", "all else runs")


@contextmanager
def _terminal(columns: int) -> Iterator[int]:
    """A terminal at which every character is so many columns wide, as far as it says."""
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def answer() -> None:
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:  # nobody has it open any more
                return
            shown.append(read)
            if b"\x1b[6n" in read:
                os.write(ours, b"\x1b[3;%dR" % (columns + 1))

    reading = threading.Thread(target=answer, daemon=True)
    reading.start()
    try:
        yield theirs
    finally:
        os.close(theirs)
        reading.join(PATIENCE_SECONDS)
        os.close(ours)
        told = b"".join(shown).decode()
        assert "this terminal gives a Chinese character 6 columns in place of 2" in told
        assert "-> another font, or a terminal of UTF-8; in PuTTY" in told


def test_a_terminal_that_shows_chinese_too_wide(state: Path) -> None:
    with _terminal(columns=6) as terminal:
        command = [*TWISTCHAT, "doctor", "--state-dir", str(state), *only()]
        ran = subprocess.run(command, stdin=terminal, stdout=terminal, timeout=PATIENCE_SECONDS)
    assert ran.returncode in (1, 2)


def test_beside_a_server_that_hangs_and_one_whose_log_is_held(tmp_path: Path) -> None:
    web = f"tcp:{free_port()}:interface=127.0.0.1"
    state = tmp_path / "state"
    with Server(tmp_path, listen=only("--tcp", ANY, "--web", web)) as server:
        server.port("web")
        with LineClient(server, "ada") as ada:
            ada.says("hello")
            ada.hears("hello")
        os.truncate(state / "log.db-wal", LARGE_WAL_BYTES + 1)
        status, rows = doctor(state, "--web", web)
        assert status < 2
        says(rows, "log", "look", "the write-ahead log has 64 MiB", f"fuser {state / 'log.db'}")
        server.process.send_signal(signal.SIGSTOP)
        try:
            status, rows = doctor(state, "--web", web)
        finally:
            server.process.send_signal(signal.SIGCONT)
        assert status == 2
        pid = server.process.pid
        says(rows, "server", "wrong", f"process {pid} runs on {state}, and does not answer", f"`kill {pid}` stops it")
        server.stops()


def test_beside_a_server_that_can_store_nothing(tmp_path: Path) -> None:
    web = f"tcp:{free_port()}:interface=127.0.0.1"
    with Server(tmp_path, listen=only("--tcp", ANY, "--web", web)) as server:
        server.port("web")
        with LineClient(server, "ada") as ada:
            subprocess.run(["prlimit", f"--pid={server.process.pid}", "--fsize=1:1"], check=True)
            ada.says("hello")
            ada.hears("That could not be stored")
        status, rows = doctor(tmp_path / "state", "--web", web)
        assert status == 2
        says(rows, "server", "wrong", "Nothing can be stored: the disk reports an error", "look at its log")
