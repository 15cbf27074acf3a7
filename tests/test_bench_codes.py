"""Wrong codes from many addresses, in miniature; and a server that is killed while it answers a claim."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from support.server import ANY, LineClient, Server, only

from twistchat.admin.journal import FileJournal
from twistchat.bench.cli import main
from twistchat.core import claimcodes
from twistchat.core.bans import Rules

KILLS = (0.0, 0.02, 0.04, 0.06)
"""Seconds after /claim was sent: making what is kept of a code takes 45 ms."""


def test_nobody_gets_in_by_a_wrong_code_and_the_owner_does_all_the_while(capsys: pytest.CaptureFixture[str]) -> None:
    main(["codes", "--codes", "60", "--addresses", "6", "--names", "3"])
    shown = capsys.readouterr().out
    answers = re.search(r"answers: (.*)", shown)
    assert answers is not None and "welcome" not in answers[1] and "wrong-name-code" in answers[1]
    for owner in (r"owner by key: \d+ welcome;", r"came before: \d+ welcome\n"):
        assert re.search(owner, shown), shown
    assert "with 3 names claimed, the server was up after" in shown


def test_a_server_that_does_not_come_up_cannot_be_measured() -> None:
    assert main(["codes", "--codes", "1", "--", "--flod=off"]) == 1


def test_of_a_server_that_is_killed_no_code_was_shown_of_a_claim_that_is_not_stored(tmp_path: Path) -> None:
    shown: dict[str, str] = {}
    for number, seconds in enumerate(KILLS):
        name = f"owner{number}"
        with Server(tmp_path, "--flood", "off", listen=only("--tcp", ANY)) as server, LineClient(server, name) as owner:
            owner.says("/claim")
            time.sleep(seconds)
            server.process.kill()
            with pytest.raises((AssertionError, ConnectionError)):
                owner.hears("never said")
            if (code := re.search(r"\d{4}(-\d{4}){3}", owner.text)) is not None:
                shown[name] = code[0]
    rules = Rules()
    rules.take(*FileJournal(tmp_path / "state" / "audit.jsonl", time.time).acts())
    for name, code in shown.items():
        claim = rules.claims.find(name)
        assert claim is not None, f"{name} was shown a code"
        digits = claimcodes.read_code(code)
        assert digits is not None and any(claimcodes.fits(digits, kept) for kept in claim.codes)
