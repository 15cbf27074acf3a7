"""Commands that say something, to a room or to one person."""

from __future__ import annotations

from twistchat.core.command_table import Trace, command
from twistchat.core.commands.arguments import needed, other
from twistchat.core.replies import notice
from twistchat.core.session import Session
from twistchat.errors import IgnoresYou, NobodyCalled, NobodyToReplyTo


@command("/me ACTION", "says what you do: /me waves", aliases="action", trace=Trace.ACTED)
def _me(session: Session, argument: str) -> None:
    session.act(needed(argument, "/me ACTION"))


@command("/msg NAME TEXT", "sends a private message, which is not stored", aliases="w tell query whisper pm")
def _msg(session: Session, argument: str) -> None:
    name, _, text = argument.partition(" ")
    usage = "/msg NAME TEXT"
    recipient = other(session, needed(name, usage))
    _whisper(session, recipient, needed(text.strip(), usage))


@command("/reply TEXT", "answers the last private message", aliases="r")
def _reply(session: Session, argument: str) -> None:
    if session.reply_to is None:
        raise NobodyToReplyTo
    if session.reply_to.is_gone:
        raise NobodyCalled(session.reply_to.shown_name)
    _whisper(session, session.reply_to, needed(argument, "/reply TEXT"))


def _whisper(session: Session, recipient: Session, text: str) -> None:
    if recipient.view.ignores(session.shown_name):
        raise IgnoresYou(recipient.shown_name)
    session.whisper(recipient, text)


@command("/topic [TEXT]", "shows this room's topic, or sets it")
def _topic(session: Session, argument: str) -> None:
    if argument:
        session.set_topic(argument)
        return
    room = session.hub.rooms[session.here]
    if room.topic:
        session.tell(notice("topic", "Topic of {room}: {topic}", room=room.name, topic=room.topic))
    else:
        session.tell(notice("no-topic", "{room} has no topic. /topic TEXT sets one.", room=room.name))


ROWS = (_me, _msg, _reply, _topic)
