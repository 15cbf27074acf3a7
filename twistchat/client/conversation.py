"""One person's side of the chat, over however many connections it takes. No socket, no clock, no terminal.

It speaks the dialect of programs (docs/protocol.md). A link tells it of connections and lines; a display shows what it
makes of them. After each connection it enters the rooms again one by one, fetches what was missed in each, and only
then sends what was typed meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from typing import Any

from twistchat.client.catchup import MOST_CAUGHT_UP, Catchup
from twistchat.client.display import Display
from twistchat.client.known_commands import KnownCommands
from twistchat.client.outbox import Outbox
from twistchat.client.people import People
from twistchat.client.proving import Proving
from twistchat.core.claimcodes import without_codes
from twistchat.core.events import Aside, Entry, Event, Joined, Left, Renamed, RenamedAlone, Told
from twistchat.core.names import EVERYWHERE, LOBBY, Place
from twistchat.errors import Phrase
from twistchat.wire.json import VERSION, dumps, loads, told_of

MOST_OTHER_NAMES = 3
"""How often a `_` is put behind one's name, where somebody else took it meanwhile."""

_STAYS = frozenset({"stopping"})
"""Codes of notices before a goodbye after which to come back."""

_ANSWERS = {"/ping": "pong", "/who": "who", "/join": "turned", "/leave": "left"}
"""The notices that answer the client's own requests; they are not shown."""

_WHILE_ENTERING = frozenset({*_ANSWERS.values(), "older", "no-history"})

Entering = Generator[str, bool, None]
"""Enters the rooms: it yields the id of each request, and is told whether that was done."""


class Conversation:
    """Somebody who talks; `say` takes what they type, at any time."""

    def __init__(self, name: str, proving: Proving, language: str, room: str = LOBBY, past: int | None = None) -> None:
        """Begin, with no connection.

        Args:
            name: The name to ask for.
            proving: What is shown for it.
            language: The code of the language that the server shall speak.
            room: Where to be; the lobby is left for another one.
            past: How many lines of the past to be shown at first; None for what the server shows everyone. After a
                connection was lost, what was missed is fetched all the same.
        """
        self.name = name
        self.room = room
        """The room that one talks in; empty where one has left them all."""
        self._commands = KnownCommands()
        self.outbox = Outbox(self._commands)
        self.people = People()
        self.is_connected = False
        self.is_in = False
        """Whether the rooms are entered and what is typed goes out at once."""
        self.lag: float | None = None
        """Seconds that an answer took, as the link has measured it."""
        self.display: Display = _NOWHERE
        self._proving, self._language, self._wanted = proving, language, past
        self._where = LOBBY
        self._rooms: dict[str, None] = {}
        self._seen: dict[Place, int] = {}
        self.was_in = False
        """Whether the rooms were ever entered."""
        self._leaving = False
        self._other_names = 0
        self._asked = 0
        self._last_code = ""
        self._reset()

    def _reset(self) -> None:
        self._send: Callable[[bytes], None] = lambda _: None
        self._entering: Entering | None = None
        self._awaited = ""
        self._catching: dict[str, Catchup] = {}
        self._past: list[tuple[Told, Mapping[str, Any]]] = []
        self._quiet: Counter[str] = Counter()
        self._pings: dict[str, Callable[[], None]] = {}

    # --- called by the link

    def connected(self, send: Callable[[bytes], None]) -> None:
        """There is a connection: say hello.

        Args:
            send: Takes lines, ended by LF.
        """
        self._reset()
        self._send = send
        self.is_connected = True
        self._proving.begin()
        self._hello()

    def received(self, line: str) -> bool:
        """Take a line; false where it is none of this protocol, so that the other end is no server of ours."""
        value = loads(line)
        if value is None:
            return False
        told = told_of(value)
        if told is not None and value.get("past"):
            self._past.append((told, value))
            if len(self._past) >= MOST_CAUGHT_UP:
                self._show_past()
        else:
            self._show_past()
            self._take(told, value)
        return True

    def lost(self) -> None:
        """The connection is gone; another may follow."""
        self._show_past()
        self.is_connected = self.is_in = False
        self.lag = None
        self._reset()
        self.display.changed()
        if self._leaving:  # with the connection gone, the goodbye is as good as said
            self.display.ended(0)

    def ping(self, answered: Callable[[], None]) -> None:
        """Ask for a sign of life."""
        if self.is_in:
            self._pings[self._ask("/ping")] = answered

    # --- called for the person

    def say(self, text: str) -> None:
        """Say something, now or as soon as that is possible; commands too."""
        if text.strip():
            self.outbox.add(text)
            self._flush()

    def take_name(self, name: str, code: str | None = None) -> None:
        """Try another name, or the same with its code, after the first was refused."""
        self.name = name
        if code is not None:
            self._proving.give(code)
        if self.is_connected:
            self._hello()

    @property
    def rooms(self) -> list[str]:
        """The rooms that one is in."""
        return list(self._rooms)

    # --- what comes

    def _take(self, told: Told | None, value: Mapping[str, Any]) -> None:
        if told is not None:
            self._take_event(told, value)
            return
        match value.get("kind"):
            case "welcome":
                self._commands.learn(value.get("commands"))
                self.name = str(value.get("name", self.name))
                self._proving.entered(self.name)
                self._entering = self._enter()
                self._awaited = next(self._entering)
            case "done":
                self._answered(str(value.get("id")))
            case "refused":
                self._refused(value)
            case "notice":
                self._told(value)
            case "goodbye":
                self._goodbye()

    def _take_event(self, told: Told, value: Mapping[str, Any]) -> None:
        room = self._room_of(told)
        if isinstance(told, Entry) and not self.is_in and (room in self._catching or room not in self._rooms):
            self._catch(room, told, value)
        else:
            self._show(told, value)

    def _room_of(self, told: Told) -> str:
        """Among the lines of which room something stands."""
        return told.event.room if isinstance(told.event.room, str) else self._where

    def _catch(self, room: str, entry: Entry, value: Mapping[str, Any]) -> None:
        catchup = self._catching.setdefault(room, Catchup(self._seen.get(room)))
        catchup.add(entry, value)
        if catchup.is_another_log:
            self._seen.clear()

    def _show(self, told: Told, value: Mapping[str, Any]) -> None:
        if isinstance(told, Entry) and not self._is_new(told):
            return
        event = told.event
        if event.name == self.name:
            self.outbox.seen(event)
            self._own(event)
        if not value.get("past"):
            self.people.heard(event)
        self.display.event(told, value)

    def _is_new(self, entry: Entry) -> bool:
        """Note how far one has seen the log; what is announced to everyone is in the past of each room."""
        place, seen = entry.event.room, self._seen.get(entry.event.room, 0)
        self._seen[place] = max(entry.number, seen)
        return place is not EVERYWHERE or entry.number > seen

    def _own(self, event: Event) -> None:
        match event:
            case Joined(room=room):
                self._rooms[room] = None
            case Left(room=room):
                self._gone_from(room)
            case Renamed(new_name=new_name) | RenamedAlone(new_name=new_name):
                self.name = new_name
        self.display.changed()

    def _gone_from(self, room: str) -> None:
        self._rooms.pop(room, None)
        if room == self.room and self.is_in:
            self.room = next(reversed(self._rooms), "")

    def _show_past(self) -> None:
        """Show what was asked for, or keep it for the room that is being entered."""
        past, self._past = self._past, []
        for told, value in past:
            if self._entering is None or isinstance(told, Aside):
                self.display.event(told, value)
            else:
                self._catch(self._room_of(told), told, value)

    def _told(self, value: Mapping[str, Any]) -> None:
        code, data = str(value.get("code")), value.get("data")
        self._last_code = code
        if code == "claimed":
            self._proving.owns(self.name)
        if code in ("who", "turned", "left") and isinstance(data, dict):
            self._learn(code, data)
        if self._quiet[code]:
            self._quiet[code] -= 1
        elif self._entering is None or code not in _WHILE_ENTERING:
            self.display.told(value)

    def _learn(self, code: str, data: Mapping[str, Any]) -> None:
        room, people = data.get("room"), data.get("people")
        if code == "turned" and isinstance(room, str):
            if self.is_in:  # on the way in, that was our own doing
                self.room = room
                self._rooms[room] = None
                self._ask("/who")
        elif code == "left" and isinstance(room, str):
            self._gone_from(room)
        elif isinstance(room, str) and isinstance(people, list):
            self.people.are(room, [str(name) for name in people])
        self.display.changed()

    def _refused(self, value: Mapping[str, Any]) -> None:
        id = str(value.get("id", ""))
        if id and id == self._awaited:
            self.display.told(value)
            self._answered(id, False)
        elif self._entering is None and not self.is_in and not id:
            self._name_refused(value)
        else:
            self._last_code = str(value.get("code"))
            self.display.told(
                {**value, "line": without_codes(line.text)} if (line := self.outbox.answered(id)) else value
            )
            self._flush()

    def _name_refused(self, value: Mapping[str, Any]) -> None:
        if self._proving.answers(str(value.get("code"))):
            self._hello()
        elif not self.was_in:
            self.display.name_refused(value)
        elif self._other_names < MOST_OTHER_NAMES:
            self._other_names += 1
            self.name += "_"
            self.display.told(value)
            self._hello()
        else:
            self.display.told(value)
            self.display.ended(1)

    def _goodbye(self) -> None:
        if self._leaving:
            self.display.ended(0)
        elif self._last_code not in _STAYS:
            self.display.ended(1)

    def _answered(self, id: str, done: bool = True) -> None:
        line = self.outbox.answered(id)
        if line is not None:
            self._flush()
            self.display.changed()
        elif id in self._pings:
            self._pings.pop(id)()
        elif self._entering is not None and id == self._awaited:
            with suppress(StopIteration):
                self._awaited = self._entering.send(done)

    # --- entering

    def _hello(self) -> None:
        hello: dict[str, object] = {"v": VERSION, "name": self.name, "lang": self._language}
        hello |= self._proving.hello(self.name)
        if self._wanted is not None and not self.was_in:
            hello["past"] = self._wanted
        self._send(f"{dumps(hello)}\n".encode())

    def _enter(self) -> Entering:
        """Enter one room after the other; each yield waits for the answer to a request."""
        here = self.room or LOBBY
        wanted = self._rooms or {here: None}
        self._rooms = {}
        self._where = LOBBY
        yield self._ask("/ping")  # by its answer, all that comes with entering the lobby has come
        if LOBBY in wanted:
            yield from self._catch_up(LOBBY)
        for room in [each for each in wanted if each not in (LOBBY, here)] + [here] * (here != LOBBY):
            self._where = room
            if (yield self._ask(f"/join {room}")):
                yield from self._catch_up(room)
        if LOBBY not in wanted and self._rooms:
            yield self._ask("/leave lobby")
        elif LOBBY not in self._rooms:
            self.room = here = LOBBY
            yield from self._catch_up(LOBBY)
        if here == LOBBY and len(self._rooms) > 1:
            yield self._ask("/join lobby")
        self.room = here if here in self._rooms else LOBBY
        self._catching.clear()
        yield self._ask("/who")
        self._entered()

    def _catch_up(self, room: str) -> Entering:
        catchup = self._catching.setdefault(room, Catchup(self._seen.get(room)))
        while (before := catchup.older_than()) is not None:
            yield self._ask(f"/history 100 before {before}" if before else "/history 100")
        self._show_caught_up(room)

    def _show_caught_up(self, room: str) -> None:
        catchup = self._catching.pop(room)
        if catchup.is_cut:
            sentence = Phrase("More was missed in {room}; /history 100 before {number} shows it.")
            self.display.remark("missed-more", sentence, {"room": room, "number": catchup.first})
        self._rooms[room] = None
        for entry, value in catchup.missed():
            self._show(entry, value)

    def _entered(self) -> None:
        self._entering = None
        self.is_in = True
        came_back, self.was_in = self.was_in, True
        if came_back:
            self.display.remark("back", Phrase("Connected again."), {})
        for line in self.outbox.connected_again():
            sentence = Phrase("The connection broke before this was answered, so it may not have been done: {line}")
            self.display.remark("uncertain", sentence, {"line": without_codes(line.text)})
        self._flush()
        self.display.changed()

    # --- sending

    def _ask(self, text: str) -> str:
        """Send a request of the client's own, whose answers are not shown."""
        self._asked += 1
        id = f"c{self._asked}"
        if self.is_in:
            self._quiet[_ANSWERS[text]] += 1
        self._request(text, id)
        return id

    def _request(self, text: str, id: str) -> None:
        self._send(f"{dumps({'line': text, 'id': id})}\n".encode())

    def _flush(self) -> None:
        while self.is_in and (line := self.outbox.next()) is not None:
            if self.outbox.leaves(line):
                self._leaving = True
                self.outbox.answered(line.id)  # by the goodbye
            self._request(line.text, line.id)


class _Nowhere:
    """Shows nothing, until there is a display."""

    def event(self, told: Told, value: Mapping[str, Any]) -> None: ...
    def told(self, value: Mapping[str, Any]) -> None: ...
    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None: ...
    def changed(self) -> None: ...
    def name_refused(self, value: Mapping[str, Any]) -> None: ...
    def ended(self, status: int) -> None: ...


_NOWHERE = _Nowhere()
