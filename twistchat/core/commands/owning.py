"""Commands for names of one's own."""

from __future__ import annotations

from twistchat.core import claiming
from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed
from twistchat.core.person import Person
from twistchat.errors import NotClaimed, WrongUse

PRICE = 5.0

_CLAIM = "/claim [new]"


@command(_CLAIM, "makes your name your own, or says how it is proven; new gives it a new code", price=PRICE)
async def _claim(person: Person, argument: str) -> None:
    if argument.casefold() == "new":
        await claiming.renew(person)
        return
    if argument:
        raise WrongUse(_CLAIM)
    try:
        held = claiming.owned(person)
    except NotClaimed:
        await claiming.claim(person)
    else:
        person.tell(claiming.listed(held))


@command("/link", "lets another device of yours have your own name", price=PRICE)
def _link(person: Person, _argument: str) -> None:
    claiming.link(person)


@command("/unlink NUMBER", "has a proof of your own name count no more; /claim lists them", price=PRICE)
async def _unlink(person: Person, argument: str) -> None:
    word = needed(argument, "/unlink NUMBER")
    if not (word.isascii() and word.isdecimal() and len(word) < 4):
        raise WrongUse("/unlink NUMBER")
    await claiming.unlink(person, int(word))


@command("/release NAME", "gives up your own name, which you type once more", price=PRICE)
async def _release(person: Person, argument: str) -> None:
    await claiming.release(person, needed(argument, "/release NAME"))


ROWS = (_claim, _link, _unlink, _release)
