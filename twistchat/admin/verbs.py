"""All verbs. A new one is a function under `@verb` in one of these modules, or in a module that is listed here."""

from __future__ import annotations

from twistchat.admin import acting, auditing, desks, helping, looking, owning, programs, running, servers
from twistchat.admin.verb import VerbTable, listed_in

VERBS = VerbTable(listed_in(acting, desks, owning, programs, looking, servers, running, auditing, helping))
