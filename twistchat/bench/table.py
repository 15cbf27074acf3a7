"""The runs that there are. A new one is a `Run` in a module of its own and one row here."""

from __future__ import annotations

from twistchat.bench.fanout import FANOUT, UDP
from twistchat.bench.join import IDLE, JOIN
from twistchat.bench.latency import LATENCY
from twistchat.bench.logins import LOGINS
from twistchat.bench.manyrooms import IRC, MANY_ROOMS
from twistchat.bench.rude import FLOOD, SLOW

RUNS = (FANOUT, MANY_ROOMS, IRC, LATENCY, JOIN, IDLE, UDP, SLOW, FLOOD, LOGINS)
