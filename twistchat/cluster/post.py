"""What one server asks another: private messages, who somebody is, and what administrators want to see.

Rule 1: nothing of it is stored anywhere: it goes by publish and subscribe, and the answer likewise.
Rule 2: who does not answer in two seconds is not waited for; that this says nothing about whether it arrived is said.
Rule 3: at most `MOST_ASKED` questions wait for an answer; more are not asked.
Rule 4: what is published while nobody listens is lost, as where the other connects anew. So a question that is not
    answered is asked again, by the same id, and whoever has answered one answers it again without doing it twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.defer import TimeoutError as DeadlineError
from twisted.python.failure import Failure

from twistchat.cluster.cluster import Cluster
from twistchat.cluster.resp import CommandRefused, ConnectionGone
from twistchat.cluster.surveying import survey
from twistchat.core import names
from twistchat.core.claiming import MAKE_ROOM, TAKE_LINK
from twistchat.core.events import Aside, Tagged, Whispered, WhisperedNotice
from twistchat.core.hub import Hub
from twistchat.core.ports import Bearer
from twistchat.core.ruling import GUEST, PUT_OUT, guest_from_afar, put_out_from_afar
from twistchat.core.signals import SIGNALLED, is_of_tags
from twistchat.errors import ChatError, IgnoresYou, NobodyCalled, NotKnownWhether

ANSWER_SECONDS = 2.0

AGAIN_SECONDS = 0.6
"""Before a question is asked again."""

MOST_ASKED = 1000

MOST_ANSWERED = 2000
"""Of which the answers are known that were given, by the ids of the questions; the newest of them."""

Answer = Mapping[str, Any]


class Post:
    """The Elsewhere port over several servers."""

    has_servers = True

    def __init__(self, cluster: Cluster, clock: Any) -> None:
        """Ask nothing yet.

        Args:
            cluster: The way to the others.
            clock: Time for intervals.
        """
        self._cluster = cluster
        self._clock = clock
        self._asked: dict[str, Deferred[Answer | None]] = {}
        self._answered: dict[str, tuple[float, Answer | None]] = {}
        """When questions came, and what they were answered; None while that is not known."""
        self._answers: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "whisper": self._deliver,
            "tag": self._deliver,
            MAKE_ROOM: lambda asked: Deferred.fromCoroutine(self._make_room(asked)),
            TAKE_LINK: self._take_link,
            PUT_OUT: lambda asked: Deferred.fromCoroutine(self._put_out(asked)),
            GUEST: self._guest,
            SIGNALLED: self._signalled,
        }
        self._hub: Hub | None = None

    def join(self, hub: Hub, answers: Mapping[str, Callable[[Mapping[str, Any]], Answer]]) -> None:
        """Name the chat that this is for.

        Args:
            hub: It.
            answers: What answers the questions that others ask, by their names.
        """
        self._hub = hub
        self._answers.update(answers)

    # --- from one process to another

    @property
    def is_idle(self) -> bool:
        """Whether no question waits for an answer, neither of this server's nor one that came here."""
        return not self._asked and all(answer is not None for _, answer in self._answered.values())

    def answered(self) -> list[tuple[str, Answer]]:
        """The ids of questions that were answered lately, with the answers."""
        self._forget_old()
        return [(ident, answer) for ident, (_, answer) in self._answered.items() if answer is not None]

    def revive(self, answered: Iterable[Sequence[Any]]) -> None:
        """Know what another process of this server has answered."""
        now = self._clock.seconds()
        self._answered = {ident: (now, answer) for ident, answer in answered}

    # --- the Elsewhere port

    @property
    def name(self) -> str:
        """What this server is called among them."""
        return self._cluster.name

    async def servers(self) -> Sequence[Answer]:
        """All servers that Redis knows of, by their names; only this one where it cannot be asked."""
        cluster = self._cluster
        try:
            about, leases, number, now = await survey(cluster.link)
        except (ConnectionGone, CommandRefused):
            return [{"name": cluster.name, "last": cluster.copy.last, "behind": 0, "lease": 0.0, "is_this": True}]
        found = [
            {**told, "behind": max(0, number - told["last"]), "lease": max(0.0, leases.get(server, now) - now)}
            | {"is_this": server == cluster.server}
            for server, told in about.items()
        ]
        return sorted(found, key=lambda told: str(told["name"]))

    def name_of(self, name: str) -> str | None:
        """How somebody at another server writes their name, who is in a room there; None where nobody is."""
        assert self._hub is not None
        try:
            self._hub.roster.find(name)
        except NobodyCalled:
            key = names.key(name)
            return next((shown for record in self._hub.census if (shown := record.people.get(key)) is not None), None)
        return None

    async def whisper(self, name: str, event: Whispered | Tagged, beside: str | None = None) -> Bearer:
        """Have a private message, or tags alone, delivered; gives whoever has it.

        Raises:
            IgnoresYou: They do not want to hear the author.
            NobodyCalled: Nobody is called so at any server.
            NotKnownWhether: No answer came; they may have it.
        """
        question = {"author": event.name, "text": event.text, "is_notice": isinstance(event, WhisperedNotice)}
        what = "tag" if isinstance(event, Tagged) else "whisper"
        answer = await self._ask_bearer(what, name, {**question, "beside": beside})
        if answer.get("ignores"):
            raise IgnoresYou(str(answer.get("name", name)))
        return Bearer(str(answer["name"]), answer.get("away"))

    async def ask(self, name: str, what: str, question: Mapping[str, object] | None = None) -> Answer:
        """Ask the server that has a name something about its bearer, or of them.

        Raises:
            NobodyCalled: Nobody is called so at any server.
            NotKnownWhether: No answer came.
        """
        return await self._ask_bearer(what, name, question or {})

    async def ask_all(self, what: str, question: Mapping[str, object] | None = None) -> Mapping[str, Answer]:
        """Ask all other servers something; gives what each says that answers, by what it is called."""
        try:
            others, *_ = await survey(self._cluster.link)
        except (ConnectionGone, CommandRefused):
            return {}
        others.pop(self._cluster.server, None)
        asked = [self._ask_server({**(question or {}), "what": what}, server) for server in others]
        answers = await gatherResults([Deferred.fromCoroutine(each) for each in asked])
        return {
            str(told.get("name", server)): {**told, **answer}
            for (server, told), answer in zip(others.items(), answers, strict=True)
        }

    def tell_all(self, what: str, facts: Mapping[str, Any]) -> None:
        """Tell all other servers something, those that can be reached now; nobody is waited for."""
        told = Deferred.fromCoroutine(self._tell_all({**facts, "what": what}))
        told.addErrback(lambda failure: failure.trap(ConnectionGone, CommandRefused))

    async def _tell_all(self, message: dict[str, Any]) -> None:
        others, *_ = await survey(self._cluster.link)
        for server in others.keys() - {self._cluster.server}:
            await self._cluster.tell(server, message)

    # --- asking

    async def _ask_bearer(self, what: str, name: str, question: Mapping[str, object]) -> Answer:
        ident, waiting = self._waiting(name)
        message = {**question, "what": what, "name": name, "id": ident, "from": self._cluster.server}
        try:
            if await self._cluster.whisper(names.key(name), message) is None:
                raise NobodyCalled(name)
            self._again_later(ident, lambda: self._cluster.whisper(names.key(name), message))
            answer = await waiting
        except (ConnectionGone, CommandRefused):
            raise NotKnownWhether(name) from None
        finally:
            self._asked.pop(ident, None)
        if answer is None:
            raise NotKnownWhether(name)
        if "name" not in answer:
            raise NobodyCalled(name)
        return answer

    async def _ask_server(self, question: Answer, server: str) -> Answer:
        ident, waiting = self._waiting(server)
        try:
            message = {**question, "id": ident, "from": self._cluster.server}
            await self._cluster.tell(server, message)
            self._again_later(ident, lambda: self._cluster.tell(server, message))
            answer = await waiting
        except (ConnectionGone, CommandRefused):
            answer = None
        finally:
            self._asked.pop(ident, None)
        return {"is_silent": True} if answer is None else answer

    def _waiting(self, whom: str) -> tuple[str, Deferred[Answer | None]]:
        """What a question is called, and its answer to be: None where its time was up, even if nobody waits by then."""
        if len(self._asked) >= MOST_ASKED:
            raise NotKnownWhether(whom)
        ident = secrets.token_hex(8)
        answer: Deferred[Answer | None] = Deferred()
        self._asked[ident] = answer
        answer.addTimeout(ANSWER_SECONDS, self._clock)
        answer.addErrback(_no_answer)
        return ident, answer

    def _again_later(self, ident: str, ask: Callable[[], Deferred[Any]]) -> None:
        """Ask again after a moment, as long as somebody waits for the answer."""
        self._clock.callLater(AGAIN_SECONDS, self._again, ident, ask)

    def _again(self, ident: str, ask: Callable[[], Deferred[Any]]) -> None:
        waiting = self._asked.get(ident)
        if waiting is not None and not waiting.called:
            ask().addErrback(lambda failure: failure.trap(ConnectionGone, CommandRefused))
            self._again_later(ident, ask)

    # --- being asked

    def heard(self, message: dict[str, Any]) -> None:
        """Take a question, or an answer to one of ours."""
        if "answer" in message:
            asked = self._asked.get(message.get("id", ""))
            if asked is not None and not asked.called:
                asked.callback(message["answer"])
            return
        answers = self._answers.get(message.get("what", ""))
        if answers is None:
            return
        ident = message.get("id")
        if ident in self._answered:
            self._answer(message, self._answered[ident][1])
            return
        answering = maybeDeferred(answers, message)
        answering.addErrback(lambda failure: {} if failure.check(ChatError, KeyError, TypeError) else failure)
        if ident is not None:
            self._note(ident, None)
            answering.addCallback(lambda answer: self._answer(message, self._note(ident, answer)))
            answering.addErrback(lambda _: self._answered.pop(ident, None))  # they are told that nobody knows

    def _answer(self, message: Mapping[str, Any], answer: Answer | None) -> None:
        if answer is not None:
            told = self._cluster.tell(message.get("from", ""), {"id": message["id"], "answer": answer})
            told.addErrback(lambda failure: failure.trap(ConnectionGone, CommandRefused))

    def _note(self, ident: str, answer: Answer | None) -> Answer | None:
        self._forget_old()
        self._answered[ident] = self._clock.seconds(), answer
        return answer

    def _forget_old(self) -> None:
        """Forget answers that nobody asks for any more, and of too many the first ones."""
        now = self._clock.seconds()
        for ident in [*self._answered]:
            if now - self._answered[ident][0] < 2 * ANSWER_SECONDS and len(self._answered) < MOST_ANSWERED:
                return
            del self._answered[ident]

    async def _make_room(self, message: Mapping[str, Any]) -> Answer:
        """Let go of a name whose owner has come in at another server, who has proven there that it is theirs."""
        assert self._hub is not None
        person = self._hub.roster.find(message["name"])
        name = person.shown_name
        person.make_room()
        await self._hub.pipeline.drained()  # the name is free from the place in the log where they go
        return {"name": name}

    async def _put_out(self, message: Mapping[str, Any]) -> Answer:
        assert self._hub is not None
        words = (str(message[word]) for word in ("name", "room", "by", "reason"))
        return {"name": await put_out_from_afar(self._hub, *words)}

    def _guest(self, message: Mapping[str, Any]) -> Answer:
        assert self._hub is not None
        return guest_from_afar(self._hub, str(message["name"]), str(message["by"]))

    def _signalled(self, message: Mapping[str, Any]) -> Answer:
        assert self._hub is not None
        self._hub.signals.heard(message)
        return {}

    def _take_link(self, message: Mapping[str, Any]) -> Answer:
        assert self._hub is not None
        name, code = str(message["name"]), str(message["code"])
        return {"is_right": self._hub.claim_desk.takes_link(name, code, self._hub.clock.seconds())}

    def _deliver(self, message: Mapping[str, Any]) -> Answer:
        assert self._hub is not None
        person = self._hub.roster.find(message["name"])
        if person.preferences.ignores(message["author"]):
            return {"name": person.shown_name, "ignores": True}
        author, beside = str(message["author"]), message.get("beside")
        if message["what"] == "tag":
            event: Whispered | Tagged = Tagged(None, author, "", person.shown_name)
        else:
            how = WhisperedNotice if message.get("is_notice") else Whispered
            event = how(author, person.shown_name, str(message["text"]))
            person.reply_to = author
        told = Aside(None, self._hub.wall(), event, beside if is_of_tags(beside) else None)
        person.send([person.preferences.format.event(told)])
        return {"name": person.shown_name, "away": person.away}


def _no_answer(failure: Failure) -> None:
    failure.trap(DeadlineError)
