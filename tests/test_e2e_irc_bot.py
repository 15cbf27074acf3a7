"""A bot in the lobby, with somebody by each of the other ways in: each sees the same lines, in one order, once."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.dialect import came
from support.ircclients import IrcTerminal, Limnoria, irssi
from support.patience import PATIENCE_SECONDS
from support.server import ANY, ANY_UDP, Server, only
from support.ssh import Administrator, allow, make_key, needs_ssh
from support.terminal import Terminal, telnet
from support.tutorial import TutorialUdpClient

READER = Path(__file__).parent / "support" / "wsreader.cjs"
NODE_PATH = "NODE_PATH=" + os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), "/usr/share/nodejs"]))
NODE = shutil.which("node") or shutil.which("nodejs")
LISTEN = only("--tcp", ANY, "--udp", ANY_UDP, "--web", ANY, "--irc", ANY, "--admin", ANY)
PAST = "!echo out of the past"
LINES = ["你好 from {}", "!echo {} one", "!echo 小明 {}"]
LINES_BY_TELNET = ["hello from {}", "!echo {} one", "!echo two {}"]
"""Debian's telnet cuts a first line of Chinese, and is then set up for it."""

pytestmark = [needs_ssh, pytest.mark.skipif(NODE is None, reason="Node.js is not installed (Debian: nodejs node-ws)")]


def in_lines(text: str) -> list[str]:
    """What is said, as dialects for people have it."""
    plain = text.replace("\r", "").replace("NICKNAME", "").split("\n")
    return [re.sub(r"^(\w+) : ", r"\1: ", line) for line in plain if re.fullmatch(r"\w+ ?: .*", line)]


def in_objects(text: str) -> list[str]:
    """The same of what programs are told; what they type stands there, too, as they are at a terminal."""
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [f"{each['name']}: {each['text']}" for each in told if each.get("kind") == "said"]


def in_a_clients_log(text: str) -> list[str]:
    """The same of what an IRC client logs."""
    return [f"{name}: {said}" for name, said in re.findall(r"^(?:\S+ +)?<[ @+]?(\w+)> (.*)$", text, re.M)]


def in_a_tail(text: str) -> list[str]:
    """The same of what an administrator is shown."""
    return re.findall(r"(\w+: .*?)\r?$", text, re.M)


def test_a_bot_answers_what_is_said_and_nothing_of_the_past_and_all_see_the_same(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    allow(tmp_path, key)
    with Server(tmp_path, "--flood", "off", listen=LISTEN) as server, ExitStack() as stack:
        op = Administrator(server, key)
        program, *words = op.words()
        admin = stack.enter_context(Terminal("op", program, *words, "tail lobby"))
        until(lambda: "tail lobby" in op.runs("audit tail --count 5").stdout)
        tess = stack.enter_context(telnet(server, "tess"))
        tess.comes_in()
        tess.says(PAST)
        tess.waits_for(f"tess: {PAST}")  # the terminal echoes what she types
        dora = stack.enter_context(TutorialUdpClient(server, "dora"))
        wendy = stack.enter_context(
            Terminal(
                "wendy", "env", NODE_PATH, str(NODE), str(READER), f"ws://127.0.0.1:{server.port('web')}/chat", "wendy"
            )
        )
        ada = irssi(tmp_path, server, "ada")
        for name in ("dora", "wendy", "ada"):
            tess.waits_for(came(name))
        bot = stack.enter_context(Limnoria(tmp_path, server, "limno"))
        tess.waits_for(came("limno"))
        ada.child.send("\x1b2")
        speakers: dict[str, Callable[[str], Any]] = {
            "tess": tess.says,
            "dora": dora.says,
            "wendy": wendy.says,
            "ada": ada.types,
        }
        for name, says in speakers.items():
            for line in lines_of(name):
                says(line)
                answered = line.partition("!echo ")[2]
                tess.waits_for(f"limno: {answered}" if answered else line)
        tess.says("the end")
        for person in (tess, dora, wendy, admin, bot):
            person.waits_for("tess: the end" if person is tess else "the end")
        ada.sees("#lobby", "the end")
        check_all_saw_the_same(tess, dora, wendy, admin, ada, bot)
        assert "out of the past" not in bot.text.replace(PAST, "")
        ada.is_killed()
    assert "Traceback" not in server.output


def lines_of(name: str) -> list[str]:
    return [line.format(name) for line in (LINES_BY_TELNET if name == "tess" else LINES)]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline


def check_all_saw_the_same(
    tess: Terminal, dora: TutorialUdpClient, wendy: Terminal, admin: Terminal, ada: IrcTerminal, bot: Limnoria
) -> None:
    wanted = [f"tess: {PAST}"]
    for name in ("tess", "dora", "wendy", "ada"):
        first, second, third = lines_of(name)
        wanted += [f"{name}: {first}", f"{name}: {second}", f"limno: {name} one"]
        wanted += [f"{name}: {third}", third.replace("!echo", "limno:")]
    wanted.append("tess: the end")
    assert in_lines(tess.text) == wanted
    assert in_lines(dora.text) == wanted[1:], "what the tutorial has of the past is nothing"
    assert in_objects(wendy.text) == wanted
    assert in_a_tail(admin.text) == wanted
    assert in_a_clients_log(ada.text("#lobby")) == wanted
    assert in_a_clients_log(bot.text) in (wanted, wanted[1:]), "the past, if at all, once"
