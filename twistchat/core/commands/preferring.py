"""Commands that change how somebody sees the chat."""

from __future__ import annotations

from twistchat.core.bans import HOOK
from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed, other, state, switched_on
from twistchat.core.person import Person
from twistchat.core.replies import notice
from twistchat.errors import IgnoringTooMany, NoColours, NotIgnored

MOST_IGNORED = 100


@command("/ignore [NAME]", "hides what somebody says, or lists whom you ignore")
def _ignore(person: Person, argument: str) -> None:
    if not argument:
        people = sorted(person.preferences.ignored.values()) or ["-"]
        person.tell(notice("ignored", "You ignore: {people}", people=people))
        return
    hooks = [act.subject for act in person.shared.programs.called(HOOK, argument)]
    shown = next(iter(hooks), None) or person.shared.elsewhere.name_of(argument) or other(person, argument).shown_name
    if len(person.preferences.ignored) >= MOST_IGNORED:
        raise IgnoringTooMany(MOST_IGNORED)
    person.shared.ignoring.begin(person, shown)
    person.tell(notice("ignoring", "You ignore {name} now. /unignore {name} ends it.", name=shown))


@command("/unignore NAME", "shows again what somebody says")
def _unignore(person: Person, argument: str) -> None:
    shown = person.shared.ignoring.end(person, needed(argument, "/unignore NAME"))
    if shown is None:
        raise NotIgnored(argument)
    person.tell(notice("unignored", "You hear {name} again.", name=shown))


@command("/echo on|off", "shows you your own lines, or not")
def _echo(person: Person, argument: str) -> None:
    person.preferences.echo = switched_on(argument, "/echo on|off")
    person.place_again()
    person.tell(notice("echo", "Your own lines are shown: {state}", state=state(person.preferences.echo)))


@command("/time on|off", "puts the time before each line, or not")
def _time(person: Person, argument: str) -> None:
    person.preferences.stamp(switched_on(argument, "/time on|off"))
    person.place_again()
    person.tell(notice("time", "Times are shown: {state}", state=state(person.preferences.times)))


@command("/color on|off", "gives each name a colour of its own, or none", aliases="colour")
def _color(person: Person, argument: str) -> None:
    on = switched_on(argument, "/color on|off")
    person.preferences.colour(on)
    person.place_again()
    has_none = on and person.preferences.format == person.preferences.format.coloured(False)
    if has_none:
        raise NoColours
    person.tell(notice("color", "Names have colours: {state}", state=state(on)))


@command("/lang [CODE]", "changes the language of notices and help, or lists the languages")
def _lang(person: Person, argument: str) -> None:
    if not argument:
        languages = person.preferences.format.languages
        sentence = "Languages: {languages}. /lang CODE chooses one."
        person.tell(notice("languages", sentence, languages=languages))
        return
    person.preferences.speak_in(argument)
    person.place_again()
    person.tell(notice("language", "Notices are in English from now on."))


ROWS = (_ignore, _unignore, _echo, _time, _color, _lang)
