"""Who ignores whom, found from either side: what one person says or is called concerns only those who ignore them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Generic, Protocol, TypeVar

from twistchat.core import names
from twistchat.core.events import Renamed, RenamedAlone
from twistchat.core.preferences import Preferences


class Listener(Protocol):
    """Somebody who may ignore others."""

    preferences: Preferences


L = TypeVar("L", bound=Listener)


class Ignoring(Generic[L]):
    """All who ignore somebody; whom each ignores is in their preferences, too."""

    def __init__(self) -> None:
        self.by_key: dict[str, dict[L, None]] = {}
        """Those who ignore each who is ignored, by the key of the name; nobody is in it whom nobody ignores."""

    def of(self, name: str | None) -> Collection[L]:
        """Those who ignore whoever goes by a name; the administrator, who has none, is ignored by nobody."""
        return self.by_key.get(names.key(name), ()) if self.by_key and name is not None else ()

    def begin(self, listener: L, name: str) -> None:
        """Have somebody ignore whoever goes by a name; idempotent."""
        key = names.key(name)
        listener.preferences.ignored[key] = name
        self.by_key.setdefault(key, {})[listener] = None

    def end(self, listener: L, name: str) -> str | None:
        """Have somebody ignore a name no longer.

        Returns:
            The name as it was shown, or None where they did not ignore it.
        """
        key = names.key(name)
        shown = listener.preferences.ignored.pop(key, None)
        if shown is not None:
            del self.by_key[key][listener]
            if not self.by_key[key]:
                del self.by_key[key]
        return shown

    def forget(self, listener: L) -> None:
        """Note that somebody is gone."""
        for name in [*listener.preferences.ignored.values()]:
            self.end(listener, name)

    def renamed(self, event: Renamed | RenamedAlone) -> None:
        """Go on ignoring somebody who changed their name."""
        for listener in [*self.of(event.name)]:
            self.end(listener, event.name)
            self.begin(listener, event.new_name)
