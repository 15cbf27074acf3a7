"""Where `twistchat join` goes that was given no address: where it was the last time, or to a server that is found."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twistchat.client.address import DEFAULT, Address, parse_address
from twistchat.client.search import Destination, Sought
from twistchat.errors import Phrase
from twistchat.status import FAILED, INTERRUPTED
from twistchat.wire.language import Language
from twistchat.wire.text import escaped

MOST_SHOWN = 30
"""Servers that somebody is asked to choose from: what a terminal shows at once."""

TRIES = 3
"""Answers that are no number of the list before that is taken for giving up."""


class Nowhere(Exception):
    """There is no server to go to; what there is to say was said."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def listens_here(address: Address) -> bool:
    """Whether a TCP port on this machine is open."""
    with suppress(OSError), socket.create_connection((address.host, address.port), timeout=1):
        return True
    return False


class Guide:
    """Finds out where to go, and says so."""

    def __init__(
        self,
        language: Language,
        search: Callable[[], Sought],
        ask: Callable[[str], str] | None,
        out: Callable[[str], object],
        listens: Callable[[Address], bool] = listens_here,
    ) -> None:
        """Prepare.

        Args:
            language: What the person reads.
            search: Looks for servers.
            ask: Shows a prompt and gives what was typed; None where nobody is there to be asked.
            out: Shows a line.
            listens: Whether something listens at an address on this machine.
        """
        self._language = language
        self._search = search
        self._ask = ask
        self._out = out
        self._listens = listens

    def leads(self, last: Address | None) -> Address:
        """Where to go.

        Args:
            last: Where the person was the last time; None to search in any case.

        Raises:
            Nowhere: There is no server, or none was chosen.
        """
        if last is not None:
            sentence = Phrase("Joining {address}, as the last time. `twistchat join --find` looks for servers here.")
            self._say(sentence, address=str(last))
            return last
        self._say(Phrase("Looking for servers on this machine's networks ..."))
        sought = self._search()
        if len(sought.places) == 1:
            (place,) = sought.places
            self._say(Phrase("Joining {name} at {address}."), name=escaped(place.name), address=str(place.address))
            return place.address
        if sought.places:
            return self._chosen(sought)
        if self._listens(here := parse_address(DEFAULT)):
            return here  # one that takes no datagrams
        self._none(sought)
        raise Nowhere(FAILED)

    def _none(self, sought: Sought) -> None:
        if not sought.networks:
            self._say(
                Phrase(
                    "No server answered, and this machine is in no network: connect it to the others' network, "
                    "or start a server here with `twistchat serve`."
                )
            )
            return
        self._say(
            Phrase(
                "No server answered in {networks}. It may be in another network, listen at one address alone, or be "
                "kept from you by a wireless network that keeps its guests apart: ask for its address and write "
                "`twistchat join tcp://ADDRESS:7976`, or use the same cable or another wireless network."
            ),
            networks=", ".join(sought.networks[:MOST_SHOWN]),
        )

    def _chosen(self, sought: Sought) -> Address:
        shown = sought.places[:MOST_SHOWN]
        for number, place in enumerate(shown, 1):
            self._out(f"{number:3}  {escaped(place.name)}  {place.address}")
        if len(shown) < len(sought.places) or sought.has_more:
            self._say(Phrase("More answered than are shown; give the address to join another."))
        if self._ask is None:
            self._say(Phrase("Several servers answered; give the address of one: twistchat join ADDRESS"))
            raise Nowhere(FAILED)
        return self._asked(shown, self._ask).address

    def _asked(self, shown: tuple[Destination, ...], ask: Callable[[str], str]) -> Destination:
        prompt = self._language.say(Phrase("Which one? Its number: "), {})
        for _ in range(TRIES):
            try:
                typed = ask(prompt).strip()
            except (EOFError, KeyboardInterrupt):
                raise Nowhere(INTERRUPTED) from None
            if typed.isascii() and typed.isdecimal() and len(typed) < 4 and 1 <= int(typed) <= len(shown):
                return shown[int(typed) - 1]
            self._say(Phrase("A number from 1 to {most}, please."), most=len(shown))
        raise Nowhere(FAILED)

    def _say(self, sentence: str, **data: Any) -> None:
        self._out(self._language.say(sentence, data))
