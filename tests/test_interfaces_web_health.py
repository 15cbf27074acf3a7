"""`/healthz` says whether lines are taken and stored."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from support.chat import Chat

from twistchat.core import pipeline
from twistchat.interfaces.web.service import health
from twistchat.wire.http import Head

HEAD = Head("GET", "/healthz", {}, lasts=False)


def test_a_server_that_stores_is_well(chat: Chat) -> None:
    assert health(chat.hub, "127.0.0.1", HEAD).status == HTTPStatus.OK


def test_a_server_that_cannot_store_says_why(chat: Chat) -> None:
    chat.log.trouble = "the disk is full"
    answer = health(chat.hub, "127.0.0.1", HEAD)
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body == b"Nothing can be stored: the disk is full.\n"


def test_a_server_whose_log_is_too_far_behind_says_so(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MOST_PENDING", 0)
    assert health(chat.hub, "127.0.0.1", HEAD).status == HTTPStatus.SERVICE_UNAVAILABLE
