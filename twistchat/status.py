"""How a command ended, as shells see it."""

from __future__ import annotations

OK, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: 1 for what cannot be had or was not done, 2 for words that cannot be understood, as argparse has it;
130 is what shells expect of a program that Ctrl-C ended."""
