"""Why a bundle cannot be made."""

from __future__ import annotations


class CannotBundle(Exception):
    """It cannot be; the text is a sentence."""
