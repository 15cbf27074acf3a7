"""TLS with the server's own certificate: `--tcp-tls auto`, `--web-tls auto`, and `twistchat join tls://`."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from support.certificates import key_and_certificate
from support.patience import PATIENCE_SECONDS
from support.server import ANY, LineClient, Server, only, run
from websockets.sync.client import connect

from twistchat.bench.ports import free_port

SEALED = ("--tcp", ANY, "--tcp-tls", "auto")
PAGE = ("--web", ANY, "--web-tls", "auto")


def serving(folder: Path, *words: str) -> Server:
    folder.mkdir(exist_ok=True)
    return Server(folder, "--flood", "off", listen=only(*words))


def joins(folder: Path, address: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Somebody whose state is in that folder joins, says something and leaves."""
    return subprocess.run(
        [sys.executable, "-m", "twistchat", "join", "--plain", "--nick", "ada", *words, address],
        input="sealed\n",
        env={**os.environ, "XDG_STATE_HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_SECONDS,
    )


def unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def ssl_client(server: Server) -> ssl.SSLSocket:
    """Somebody at the sealed port, with a program that checks nothing."""
    raw = socket.create_connection(("127.0.0.1", server.port("tcp")), timeout=PATIENCE_SECONDS)
    return unchecked().wrap_socket(raw)


def test_the_fingerprint_that_is_shown_at_start_is_the_certificates_and_stays(tmp_path: Path) -> None:
    shown = []
    for _ in range(2):
        with serving(tmp_path, *SEALED, *PAGE) as server:
            shown.append(server.logs(r"the certificate's SHA-256 is ([0-9A-F:]{95})\n")[1])
            server.logs(r"join with: twistchat join tls://127\.0\.0\.1:\d+\n")
            server.logs(r"join with: http://127\.0\.0\.1:\d+/ in a browser, or https://127\.0\.0\.1:\d+/\n")
            for interface in ("tcp", "web"):
                pem = ssl.get_server_certificate(("127.0.0.1", server.port(interface)), timeout=PATIENCE_SECONDS)
                found = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256())
                assert found.hex(":").upper() == shown[-1]
            server.stops()
    assert shown[0] == shown[1]


def test_the_page_is_at_one_port_by_https_and_by_http_and_so_is_its_chat(tmp_path: Path) -> None:
    with serving(tmp_path, *PAGE) as server:
        port = server.port("web")
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        sealed = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS, context=unchecked())
        for way in (plain, sealed):
            for _ in range(2):  # on one connection
                way.request("GET", "/")
                answer = way.getresponse()
                assert (answer.status, b"<title>" in answer.read()) == (200, True)
            way.request("GET", "/", headers={"Host": "evil.example"})
            assert way.getresponse().status == 421
            way.close()
        names = (("http", "ws", None), ("https", "wss", unchecked()))
        for scheme, kind, context in names:
            origin = f"{scheme}://127.0.0.1:{port}"
            with connect(f"{kind}://127.0.0.1:{port}/chat", origin=origin, ssl=context, proxy=None) as socket:  # type: ignore[arg-type]
                socket.send(json.dumps({"v": 1, "name": kind}))
                socket.send(json.dumps({"v": 1, "line": "x" * 900}))
                while "x" * 900 not in (message := str(socket.recv(PATIENCE_SECONDS))):
                    assert "refused" not in message
        server.stops()


def test_a_page_by_https_that_reads_late_gets_all_in_order(tmp_path: Path) -> None:
    with serving(tmp_path, "--tcp", ANY, *PAGE, "--backlog", "8M") as server:
        port = server.port("web")
        late = connect(
            f"wss://127.0.0.1:{port}/chat",
            origin=f"https://127.0.0.1:{port}",  # type: ignore[arg-type]
            ssl=unchecked(),
            proxy=None,
            max_queue=1,
        )
        with late, LineClient(server, "bob") as bob:
            late.send(json.dumps({"v": 1, "name": "late"}))
            while '"joined"' not in str(late.recv(PATIENCE_SECONDS)):
                pass
            for number in range(3000):
                bob.says(f"{number:04}{'x' * 900}")
            bob.hears("2999xxx")
            said: list[str] = []
            while len(said) < 3000:
                value = json.loads(late.recv(PATIENCE_SECONDS))
                if value["kind"] == "said":
                    said.append(value["text"][:4])
        assert said == [f"{number:04}" for number in range(3000)]


def test_what_begins_as_tls_and_is_none_is_hung_up_on_and_others_go_on(tmp_path: Path) -> None:
    with serving(tmp_path, *PAGE) as server:
        port = server.port("web")
        for nonsense in (b"\x16\x03\x01\x00\x05hello", b"\x16" * 5000, b"\x16GET / HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as stranger:
                stranger.sendall(nonsense)
                while stranger.recv(4096):
                    pass
        ssl.get_server_certificate(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        server.stops()
        assert "Traceback" not in server.output


def test_the_first_time_a_key_is_shown_and_kept_and_from_then_on_it_goes_without_a_word(tmp_path: Path) -> None:
    with serving(tmp_path / "server", *SEALED) as server:
        address = f"tls://127.0.0.1:{server.port('tcp')}"
        shown = server.logs(r"the certificate's SHA-256 is (\S+)\n")[1]
        with ssl_client(server) as guest:
            guest.sendall(b"bob\n/where\n")
            heard = b""
            while shown.encode() not in heard:
                part = guest.recv(65536)
                assert part, heard
                heard += part
        first = joins(tmp_path, address)
        assert (first.returncode, "ada: sealed" in first.stdout) == (0, True), first.stderr
        assert shown in first.stderr
        assert joins(tmp_path, address).stderr == ""
    (known,) = tmp_path.rglob("known_servers")
    assert known.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"127\.0\.0\.1:\d+ sha256:[0-9a-f]{64}\n", known.read_text())


def test_another_key_is_refused_with_the_line_to_remove_and_taken_once_that_is_gone(tmp_path: Path) -> None:
    port = free_port()
    again = ("--tcp", f"tcp:{port}:interface=127.0.0.1", "--tcp-tls", "auto")
    with serving(tmp_path / "one", *again) as server:
        server.port("tcp")
        assert joins(tmp_path, f"tls://127.0.0.1:{port}").returncode == 0
        server.stops()
    with serving(tmp_path / "two", *again) as server:
        server.port("tcp")
        refused = joins(tmp_path, f"tls://127.0.0.1:{port}")
        (known,) = tmp_path.rglob("known_servers")
        assert refused.returncode == 1
        assert "REFUSED" in refused.stderr
        assert f"remove line 1 of {known}" in refused.stderr
        assert "sealed" in refused.stderr.partition("Not sent")[2]
        assert refused.stdout == ""
        said = joins(tmp_path, f"tls://127.0.0.1:{port}", "--json")
        assert (said.returncode, '"code":"tls-changed"' in said.stdout) == (1, True)
        known.write_text("")
        assert joins(tmp_path, f"tls://127.0.0.1:{port}").returncode == 0


def test_a_certificate_that_is_renewed_for_the_same_key_is_taken_without_a_word(tmp_path: Path) -> None:
    port = free_port()
    again = ("--tcp", f"tcp:{port}:interface=127.0.0.1", "--tcp-tls", "auto")
    with serving(tmp_path / "server", *again) as server:
        server.port("tcp")
        joins(tmp_path, f"tls://127.0.0.1:{port}")
        server.stops()
    (tmp_path / "server" / "state" / "tls_certificate.pem").unlink()
    with serving(tmp_path / "server", *again) as server:
        server.port("tcp")
        ran = joins(tmp_path, f"tls://127.0.0.1:{port}")
        assert (ran.returncode, ran.stderr) == (0, "")


def test_a_server_that_an_authority_vouched_for_is_refused_once_none_does(tmp_path: Path) -> None:
    with serving(tmp_path / "server", *SEALED) as server:
        address = f"127.0.0.1:{server.port('tcp')}"
        known = tmp_path / "twistchat" / "known_servers"
        known.parent.mkdir()
        known.write_text(f"# mine\n{address} authority\n")
        refused = joins(tmp_path, f"tls://{address}")
        assert refused.returncode == 1
        assert f"remove line 2 of {known}" in refused.stderr


def test_one_that_an_authority_of_the_machine_vouches_for_is_joined_whatever_its_key_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_and_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    listen = f"ssl:0:interface=127.0.0.1:privateKey={tmp_path}/key.pem:certKey={tmp_path}/cert.pem"
    with serving(tmp_path / "server", "--tcp", listen) as server:
        ran = joins(tmp_path, f"tls://localhost:{server.port('tcp')}")
        assert (ran.returncode, ran.stderr) == (0, "")
        known = tmp_path / "twistchat" / "known_servers"
        assert known.read_text() == f"localhost:{server.port('tcp')} authority\n"
        ran = joins(tmp_path, f"tls://127.0.0.1:{server.port('tcp')}")  # which the certificate does not have
        assert "The first time at" in ran.stderr


def test_where_nothing_can_be_told_it_is_refused_and_where_nothing_can_be_kept_it_is_said(tmp_path: Path) -> None:
    with serving(tmp_path / "server", *SEALED) as server:
        address = f"tls://127.0.0.1:{server.port('tcp')}"
        (tmp_path / "twistchat" / "known_servers").mkdir(parents=True)
        refused = joins(tmp_path, address)
        assert (refused.returncode, "Mend the file, or remove it." in refused.stderr) == (1, True)
        (tmp_path / "file").write_text("in the way of a folder")
        ran = joins(tmp_path / "file", address)
    assert "cannot be read (Not a directory)" in ran.stderr


def test_a_port_without_tls_is_told_as_before(tmp_path: Path) -> None:
    with serving(tmp_path / "server", "--tcp", ANY) as server:
        ran = joins(tmp_path, f"tls://127.0.0.1:{server.port('tcp')}")
        assert (ran.returncode, "no TLS is spoken there" in ran.stderr) == (1, True)
        with LineClient(server, "bob") as bob:
            bob.says("still here")
            bob.hears("bob: still here")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--tcp", "ssl:0", "--tcp-tls", "auto"), "--tcp-tls auto does not go with --tcp ssl:0"),
        (("--tcp", "tcp:0", "--tcp-tls", "yes"), "--tcp-tls yes: it is auto or off."),
    ],
)
def test_what_cannot_be_sealed_is_refused_at_start(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    ran = run("serve", *only(*words), folder=tmp_path, command=(sys.executable, "-m", "twistchat"))
    assert ran.returncode != 0
    assert sentence in ran.stderr


def test_a_key_that_is_gone_is_a_sentence_at_start_and_no_traceback(tmp_path: Path) -> None:
    with serving(tmp_path, *SEALED) as server:
        server.port("tcp")
        server.stops()
    (tmp_path / "state" / "tls_key.pem").unlink()
    words = only(*SEALED, "--state-dir", str(tmp_path / "state"))
    ran = run("serve", *words, folder=tmp_path, command=(sys.executable, "-m", "twistchat"))
    assert ran.returncode == 1
    assert "tls_key.pem is gone" in ran.stderr
    assert "Traceback" not in ran.stderr
    shutil.rmtree(tmp_path / "state")
