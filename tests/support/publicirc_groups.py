"""Which of irctest's tests say something about this server, in groups; as a pytest plugin, it runs the group GROUP.

Left out are tests that are marked deprecated, strict or of one implementation, and what irctest tests of itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

LEFT_OUT = {"deprecated", "strict", "implementation-specific"}

RULES = (
    # what this server does not have, and why
    ("", r"who\.py::.*::(testWhoUsernameRealName|testWhoRealNameSpaces)"),  # irctest skips them always
    ("", r"::testOperSuccess|kill\.py::|wallops\.py::.*testWallops$|info\.py::.*testInfo$"),  # operators are at SSH
    ("", r"who\.py::.*::(testWhoNickOper|testWhoNickAwayAndOper)|whois\.py::.*testWhoisNumerics\[.*oper"),
    ("", r"metadata_3\.py::|account_registration\.py::|channel_rename\.py::|redact\.py::"),  # not offered
    ("", r"chmodes/(account_extban|mute_extban)\.py::|links\.py::ServicesLinks|::PasswordedConnection"),
    ("", r"::(testMessagesToSelf|testChathistoryDMs|testChathistoryDMClientOnlyTags)"),  # private ones are not stored
    ("", r"chathistory\.py::.*::(testChathistoryTargets|testChathistoryTagmsg)"),
    ("", r"list\.py::.*::(testListCreationTime|testListTopicTime)|bot_mode\.py::"),
    ("", r"invite_exception\.py::|statusmsg\.py::|no_ctcp\.py::|ban\.py::.*testBanException"),
    ("", r"sasl\.py::.*::(testPlainLarge|testScram)"),  # passwords of one's own; another mechanism
    ("", r"read_marker\.py::ReadMarkerService"),  # two connections of one nick
    ("", r"monitor\.py::Authenticated.*before_connect-\]"),  # the same account by another nick
    ("", r"multiline\.py::.*::(testBasic|testBlankLines)"),  # one message with line breaks in it
    # groups; the first rule that matches holds
    ("accounts", r"sasl\.py::|account_tag\.py::|extended_join\.py::.*testLoggedIn|monitor\.py::Authenticated"),
    ("accounts", r"whois\.py::ServicesWhois|who\.py::WhoServicesTestCase::testWhoxAccount|::testInvalidTargets"),
    ("websocket", r"websocket\.py::"),
    ("history", r"chathistory\.py::"),
    ("second", r"multiline\.py::|read_marker\.py::"),
    ("operators", r"operator\.py::.*::testChannelOperatorMode(SenderPrivsNeeded|TargetNotIn|TargetDoesNot|Success)"),
    ("core", r"chmodes/operator\.py::"),
    ("operators", r"chmodes/|multi_prefix\.py::|names\.py::.*::(testNames2812|testNamesModern|testNamesMultiple)"),
    ("operators", r"kick\.py::(?!.*testKickNonexistentChannel)|topic\.py::.*::(testTopicMode$|testTopicPrivileges)"),
    ("operators", r"invite\.py::.*::(testInvites$|testInvite\[True\]|testInviteInviteOnly)|who\.py::.*testWhoChan"),
    ("operators", r"whois\.py::WhoisTestCase::testWhoisNumerics"),
    ("core", r""),
)

GROUPS = tuple(dict.fromkeys(group for group, _ in RULES if group))


def group_of(test: str) -> str:
    """The group of a test; an empty one for what is left out."""
    name = test.partition("server_tests/")[2]
    return next(group for group, pattern in RULES if re.search(pattern, name)) if name else ""


def _chosen(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if not marks & LEFT_OUT and group_of(item.nodeid) == os.environ["GROUP"]:
            yield item


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave one group; of that, each OF_PARTS-th from PART on."""
    items[:] = [*_chosen(items)][int(os.environ.get("PART", "0")) :: int(os.environ.get("OF_PARTS", "1"))]
