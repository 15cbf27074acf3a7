"""The /commands: every interface has them all, and /help is made from them.

A new command is one function with its row: `@command` shows its use, explains it and sets its price, and `ROWS` at the
end of its file names it. A new file of commands is named here.
"""

from twistchat.core.command_table import Command
from twistchat.core.commands import around, going, looking, moderating, owning, preferring, recall, ruling, talking
from twistchat.core.person import Person

COMMANDS: tuple[Command[Person], ...] = (
    *looking.ROWS,
    *going.ROWS,
    *talking.ROWS,
    *around.ROWS,
    *ruling.ROWS,
    *preferring.ROWS,
    *recall.ROWS,
    *owning.ROWS,
    *moderating.ROWS,
)
"""All rows, in the order in which /help shows them."""
