"""Verbs about the server's process. They are listed in verbs.py."""

from __future__ import annotations

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence
from twistchat.admin.verb import verb
from twistchat.errors import CannotRestart


@verb("restart", "hands over to a new process, as after an upgrade; people stay, you log in again")
async def restart(operator: Operator) -> Outcome:
    hand_over = operator.administration.restart
    if hand_over is None:
        raise CannotRestart("this server runs within another program")
    operator.note("restart")
    await hand_over()
    return Sentence("Restarted.", {"verb": "restart"})
