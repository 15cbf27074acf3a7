"""By what a name is proven to be one's own: a key that is kept for it, or a code, sent once it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

CLAIMED = "name-claimed"

WANTS_CODE = frozenset({CLAIMED, "wrong-name-code"})
"""The codes of refusals after which the name's code may be given."""


def claimed_name(value: Mapping[str, Any]) -> str:
    """The name whose code may be given after an answer of the server's; empty where there is none."""
    data = value.get("data")
    name = data.get("name") if value.get("code") in WANTS_CODE and isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


class KeptKeys(Protocol):
    """The keys that are kept for names at one server."""

    def find(self, name: str) -> str | None:
        """The key of a name; None where there is none."""
        ...

    def keep(self, name: str, key: str) -> None:
        """Keep the key of a name."""
        ...


class NoKeys:
    """Keeps none."""

    def find(self, name: str) -> str | None:
        """There is none."""
        return None

    def keep(self, name: str, key: str) -> None:
        """It is not kept."""


class Proving:
    """What one run of the client shows for its name."""

    def __init__(self, key: str, keys: KeptKeys | None = None, code: str | None = None) -> None:
        """Begin.

        Args:
            key: A secret of this run, by which its next connection may take the place of the last.
            keys: Where the keys of claimed names are kept; None to keep none.
            code: The code of the name, which is sent if the name is refused without it.
        """
        self._key = key
        self._keys = keys or NoKeys()
        self._code = code
        self._is_due = False
        self._shown = key

    def begin(self) -> None:
        """Forget what was sent by another connection."""
        self._is_due = False

    def hello(self, name: str) -> dict[str, object]:
        """What a hello has for a name."""
        self._shown = self._keys.find(name) or self._key
        code = {"code": self._code} if self._is_due else {}
        return {"key": self._shown, **code}

    def give(self, code: str) -> None:
        """Send a code with the next hello, as it was typed."""
        self._code, self._is_due = code, True

    def answers(self, refusal: str) -> bool:
        """Whether there is a code that was not sent yet, now that a name was refused; then it is due."""
        is_new = refusal == CLAIMED and self._code is not None and not self._is_due
        self._is_due = is_new
        return is_new

    def entered(self, name: str) -> None:
        """Note that the name was given: the key is bound to it where the code was sent."""
        if self._is_due:
            self.owns(name)

    def owns(self, name: str) -> None:
        """Keep the key of a name that is proven by it from now on."""
        self._keys.keep(name, self._shown)
