"""`twistchat doctor`: each check by itself, with what it looks at handed in."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import resource
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import PackageNotFoundError
from ipaddress import ip_address
from pathlib import Path

import pytest
from support.logfiles import LogFiles
from support.server import only
from support.standin import stand_in

from twistchat import options
from twistchat.bench.ports import free_port
from twistchat.core.events import Said
from twistchat.doctor import clock, folder, keys, limits, ports, reach, running, starting, stored, text, unit, versions
from twistchat.doctor.cli import main
from twistchat.doctor.finding import Finding, Severity
from twistchat.doctor.ports import Owner, PortPlace
from twistchat.doctor.table import CHECKS, Check
from twistchat.extras import Extra
from twistchat.log.examining import Examined, examine
from twistchat.log.lockfile import FolderLock, holder
from twistchat.log.writer import Writer
from twistchat.reach import Host

OK, LOOK, WRONG = Severity
HERE, PUBLIC = ip_address("10.0.0.9"), ip_address("8.8.8.8")


def verdicts(findings: Iterable[Finding]) -> list[Severity]:
    return [finding.verdict for finding in findings]


def worst(findings: Iterable[Finding]) -> Finding:
    """The first of the worst; each says what to type unless all is well."""
    found = [*findings]
    assert all(bool(finding.advice) is (finding.verdict is not OK) for finding in found)
    return max(found, key=lambda finding: [*Severity].index(finding.verdict))


# --- the server that runs


def test_who_holds_a_folder_is_seen_without_touching_its_lock(tmp_path: Path) -> None:
    assert holder(tmp_path / "lock") is None
    lock = FolderLock(tmp_path)
    lock.take()
    assert holder(tmp_path / "lock") == os.getpid()
    assert holder(tmp_path / "lock", tmp_path / "no such list") is None
    listed = Path("/proc/locks").read_text()
    inode = (tmp_path / "lock").stat().st_ino
    elsewhere = tmp_path / "locks"
    rows = [row for row in listed.splitlines() if row.split()[5].endswith(f":{inode}") and "FLOCK" in row]
    elsewhere.write_text("\n".join(re.sub(r"[0-9a-f]+:[0-9a-f]+:", "fe:99:", row) for row in rows))
    assert holder(tmp_path / "lock", elsewhere) == os.getpid()  # as in a container, whose files are an overlay's
    (tmp_path / "lock").write_text("1 usr2\n")
    assert holder(tmp_path / "lock", elsewhere) is None
    (tmp_path / "lock").chmod(0)
    lock.release()
    assert holder(tmp_path / "lock") is None


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_that_runs_is_asked_whether_it_is_well(tmp_path: Path) -> None:
    assert worst(running.health(None, None, tmp_path)).verdict is OK
    assert worst(running.health(7, None, tmp_path)).verdict is OK
    with answering(200, b"ok") as port:
        assert worst(running.health(7, port, tmp_path)) == (OK, f"process 7 runs on {tmp_path}, and stores lines", "")
    with answering(503, b"Nothing can be stored: disk full.\x1b") as port:
        found = worst(running.health(7, port, tmp_path))
        assert found.verdict is WRONG and "disk full" in found.found and "\x1b" not in found.found
    assert worst(running.health(7, port, tmp_path)).verdict is WRONG


# --- ports


@contextmanager
def listening(kind: socket.SocketKind = socket.SOCK_STREAM) -> Iterator[int]:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("option", "kind", "description"),
    [
        ("tcp", socket.SOCK_STREAM, "tcp:{}:interface=127.0.0.1"),
        ("tcp", socket.SOCK_STREAM, "{}"),
        ("web", socket.SOCK_STREAM, "haproxy:tcp:{}:interface=127.0.0.1"),
        ("udp", socket.SOCK_DGRAM, "udp:{}:interface=127.0.0.1"),
    ],
)
def test_a_port_that_is_taken_is_named_with_who_has_it(option: str, kind: socket.SocketKind, description: str) -> None:
    with listening(kind) as port:
        found = ports.port(option, description.format(port), None)
        assert found.verdict is WRONG and f"process {os.getpid()} has port {port}" in found.found
        assert f"kill {os.getpid()}" in found.advice
        assert ports.port(option, description.format(port), os.getpid()).verdict is OK
    assert ports.port(option, description.format(port), None).verdict is OK


def test_a_port_whose_owner_cannot_be_seen_is_another_programs(tmp_path: Path) -> None:
    with listening() as port:
        assert "another program" in ports.port("tcp", f"tcp:{port}:interface=127.0.0.1", None, tmp_path).found
        assert ports.owner_of(port, "tcp") == Owner(os.getpid(), Path("/proc/self/comm").read_text().strip())
        assert ports.owner_of(port, "udp") is None


@pytest.mark.parametrize(
    ("option", "description", "said"),
    [
        ("tcp", "tcp:99999", "is no port"),
        ("tcp", "carrier:pigeon", "is no kind of endpoint"),
        ("tcp", "tcp:0:interface=192.0.2.1", "192.0.2.1 is no address of this machine"),
        ("tcp", "tcp:1234:interface=192.0.2.1", "192.0.2.1 is no address of this machine"),
        ("tcp", "tcp:1234:interface=a..b", "not known"),
        ("udp", "tcp:8888", "udp:PORT"),
        ("tcp", "unix:/no/such/folder/socket", "No such file"),
        ("tcp", "systemd:domain=INET:index=0", "systemd has handed over no socket"),
    ],
)
def test_places_that_cannot_be_had_are_said(option: str, description: str, said: str) -> None:
    found = ports.port(option, description, None)
    assert found.verdict is WRONG and said in found.found and found.advice


def test_a_port_below_1024_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_words: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ports, "try_to_bind", refused)
    found = ports.port("web", "tcp:80", None)
    assert "only root" in found.found
    assert "setcap cap_net_bind_service=+ep /" in found.advice and "--web tcp:7080" in found.advice


@pytest.mark.parametrize("description", ["tcp:0", "unix:{}/socket"])
def test_any_port_and_a_socket_in_a_folder_can_be_had(description: str, tmp_path: Path) -> None:
    assert ports.port("tcp", description.format(tmp_path), None).verdict is OK
    assert ports.port("udp", "udp:0", None).verdict is OK


# --- who can come


PRIVATE_HOST, PUBLIC_HOST = Host("private", "10.0.0.9", HERE), Host("public", "8.8.8.8", PUBLIC)


@pytest.mark.parametrize(
    ("description", "is_near_only", "hosts", "has_proxy", "verdict"),
    [
        ("tcp:7976:interface=127.0.0.1", False, [PRIVATE_HOST], False, LOOK),
        ("7976", False, [PRIVATE_HOST], False, LOOK),
        ("tcp:7976", True, [PRIVATE_HOST], False, OK),
        ("tcp:7976", False, [PRIVATE_HOST], False, OK),
        ("tcp:7976", False, [PUBLIC_HOST], False, LOOK),
        ("tcp:7976", True, [PUBLIC_HOST], False, OK),
        ("tcp:7976", False, [], False, LOOK),
        ("tcp:7976", True, [PRIVATE_HOST], True, LOOK),
    ],
)
def test_it_is_said_who_can_join(
    description: str, is_near_only: bool, hosts: list[Host], has_proxy: bool, verdict: Severity
) -> None:
    places: list[PortPlace] = [ports.place_of("web", description)]
    assert worst(reach.reach(places, ["web"] if is_near_only else [], hosts, has_proxy)).verdict is verdict


# --- the folder and the disk


def mounts(path: Path, mounted: Path, kind: str) -> Path:
    """A table of file systems, one of which is of some kind."""
    table = path / "mountinfo"
    table.write_text(f"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:9 / {mounted} rw - {kind} far rw\n")
    return table


def test_a_folder_of_ones_own_is_well_and_so_is_one_that_is_not_there_yet(tmp_path: Path) -> None:
    own = tmp_path / "state"
    own.mkdir(0o700)
    (own / "log.db").touch(0o600)
    (own / "host.pub").touch(0o644)
    table = mounts(tmp_path, tmp_path / "other", "nfs4")
    assert WRONG not in verdicts(folder.folder(own, False, table))
    assert "is its owner's alone" in next(folder.folder(own, False, table)).found
    assert "makes it" in next(folder.folder(tmp_path / "new" / "folder", False, table)).found


def test_what_others_can_look_into_is_named(tmp_path: Path) -> None:
    own = tmp_path / "state"
    own.mkdir(0o755)
    (own / "log.db").touch(0o644)
    found = next(folder.folder(own, False))
    assert found.verdict is LOOK and "log.db" in found.found and f"chmod 700 {own}" in found.advice


def test_a_folder_of_another_machine_does_not_do(tmp_path: Path) -> None:
    table = mounts(tmp_path, tmp_path, "nfs4")
    assert WRONG in verdicts(folder.folder(tmp_path, True, table))
    assert WRONG not in verdicts(folder.folder(tmp_path, True, tmp_path / "no such table"))


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (folder, options):
        stand_in(monkeypatch, module, "os", access=lambda *_words, **_more: False)
    assert worst(folder.folder(tmp_path, False)).verdict is WRONG
    assert worst(folder.folder(tmp_path / "new", False)).verdict is WRONG


@pytest.mark.parametrize(
    ("free", "blocks", "flags", "verdict"),
    [
        (50 << 20, 100 << 20, 0, OK),
        (4 << 20, 100 << 20, 0, LOOK),  # less than a twentieth
        (100, 200, 0, WRONG),  # 400 KB
        (50 << 10, 100 << 10, 0, LOOK),  # less than 1 GiB
        (50 << 20, 100 << 20, os.ST_RDONLY, WRONG),
        (0, 0, 0, OK),  # a file system that does not count
    ],
)
def test_a_disk_needs_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, blocks: int, flags: int, verdict: Severity
) -> None:
    about = os.statvfs_result((4096, 4096, blocks, free, free, 0, 0, 0, flags, 255))
    stand_in(monkeypatch, folder, "os", statvfs=lambda _path: about)
    assert [*folder.folder(tmp_path, True, tmp_path / "none")][-1].verdict is verdict


# --- the log


def test_a_log_is_looked_at_and_nothing_is_changed(files: LogFiles) -> None:
    files.add("one", "two", time=5.0)
    with closing(Writer(files.log, lambda: 6.0, "NORMAL")):
        assert examine(files.log, files.search, is_used=True).numbers == 2
    files.follow()
    files.index.close()
    before = {path.name: path.read_bytes() for path in files.log.parent.iterdir()}
    assert examine(files.log, files.search, is_used=False) == Examined("", 5.0, 2, 0, 0)
    assert {path.name: path.read_bytes() for path in files.log.parent.iterdir()} == before


def test_an_empty_log_and_one_without_an_index_are_sound(files: LogFiles) -> None:
    assert examine(files.log, files.search, is_used=False) == Examined("", None, 0, None, 0)


def test_what_a_server_left_that_died_is_not_taken_for_damage(files: LogFiles) -> None:
    wal = files.log.with_name("log.db-wal")
    with closing(Writer(files.log, lambda: 1.0, "NORMAL")) as writer:
        writer.commit([Said("lobby", "ada", "one")])
        left = [(path, path.read_bytes()) for path in (files.log, wal)]
    for path, content in left:
        path.write_bytes(content)
    seen = examine(files.log, files.search, is_used=False)
    assert seen.left_pages > 0 and not seen.trouble
    assert worst(stored.log(files.log, "sqlite", seen)).verdict is OK


def _garble(log: Path) -> None:
    log.write_bytes(b"no database" * 1000)


def _spoil(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:5000] + b"\xff" * 9000)


def _make_a_folder(log: Path) -> None:
    log.unlink()
    log.mkdir()


@pytest.mark.parametrize("damage", [_garble, _spoil, _make_a_folder])
def test_damage_is_said(files: LogFiles, damage: Callable[[Path], None]) -> None:
    files.add(*map(str, range(100)))
    damage(files.log)
    seen = examine(files.log, files.search, is_used=False)
    assert seen.trouble
    assert worst(stored.log(files.log, "sqlite", seen)).verdict is WRONG


def test_a_log_of_another_program_is_said(files: LogFiles) -> None:
    files.log.unlink()
    with closing(sqlite3.connect(files.log)) as db:
        db.execute("CREATE TABLE birds (name)")
    assert "database of another program" in examine(files.log, files.search, is_used=False).trouble


def test_a_write_ahead_log_that_cannot_be_read_is_said(files: LogFiles) -> None:
    files.log.with_name("log.db-wal").mkdir()
    assert "cannot be read: Is a directory" in examine(files.log, files.search, is_used=False).trouble


@pytest.mark.parametrize(
    ("kind", "seen", "verdict"),
    [
        ("memory", None, LOOK),
        ("sqlite", None, OK),
        ("sqlite", Examined("", 1.0, 5, None), OK),
        ("sqlite", Examined("", 1.0, 200_000, None), LOOK),
        ("sqlite", Examined("", 1.0, 200_000, 5), OK),
        ("sqlite", Examined("", 1.0, 200_000, 150_000), LOOK),
        ("sqlite", Examined("", 1.0, 5, 0, 65 << 20), LOOK),
    ],
)
def test_what_is_seen_of_a_log_is_judged(kind: str, seen: Examined | None, verdict: Severity) -> None:
    assert worst(stored.log(Path("log.db"), kind, seen)).verdict is verdict


# --- keys


def test_keys_that_others_can_read_are_no_secret(tmp_path: Path) -> None:
    assert [*keys.secrets(tmp_path)] == []
    (tmp_path / "tls_key.pem").touch(0o600)
    (tmp_path / "ssh_host_ed25519_key").touch(0o640)
    assert verdicts(keys.secrets(tmp_path)) == [WRONG, OK]


def test_what_calls_are_signed_with_is_no_secret_where_others_can_read_it(tmp_path: Path) -> None:
    key = tmp_path / "calls.key"
    key.write_bytes(b"x" * 32)
    key.chmod(0o600)
    assert verdicts(keys.secrets(tmp_path)) == []
    key.chmod(0o640)
    (found,) = keys.secrets(tmp_path)
    assert (found.verdict, "make the calls anew" in found.advice) == (WRONG, True)


def test_whether_anybody_may_log_in_is_said(tmp_path: Path) -> None:
    assert worst(keys.administrators(["ada SHA256:x"], [], tmp_path)).verdict is OK
    assert worst(keys.administrators([], [], tmp_path)).verdict is LOOK
    assert worst(keys.administrators(["ada"], ["line 3: this is no key"], tmp_path)).verdict is LOOK


# --- limits


@pytest.mark.parametrize(
    ("soft", "hard", "verdict"),
    [(64, 64, WRONG), (64, 512, LOOK), (1024, 4096, OK), (1024, resource.RLIM_INFINITY, OK), (100, 100, WRONG)],
)
def test_files_are_needed_for_people(soft: int, hard: int, verdict: Severity) -> None:
    assert worst([limits.files(soft, hard)]).verdict is verdict


def test_what_the_kernel_holds_for_us_is_looked_at(tmp_path: Path) -> None:
    assert verdicts(limits.limits(4096, 4096, True, tmp_path)) == [OK, OK, OK]
    (tmp_path / "somaxconn").write_text("128\n")
    (tmp_path / "rmem_max").write_text("212992\n")
    assert verdicts(limits.limits(4096, 4096, True, tmp_path)) == [OK, LOOK, LOOK]
    assert verdicts(limits.limits(4096, 4096, False, tmp_path)) == [OK, LOOK]


# --- the clock


@pytest.mark.parametrize(
    ("now", "newest", "kept", "verdict"),
    [
        (clock.RELEASED + 1, None, True, OK),
        (clock.RELEASED + 1, None, None, OK),
        (clock.RELEASED + 1, clock.RELEASED, True, OK),
        (clock.RELEASED - 1, None, True, WRONG),
        (0.0, None, None, WRONG),
        (clock.RELEASED + 1, clock.RELEASED + 7201, True, LOOK),
        (clock.RELEASED + 1, None, False, LOOK),
    ],
)
def test_a_clock_cannot_be_before_this_version_nor_behind_the_log(
    now: float, newest: float | None, kept: bool | None, verdict: Severity
) -> None:
    assert worst(clock.clock(now, newest, kept)).verdict is verdict


@pytest.mark.parametrize(("state", "kept"), [(0, True), (5, False), (-1, None)])
def test_the_kernel_says_whether_anything_keeps_the_clock_right(state: int, kept: bool | None) -> None:
    assert clock.is_kept_right(lambda _buffer: state) is kept


def test_a_c_library_that_cannot_be_asked_says_nothing_of_the_clock() -> None:
    def not_there(_buffer: object) -> int:
        raise AttributeError

    assert clock.is_kept_right(not_there) is None
    assert clock.is_kept_right() in (True, False, None)


# --- the terminal


@pytest.mark.parametrize(
    ("environment", "columns", "verdict"),
    [
        ({"LANG": "C.UTF-8"}, None, OK),
        ({"LANG": "zh_CN.utf8"}, 2, OK),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, 2, LOOK),
        ({}, None, LOOK),
        ({"LC_ALL": "", "LANG": "zh_CN.GB18030"}, None, LOOK),
        ({"LANG": "C.UTF-8"}, 6, LOOK),
    ],
)
def test_the_locale_and_the_width_of_chinese_are_looked_at(
    environment: dict[str, str], columns: int | None, verdict: Severity
) -> None:
    assert worst(text.text(environment, columns)).verdict is verdict


def test_the_environment_is_the_one_that_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_CTYPE", "set later")
    assert text.environment_given().get("LC_CTYPE") != "set later"
    assert text.environment_given()["PATH"]
    monkeypatch.setattr(text, "Path", lambda _: tmp_path / "nowhere")
    assert text.environment_given()["LC_CTYPE"] == "set later"


@pytest.mark.parametrize(("answer", "columns"), [(b"\x1b[12;3R", 2), (b"noise\x1b[1;7R", 6), (b"", None)])
def test_the_terminal_is_asked_for_the_width(
    answer: bytes, columns: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setattr(text, "ANSWER_SECONDS", 5.0 if answer else 0.0)
    set_cbreak = text.tty.setcbreak

    def asked(file: int) -> None:
        set_cbreak(file)
        os.write(ours, answer)

    monkeypatch.setattr(text.tty, "setcbreak", asked)
    try:
        assert text.width_at(theirs, theirs) == columns
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_is_no_terminal_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr(text.sys, "stdin", nothing)
        assert text.width_here() is None


# --- systemd


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ("ExecStart=/opt/twistchat --nodaemon\nLimitNOFILE=65536\nTimeoutStopSec=10", OK),
        ("LimitNOFILE=65536\nType=notify\nNotifyAccess=main", OK),
        ("LimitNOFILE=65536\nType=notify-reload", WRONG),
        ("LimitNOFILE=65536\nType=forking\nExecStart=twistd --nodaemon twistchat", WRONG),
        ("LimitNOFILE=65536\nTimeoutStopSec=2s", LOOK),
        ("LimitNOFILE=65536\nTimeoutStopSec=1min", OK),
        ("LimitNOFILE=65536\nTimeoutStopSec=infinity", OK),
        ("", LOOK),
        ("LimitNOFILE=65536\nMemoryMax=64M", LOOK),
        ("LimitNOFILE=65536\nMemoryMax=2G\nEnvironment=A=1\nEnvironment=B=2", OK),
        ("LimitNOFILE=65536\nKillMode=none", LOOK),
    ],
)
def test_a_unit_is_read(tmp_path: Path, lines: str, verdict: Severity) -> None:
    (tmp_path / unit.NAME).write_text(f"[Unit]\nDescription=chat\n[Service]\n{lines}\n")
    found = worst(unit.unit([tmp_path / "none", tmp_path]))
    assert found.verdict is verdict
    assert found.verdict is OK or "daemon-reload" in found.advice


def test_no_unit_is_no_trouble_and_a_garbled_one_is_not_understood(tmp_path: Path) -> None:
    assert worst(unit.unit([tmp_path])).verdict is OK
    (tmp_path / unit.NAME).write_text("no section\n")
    assert worst(unit.unit([tmp_path])).verdict is LOOK


# --- versions


def test_packages_that_are_missing_or_old_are_named() -> None:
    def installed(name: str) -> str:
        if name == "segno":
            raise PackageNotFoundError
        return {"twisted": "26.9.1", "ifaddr": "0.2.0"}[name]

    required = ["twisted[tls,conch]>=26.10", "ifaddr>=0.2", "segno>=1.6", "pytest>=8; extra == 'test'"]
    found = [*versions.versions(lambda: required, installed, lambda: False, lambda: [Extra.TLS])]
    assert verdicts(found) == [OK, WRONG, WRONG, LOOK, LOOK]
    assert [finding.advice for finding in found[1:3]] == ["pip install -U 'twisted>=26.10'", "pip install 'segno>=1.6'"]


def test_an_sqlite_that_the_log_cannot_use_is_named() -> None:
    found = [*versions.versions(list, extras=list, sqlite=(3, 26, 0))]
    assert verdicts(found) == [OK, WRONG]
    assert found[1].found.startswith("The log needs SQLite 3.37, and this Python has 3.26.0.")


def test_a_checkout_that_was_not_installed_requires_nothing() -> None:
    def not_installed() -> list[str]:
        raise PackageNotFoundError

    assert verdicts(versions.versions(not_installed, extras=list)) == [OK]


# --- the command


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    state = tmp_path / "state"
    state.mkdir(0o700)
    return [*only(), "--state-dir", str(state)]


def test_findings_are_told_for_people_and_for_programs(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status = main(words)
    told = capsys.readouterr().out.splitlines()
    assert status in (1, 2) and told[0].split() == ["ok", "options", "read;", "no", "--config"]
    assert any(line.lstrip().startswith("-> ") for line in told)
    assert main(["--json", *words]) == status
    rows = json.loads(capsys.readouterr().out)["findings"]
    assert {row["check"] for row in rows} >= {"options", *(check.name for check in CHECKS)} - {"ports"}
    assert {"check", "verdict", "found", "advice"} == set(rows[0])
    assert f"{sum(row['verdict'] == 'wrong' for row in rows)} wrong" in told[-1]


def test_options_that_cannot_be_read_are_said_and_what_does_not_need_them_is_looked_at(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["--json", "--state-dir", str(tmp_path), "--tcpp", "off"]) == 2
    rows = json.loads(capsys.readouterr().out)["findings"]
    assert rows[0]["verdict"] == "wrong" and "--tcpp" in rows[0]["found"]
    assert {row["check"] for row in rows[1:]} == {"versions", "text", "systemd"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--calls-to", "nonsense"], "--calls-to nonsense: this is no address"),
        (["--calls-ca", "nowhere.pem"], "--calls-ca nowhere.pem: cannot be read: No such file"),
        (["--admin", "tcp:0", "--admin-keys", "nowhere"], "--admin-keys nowhere: there is no such file"),
        (["--cluster", "nonsense"], "--cluster nonsense: Unknown endpoint type"),
        (["--cluster", "tcp:localhost:7970", "--lease", "1h"], "--lease 1h: give 1s to 60s"),
        (["--cluster", "tcp:localhost:7970", "--cluster-read", "sentinel:x"], "--cluster-read sentinel:x"),
    ],
)
def test_what_a_start_would_refuse_is_said_in_its_words(
    words: list[str], capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    if any("cluster" in word for word in more):
        pytest.importorskip("hiredis")
    main(["--json", *words, *more])
    rows = json.loads(capsys.readouterr().out)["findings"]
    assert any(row["verdict"] == "wrong" and sentence in row["found"] for row in rows if row["check"] == "options")


def test_whether_somebody_listens_where_redis_is_said_to_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = f"tcp:127.0.0.1:{listening.getsockname()[1]}"
        assert verdicts(starting.redis(where)) == [OK]
    assert verdicts(starting.redis(where)) == [WRONG]
    path = tmp_path / "r"
    with socket.socket(socket.AF_UNIX) as at_path:
        at_path.bind(str(path))
        at_path.listen()
        assert verdicts(starting.redis(f"unix:{path}")) == [OK]
    assert verdicts(starting.redis(f"unix:{path}")) == [WRONG]
    assert verdicts(starting.redis("tcp:nonsense")) == [WRONG]
    assert verdicts(starting.redis("sentinel:chat:localhost:1")) == []
    assert verdicts(starting.redis("off")) == [OK]


def test_all_well_is_said_where_all_is_well(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All of it is real but for what a machine of tests may lack: somebody who sets its clock, and a network."""
    monkeypatch.setattr("twistchat.doctor.table.clock.is_kept_right", lambda: True)
    monkeypatch.setattr("twistchat.doctor.table.hosts", lambda _adapters: [PRIVATE_HOST])
    monkeypatch.setattr("twistchat.doctor.table.text.environment_given", lambda: {"LANG": "C.UTF-8"})
    words = [*only("--web", "tcp:0", "--tcp", f"tcp:{free_port()}"), *words[-2:]]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert told.endswith("\nAll is well.\n") and "-> " not in told
    assert main(["--json", *words]) == 0
    assert {row["verdict"] for row in json.loads(capsys.readouterr().out)["findings"]} == {"ok"}


def test_a_check_that_the_machine_refuses_is_a_finding(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_it: object) -> Iterable[Finding]:
        raise PermissionError(errno.EACCES, "Permission denied", "/root/secret")

    monkeypatch.setattr("twistchat.doctor.cli.CHECKS", (Check("folder", refused),))
    assert main(words) == 2
    assert "secret cannot be looked at" in capsys.readouterr().out


def test_nothing_is_made_by_looking(words: list[str], tmp_path: Path) -> None:
    main([*words, "--admin", "tcp:0:interface=127.0.0.1"])
    assert [*(tmp_path / "state").iterdir()] == []
