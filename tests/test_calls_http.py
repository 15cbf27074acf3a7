"""Posting for real: receivers that are slow, endless, lead elsewhere, or are nobody, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from support.certificates import key_and_certificate
from support.chat import Chat
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.protocol import Factory, Protocol

from twistchat.bench.ports import free_port
from twistchat.calls import http
from twistchat.calls.http import HttpPost, resolver, trusted
from twistchat.calls.service import make_service
from twistchat.errors import CannotStart

LOOPBACK = (ip_network("127.0.0.1/32"),)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Far(Protocol):
    """A receiver: keeps what comes, and answers what it is told to once a request is there."""

    factory: Any

    def connectionMade(self) -> None:
        self.factory.connections += 1

    def dataReceived(self, data: bytes) -> None:
        self.factory.got += data
        if self.factory.got.endswith(b"BODY"):
            self.factory.got += b"\n"
            self.factory.answers(self.transport)


class FarFactory(Factory):
    protocol = Far
    noisy = False

    def __init__(self, answers: Callable[[Any], None]) -> None:
        self.answers = answers
        self.got = b""
        self.connections = 0


@pytest.fixture
def listens() -> Iterator[Callable[..., tuple[FarFactory, int]]]:
    from twisted.internet import reactor

    ports = []

    def listen(answer: bytes | Callable[[Any], None]) -> tuple[FarFactory, int]:
        factory = FarFactory(answer if callable(answer) else lambda transport: transport.write(answer))
        port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        ports.append(port)
        return factory, port.getHost().port

    yield listen
    pytest_twisted.blockon(Deferred.fromCoroutine(_all_stopped(ports)))


async def _all_stopped(ports: Sequence[Any]) -> None:
    for port in ports:
        await port.stopListening()


def resolves(*addresses: str) -> Any:
    return lambda host, port: succeed(addresses)


class Posts:
    """Posts, and closes what it has left open."""

    def __init__(self, listed: Any = LOOPBACK, resolve: Any = None) -> None:
        from twisted.internet import reactor

        self.post = HttpPost(reactor, listed, trusted(None), resolve or resolves("127.0.0.1"))

    async def __call__(self, url: str, **fields: str) -> str:
        from twisted.internet import reactor
        from twisted.internet.task import deferLater

        answered = await self.post(url, fields, b"BODY")
        await deferLater(reactor, 0)  # type: ignore[arg-type]
        await self.post.close()
        return str(answered)


@pytest_twisted.ensureDeferred
async def test_what_is_posted_comes_with_its_fields(listens: Any) -> None:
    far, port = listens(OK)
    assert await Posts()(f"http://db1:{port}/x?y=1", **{"webhook-id": "7"}) == "HTTP 200"
    head = far.got.decode().lower()
    assert head.startswith("post /x?y=1 http/1.1\r\n")
    assert f"host: db1:{port}\r\n" in head
    assert "webhook-id: 7\r\n" in head
    assert "user-agent: twistchat/" in head
    assert "content-length: 4\r\n" in head


@pytest_twisted.ensureDeferred
async def test_a_connection_is_used_again(listens: Any) -> None:
    from twisted.internet import reactor
    from twisted.internet.task import deferLater

    far, port = listens(OK)
    posts = Posts()
    for _ in range(3):
        assert str(await posts.post(f"http://127.0.0.1:{port}/", {}, b"BODY")) == "HTTP 200"
        await deferLater(reactor, 0)  # type: ignore[arg-type]
    await posts.post.close()
    assert far.connections == 1


@pytest_twisted.ensureDeferred
async def test_a_redirect_is_not_followed(listens: Any) -> None:
    other, beyond = listens(OK)
    _, port = listens(
        f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{beyond}/\r\nContent-Length: 0\r\n\r\n".encode()
    )
    assert await Posts()(f"http://127.0.0.1:{port}/") == "HTTP 302"
    assert other.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])
@pytest_twisted.ensureDeferred
async def test_this_machine_is_not_called_by_whatever_name(listens: Any, host: str) -> None:
    from twisted.internet import reactor

    far, port = listens(OK)
    answer = await Posts((), resolver(reactor))(f"http://{host}:{port}/")
    address = answer.partition(" ")[0]
    assert answer == f"{address} is not called; --calls-to {address} allows it"
    assert far.connections == 0


@pytest_twisted.ensureDeferred
async def test_a_name_that_leads_elsewhere_at_a_second_look_leads_nowhere(listens: Any) -> None:
    far, port = listens(OK)
    looks = [["127.0.0.1"], ["127.0.0.9"]]
    posts = Posts(resolve=lambda host, port: succeed(looks.pop(0)))
    assert await posts(f"http://rebinds.example:{port}/") == "HTTP 200"
    assert "127.0.0.9 is not called" in await posts(f"http://rebinds.example:{port}/")
    assert far.connections == 1
    assert looks == [], "each time it is asked once: what was checked is what is connected to"


@pytest_twisted.ensureDeferred
async def test_of_several_addresses_those_that_may_be_called_are_tried(listens: Any) -> None:
    far, port = listens(OK)
    assert await Posts(resolve=resolves("127.0.0.2", "::1", "127.0.0.1"))(f"http://db1:{port}/") == "HTTP 200"
    both = (ip_network("127.0.0.0/24"),)
    assert await Posts(both, resolves("127.0.0.3", "127.0.0.1"))(f"http://db1:{port}/") == "HTTP 200"
    assert far.connections == 2


@pytest_twisted.ensureDeferred
async def test_where_nobody_is_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    assert await Posts()(f"http://127.0.0.1:{port}/") == "nothing listens there"
    assert await Posts(resolve=resolves())(f"http://nowhere:{port}/") == "no such host"
    failing = lambda host, port: fail(DNSLookupError())  # noqa: E731
    assert await Posts(resolve=failing)(f"http://nowhere:{port}/") == "no such host"
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.05)
    assert await Posts(resolve=lambda host, port: Deferred())(f"http://slow:{port}/") == "no answer within 0 seconds"


@pytest_twisted.ensureDeferred
async def test_a_receiver_that_never_answers_is_given_up(listens: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.2)
    _, port = listens(lambda transport: None)
    assert await Posts()(f"http://127.0.0.1:{port}/") == "no answer within 0 seconds"


@pytest.mark.parametrize("head", [b"Content-Length: 99999999\r\n", b"", b"Transfer-Encoding: chunked\r\n"])
@pytest_twisted.ensureDeferred
async def test_of_an_endless_answer_little_is_read(listens: Any, head: bytes) -> None:
    sent: list[int] = []

    def answers(transport: Any) -> None:
        transport.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        endless = Endless(transport, sent)
        transport.registerProducer(endless, False)

    _, port = listens(answers)
    posts = Posts()
    assert str(await posts.post(f"http://127.0.0.1:{port}/", {}, b"BODY")) == "HTTP 200"
    await _until(lambda: bool(sent) and sent[-1] == 0)
    await posts.post.close()
    assert sum(sent) < 20_000_000, "what the kernel holds, and no more"


class Endless:
    """Writes as long as anybody reads."""

    def __init__(self, transport: Any, sent: list[int]) -> None:
        self._transport = transport
        self._sent = sent

    def resumeProducing(self) -> None:
        self._sent.append(65536)
        self._transport.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    def stopProducing(self) -> None:
        self._sent.append(0)


async def _until(is_so: Callable[[], bool]) -> None:
    from twisted.internet import reactor
    from twisted.internet.task import deferLater

    for _ in range(2000):
        if is_so():
            return
        await deferLater(reactor, 0.005)  # type: ignore[arg-type]
    raise AssertionError("it never came")


@pytest_twisted.ensureDeferred
async def test_an_endless_head_is_cut(listens: Any) -> None:
    def answers(transport: Any) -> None:
        transport.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000)

    _, port = listens(answers)
    assert await Posts()(f"http://127.0.0.1:{port}/") not in ("HTTP 200", "no answer within 10 seconds")


@pytest_twisted.ensureDeferred
async def test_a_slow_body_is_cut_after_a_while_and_the_answer_counts(
    listens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[int] = []

    def answers(transport: Any) -> None:
        monkeypatch.setattr(http, "WHOLE_SECONDS", 0.1)  # for the body; the head has the usual time
        transport.write(
            b"HTTP/1.1 204 No Content\r\n\r\n" if gone else b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"
        )
        transport.protocol.connectionLost = lambda reason: gone.append(1)

    _, port = listens(answers)
    posts = Posts()
    assert str(await posts.post(f"http://127.0.0.1:{port}/", {}, b"BODY")) == "HTTP 200"
    await _until(lambda: bool(gone))
    await posts.post.close()


@pytest.mark.parametrize(("field", "seconds"), [(b"Retry-After: 17\r\n", 17.0), (b"", None)])
@pytest_twisted.ensureDeferred
async def test_when_to_come_again_is_read_of_the_answer(listens: Any, field: bytes, seconds: float | None) -> None:
    _, port = listens(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n" + field + b"\r\n")
    posts = Posts()
    answered = await posts.post(f"http://127.0.0.1:{port}/", {}, b"BODY")
    assert (answered.status, answered.again) == (503, seconds)
    await posts.post.close()


@pytest_twisted.ensureDeferred
async def test_who_speaks_something_else_has_not_answered(listens: Any) -> None:
    _, port = listens(lambda transport: (transport.write(b"220 mail\r\n"), transport.loseConnection()))
    assert not (await Posts()(f"http://127.0.0.1:{port}/")).startswith("HTTP")


@pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
@pytest_twisted.ensureDeferred
async def test_a_lans_own_authority_is_believed_where_it_is_listed(tmp_path: Path) -> None:
    from twisted.internet import endpoints, reactor

    key_and_certificate(tmp_path)
    far = FarFactory(lambda transport: transport.write(OK))
    description = f"ssl:0:interface=127.0.0.1:privateKey={tmp_path / 'key.pem'}:certKey={tmp_path / 'cert.pem'}"
    port: Any = await endpoints.serverFromString(reactor, description).listen(far)
    url = f"https://localhost:{port.getHost().port}/"
    try:
        assert (await Posts()(url)).startswith("no TLS that is trusted")
        posts = Posts()
        posts.post = HttpPost(reactor, LOOPBACK, trusted(str(tmp_path / "cert.pem")), resolves("127.0.0.1"))
        assert await posts(url) == "HTTP 200"
    finally:
        await port.stopListening()


def test_a_file_of_authorities_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    empty, wrong = tmp_path / "empty.pem", tmp_path / "wrong.pem"
    empty.write_text("nothing")
    wrong.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    for path in (empty, wrong, tmp_path / "missing.pem"):
        with pytest.raises(CannotStart, match="--calls-ca"):
            trusted(str(path))


@pytest_twisted.ensureDeferred
async def test_without_tls_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "is_here", lambda extra: False)
    assert "there is no TLS here" in await Posts()("https://127.0.0.1:9/")


@pytest_twisted.ensureDeferred
async def test_the_service_posts_where_it_was_told_that_it_may(listens: Any, chat: Chat, tmp_path: Path) -> None:
    from twisted.internet import reactor
    from twisted.internet.task import deferLater

    far, port = listens(OK)
    service = make_service(chat.hub, reactor, tmp_path, {"calls-to": "127.0.0.1", "calls-ca": None})
    service.startService()
    for _ in range(2):
        assert str(await service._send(f"http://127.0.0.1:{port}/", {}, b"BODY")) == "HTTP 200"
        await deferLater(reactor, 0)  # type: ignore[arg-type]
    await service.stopService()
    assert far.connections == 1
    with pytest.raises(CannotStart):
        make_service(chat.hub, reactor, tmp_path, {"calls-to": None, "calls-ca": str(tmp_path / "missing")})
