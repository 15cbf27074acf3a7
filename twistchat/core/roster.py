"""Who is connected here under which name: each belongs to one holder, and so does every name that looks like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed

from twistchat.core import names
from twistchat.core.ports import Names
from twistchat.errors import NameTaken, NobodyCalled


class Named(Protocol):
    """Somebody who may have a name."""

    name: str | None


H = TypeVar("H", bound=Named)


class OwnNames:
    """The Names port of a server that is alone: what its roster knows is all there is to know."""

    def claim(self, keys: AbstractSet[str]) -> Deferred[bool]:
        """Nobody else could have them."""
        return succeed(True)

    def free(self, keys: AbstractSet[str]) -> None:
        """Nobody else has to know."""


class Roster(Generic[H]):
    """Names and their holders. A name is reserved when it is asked for and free once it is released."""

    def __init__(self, names: Names, is_set_aside: Callable[[str], bool] = lambda name: False) -> None:
        """Reserve nothing yet.

        Args:
            names: Where they are reserved beside here.
            is_set_aside: Whether nobody may have a name, as a hook has it.
        """
        self._port = names
        self._is_set_aside = is_set_aside
        self._holders: dict[str, H] = {}
        self._names: dict[H, set[str]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[H]:
        return iter(list(self._names))

    def check(self, name: str, holder: H) -> None:
        """Make sure that nobody else here has a checked name.

        Raises:
            NameTaken: Somebody holds it, or one that looks the same; or it is set aside.
        """
        if any(self._holders.get(key, holder) is not holder for key in names.keys(name)) or self._is_set_aside(name):
            raise NameTaken(name)

    def is_held(self, name: str) -> bool:
        """Whether somebody here has a checked name, or one that looks the same."""
        return any(key in self._holders for key in names.keys(name))

    async def claim(self, name: str, holder: H) -> None:
        """Reserve a checked name; claiming one's own name in another spelling is fine.

        Raises:
            NameTaken: Somebody else holds it, or one that looks the same. Nothing has changed.
        """
        self.check(name, holder)
        wanted = names.keys(name)
        new = frozenset(key for key in wanted if key not in self._holders)  # `-` would look at everybody's
        self._holders.update(dict.fromkeys(wanted, holder))
        self._names.setdefault(holder, set()).add(name)
        is_granted = False
        try:
            is_granted = not new or await self._port.claim(new)
        finally:
            if not is_granted:
                self._forget(name, holder)
        if not is_granted:
            raise NameTaken(name)
        if name not in self._names.get(holder, ()):  # given up while it was asked for
            self._port.free(new)

    def resume(self, name: str, holder: H) -> None:
        """Have somebody hold the name that they hold already, as another process's place is taken."""
        self._holders.update(dict.fromkeys(names.keys(name), holder))
        self._names.setdefault(holder, set()).add(name)

    def release(self, name: str, holder: H) -> None:
        """Free a name, but not what it shares with another name that the holder still has; idempotent."""
        freed = self._forget(name, holder)
        if freed:
            self._port.free(freed)

    def _forget(self, name: str, holder: H) -> AbstractSet[str]:
        held = self._names.get(holder, set())
        if name not in held:
            return frozenset()
        held.remove(name)
        if not held:
            del self._names[holder]
        freed = names.keys(name).difference(*map(names.keys, held))
        for key in freed:
            del self._holders[key]
        return freed

    def keep(self, name: str | None, holder: H) -> None:
        """Free all names of a holder but one; all of them for None."""
        for other in self._names.get(holder, set()) - {name}:
            self.release(other, holder)

    def holder_of(self, name: str) -> H | None:
        """Who has a checked name, or one that looks the same."""
        return next((self._holders[key] for key in names.keys(name) if key in self._holders), None)

    def find(self, name: str) -> H:
        """The person of that name; case and width do not matter.

        Raises:
            NobodyCalled: No person here has it.
        """
        holder = self._holders.get(names.key(name))
        if holder is None or holder.name is None:
            raise NobodyCalled(name)
        return holder
