"""A real server hands over to a new process while tools talk by hooks, and while it calls a tool itself."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

from standardwebhooks import Webhook
from support.patience import PATIENCE_SECONDS
from support.programs import Receiver, a_call, a_hook, stored
from support.restarting import restarted, serving
from support.server import ANY, LineClient, only

from twistchat.calls.places import KEY
from twistchat.wire.calls import secret_of

TOOLS = 5
MANY = 30
"""Answers, of which some come from either side of a restart."""


class Tool(threading.Thread):
    """Posts line after line, and each again until it is answered ok: by a new connection where one broke, and later
    where it is told that it was too fast.
    """

    def __init__(self, port: int, token: str, name: str, tried: Counter[str], answered: SimpleQueue[str]) -> None:
        super().__init__(daemon=True)
        self._port, self._token, self._name = port, token, name
        self._tried, self._answered = tried, answered
        self._count = 0
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)) as connection:
                try:
                    while not self.enough.is_set():
                        self._post(connection)
                except (OSError, http.client.HTTPException):  # as it handed over
                    continue

    def _post(self, connection: http.client.HTTPConnection) -> None:
        text = f"{self._name}-{self._count}"
        self._tried[text] += 1
        connection.request("POST", f"/hooks/{self._token}", text)
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
        if status == 429:
            self._tried[text] -= 1
            self.enough.wait(float(answer.headers["Retry-After"]))
            return
        assert (status, body) == (200, b"ok")
        self._answered.put(text)
        self._count += 1


def _posts_alarm(port: int, token: str) -> None:
    """Post the same as before, and have it answered."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("POST", f"/hooks/{token}", "alarm")
        assert connection.getresponse().read() == b"ok"


def test_what_was_answered_ok_is_there_once_for_each_try_at_most_and_calls_go_on_with_the_same_ids(
    tmp_path: Path,
) -> None:
    receiver = Receiver()
    a_call(tmp_path, "phone", receiver.url)
    tokens = {f"tool{number}": a_hook(tmp_path, f"tool{number}") for number in range(TOOLS)}
    calm = a_hook(tmp_path, "calm", once="10m")
    tried: Counter[str] = Counter()
    answers: SimpleQueue[str] = SimpleQueue()
    with (
        serving(tmp_path, "--calls-to", "127.0.0.1", listen=only("--tcp", ANY, "--web", ANY)) as server,
        receiver.listens(),
    ):
        tools = [Tool(server.port("web"), token, name, tried, answers) for name, token in tokens.items()]
        for tool in tools:
            tool.start()
        answered = [answers.get(timeout=PATIENCE_SECONDS) for _ in range(MANY)]
        _posts_alarm(server.port("web"), calm)
        restarted(server)  # while hooks are answered
        _posts_alarm(server.port("web"), calm)
        receiver.answers.clear()
        receiver.came.clear()
        answered += [answers.get(timeout=PATIENCE_SECONDS) for _ in range(MANY)]
        assert receiver.came.wait(PATIENCE_SECONDS)
        restarted(server)  # while a call waits for its answer
        receiver.status = 503
        receiver.answers.set()
        server.logs("does not take what is said: HTTP 503")
        restarted(server)  # while a call is to be tried again
        receiver.status = 200
        for tool in tools:
            tool.enough.set()
        for tool in tools:
            tool.join(PATIENCE_SECONDS)
        with LineClient(server, "ada") as ada:
            ada.says("last")
            receiver.waits_for("ada: last")
        server.stops()
    while not answers.empty():
        answered.append(answers.get())
    said = [text for kind, _, text in stored(tmp_path) if kind == "hooked"]
    times = Counter(said)
    assert times.pop("alarm") == 1, "that hook says the same once, before and after a restart"
    assert not [text for text in answered if not times[text]]
    assert not [text for text, count in times.items() if count > tried[text]]
    _check_calls(receiver, said, secret_of((tmp_path / "state" / KEY).read_bytes(), 1))
    assert "Traceback" not in server.output


def _check_calls(receiver: Receiver, said: list[str], secret: str) -> None:
    """Each line once or more, in the log's order; what has one id is the very same; all of it is signed."""
    bodies: dict[str, bytes] = {}
    for fields, body in receiver.got:
        Webhook(secret).verify(body, fields)
        assert bodies.setdefault(fields["webhook-id"], body) == body
    assert len(bodies) < len(receiver.got), "something was tried again"
    once = Receiver.lines(bodies.values())
    assert [line.rpartition(": ")[2] for line in once] == [*said, "last"]
