"""The runs that there are. A new one is a `Run` in a module of its own and one row here."""

from __future__ import annotations

from twistchat.bench.fanout import FANOUT, UDP

RUNS = (FANOUT, UDP)
