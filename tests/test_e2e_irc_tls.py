"""IRC by TLS: with a certificate that one has, and with the server's own."""

from __future__ import annotations

import shutil
import socket
import ssl
from pathlib import Path

import pytest
from support.certificates import key_and_certificate
from support.ircclients import IrcTerminal
from support.patience import PATIENCE_SECONDS
from support.server import ANY, LineClient, Server, only, run


def unchecking(shown: Path | None = None) -> ssl.SSLContext:
    """What a program has that checks nothing, and shows the certificate in a folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if shown is not None:
        context.load_cert_chain(shown / "cert.pem", shown / "key.pem")
    return context


def registers(port: int, name: str) -> ssl.SSLSocket:
    """Somebody comes by TLS."""
    context = unchecking()
    raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    sealed = context.wrap_socket(raw)
    sealed.sendall(f"NICK {name}\r\nUSER u 0 * :{name}\r\n".encode())
    return sealed


def hears(sealed: ssl.SSLSocket, wanted: bytes) -> bytes:
    """Read until something is there."""
    got = b""
    while wanted not in got:
        read = sealed.recv(65536)
        assert read, got
        got += read
    return got


@pytest.mark.parametrize("option", ["ircs", "irc"])
def test_who_comes_by_tls_is_in_the_same_room(tmp_path: Path, option: str) -> None:
    key_and_certificate(tmp_path)
    ssl_port = f"ssl:0:interface=127.0.0.1:privateKey={tmp_path / 'key.pem'}:certKey={tmp_path / 'cert.pem'}"
    listen = ("--ircs", ssl_port) if option == "ircs" else ("--irc", ANY, "--irc-tls", "auto")
    with (
        Server(tmp_path, "--flood", "off", listen=only("--tcp", ANY, *listen)) as server,
        LineClient(server, "eve") as eve,
        registers(server.port(option), "ada") as ada,
    ):
        server.logs(r"join with: irssi, where /connect -tls 127\.0\.0\.1 \d+ is typed")
        hears(ada, b" 366 ada #lobby ")
        eve.hears("ada joined!")
        ada.sendall("PRIVMSG #lobby :你好\r\n".encode() * 200)
        assert eve.hears("ada: 你好")
        eve.says("x" * 900)
        assert hears(ada, b"eve!~u@irc.twistchat PRIVMSG #lobby :" + b"x" * 400)
        ada.sendall(b"QUIT :bye\r\n")
        assert hears(ada, b"ERROR :Closing Link: (bye)\r\n")
        assert ada.recv(1) == b""
        server.stops()


@pytest.mark.parametrize("option", ["ircs", "irc"])
def test_a_clients_certificate_proves_the_name_that_was_claimed_with_it(tmp_path: Path, option: str) -> None:
    key_and_certificate(tmp_path)
    (own := tmp_path / "client").mkdir()
    key_and_certificate(own)
    ssl_port = f"ssl:0:interface=127.0.0.1:privateKey={tmp_path / 'key.pem'}:certKey={tmp_path / 'cert.pem'}"
    listen = ("--ircs", ssl_port) if option == "ircs" else ("--irc", ANY, "--irc-tls", "auto")
    with Server(tmp_path, "--flood", "off", listen=only(*listen)) as server:

        def comes(shown: Path | None, *lines: str, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
            raw = socket.create_connection(("127.0.0.1", server.port(option)), timeout=PATIENCE_SECONDS)
            context = contexts[shown]
            sealed = context.wrap_socket(raw, session=session)
            sealed.sendall("".join(f"{line}\r\n" for line in lines).encode())
            return sealed

        contexts = {shown: unchecking(shown) for shown in (own, None)}
        with comes(own, "NICK ada", "USER a 0 * :A", "CLAIM") as ada:
            hears(ada, b" 900 ada ada!~u@irc.twistchat ada :")
            session = ada.session
        with comes(None, "NICK ada", "USER a 0 * :A") as other:
            hears(other, b" 433 * ada :")
        sasl = ("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "NICK ada", "USER a 0 * :A", "CAP END")
        for taken_up in (None, session):
            with comes(own, *sasl, session=taken_up) as again:
                assert b" 903 * :" in hears(again, b" 001 ada ")


IRSSI = """
servers = ({ address = "127.0.0.1"; chatnet = "chat"; port = "PORT"; autoconnect = "yes"; use_tls = "yes";
  tls_verify = "no"; tls_cert = "OWN/cert.pem"; tls_pkey = "OWN/key.pem"; });
chatnets = { chat = { type = "IRC"; nick = "ada"; sasl_mechanism = "EXTERNAL"; sasl_username = "ada";
  sasl_password = ""; }; };
"""


def test_irssi_comes_in_by_its_certificate(tmp_path: Path) -> None:
    if shutil.which("irssi") is None:
        pytest.skip("irssi is not installed here")
    (own := tmp_path / "client").mkdir()
    key_and_certificate(own)
    listen = only("--irc", ANY, "--irc-tls", "auto", "--tcp", ANY)
    with Server(tmp_path, "--flood", "off", listen=listen) as server, LineClient(server, "eve") as eve:
        port = server.port("irc")
        raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        with unchecking(own).wrap_socket(raw) as first:
            first.sendall(b"NICK ada\r\nUSER a 0 * :A\r\nCLAIM\r\n")
            hears(first, b" 900 ada ada!~u@irc.twistchat ada :")
        eve.hears("ada left!")
        (home := tmp_path / "irssi").mkdir()
        (home / "config").write_text(IRSSI.replace("PORT", str(port)).replace("OWN", str(own)))
        terminal = IrcTerminal(home, ["irssi", "--home", str(home)], lambda where: home / where)
        terminal.draws("SASL authentication succeeded")
        eve.hears("ada joined!")
        terminal.types("/msg #lobby by certificate")
        eve.hears("ada: by certificate")
        terminal.is_killed()


def test_the_servers_own_certificate_goes_with_no_other(tmp_path: Path) -> None:
    words = only("--irc-tls", "auto", "--irc", "ssl:0:privateKey=a:certKey=b", "--tcp", ANY)
    ended = run("-n", "twistchat", *words, folder=tmp_path)
    assert "--irc-tls auto does not go with --irc ssl:0" in ended.stdout + ended.stderr
    assert ended.returncode != 0
