"""Commands that change how somebody sees the chat."""

from __future__ import annotations

from twistchat.core import names
from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed, other, state, switched_on
from twistchat.core.replies import notice
from twistchat.core.session import Session
from twistchat.errors import IgnoringTooMany, NotIgnored

MOST_IGNORED = 100


@command("/ignore [NAME]", "hides what somebody says, or lists whom you ignore")
def _ignore(session: Session, argument: str) -> None:
    if not argument:
        people = sorted(session.view.ignored.values()) or ["-"]
        session.tell(notice("ignored", "You ignore: {people}", people=people))
        return
    ignored = other(session, argument)
    if len(session.view.ignored) >= MOST_IGNORED:
        raise IgnoringTooMany(MOST_IGNORED)
    session.view.ignored[names.key(ignored.shown_name)] = ignored.shown_name
    session.place_again()
    session.tell(notice("ignoring", "You ignore {name} now. /unignore {name} ends it.", name=ignored.shown_name))


@command("/unignore NAME", "shows again what somebody says")
def _unignore(session: Session, argument: str) -> None:
    shown = session.view.ignored.pop(names.key(needed(argument, "/unignore NAME")), None)
    if shown is None:
        raise NotIgnored(argument)
    session.place_again()
    session.tell(notice("unignored", "You hear {name} again.", name=shown))


@command("/echo on|off", "shows you your own lines, or not")
def _echo(session: Session, argument: str) -> None:
    session.view.echo = switched_on(argument, "/echo on|off")
    session.place_again()
    session.tell(notice("echo", "Your own lines are shown: {state}", state=state(session.view.echo)))


@command("/time on|off", "puts the time before each line, or not")
def _time(session: Session, argument: str) -> None:
    session.view.stamp(switched_on(argument, "/time on|off"))
    session.place_again()
    session.tell(notice("time", "Times are shown: {state}", state=state(session.view.times)))


@command("/lang [CODE]", "changes the language that you are spoken to in, or lists those there are")
def _lang(session: Session, argument: str) -> None:
    if not argument:
        languages = session.view.format.languages
        session.tell(notice("languages", "You can be spoken to in: {languages}. /lang CODE.", languages=languages))
        return
    session.view.speak_in(argument)
    session.place_again()
    session.tell(notice("language", "You are spoken to in English from now on."))


ROWS = (_ignore, _unignore, _echo, _time, _lang)
