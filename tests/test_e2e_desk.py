"""A moderator in Chromium, and a class of sixty by page, telnet and datagrams, at a real server."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.browser import KEYS, Browser, needs_chromium
from support.dialect import came, shown
from support.pages import Open, url
from support.patience import PATIENCE_SECONDS
from support.server import ANY, ANY_UDP, LineClient, Server, only
from support.ssh import Administrator, allow, make_key, needs_ssh
from test_e2e_web_axe import findings, needs_axe, small
from websockets.sync.client import ClientConnection, connect

from twistchat.core.events import AnnouncedBy

pytestmark = [needs_chromium, needs_ssh, pytest.mark.xdist_group("chromium")]

EACH = 20
"""People by each interface."""


class Pupil:
    """A page's WebSocket, from an address of its own, as a proxy on this machine tells."""

    def __init__(self, server: Server, name: str, address: str) -> None:
        host = f"127.0.0.1:{server.port('web')}"
        origin: Any = f"http://{host}"
        opened = connect(
            f"ws://{host}/chat",
            origin=origin,
            additional_headers={"X-Forwarded-For": address},
            proxy=None,
            max_queue=None,  # it is read when a test asks
            ping_interval=None,
        )
        with ExitStack() as if_not_let_in:
            self.socket: ClientConnection = if_not_let_in.enter_context(opened)
            self.tells({"v": 1, "name": name})
            self.hears("welcome")
            self._open = if_not_let_in.pop_all()

    def tells(self, value: dict[str, Any]) -> None:
        self.socket.send(json.dumps(value))

    def asks(self, line: str) -> dict[str, Any]:
        """What answers a line."""
        self.tells({"line": line, "id": "7"})
        return self.until(lambda value: value.get("id") == "7" and value["kind"] in ("done", "refused"))

    def hears(self, kind: str) -> dict[str, Any]:
        return self.until(lambda value: value["kind"] == kind)

    def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            for text in str(self.socket.recv(timeout=PATIENCE_SECONDS)).splitlines():
                value: dict[str, Any] = json.loads(text)
                if is_it(value):
                    return value

    def __enter__(self) -> Pupil:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


class Datagrams(socket.socket):
    """Somebody by datagrams."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.settimeout(PATIENCE_SECONDS)
        self.name = name
        with ExitStack() as if_not_let_in:
            if_not_let_in.callback(self.close)
            self.connect(("127.0.0.1", server.port("udp")))
            self.send(f"L {name}".encode())
            self.hears(came(name))
            if_not_let_in.pop_all()

    def hears(self, wanted: str) -> None:
        while wanted not in self.recv(4096).decode():
            pass


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path)


@pytest.fixture
def server(tmp_path: Path, key: Path) -> Iterator[Server]:
    options = ("--admin-keys", str(allow(tmp_path, key)), "--web-proxy", "127.0.0.1", "--flood", "off")
    listen = only("--tcp", ANY, "--udp", ANY_UDP, "--web", ANY, "--admin", ANY)
    with Server(tmp_path, *options, listen=listen) as server:
        yield server


@pytest.fixture
def op(server: Server, key: Path) -> Administrator:
    return Administrator(server, key)


def link(op: Administrator, label: str = "Ms Li", room: str = "lobby") -> str:
    """What the operator's console says that leads a moderator in."""
    ran = op.runs(f"moderator '{label}' {room}")
    found = re.search(r"^(http://\S+#moderate=\S+)$", ran.stdout, re.MULTILINE)
    assert found, ran.stdout + ran.stderr
    return found[1]


def enters(browser: Browser, address: str, name: str) -> None:
    browser.enters(address, name)
    browser.waits(lambda: not browser.runs("return document.querySelector('#desk')?.hidden ?? true"), "the desk")


def is_pressed(browser: Browser, button: str) -> bool | None:
    """Whether a button is; None while it is not there, as the list of people is made anew."""
    found: bool | None = browser.runs(
        "const button = document.querySelector(arguments[0]); return button && button.ariaPressed === 'true'", button
    )
    return found


def button_of(name: str, kind: str) -> str:
    """The selector of a button at somebody's name."""
    return f"#people .{kind}[title$=' {name}']"


def test_a_class_of_sixty_is_locked_muted_and_spoken_to(server: Server, op: Administrator, opens: Open) -> None:
    ms_li = opens()
    enters(ms_li, link(op), "li")
    with ExitStack() as room:
        pages = [room.enter_context(Pupil(server, f"page{n}", f"10.0.0.{n + 1}")) for n in range(EACH)]
        lines = [room.enter_context(LineClient(server, f"line{n}")) for n in range(EACH)]
        udp = [room.enter_context(Datagrams(server, f"udp{n}")) for n in range(EACH)]
        ms_li.waits(lambda: ms_li.texts("#count") == ["61"], "the class")

        ms_li.clicks("#desk-announce")
        ms_li.types("#desk-text", "books away" + KEYS["enter"])
        ms_li.sees("books away", "#log .announced")
        for page in pages:
            assert page.hears("announced")["name"] == "li"
        said = shown(AnnouncedBy("lobby", "li", "books away"))
        for client in lines:
            client.hears(f"{said}\r\n")
        for client in udp:
            client.hears(said)

        ms_li.clicks("#desk-lock")
        ms_li.waits(lambda: is_pressed(ms_li, "#desk-lock"), "the lock")
        with LineClient(server) as late:
            late.says("late")
            late.hears("Nobody new is let into lobby")

        ms_li.clicks("#desk-mute")
        ms_li.waits(lambda: is_pressed(ms_li, "#desk-mute"), "the mute of all")
        assert pages[0].asks("psst")["code"] == "muted"
        lines[0].says("psst")
        lines[0].hears("Everybody in lobby is muted")
        udp[0].send(b"C udp0 psst")
        udp[0].hears("Everybody in lobby is muted")
        ms_li.says("the moderator talks")
        ms_li.sees("the moderator talks", "#log .said:not(.waiting)")
        ms_li.clicks("#desk-mute")
        ms_li.waits(lambda: is_pressed(ms_li, "#desk-mute") is False, "that they may talk")
        assert pages[0].asks("thanks")["kind"] == "done"

    audit = json.loads(op.runs("audit --json --count 20").stdout)
    acts = {row["verb"]: row["act"] for row in audit if row["by"] == "Ms Li"}
    assert list(acts) == ["moderate", "announce", "lock", "mute", "unmute"]
    assert "in lobby alone" in op.runs(f"why {acts['lock']}").stdout
    assert op.runs(f"undo {acts['lock']}").returncode == 0


def test_who_is_muted_at_their_name_comes_again_under_another_and_is_put_out(
    server: Server, op: Administrator, opens: Open
) -> None:
    ms_li = opens()
    enters(ms_li, link(op), "li")
    with Pupil(server, "bob", "10.0.0.9") as bob:
        ms_li.waits(lambda: "bob" in ms_li.texts("#people .name"), "bob")
        ms_li.clicks(button_of("bob", "mutes"))
        ms_li.waits(lambda: is_pressed(ms_li, button_of("bob", "mutes")), "the mute")
        assert bob.asks("hi")["code"] == "muted"
    with Pupil(server, "innocent", "10.0.0.9") as again:
        refused = again.asks("it is me")
        assert (refused["code"], refused["data"]["room"]) == ("muted", "lobby")
        ms_li.waits(lambda: is_pressed(ms_li, button_of("innocent", "mutes")), "that the mute holds for innocent, too")
        ms_li.sees("innocent is muted in lobby", "#log")
        ms_li.clicks(button_of("innocent", "mutes"))
        ms_li.waits(lambda: is_pressed(ms_li, button_of("innocent", "mutes")) is False, "that it holds no more")
        assert again.until(lambda value: value.get("code") == "voice")
        ms_li.clicks(button_of("innocent", "putsout"))
        assert again.until(lambda value: value.get("code") == "put-out")["data"]["by"] == "Ms Li"
        ms_li.waits(lambda: "innocent" not in ms_li.texts("#people .name"), "innocent's going")
    assert "it is me" not in " ".join(ms_li.lines())


def test_what_the_operator_ends_is_pressed_no_more_and_times_are_the_readers(
    server: Server, op: Administrator, opens: Open
) -> None:
    ms_li = opens()
    enters(ms_li, link(op), "li")
    for button in ("#desk-lock", "#desk-mute"):
        ms_li.clicks(button)
        ms_li.waits(lambda button=button: is_pressed(ms_li, button), button)
    op.runs("unlock")
    found = re.search(r"^ *(\d+) +mute ", op.runs("bans").stdout, re.MULTILINE)
    assert found
    op.runs(f"undo {found[1]}")
    for button in ("#desk-lock", "#desk-mute"):
        ms_li.waits(lambda button=button: is_pressed(ms_li, button) is False, f"that the operator ended {button}")
    ms_li.sees("The administrator let everybody in lobby talk again.", "#log")
    said = ms_li.runs("return document.querySelector('#log').innerText")
    assert "You moderate lobby as Ms Li until" in said
    assert "UTC" not in said, "the time of whoever reads, as in what is refused"


def test_the_topic_is_the_moderators_and_a_code_that_ends_takes_the_desk_away(
    server: Server, op: Administrator, opens: Open
) -> None:
    ms_li = opens()
    enters(ms_li, link(op), "li")
    assert ms_li.runs("return location.hash") == "", "nobody finds the code in the history"
    with LineClient(server, "bob") as bob:
        ms_li.clicks("#desk-topic")
        ms_li.types("#desk-text", "fractions" + KEYS["enter"])
        ms_li.sees("fractions", "#topic")
        bob.says("/topic mine")
        bob.hears("stays until")
    ms_li.goes_to(url(server))  # a reload: the tab has the code
    ms_li.waits(lambda: not ms_li.runs("return document.querySelector('#desk')?.hidden ?? true"), "the desk again")
    assert op.runs("unmoderate Ms Li").stdout.startswith("Ms Li moderates no more. Told here: li.")
    ms_li.waits(lambda: ms_li.runs("return document.querySelector('#desk').hidden"), "that it goes")
    ms_li.sees("You moderate lobby no more", "#log")
    assert ms_li.texts("#people .mutes") == []
    ms_li.goes_to(url(server))
    ms_li.sees("That code does not hold", "#log")
    ms_li.goes_to(url(server))
    ms_li.waits(lambda: "li" in ms_li.texts("#people .name"), "li")
    assert "does not hold" not in ms_li.runs("return document.querySelector('#log').innerText"), "told once"


def test_a_code_that_is_typed_brings_the_desk_too_and_keys_are_enough(
    server: Server, op: Administrator, opens: Open
) -> None:
    code = link(op, room="room7").partition("=")[2]
    wu = opens("wu")
    wu.says(f"/moderate {code.replace('-', ' ').lower()}")
    wu.sees("room7", "#title")
    wu.waits(lambda: not wu.runs("return document.querySelector('#desk')?.hidden ?? true"), "the desk")
    assert wu.runs("return document.querySelector('#desk').role + document.querySelector('#desk').ariaLabel")
    wu.runs("document.querySelector('#desk-announce').focus()")
    wu.types("#desk-announce", KEYS["enter"])
    assert wu.runs("return [document.activeElement.id, document.querySelector('#desk-announce').ariaExpanded]") == [
        *("desk-text", "true"),
    ]
    escape = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))"
    wu.runs(escape)
    assert wu.runs("return [document.activeElement.id, document.querySelector('#desk-say').hidden]") == [
        *("desk-announce", True),
    ]
    wu.clicks("#rooms li:first-child button")
    wu.sees("lobby", "#title")
    wu.waits(lambda: wu.runs("return document.querySelector('#desk').hidden"), "no desk where one moderates nothing")


@needs_axe
@pytest.mark.parametrize("size", [(390, 780), (1280, 800)], ids=["phone", "desktop"])
def test_the_desk_is_large_enough_and_axe_finds_nothing(
    server: Server, op: Administrator, opens: Open, size: tuple[int, int]
) -> None:
    ms_li = opens(size=size)
    enters(ms_li, link(op), "li")
    with LineClient(server, "bob"):
        ms_li.waits(lambda: "bob" in ms_li.texts("#people .name"), "bob")
        ms_li.clicks("#desk-lock")
        ms_li.waits(lambda: is_pressed(ms_li, "#desk-lock"), "the lock")
        ms_li.clicks("#desk-topic")
        if size[0] < 900:
            ms_li.clicks("#people-open")
        assert small(ms_li) == []
        assert findings(ms_li) == []


@pytest.mark.parametrize(
    ("code", "words"),
    [("zh_CN", ["锁定", "全员禁言", "公告", "主题"]), ("zh_TW", ["鎖定", "全員禁言", "公告", "主題"])],
)
def test_the_desk_speaks_the_pages_language(
    server: Server, op: Administrator, opens: Open, code: str, words: list[str]
) -> None:
    ms_li = opens()
    ms_li.runs("localStorage.setItem('twistchat.language', arguments[0])", code)
    enters(ms_li, link(op), "li")
    assert ms_li.texts("#desk > div button") == words
