"""What the page itself says, in each language: English lies beside it, the catalogs have the rest."""

from __future__ import annotations

import json
from pathlib import Path

from twistchat.wire.language import Language

CONTEXT = "page"
"""Tells the page's sentences from the server's in the catalogs: what stands on a button is short."""


def sentences(page: Path) -> dict[str, str]:
    """The page's sentences in English, by the names that its scripts have for them."""
    found: dict[str, str] = json.loads((page / "words.json").read_text("utf-8"))
    return found


def spoken(page: Path, language: Language) -> bytes:
    """The same in a language, as JSON; English stands where the catalog has nothing."""
    said = {key: language.catalog.pgettext(CONTEXT, sentence) for key, sentence in sentences(page).items()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
