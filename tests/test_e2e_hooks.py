"""Real programs and a real server: curl, Apprise, Alertmanager, slack_sdk; calls that are verified; kills."""

from __future__ import annotations

import http.client
import json
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pytest
from standardwebhooks import Webhook
from support.patience import PATIENCE_SECONDS
from support.programs import Receiver, a_call, a_hook, hook_url, stored
from support.recorded_requests import CHUNKED, SAID, recorded
from support.server import ANY, LineClient, Server, only, wait_for_file
from support.ssh import Administrator, allow, make_key, needs_ssh

from twistchat.bench.ports import free_port
from twistchat.calls.places import KEY
from twistchat.wire.calls import secret_of

CURL, ALERTMANAGER = shutil.which("curl"), shutil.which("prometheus-alertmanager")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed (Debian: curl)")
needs_alertmanager = pytest.mark.skipif(
    ALERTMANAGER is None, reason="Alertmanager is not installed (Debian: prometheus-alertmanager)"
)

RECORDED = ("gitlab", "grafana", "jenkins", "kuma")
"""The tools whose code has sent what is in `tests/recorded/`."""

AT_WEB = only("--tcp", ANY, "--web", ANY)


class Place(NamedTuple):
    server: Server
    token: str
    listener: LineClient

    @property
    def url(self) -> str:
        return hook_url(self.server, self.token)

    @property
    def port(self) -> int:
        return self.server.port("web")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """One for all senders, each of which has a hook of its own."""
    folder = tmp_path_factory.mktemp("hooks")
    tokens = {name: a_hook(folder, name) for name in ("curl", "apprise", "alertmanager", "slack", *RECORDED)}
    with Server(folder, listen=AT_WEB) as running:
        yield running, tokens


@pytest.fixture
def place(server: tuple[Server, dict[str, str]], request: pytest.FixtureRequest) -> Iterator[Place]:
    """The hook of the sender that a test is about, and somebody who is there."""
    running, tokens = server
    name = next(name for name in tokens if name in request.node.name)
    with LineClient(running, f"ada{random.randrange(10**6)}") as listener:
        yield Place(running, tokens[name], listener)


def curl(*words: str) -> tuple[str, int]:
    """What curl got, and the status."""
    command = [CURL or "curl", "-sS", "-w", "\n%{http_code}", "-m", "20", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return body, int(status)


@needs_curl
def test_curl_says_it_in_the_room(place: Place, tmp_path: Path) -> None:
    assert curl("-d", "disk full on db1", place.url) == ("ok", 200)
    place.listener.hears("curl: disk full on db1\r\n")
    assert curl("-F", "message=in parts", place.url) == ("ok", 200)
    place.listener.hears("curl: in parts\r\n")
    assert curl("--json", '{"text": "你好"}', place.url) == ("ok", 200)
    place.listener.hears("curl: 你好\r\n")
    assert curl("-H", "Title: Disk", "-d", "full", place.url) == ("ok", 200)
    place.listener.hears("curl: Disk\r\ncurl: full\r\n")
    assert curl("-d", "told to go on", "-H", "Expect: 100-continue", place.url) == ("ok", 200)
    large = tmp_path / "large"
    large.write_bytes(b"x" * 65_537)
    assert curl("--data-binary", f"@{large}", place.url)[1] == 413
    large.write_bytes(b"x" * 2_000_000)
    assert curl("--data-binary", f"@{large}", place.url)[1] == 413
    assert curl("-H", "Transfer-Encoding: chunked", "-d", "hi", place.url)[1] == 411
    assert curl(place.url)[1] == 405


def test_apprise_needs_no_plugin_of_ours(place: Place) -> None:
    at = f"127.0.0.1:{place.port}"
    urls = [f"mmost://{at}/{place.token}", f"json://{at}/hooks/{place.token}", f"form://{at}/hooks/{place.token}"]
    script = (
        "import apprise, sys\n"
        "sender = apprise.Apprise()\n"
        "assert all(sender.add(url) for url in sys.argv[1:])\n"
        "sys.exit(not sender.notify(title='Disk', body='full on db1'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *urls], capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    heard = "".join(place.listener.hears("full on db1\r\n") for _ in urls)
    assert heard.count("Disk") == 3


def test_slacks_own_library_is_answered_as_it_likes(place: Place) -> None:
    script = (
        "import sys\n"
        "from slack_sdk.webhook import WebhookClient\n"
        "answer = WebhookClient(sys.argv[1]).send(text='fallback', blocks=[\n"
        "    {'type': 'section', 'text': {'type': 'mrkdwn', 'text': 'see <http://db1|db1>'}}])\n"
        "assert (answer.status_code, answer.body) == (200, 'ok'), answer.body\n"
    )
    done = subprocess.run([sys.executable, "-c", script, place.url], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    place.listener.hears("slack: see db1 (http://db1)\r\n")


@pytest.mark.parametrize("tool", RECORDED)
def test_what_a_tools_own_code_has_sent_is_said(place: Place, tool: str) -> None:
    for request in (each for each in recorded() if tool in each.name):
        with socket.create_connection(("127.0.0.1", place.port), PATIENCE_SECONDS) as sending:
            sending.sendall(request.to(place.token))
            answer = http.client.HTTPResponse(sending)
            answer.begin()
            got = answer.status, answer.read()
        if request.name == CHUNKED:
            assert got[0] == 411
            continue
        assert got == (200, b"ok"), request.name
        for line in SAID[request.name]:
            place.listener.hears(f"{tool}: {line}\r\n")


@needs_alertmanager
def test_alertmanager_is_understood_in_its_three_dialects(place: Place, tmp_path: Path) -> None:
    kinds = {
        "own": f"webhook_configs: [{{url: '{place.url}/own'}}]",
        "slack": f"slack_configs: [{{api_url: '{place.url}/slack', text: '{{{{ .CommonAnnotations.summary }}}}'}}]",
        "discord": f"discord_configs: [{{webhook_url: '{place.url}/discord'}}]",
    }
    routes = "".join(f"    - {{receiver: {kind}, continue: true}}\n" for kind in kinds)
    receivers = "".join(f"  - {{name: {kind}, {config}}}\n" for kind, config in kinds.items())
    config = tmp_path / "alertmanager.yml"
    route = f"route:\n  receiver: own\n  group_wait: 0s\n  routes:\n{routes}"
    config.write_text(f"{route}receivers:\n{receivers}")
    at = f"127.0.0.1:{free_port()}"
    words = [f"--config.file={config}", f"--storage.path={tmp_path}", f"--web.listen-address={at}"]
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(
            [ALERTMANAGER or "", *words, "--cluster.listen-address="], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for_file(tmp_path / "log", "Listening on")
        alert = {"labels": {"alertname": "DiskFull", "instance": "db1"}, "annotations": {"summary": "97 % full"}}
        with closing(http.client.HTTPConnection(at, timeout=PATIENCE_SECONDS)) as connection:
            connection.request("POST", "/api/v2/alerts", json.dumps([alert]), {"Content-Type": "application/json"})
            assert connection.getresponse().status == 200
        heard = ""
        wanted = [
            r"alertmanager: \[FIRING\] DiskFull 97 % full\r\n",
            r"alertmanager: \[FIRING:1\] .*#/alerts",
            "summary",
        ]
        while not all(re.search(each, heard) for each in wanted):
            heard += place.listener.hears("\r\n")
    finally:
        running.terminate()
        running.wait(PATIENCE_SECONDS)
    assert "notify retry canceled" not in (tmp_path / "log").read_text()


@needs_ssh
@needs_curl
def test_the_console_makes_a_hook_and_shows_how_to_try_it(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    allow(tmp_path, key)
    with Server(tmp_path, listen=only("--tcp", ANY, "--web", ANY, "--admin", ANY)) as running:
        operator = Administrator(running, key)
        made = operator.runs("hook grafana ops").stdout
        shown = re.search(r"^Try it: curl -d '(.*)' (http\S+)$", made, re.M)
        assert shown, made
        assert curl("-d", shown[1], shown[2]) == ("ok", 200)
        rows = json.loads(operator.runs("hooks --json").stdout)
        assert [(row["name"], row["room"], row["times"]) for row in rows] == [("grafana", "ops", 1)]
        assert shown[2].rpartition("/")[2] not in running.output
        command = 'call phone https://ntfy.example/my-topic --as text --match "disk full"'  # as docs/programs.md has it
        assert "whsec_" in operator.runs(" ".join(shlex.split(command))).stdout
        assert "match disk full" in operator.runs("calls").stdout
        assert operator.runs("unhook grafana").returncode == 0
        assert curl("-d", "hi", shown[2])[1] == 404
    assert stored(tmp_path) == [("hooked", "grafana", "hello from grafana")]


# --- calls


def test_a_call_is_signed_tried_again_over_a_restart_and_then_there(tmp_path: Path) -> None:
    receiver = Receiver()
    a_call(tmp_path, "phone", receiver.url)
    options = ("--calls-to", "127.0.0.1")
    with Server(tmp_path, *options, listen=AT_WEB) as running, receiver.listens():
        with LineClient(running, "ada") as ada:
            ada.says("one")
            receiver.waits_for("[lobby] ada: one")
            receiver.status = 503
            ada.says("two")
            receiver.waits_for("ada: two")
        running.logs("call phone: http://127.0.0.1:[0-9]+/… does not take what is said: HTTP 503")
        running.stops()
        tried = receiver.got[-1][0]["webhook-id"]
        receiver.status = 200
        with Server(tmp_path, *options, listen=AT_WEB) as again, LineClient(again, "bob") as bob:
            bob.says("three")
            receiver.waits_for("bob: three")
        secret = secret_of((tmp_path / "state" / KEY).read_bytes(), 1)
        taken = [body for fields, body in receiver.got if Webhook(secret).verify(body, fields) is not None]
        assert len(taken) == len(receiver.got)
        assert [fields["webhook-id"] for fields, _ in receiver.got].count(tried) >= 2
        said = [*dict.fromkeys(line for line in receiver.texts())]
        assert said == ["[lobby] ada: one", "[lobby] ada: two", "[lobby] bob: three"]
        assert "secret" not in running.output


def test_two_chats_that_call_each_other_say_each_line_once(tmp_path: Path) -> None:
    folders = [tmp_path / "here", tmp_path / "there"]
    for folder in folders:
        folder.mkdir()
    ports = [free_port() for _ in folders]
    tokens = [a_hook(folder, f"from{number}") for number, folder in enumerate(folders)]
    for number, folder in enumerate(folders):
        a_call(folder, f"to{number}", f"http://127.0.0.1:{ports[1 - number]}/hooks/{tokens[1 - number]}")
    listen = [only("--tcp", ANY, "--web", f"tcp:{port}:interface=127.0.0.1") for port in ports]
    options = ("--calls-to", "127.0.0.1", "--flood", "off")
    with (
        Server(folders[0], *options, listen=listen[0]) as here,
        Server(folders[1], *options, listen=listen[1]) as there,
    ):
        here.port("web"), there.port("web")
        with LineClient(here, "ada") as ada, LineClient(there, "bob") as bob:
            ada.says("hello")
            bob.hears("from1: [lobby] ada: hello\r\n")
            bob.says("hello to you")
            ada.hears("from0: [lobby] bob: hello to you\r\n")
            ada.says("last")
            bob.hears("ada: last\r\n")
    texts = [
        Counter(text for kind, _, text in stored(folder) if kind in ("said", "hooked", "relayed")) for folder in folders
    ]
    assert texts[0] == {"hello": 1, "[lobby] bob: hello to you": 1, "last": 1}
    assert texts[1] == {"[lobby] ada: hello": 1, "hello to you": 1, "[lobby] ada: last": 1}


# --- kills

KILLS = 3

DIES = """
import os, signal, sys
from twistchat.interfaces.hooks import reception
say = reception.post
async def post(*words):
    {before}await say(*words)
    os.kill(os.getpid(), signal.SIGKILL)
reception.post = post
from twisted.scripts.twistd import run
run()
"""
"""A server that dies with its first hook's words: once they are stored, or before; in neither case it has answered."""


@needs_curl
@pytest.mark.parametrize(("before", "said"), [("", 2), ("return os.kill(os.getpid(), signal.SIGKILL); ", 1)])
def test_where_the_server_dies_before_its_answer_and_the_tool_tries_again_it_is_said_once_or_twice(
    tmp_path: Path, before: str, said: int
) -> None:
    token = a_hook(tmp_path, "tool")
    with Server(tmp_path, listen=AT_WEB, command=(sys.executable, "-c", DIES.format(before=before))) as dying:
        command = [CURL or "curl", "-sS", "-m", "20", "-d", "disk full", hook_url(dying, token)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert (done.returncode, done.stdout) == (52, ""), "an empty reply"
        assert dying.process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    with Server(tmp_path, listen=AT_WEB) as again:
        assert curl("-d", "disk full", hook_url(again, token)) == ("ok", 200)
        again.stops()
    assert stored(tmp_path) == [("hooked", "tool", "disk full")] * said


class Sender(threading.Thread):
    """A tool that posts line after line, and tries each again until it is answered."""

    def __init__(
        self, port: int, token: str, texts: list[str], tried: Counter[str], answered: SimpleQueue[str]
    ) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._token = token
        self._texts = texts
        self._tried = tried
        self._answered = answered

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        with closing(connection), suppress(OSError, http.client.HTTPException):  # it was killed
            while self._texts:
                self._tried[self._texts[0]] += 1
                connection.request("POST", f"/hooks/{self._token}", self._texts[0])
                answer = connection.getresponse()
                if (answer.status, answer.read()) != (200, b"ok"):
                    return
                self._answered.put(self._texts.pop(0))


def test_what_was_answered_ok_is_there_after_a_kill_and_each_try_says_it_once_at_most(tmp_path: Path) -> None:
    chance = random.Random(20261127)
    tokens = [a_hook(tmp_path, f"tool{number}") for number in range(8)]
    left = [[f"{number}-{count}" for count in range(200)] for number in range(len(tokens))]
    tried: Counter[str] = Counter()
    answers: SimpleQueue[str] = SimpleQueue()
    answered: list[str] = []
    for _ in range(KILLS):
        with Server(tmp_path, listen=AT_WEB) as running:
            senders = [Sender(running.port("web"), *each, tried, answers) for each in zip(tokens, left, strict=True)]
            for sender in senders:
                sender.start()
            answered += [answers.get(timeout=PATIENCE_SECONDS) for _ in range(chance.randrange(10, 100))]
            running.process.kill()
            for sender in senders:
                sender.join(PATIENCE_SECONDS)
            while not answers.empty():
                answered.append(answers.get())
    said = Counter(text for _, _, text in stored(tmp_path))
    assert not [text for text in answered if not said[text]]
    assert not [text for text, count in said.items() if count > tried[text]]
    assert len(said) >= len(answered) > 10 * KILLS
