"""How often a line was passed from chat to chat, so that none goes round."""

from __future__ import annotations

HOPS = "Twistchat-Hops"
"""The header field of a call: 1 for what was said in the chat that calls, 2 for what its hooks said of another's call.

A hook says what has 1, and takes the rest without a word: so a line comes to each chat that is called by its own, and
never back.
"""
