"""Several real servers on a real Redis, started by their command line; and short forms of what kills them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from support.measured import measured
from support.patience import PATIENCE_SECONDS
from support.processor import Queue
from support.programs import Receiver, a_call, a_hook, hook_url
from support.redis import PROGRAM, WHY_NOT, Redis
from support.server import ANY, LineClient, Server, only, run

from twistchat.calls.places import KEY
from twistchat.wire.calls import secret_of

TOOL = (sys.executable, "-m", "twistchat")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT)


LEASE_SECONDS = 2
BUSY_SECONDS = 15.0
"""What a busy machine, one that stands still for a while, may add to what a lease promises."""

LINES_ALONE = only("--tcp", ANY)


def a_server(folder: Path, redis: Redis, name: str, *more: str, listen: tuple[str, ...] = LINES_ALONE) -> Server:
    home = folder / name
    home.mkdir(exist_ok=True)
    where, lease = f"unix:{redis.path}", f"{LEASE_SECONDS}s"
    return Server(home, "--cluster", where, "--node", name, "--lease", lease, *more, listen=listen)


def imported(folder: Path, where: str) -> None:
    """Import something, as one does, after two mistakes."""
    transcript = folder / "old.txt"
    transcript.write_text("cat: an old line\n")
    copy = run("import", "--state-dir", str(folder / "n1" / "state"), str(transcript), folder=folder, command=TOOL)
    assert "Give --cluster" in copy.stderr
    wrong = run("import", "--cluster", "nowhere", str(transcript), folder=folder, command=TOOL)
    assert "Give tcp:HOST:PORT" in wrong.stderr
    done = run("import", "--cluster", where, str(transcript), folder=folder, command=TOOL)
    assert (done.returncode, done.stderr) == (0, "lines stored: 1\n")


@pytest.mark.timeout(240)
def test_two_servers_are_one_chat(tmp_path: Path, redis: Redis) -> None:
    with a_server(tmp_path, redis, "n1") as one, a_server(tmp_path, redis, "n2") as two:
        for server in (one, two):
            server.logs("cluster: open at number")
        with LineClient(one, "ada") as ada, LineClient(two, "bob") as bob:
            ada.says("hello from one")
            bob.hears("ada: hello from one")
            bob.says("/who")
            bob.hears("In lobby (2): ada, bob")
            bob.says("/msg ada psst")
            ada.hears("psst")
            imported(tmp_path, f"unix:{redis.path}")
            for somebody in (ada, bob):
                somebody.says("/history")
                somebody.hears("cat: an old line")
            one.process.kill()
            bob.hears("their server is gone")
        two.stops()
    said = run("twistchat", *only("--tcp", ANY), "--state-dir", str(tmp_path / "n2" / "state"), folder=tmp_path)
    assert said.returncode == 1
    assert "is a copy of the common log of several servers" in said.stderr


@pytest.mark.timeout(240)
def test_a_hook_is_every_servers_and_where_the_caller_is_killed_another_calls(tmp_path: Path, redis: Redis) -> None:
    for name in ("n1", "n2"):
        (tmp_path / name).mkdir()
    token, receiver = a_hook(tmp_path / "n1", "tool"), Receiver()
    a_call(tmp_path / "n1", "phone", receiver.url)
    more = ("--calls-to", "127.0.0.1")
    listen = only("--tcp", ANY, "--web", ANY)
    with (
        receiver.listens(),
        a_server(tmp_path, redis, "n1", *more, listen=listen) as one,
        one.logs("calls: this server does them") and a_server(tmp_path, redis, "n2", *more, listen=listen) as two,
    ):
        two.logs("cluster: open at number")
        with LineClient(two, "bob") as bob:
            post(one, token, "by the first")
            bob.hears("tool: by the first\r\n")
            post(two, token, "by the second")
            bob.hears("tool: by the second\r\n")
            receiver.waits_for("tool: by the second")
            receiver.answers.clear()
            bob.says("not answered")
            receiver.waits_for("bob: not answered")
            bob.says("said before the end")
            bob.hears("bob: said before the end\r\n")
            one.process.kill()
            died = time.monotonic()
            with Queue(two.process.pid, os.getpid()).beside() as queue:
                two.logs("calls: this server does them")
            took = time.monotonic() - died - queue.seconds
            receiver.answers.set()
            receiver.waits_for("bob: said before the end")
            assert took < LEASE_SECONDS * 6 / 5 + BUSY_SECONDS, f"it took {took:.1f} s"
        key = (tmp_path / "n2" / "state" / KEY).read_bytes()
        assert key.hex() not in one.output + two.output
    secret = secret_of(key, 2)
    assert all(Webhook(secret).verify(body, fields) is not None for fields, body in receiver.got)
    assert [*dict.fromkeys(receiver.texts())] == [
        "[lobby] tool: by the first",
        "[lobby] tool: by the second",
        "[lobby] bob: not answered",
        "[lobby] bob: said before the end",
    ]
    ids = [fields["webhook-id"] for fields, body in receiver.got if b"not answered" in body]
    assert len(ids) == 2 and len({*ids}) == 1, "once by either, and the same"
    assert sum(b"by the" in body for _, body in receiver.got) <= 2


def post(server: Server, token: str, text: str) -> None:
    """Send something to a hook."""
    with urllib.request.urlopen(hook_url(server, token), text.encode(), PATIENCE_SECONDS) as answer:
        assert answer.read() == b"ok"


@pytest.mark.timeout(240)
def test_a_server_that_cannot_store_says_so_to_who_watches_it(tmp_path: Path) -> None:
    home = tmp_path / "n1"
    home.mkdir()
    listen = only("--tcp", ANY, "--web", ANY)
    with Redis() as redis, Server(home, "--cluster", f"unix:{redis.path}", listen=listen) as server:
        server.logs("cluster: open at number")
        health = f"http://127.0.0.1:{server.port('web')}/healthz"
        assert urllib.request.urlopen(health).status == 200
        with LineClient(server, "ada") as ada:
            redis.kill()
            server.logs("no connection to Redis")
            while "That could not be stored" not in ada.text:
                ada.says("is anybody there")
                assert ada.hears_more()
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(health)
            assert caught.value.code == 503
            caught.value.close()
        redis.start()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kill", "keeps"), [("server", "no"), ("redis", "none"), ("master", "no")])
def test_what_was_seen_is_in_every_copy_whatever_dies(kill: str, keeps: str) -> None:
    words = ["-m", "twistchat", "bench", "cluster", "--kill", kill, "--keeps", keeps, "--kills", "1", "--pause", "0.01"]
    done = subprocess.run(measured(*words), capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lines missing: 0\nlines stored twice: 0" in done.stdout


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("faults", "by"), [("cut,full", "tls"), ("server-sleeps", "sentinel"), ("redis-dies", "replica"), ("slow", "unix")]
)
def test_whatever_befalls_them_authors_are_told_what_is_so(faults: str, by: str) -> None:
    words = ["-m", "twistchat", "bench", "cluster", "--fault", faults, "--by", by, "--lease", "1"]
    done = subprocess.run(measured(*words), capture_output=True, text=True, timeout=220)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lines missing: 0\nlines stored twice: 0" in done.stdout
