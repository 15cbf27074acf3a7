"""Who stands between a person and their connection while they come and go."""

from __future__ import annotations

from typing import Protocol

from twistchat.errors import ChatError


class Doorkeeper(Protocol):
    """Who is told how somebody's coming in goes."""

    def entered(self) -> None:
        """They have been let in."""
        ...

    def not_entered(self, error: ChatError) -> None:
        """Their coming could not be stored."""
        ...

    def ended(self) -> None:
        """They are gone, whatever they were."""
        ...
