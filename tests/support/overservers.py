"""What a contract is asked of where a chat is two servers."""

from __future__ import annotations

from typing import Any

import pytest
from support.chat import Chat
from support.cluster import Servers
from support.spread import Spread

from twistchat.core.moderation import Moderation


class OverTwoServers:
    """What a contract is asked of: the test's people are at one server, and the interface is at the other."""

    @pytest.fixture
    def spread(self, servers: Servers) -> Spread:
        return Spread(servers)

    @pytest.fixture
    def chat(self, spread: Spread) -> Chat:
        return spread.chat

    @pytest.fixture
    def door(self, spread: Spread) -> Any:
        return type(self).make_door(spread.far)  # type: ignore[attr-defined]

    @pytest.fixture(autouse=True)
    def acts_go_through_the_log(self, spread: Spread) -> None:
        self._moderation = spread.one.administration.moderation

    def moderation(self, chat: Chat) -> Moderation:
        return self._moderation
