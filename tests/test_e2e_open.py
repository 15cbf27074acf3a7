"""`--open`, the addresses and the QR code, between machines of their own: namespaces with a cable between them."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pexpect
import pytest
from support.avahi import avahi, browsed, needs_avahi
from support.browser import Browser, Driver, needs_chromium
from support.dialect import came
from support.networks import OtherMachine, needs_networks
from support.patience import PATIENCE_SECONDS
from support.server import Server
from support.zbar import DARK, LIGHT, drawn, needs_zbar, read

pytestmark = needs_networks
OPEN = ("--open", "--irc", "off", "--ssh", "off", "--admin", "off", "--name", "Room 12")
FAR = "This chat is open to the networks that its server is in, and you come from another one."


@pytest.fixture
def other() -> Iterator[OtherMachine]:
    with OtherMachine() as machine:
        yield machine


@pytest.fixture
def server(other: OtherMachine, tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, listen=OPEN, command=other.twistd, is_alone=True) as server:
        server.logs("where: ")
        for interface in ("tcp", "udp", "web"):  # which may come after it
            server.port(interface)
        yield server


def heard(to: tuple[str, int], source: str, until: str, *lines: str) -> str:
    """What comes over TCP to somebody at an address who sends these lines, up to something or the end."""
    with socket.create_connection(to, PATIENCE_SECONDS, (source, 0)) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
        text = ""
        while until not in text and (part := connection.recv(65536)):
            text += part.decode("utf-8", "replace")
        return text


def fetched(url: str, source: str) -> tuple[int, str]:
    """The status and the body of what somebody at an address gets."""
    host, port = url.removeprefix("http://").split("/")[0].split(":")
    with socket.create_connection((host, int(port)), PATIENCE_SECONDS, (source, 0)) as connection:
        path = "/" + url.removeprefix("http://").partition("/")[2]
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2].decode()


def datagram(to: tuple[str, int], source: str, packet: bytes, seconds: float) -> bytes:
    """What comes back of a datagram that somebody at an address sends; nothing where nothing comes in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.settimeout(seconds)
        sender.sendto(packet, to)
        try:
            return sender.recv(65536)
        except TimeoutError:
            return b""


def listed(to: tuple[str, int], source: str) -> list[str]:
    """The hosts of the pages that /where lists."""
    return re.findall(r"http://(\S+):7980/", heard(to, source, "pong", "ada", "/where", "/ping"))


def test_who_is_near_joins_by_every_way_and_who_is_not_is_refused_in_a_sentence(
    other: OtherMachine, server: Server
) -> None:
    for name in ("tcp", "web"):
        server.logs(rf"{name}: listening on 0.0.0.0 port \d+, for everyone on this machine's own private networks")
    tcp, udp, page = (other.there, 7976), (other.there, 8888), f"http://{other.there}:7980/"
    assert came("ada") in heard(tcp, other.near, came("ada"), "ada")
    assert FAR in heard(tcp, other.far, "never", "eve")
    assert fetched(page, other.near)[0] == 200
    for path in ("", "qr", "chat", "healthz"):
        assert fetched(page + path, other.far) == (403, f"{FAR} Join one of those, then try again.\n")
    assert datagram(udp, other.near, b"L bob", PATIENCE_SECONDS).startswith(b"OK")
    for packet in (b"L eve", b"L eve" + b" " * 60):
        assert datagram(udp, other.far, packet, PATIENCE_SECONDS) == b"NO"
    assert datagram(udp, other.far, b"C bob hello", 0.5) == b""
    server.logs("was refused '/' with 403: address: ")


def test_a_network_that_comes_later_counts(other: OtherMachine, server: Server) -> None:
    tcp = (other.there, 7976)
    assert FAR in heard(tcp, other.far, "never", "eve")
    other.does("addr", "add", f"{other.far_there}/24", "dev", "cable0")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while FAR in (text := heard(tcp, other.far, came("eve"), "eve")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert came("eve") in text
    shown = heard(tcp, other.near, f"udp://{other.far_there}", "ada", "/where")
    assert f"http://{other.far_there}:7980/" in shown
    assert fetched(f"http://{other.far_there}:7980/", other.far)[0] == 200


def test_what_is_given_beside_open_is_for_everybody(other: OtherMachine, tmp_path: Path) -> None:
    listen = (*OPEN, "--tcp", "tcp:7976")
    with Server(tmp_path, listen=listen, command=other.twistd, is_alone=True) as server:
        server.logs("where: ")
        assert came("eve") in heard((other.there, 7976), other.far, came("eve"), "eve")
        assert fetched(f"http://{other.there}:7980/", other.far)[0] == 403


def test_adapters_that_are_down_are_not_listed_and_come_and_go_between_two_calls(
    other: OtherMachine, server: Server
) -> None:
    other.does("link", "add", "docker0", "type", "bridge")
    other.does("link", "add", "eth7", "type", "veth", "peer", "name", "eth8")
    for adapter, address in (("docker0", "172.31.0.1/16"), ("eth7", "192.168.77.1/24")):
        other.does("addr", "add", address, "dev", adapter)
    tcp = (other.there, 7976)

    def lists(*pages: str) -> None:
        """Wait until just these are listed: the kernel tells of a link in its own time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := listed(tcp, other.near)) != [other.there, *pages]:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    assert listed(tcp, other.near) == [other.there], "they are switched off"
    other.does("link", "set", "eth8", "master", "docker0")
    for adapter in ("docker0", "eth7"):
        other.does("link", "set", adapter, "up")
    lists()
    other.does("link", "set", "eth8", "up")
    lists("192.168.77.1", "172.31.0.1")
    other.does("link", "del", "eth7")
    lists()


def test_40_adapters_are_told_a_few_of_at_start_and_all_when_asked(other: OtherMachine, tmp_path: Path) -> None:
    for number in range(40):
        other.does_all(
            f"link add eth{number} type veth peer name peer{number}",
            f"addr add 192.168.{number}.1/24 dev eth{number}",
            f"link set eth{number} up",
            f"link set peer{number} up",
        )
    with Server(tmp_path, listen=OPEN, command=other.twistd, is_alone=True) as server:
        server.logs("where: and 117 more; /where lists them")
        server.logs("for a projector")
        assert server.output.count("where: ") == 9
        text = heard((other.there, 7976), other.near, "... and 23 more.", "ada", "/where")
        assert len(re.findall(r"^(?:http|tcp|udp)://", text, re.MULTILINE)) == 100


def test_a_machine_with_no_address_but_loopback_says_so(other: OtherMachine, tmp_path: Path) -> None:
    other.does("link", "set", "cable0", "down")
    with Server(tmp_path, listen=OPEN, command=other.twistd, is_alone=True) as server:
        server.logs("where: this machine has no address now by which others could join. Once it is in a network")


@pytest.mark.parametrize("name", ["." * 63, "a\x1b[2Jb", "x" * 64])
def test_a_host_name_that_is_none_is_no_trouble(other: OtherMachine, tmp_path: Path, name: str) -> None:
    set_name = "import socket, sys; socket.sethostname(sys.argv[1]); from twisted.scripts.twistd import run; "
    program = f"{set_name}sys.argv[1:2] = []; run()"
    command = ("unshare", "--uts", *other.inside(sys.executable, "-c", program, name))
    with Server(tmp_path, listen=OPEN, command=command, is_alone=True) as server:
        server.logs(f"where: http://{other.there}:7980/")
        assert ".local" not in server.output
        assert "Traceback" not in server.output
        assert fetched(f"http://{other.there}:7980/qr", other.near)[0] == 200


# --- a name that is answered for


@needs_avahi
def test_the_name_on_the_local_network_is_listed_while_something_answers_for_it(
    other: OtherMachine, tmp_path: Path
) -> None:
    set_name = "import socket; socket.sethostname('desk'); from twisted.scripts.twistd import run; run()"
    command = ("unshare", "--uts", *other.inside(sys.executable, "-c", set_name))
    with avahi(other, tmp_path), Server(tmp_path, listen=OPEN, command=command, is_alone=True) as server:
        server.logs("where: http://desk.local:7980/")
        assert server.output.index(f"http://{other.there}:7980/") < server.output.index("desk.local")
    with Server(tmp_path, listen=OPEN, command=command, is_alone=True) as server:
        server.logs("where: for a projector")
        assert "desk.local" not in server.output


@needs_avahi
@pytest.mark.parametrize(("kind", "port"), [("_twistchat._tcp", 7976), ("_http._tcp", 7980)])
def test_who_browses_services_sees_the_one_that_the_docs_have_a_file_for(
    other: OtherMachine, tmp_path: Path, kind: str, port: int
) -> None:
    service = Path(__file__).parent.parent / "docs" / "twistchat.service"
    with avahi(other, tmp_path, service):
        assert set(browsed(kind, other.near).values()) == {port}


# --- a class


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_thirty_people_are_in_by_what_the_readme_says(other: OtherMachine, tmp_path: Path, readme: str) -> None:
    text = (Path(__file__).parent.parent / readme).read_text("utf-8")
    (typed,) = [line for line in text.splitlines() if "--open --name" in line]
    options = shlex.split(typed.partition(" twistchat ")[2])
    with (
        Server(
            tmp_path, *options, listen=("--ssh", "off", "--admin", "off"), command=other.twistd, is_alone=True
        ) as server,
        ExitStack() as people,
    ):
        server.logs(f"where: for a projector: http://{other.there}:7980/qr")
        assert fetched(f"http://{other.there}:7980/qr", other.near)[0] == 200
        for number in range(30):
            person = socket.create_connection((other.there, 7976), PATIENCE_SECONDS, (other.near, 0))
            people.enter_context(person)
            person.sendall(f"person{number}\r\n".encode())
        deadline = time.monotonic() + PATIENCE_SECONDS
        asked = ("teacher", "/lang en", "/who lobby", "/ping")
        while "In lobby (31)" not in heard((other.there, 7976), other.near, "pong", *asked):
            assert time.monotonic() < deadline
            time.sleep(0.1)


# --- the code


@needs_zbar
def test_a_camera_reads_the_code_from_the_terminal_at_start(other: OtherMachine, tmp_path: Path) -> None:
    words = (*other.twistd[1:], "-n", "--pidfile=", "twistchat", *OPEN, "--state-dir", str(tmp_path / "state"))
    environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    url = f"http://{other.there}:7980/"
    with pexpect.spawn("ip", list(words), dimensions=(50, 100), encoding="utf-8", env=environment) as terminal:
        terminal.expect_exact(f"for a projector: {url}qr", timeout=PATIENCE_SECONDS)
        rows: list[str] = []
        while len(rows) < 17:
            terminal.expect("(\x1b\\[30;47m[^\x1b]*\x1b\\[0m)\r\n", timeout=PATIENCE_SECONDS)
            rows.append(terminal.match[1])
        terminal.sendintr()
        terminal.expect(pexpect.EOF, timeout=PATIENCE_SECONDS)
        terminal.wait()  # or pexpect gives it a tenth of a second to be gone
    for around in (DARK, LIGHT):
        assert read(drawn(rows, tmp_path / "terminal.pgm", around)) == [url]


@pytest.fixture(scope="module")
def browser(driver: Driver) -> Iterator[Browser]:
    with driver.browser() as running:
        yield running


@pytest.fixture
def screen(browser: Browser) -> Iterator[Browser]:
    """A tab of its own, whose size and colours a test chooses."""
    first = browser.window()
    browser.opens_window()
    yield browser
    browser.closes_window()
    browser.switches_to(first)


@needs_zbar
@needs_chromium
@pytest.mark.xdist_group("chromium")
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (390, 780)], ids=["projector", "small", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_camera_reads_the_code_from_the_page(
    other: OtherMachine, server: Server, screen: Browser, tmp_path: Path, size: tuple[int, int], dark: bool
) -> None:
    url = f"http://{other.there}:7980/"
    screen.cdp("Storage.clearDataForOrigin", origin=url.rstrip("/"), storageTypes="all")
    screen.shows_as(size, dark)
    screen.goes_to(f"{url}qr")
    screen.sees("Room 12", "h1")
    screen.sees(url, ".url")
    screen.shoots(tmp_path / "page.png")
    assert read(tmp_path / "page.png") == [url]
    shape = "const {width, right, bottom} = document.querySelector(arguments[0]).getBoundingClientRect(); "
    width, right, bottom = screen.runs(f"{shape}return [width, right, bottom]", ".scan")
    assert right <= size[0]
    assert bottom <= size[1], "the code is whole on the screen"
    assert width >= min(size) * 0.55
    fits = "const {scrollWidth, scrollHeight} = document.documentElement; "
    assert screen.runs(f"{fits}return scrollWidth <= innerWidth && scrollHeight <= innerHeight"), "all of it"
    assert screen.complaints() == []
    screen.goes_to(url)
    assert screen.runs("return document.title") == "Room 12"
    screen.enters(url, "ada")
    assert screen.runs("return document.title").endswith("Room 12")
    assert screen.runs("return document.querySelector('#invite').href") == f"{url}qr"


def test_programs_are_told_the_addresses_one_by_one(other: OtherMachine, server: Server) -> None:
    text = heard(
        (other.there, 7976), other.near, '"done"', '{"v":1,"kind":"hello","name":"bot"}', '{"line":"/where","id":"w"}'
    )
    everything = [json.loads(line) for line in text.removeprefix("NICKNAME").splitlines() if line.startswith("{")]
    told = [each for each in everything if each.get("id") == "w"]
    assert [each["code"] for each in told[:-1]] == ["where-name", "way", "way", "way"]
    assert told[1]["data"] == {
        "url": f"http://{other.there}:7980/",
        "how": "in a browser",
        "interface": "web",
        "kind": "private",
    }
