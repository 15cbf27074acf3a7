"""Codes of names, made and compared in a thread."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest_twisted
from twisted.internet import reactor

from twistchat.vault import ThreadVault

Yielded = Generator[Any, Any, None]


@pytest_twisted.inlineCallbacks
def test_a_code_fits_what_was_kept_of_it_and_each_is_kept_with_a_salt_of_its_own() -> Yielded:
    vault = ThreadVault(reactor)
    code = vault.digits(16)
    assert len(code) == 16 and code.isdecimal() and code != vault.digits(16)
    kept = yield vault.keep(code)
    again = yield vault.keep(code)
    assert kept != again and code not in kept
    assert (yield vault.fits(code, kept)) and (yield vault.fits(code, again))
    assert not (yield vault.fits(vault.digits(16), kept))
    yield vault.close()


@pytest_twisted.inlineCallbacks
def test_a_vault_that_was_never_used_has_no_thread_to_end() -> Yielded:
    yield ThreadVault(reactor).close()
