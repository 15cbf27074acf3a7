"""A real server hands over to a new process, and whoever is there notices nothing."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.dialect import came
from support.patience import PATIENCE_SECONDS
from support.restarting import is_alive, restarted, servers_on, serving, until, who_serves
from support.server import ANY, ANY_UDP, LineClient, only
from support.terminal import Terminal, nc, telnet
from support.tutorial import TutorialTcpClient, TutorialUdpClient

ALL = only("--tcp", ANY, "--udp", ANY_UDP, "--web", ANY, "--irc", ANY)


def test_what_people_really_have_goes_on_in_the_middle_of_a_line(tmp_path: Path) -> None:
    with serving(tmp_path, listen=ALL) as server, ExitStack() as stack:
        tess = stack.enter_context(telnet(server, "tess"))
        tess.comes_in()
        nico = stack.enter_context(nc(server, "nico"))
        nico.comes_in()
        alice = stack.enter_context(TutorialTcpClient(server, "alice"))
        tess.waits_for(came("alice"))
        dora = stack.enter_context(TutorialUdpClient(server, "dora"))
        tess.waits_for(came("dora"))
        half = stack.enter_context(LineClient(server, "half"))
        slow = stack.enter_context(LineClient(server, "slow"))
        irc = stack.enter_context(LineClient(server, interface="irc"))
        irc.says("NICK irene\r\nUSER i 0 * :Irene\r\nJOIN #tea")
        irc.hears(" 366 ")
        half.says("/join tea")
        half.hears(came("half"))
        half.says("/join lobby")
        half.says("/lang zh_CN")
        first = server.process.pid
        for turn in ("one", "two"):
            half.socket.sendall("半行 ".encode() + b"\xe4\xbd")
            irc.socket.sendall(b"PRIVMSG #tea :half of " + turn.encode()[:1])
            slow.socket.sendall(b"o")
            before = who_serves(server)
            said = restarted(server)
            assert "7 people kept, 0 have to come again" in said
            assert who_serves(server) != before
            until(lambda before=before: before == first or not is_alive(before))
            slow.socket.sendall(b"ne byte at a time\r\n")
            half.socket.sendall(b"\xa0 " + turn.encode() + b"\r\n")
            irc.socket.sendall(turn.encode()[1:] + b"\r\n")
            for person in (tess, nico, dora):
                person.says(f"{turn} of {person.nickname}")
            alice.says(f"{turn} of alice")
            half.hears(f"half of {turn}")
            for name in ("tess", "nico", "dora", "alice"):
                for person in (tess, nico, dora, alice):
                    person.waits_for(f"{turn} of {name}")
            tess.waits_for(f"半行 你 {turn}")
        for person in (tess, nico, dora, alice):
            assert person.text.count("two of nico") == 1
            assert person.text.count(came("dora")) <= 1
        new = stack.enter_context(LineClient(server, "new"))
        new.says("/who")
        new.hears("(8)")
        assert "joined" not in half.hears("new")
        slow.hears("one byte at a time")
        assert server.process.poll() is None
        assert server.process.pid == first
        os.kill(who_serves(server), signal.SIGTERM)
        assert server.stops() == 128 + signal.SIGTERM
        assert servers_on(tmp_path) == []
        assert "Traceback" not in server.output
        assert "critical" not in server.output


@pytest.mark.parametrize("program", ["telnet", "plink"])
def test_a_chinese_line_that_is_half_typed_in_a_real_program_goes_on(tmp_path: Path, program: str) -> None:
    with serving(tmp_path, listen=only("--tcp", ANY)) as server, LineClient(server, "ada") as ada:
        port = str(server.port("tcp"))
        words = ["127.0.0.1", port] if program == "telnet" else ["-telnet", "-P", port, "127.0.0.1"]
        with Terminal("tess", program, *words) as tess:
            tess.comes_in()
            ada.hears(came("tess"))
            tess.types("你好")
            if program == "telnet":
                tess.presses("d")  # its terminal hands over what is typed by then, as by Enter, but without the end
            restarted(server)
            tess.types("，世界\r")
            assert "left" not in ada.hears("tess: 你好，世界\r\n")
        server.stops()


def test_a_log_in_memory_goes_along(tmp_path: Path) -> None:
    with serving(tmp_path, "--log", "memory", listen=only("--tcp", ANY)) as server, LineClient(server, "ada") as ada:
        ada.says("said before")
        ada.hears("said before")
        ada.says("/topic ours")
        ada.hears("set the topic: ours")
        restarted(server)
        with LineClient(server) as bob:
            bob.says("bob")
            bob.hears("Topic of lobby: ours")
            bob.hears("said before")
        server.stops()


def test_durability_power_and_a_unix_socket_and_ipv6_go_along(tmp_path: Path) -> None:
    where = str(tmp_path / "chat.sock")
    listen = only("--tcp", f"unix:{where}", "--irc", r"tcp6:0:interface=\:\:1")
    with serving(tmp_path, "--durability", "power", listen=listen) as server:
        server.logs("can hold about")
        with socket.socket(socket.AF_UNIX) as ada:
            ada.settimeout(PATIENCE_SECONDS)
            ada.connect(where)
            ada.sendall(b"ada\nhalf ")
            heard = b""
            while b"joined" not in heard:
                heard += ada.recv(4096)
            restarted(server)
            ada.sendall(b"and whole\n")
            while b"ada: half and whole" not in heard:
                heard += ada.recv(4096)
            with socket.create_connection(("::1", server.port("irc"))) as irc:
                irc.settimeout(PATIENCE_SECONDS)
                irc.sendall(b"NICK bob\r\nUSER b 0 * :B\r\n")
                while b"bob joined" not in heard:
                    heard += ada.recv(4096)
        server.stops()


def test_who_comes_by_tls_is_told_and_can_come_again_at_once(tmp_path: Path) -> None:
    from support.certificates import key_and_certificate

    key_and_certificate(tmp_path)
    tls = f"ssl:0:privateKey={tmp_path / 'key.pem'}:certKey={tmp_path / 'cert.pem'}:interface=127.0.0.1"
    with serving(tmp_path, listen=only("--tcp", ANY, "--ircs", tls)) as server, LineClient(server, "ada") as ada:
        import ssl

        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", server.port("ircs")))
        plain.settimeout(PATIENCE_SECONDS)
        with context.wrap_socket(plain) as irc:
            irc.sendall(b"NICK eve\r\nUSER e 0 * :E\r\n")
            ada.hears(came("eve"))
            assert "1 person kept, 1 has to come again (1 by TLS)" in restarted(server)
            heard = b""
            while more := irc.recv(4096):
                heard += more
            assert b"This server restarts" in heard
        ada.hears("eve left")
        with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port("ircs")))) as irc:
            irc.sendall(b"NICK eve\r\nUSER e 0 * :E\r\n")
            ada.hears(came("eve"))
        server.stops()
