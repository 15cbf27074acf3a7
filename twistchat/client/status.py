"""How a run of `twistchat join` ended, as shells see it."""

from __future__ import annotations

OK, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses; 130 is what shells expect of a program that Ctrl-C ended."""
