"""The server as a process: what it says when it starts, what signals do, and how it refuses to start."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.certificates import key_and_certificate
from support.dialect import came
from support.patience import PATIENCE_SECONDS
from support.server import (
    ANY,
    ANY_UDP,
    LOOPBACK,
    TWISTD,
    LineClient,
    Server,
    only,
    run,
    wait_for_file,
)
from twisted.internet.task import Clock

from twistchat.errors import CannotStart
from twistchat.options import Options
from twistchat.service import ChatService

FOREGROUND = ("--nodaemon", "--pidfile=twistd.pid", "twistchat")


def test_starting_says_where_each_interface_listens_and_how_to_get_in(tmp_path: Path) -> None:
    with Server(tmp_path, command=TWISTD) as server:
        port, datagrams = server.port("tcp"), server.port("udp")
        server.logs(
            rf"tcp: listening on 127.0.0.1 port {port}, for this machine only; join with: telnet 127.0.0.1 {port}\n"
        )
        server.logs(rf"udp: listening on 127.0.0.1 port {datagrams}, .*; join with: nc -u 127.0.0.1 {datagrams}")
        server.logs(
            rf"`--tcp tcp:{port}` would open it to everyone who can reach this machine, `--open` to its own networks"
        )
        assert server.stops() in (0, -signal.SIGTERM)  # Twisted ends by the signal that it got
        assert "Traceback" not in server.output


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_stopping_tells_everyone_sends_what_is_queued_and_waits_for_nobody_who_does_not_read(
    tmp_path: Path, by: signal.Signals
) -> None:
    with (
        Server(tmp_path, "--flood", "off", "--backlog", "64M", command=TWISTD) as server,
        LineClient(server, "deaf", receive_buffer=4096),
        LineClient(server, "ada") as ada,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        for _number in range(3000):
            ada.says("x" * 900)
        ada.says("/ping end")
        ada.hears("pong end")
        udp.settimeout(PATIENCE_SECONDS)
        udp.connect(("127.0.0.1", server.port("udp")))
        udp.send(b"L bob")
        assert udp.recv(2000) == b"OK"
        ada.hears(came("bob") + "\r\n")
        server.process.send_signal(by)
        ada.hears("The server is stopping. ")
        server.stops(by)  # again, as of who presses Ctrl-C twice
        assert ada.hears_out() == "Goodbye.\r\nGoodbye.\r\n"
        assert "Traceback" not in server.output
        received = b""
        while not received.endswith(b"EXIT"):
            received = udp.recv(2000)


def test_stopping_it_twice_is_stopping_it_once(tmp_path: Path) -> None:
    with Server(tmp_path) as server, LineClient(server, "ada") as ada:
        server.logs("would open it")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            server.process.send_signal(number)
        ada.hears("The server is stopping.")
        server.process.send_signal(signal.SIGTERM)
        server.logs("Server Shut Down")
        assert server.process.wait(PATIENCE_SECONDS) in (-signal.SIGINT, -signal.SIGTERM)  # by whichever was first
        assert server.process.stdout is not None
        server.output += server.process.stdout.read().decode()
        assert server.output.count("shutting down") == 1
        assert not re.search("(?i)traceback|critical|exception", server.output)


def test_sighup_reads_limits_and_opens_the_log_anew_and_disconnects_nobody(tmp_path: Path) -> None:
    config, log = tmp_path / "chat.toml", tmp_path / "chat.log"
    config.write_text(
        'text-chars = 50\ntcp = "tcp:0:interface=127.0.0.1"\nudp = "off"\nadmin = "off"\nweb = "off"\n'
        'irc = "off"\nssh = "off"\n'
    )
    twistd = ("--nodaemon", "--pidfile=", "--logfile", "chat.log")
    with Server(tmp_path, "--config", "chat.toml", twistd=twistd, listen=(), command=TWISTD) as server:
        server.process.send_signal(0)
        wait_for_file(log, "would open it")
        server.output = log.read_text()
        with LineClient(server, "ada") as ada:
            ada.says("x" * 60)
            ada.hears("That message is too long: 50 characters")
            config.write_text("text-chars = 70\n")
            log.rename(tmp_path / "chat.log.1")
            server.process.send_signal(signal.SIGHUP)
            wait_for_file(log, "limits read again")
            ada.says("x" * 60)
            ada.hears(f"ada: {'x' * 60}\r\n")
            config.write_text("text-chars = many\n")
            server.process.send_signal(signal.SIGHUP)
            wait_for_file(log, "the limits stay as they were: --config")
            ada.says("x" * 70)
            ada.hears(f"ada: {'x' * 70}\r\n")
            server.stops()
        assert "Traceback" not in log.read_text()
        assert "limits read again" not in (tmp_path / "chat.log.1").read_text()


def test_sighup_with_a_log_that_cannot_be_opened_goes_on_in_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    twistd = ("--nodaemon", "--pidfile=", "--logfile", "logs/chat.log")
    with Server(tmp_path, twistd=twistd, command=TWISTD) as server:
        wait_for_file(folder / "chat.log", "would open it")
        moved = folder.rename(tmp_path / "moved")
        server.process.send_signal(signal.SIGHUP)
        wait_for_file(moved / "chat.log", "SIGHUP: the log goes on where it was")
        server.stops()
        assert "Server Shut Down" in (moved / "chat.log").read_text()


def test_python_m_twisted_runs_it_too(tmp_path: Path) -> None:
    with Server(tmp_path, twistd=("--log-format=text",), command=(sys.executable, "-m", "twisted")) as server:
        with LineClient(server, "ada") as ada:
            ada.says("hi")
            ada.hears("ada: hi\r\n")
        server.stops()


def test_a_daemon_logs_to_twistds_file_and_has_its_pid_file_while_it_runs(tmp_path: Path) -> None:
    state = ("--state-dir", str(tmp_path / "state"))
    assert run("twistchat", *LOOPBACK, *state, folder=tmp_path).returncode == 0
    pid = int((tmp_path / "twistd.pid").read_text())
    try:
        wait_for_file(tmp_path / "twistd.log", "would open it")
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for_file(tmp_path / "twistd.log", "Server Shut Down")


def test_tls_works_by_its_endpoint_and_a_slow_reader_gets_all(tmp_path: Path) -> None:
    key_and_certificate(tmp_path)
    listen = only("--tcp", "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=cert.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tmp_path / "cert.pem")
    with Server(tmp_path, "--flood", "off", "--backlog", "8M", listen=listen, command=TWISTD) as server:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", server.port("tcp")))
        raw.settimeout(PATIENCE_SECONDS)
        with context.wrap_socket(raw, server_hostname="localhost") as ada:
            ada.sendall(b"ada\n" + b"".join(b"%04d%s\n" % (number, b"x" * 990) for number in range(2000)))
            got = b""
            while b"ada: 1999" not in got or not got.endswith(b"\r\n"):
                got += ada.recv(65536)
            said = [line for line in got.decode().splitlines() if line.startswith("ada: ")]
            assert [line[5:9] for line in said] == [f"{number:04}" for number in range(2000)]
            ada.sendall(b"/quit\n")
            while part := ada.recv(65536):
                got += part
            assert got.endswith(b"Goodbye.\r\n")
        server.stops()


def test_unix_sockets_and_ipv6_work_by_their_endpoints(tmp_path: Path) -> None:
    listen = only("--tcp", "unix:chat.sock", "--udp", "udp:0:interface=\\:\\:1")
    with Server(tmp_path, listen=listen, command=TWISTD) as server, socket.socket(socket.AF_UNIX) as ada:
        server.logs(r"tcp: listening on chat\.sock")
        ada.settimeout(PATIENCE_SECONDS)
        ada.connect(str(tmp_path / "chat.sock"))
        assert ada.recv(100) == b"NICKNAME"
        server.logs(r"udp: listening on ::1 port \d+, for this machine only")
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as bob:
            bob.settimeout(PATIENCE_SECONDS)
            bob.connect(("::1", server.port("udp")))
            bob.send(b"L bob")
            assert bob.recv(2000) == b"OK"
        server.stops()


def test_the_proxy_protocol_works_by_its_endpoint(tmp_path: Path) -> None:
    listen = only("--tcp", f"haproxy:{ANY}")
    with Server(tmp_path, listen=listen, command=TWISTD) as server, LineClient(server) as ada:
        ada.socket.sendall(b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 7976\r\n")
        ada.hears("NICKNAME")
        ada.says("ada")
        ada.hears(came("ada") + "\r\n")
        ada.says("/quit")
        assert ada.hears_out().endswith("Goodbye.\r\n")
        server.stops()


# --- refusing to start


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def taken_by_udp() -> Iterator[int]:
    with socket.socket(type=socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def refused(folder: Path, *words: str, command: tuple[str, ...] = TWISTD, before: tuple[str, ...] = FOREGROUND) -> str:
    """Start it with words that it must refuse, and return its sentence."""
    ended = run(*before, *only(*words), folder=folder, command=command)
    assert ended.returncode not in (0, None)
    assert "Traceback" not in ended.stderr + ended.stdout
    assert not (folder / "twistd.pid").exists()
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("twistchat: ")
    return sentence.removeprefix("twistchat: ")


def test_a_port_in_use_is_a_sentence(tmp_path: Path, taken: int) -> None:
    listen = ("--tcp", str(taken), "--udp", "udp:0:interface=127.0.0.1", "--state-dir", "state")
    sentence = refused(tmp_path, *listen)
    assert sentence == (
        f"--tcp {taken}: cannot listen there: Address already in use. Does a server run there already? Stop it, give "
        "another place, or `off`."
    )


def test_a_port_in_use_is_a_sentence_by_python_m_twisted_too(tmp_path: Path, taken: int) -> None:
    command, before = (sys.executable, "-m", "twisted"), ("twistchat",)
    sentence = refused(tmp_path, "--tcp", str(taken), "--state-dir", "state", command=command, before=before)
    assert "Address already in use" in sentence


def test_a_udp_port_in_use_is_a_sentence(tmp_path: Path, taken_by_udp: int) -> None:
    sentence = refused(tmp_path, "--udp", str(taken_by_udp), "--state-dir", "state")
    assert f"--udp {taken_by_udp}: cannot listen there: Address already in use" in sentence


def test_a_daemon_that_cannot_start_says_why(tmp_path: Path, taken: int) -> None:
    words = only("--tcp", str(taken), "--state-dir", str(tmp_path / "s"))
    ended = run("twistchat", *words, folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"twistchat: --tcp {taken}: cannot listen there: Address already in use.")
    assert not (tmp_path / "twistd.pid").exists()


KEY = "privateKey=key.pem:certKey=other.pem"


@pytest.mark.parametrize(
    "words",
    [
        ("--tcp", "tcp:TAKEN:interface=127.0.0.1"),
        ("--tcp", "haproxy:tcp:TAKEN:interface=127.0.0.1"),
        ("--tcp", "tcp6:0:interface=\\:\\:9"),
        ("--tcp", "unix:nowhere/chat.sock"),
        ("--tcp", "tcp:99999"),
        ("--tcp", "tcp:0:interface=a b\tc"),
        ("--tcp", f"tcp:0:interface={'x' * 300}"),
        ("--udp", f"udp:0:interface={'x' * 300}"),
        ("--web", "ssl:80x"),
        ("--tcp", f"ssl:0:{KEY}"),
        ("--tcp", "systemd:domain=INET:index=0"),
        ("--web", f"ssl:TAKEN:{KEY}"),
        ("--web", "0", "--web-path", "here"),
        ("--udp", "udp:UDP:interface=127.0.0.1"),
        ("--admin", "tcp:0"),
        ("--admin", "TAKEN"),
        ("--language", "xx"),
        ("--tcp", "off"),
    ],
)
def test_a_start_that_is_refused_leaves_nothing_behind(
    tmp_path: Path, taken: int, taken_by_udp: int, words: tuple[str, ...]
) -> None:
    state = tmp_path / "state"
    here = [word.replace("TAKEN", str(taken)).replace("UDP", str(taken_by_udp)) for word in words]
    ended = run("--nodaemon", "twistchat", *only("--tcp", "0"), "--state-dir", str(state), *here, folder=tmp_path)
    assert ended.returncode in (1, 2)
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("twistchat: ")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("twistd", "sentence"),
    [
        (("--rundir", "nowhere"), "--rundir nowhere: there is no such folder."),
        (("--chroot", "/tmp"), "--chroot: the program and its files are outside"),
    ],
)
def test_a_folder_that_twistd_could_not_go_to_is_a_sentence(
    tmp_path: Path, twistd: tuple[str, ...], sentence: str
) -> None:
    ended = run("-n", *twistd, "twistchat", *LOOPBACK, "--state-dir", "state", folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"twistchat: {sentence}")
    assert [*tmp_path.iterdir()] == []


def test_a_state_folder_is_below_the_folder_that_it_was_started_in(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    twistd = ("--nodaemon", "--pidfile=", "--rundir", "elsewhere")
    with (
        Server(tmp_path, "--state-dir", "kept", twistd=twistd, command=TWISTD) as server,
        LineClient(server, "ada") as ada,
    ):
        ada.says("hi")
        ada.hears("ada: hi\r\n")
        server.stops()
    assert (tmp_path / "kept" / "log.db").exists()
    assert [*elsewhere.iterdir()] == []


@pytest.mark.parametrize(("option", "kind"), [("--uid", "user"), ("--gid", "group")])
def test_who_the_server_shall_run_as_and_is_not_known_here_is_a_sentence(
    tmp_path: Path, option: str, kind: str
) -> None:
    command = (sys.executable, "-m", "twistchat", "serve")
    for name in (["nosuch"], [], ["'$(x)"]):
        ended = run(*LOOPBACK, "--state-dir", "state", option, *name, folder=tmp_path, command=command)
        assert ended.returncode == 2
        assert ended.stderr.startswith(f"twistchat: {option} {''.join(name)}: there is no such {kind}")
        assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--tcp", "nonsense"], "--tcp nonsense: cannot listen there: "),
        (["--udp", "tcp:8888"], "--udp tcp:8888: cannot listen there: it is udp:PORT:interface=ADDRESS"),
        (["--udp", "udp:0:interface=192.0.2.77"], "cannot listen there: Cannot assign requested address"),
        (["--tcp", "off", "--udp", "off"], "Every interface is off, so nobody could join. Leave one on."),
        (["--state-dir", "file/below"], "--state-dir file/below: Not a directory. Give a folder that can be written."),
        (["--floot", "2/10"], "there is no option --floot; the nearest is flood."),
        (["--config", "missing.toml"], "missing.toml: No such file or directory."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_traceback(tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "file").write_text("")
    others = [] if "--tcp" in words else ["--tcp", ANY]
    others += [] if "--udp" in words else ["--udp", ANY_UDP]
    others += [] if "--state-dir" in words else ["--state-dir", "state"]
    assert sentence in refused(tmp_path, *others, *words)


def test_a_log_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    before = ("--nodaemon", "--pidfile=twistd.pid", "--logfile", "missing/chat.log", "twistchat")
    assert "--logfile" in refused(tmp_path, *LOOPBACK, "--state-dir", "state", before=before)


def test_a_daemon_cannot_log_to_standard_output(tmp_path: Path) -> None:
    sentence = refused(tmp_path, *LOOPBACK, before=("--logfile", "-", "twistchat"))
    assert sentence.startswith("a daemon cannot log to standard output")


def test_a_service_that_cannot_start_tells_so_without_a_process(tmp_path: Path) -> None:
    options = Options()
    options.parseOptions([*only(), "--state-dir", str(tmp_path)])
    with pytest.raises(CannotStart, match="Every interface is off"):
        ChatService(options, Clock())
