"""Who is here: each name belongs to one session, and so does every name that looks like it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twistchat.core import names
from twistchat.errors import NameTaken, NobodyCalled

if TYPE_CHECKING:
    from twistchat.core.session import Session


class Roster:
    """Names and their holders. A name is reserved when it is asked for and free once it is released."""

    def __init__(self) -> None:
        self._holders: dict[str, Session] = {}
        self._names: dict[Session, set[str]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._names))

    def claim(self, name: str, session: Session) -> None:
        """Reserve a checked name for a session; claiming one's own name in another spelling is fine.

        Raises:
            NameTaken: Another session holds it, or one that looks the same. Nothing has changed.
        """
        wanted = names.keys(name)
        if any(self._holders.get(key, session) is not session for key in wanted):
            raise NameTaken(name)
        self._holders.update(dict.fromkeys(wanted, session))
        self._names.setdefault(session, set()).add(name)

    def release(self, name: str, session: Session) -> None:
        """Free a name, but not what it shares with another name that the session still holds; idempotent."""
        held = self._names.get(session, set())
        if name not in held:
            return
        held.remove(name)
        if not held:
            del self._names[session]
        for key in names.keys(name).difference(*map(names.keys, held)):
            del self._holders[key]

    def keep(self, name: str | None, session: Session) -> None:
        """Free all names of a session but one; all of them for None."""
        for other in self._names.get(session, set()) - {name}:
            self.release(other, session)

    def find(self, name: str) -> Session:
        """The person of that name; case and width do not matter.

        Raises:
            NobodyCalled: No person here has it.
        """
        session = self._holders.get(names.key(name))
        if session is None or session.name is None:
            raise NobodyCalled(name)
        return session
