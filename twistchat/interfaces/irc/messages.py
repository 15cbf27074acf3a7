"""PRIVMSG and NOTICE, each a line, or a batch of lines that are one text (IRCv3 draft/multiline)."""

from __future__ import annotations

from twistchat.core.intake import Doing
from twistchat.errors import LineTooLong, TextTooLong
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_MULTILINE
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.multiline import MultilineBatch
from twistchat.interfaces.irc.proving import ask, is_nickserv
from twistchat.interfaces.irc.talking import say_to, speak
from twistchat.wire.irc_lines import IrcLine

CONCAT = "draft/multiline-concat"


def _say(member: IrcMember, line: IrcLine) -> Doing | None:
    if "batch" in line.tags:
        _add(member, line)
    elif line.command == "PRIVMSG" and len(line.params) > 1 and is_nickserv(line.params[0]):
        return ask(member, line.params[1])
    else:
        speak(member, line, is_notice=line.command == "NOTICE")
    return None


_SAYING = tuple(
    irc_command(f"{name} target{{,target}} :text", price=0.0, price_each=1.0, waits=False)(_say)
    for name in ("PRIVMSG", "NOTICE")
)


@irc_command("BATCH +|-name [draft/multiline target]", least=1, price=0.1, waits=False)
def _batch(member: IrcMember, line: IrcLine) -> None:
    sign, name = line.params[0][:1], line.params[0][1:]
    if sign == "+":
        if len(line.params) < 3 or line.params[1] != "draft/multiline" or "draft/multiline" not in member.caps:
            _fail(member, "MULTILINE_INVALID", "That is no batch that is taken here: draft/multiline is.")
        elif member.multiline is not None:
            _fail(member, "MULTILINE_INVALID", "One batch at a time is taken: end the other one first.")
        else:
            member.multiline = MultilineBatch(name, line.params[2], line)
    elif member.multiline is None or member.multiline.name != name:
        _fail(member, "MULTILINE_INVALID", "There is no batch of that name.")
    else:
        batch, member.multiline = member.multiline, None
        _end(member, batch)


def _fail(member: IrcMember, code: str, text: str, *context: str) -> None:
    if member.multiline is not None:
        member.multiline.is_failed = True
    member.fail("BATCH", code, *context, text=text)


def _add(member: IrcMember, line: IrcLine) -> None:
    """Put a line to the batch that it names."""
    batch = member.multiline
    if batch is None or line.tags["batch"] != batch.name or len(line.params) < 2:
        _fail(member, "MULTILINE_INVALID", "That line is in no batch.")
        return
    if batch.is_failed:
        return
    target, text = line.params[:2]
    if target != batch.target or (batch.command or line.command) != line.command:
        sentence = "All lines of a batch are the same command, to the same target."
        _fail(member, "MULTILINE_INVALID_TARGET", sentence, batch.target, target)
        return
    if CONCAT in line.tags and not text:
        _fail(member, "MULTILINE_INVALID", "A line that is joined to the one before has something in it.")
        return
    batch.command = line.command
    batch.lines += 1
    if CONCAT in line.tags and batch.texts:
        batch.texts[-1] += text
    else:
        batch.texts.append(text)
    most = member.session.limits.line_bytes
    if batch.lines > MOST_MULTILINE:
        sentence = f"That batch has too many lines: {MOST_MULTILINE} at most. It was not sent; send it in parts."
        _fail(member, "MULTILINE_MAX_LINES", sentence, str(MOST_MULTILINE))
    elif sum(len(each.encode()) for each in batch.texts) > most:
        _fail(member, "MULTILINE_MAX_BYTES", member.format.say(LineTooLong(most)), str(most))


def _end(member: IrcMember, batch: MultilineBatch) -> None:
    """Say all of it; a text that is too long keeps the others from being said, too."""
    if batch.is_failed:
        return
    if not any(text.strip() for text in batch.texts):
        _fail(member, "MULTILINE_INVALID", "That batch has nothing in it.")
        return
    most = member.session.limits.text_chars
    if any(len(text) > most for text in batch.texts):
        _fail(member, "MULTILINE_INVALID", member.format.say(TextTooLong(most)))
        return
    line = IrcLine(batch.opening.tags, None, batch.command, [batch.target])
    for text in batch.texts:
        say_to(member, line, batch.target, text, batch.command == "NOTICE", may_be_long=True)


ROWS = (*_SAYING, _batch)
