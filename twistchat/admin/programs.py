"""Verbs about programs: hooks, by which they talk, feeds, by which they read. They are listed in verbs.py."""

from __future__ import annotations

import secrets
from urllib.parse import urljoin

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, Table, abridged, moment
from twistchat.admin.verb import verb
from twistchat.core import making
from twistchat.core.bans import FEED, HOOK, Act, parse_duration
from twistchat.core.programs import TOKEN_BYTES, token_of
from twistchat.errors import NotADuration


def _url(operator: Operator, kind: str, token: str) -> str:
    """Where a token is used, as far as the page has an address."""
    return urljoin(operator.administration.page() or "http://HOST:7980/", f"/{kind}/{token}")


def _token() -> str:
    return token_of(secrets.token_bytes(TOKEN_BYTES))


def _facts(act: Act, token: str, url: str) -> dict[str, object]:
    return {"act": act.number, "name": act.subject, "room": act.room, "token": token, "url": url}


@verb("hook NAME [ROOM] [--once TIME]", "lets programs talk in a room, under a name; once: the same words once")
async def hook(operator: Operator, name: str, room: str = "", once: str = "") -> Outcome:
    if once and parse_duration(once) is None:
        raise NotADuration(once)
    token = _token()
    act = await making.make_hook(operator.hub, operator.who, name, room, token, once)
    url = _url(operator, "hooks", token)
    sentence = (
        f"{act.subject} talks in {act.room}, by whoever posts to\n{url}\n"
        f"Try it: curl -d 'hello from {act.subject}' {url}\nThe address is shown this once."
    )
    return Sentence(sentence, _facts(act, token, url), act.number)


@verb("feed NAME ROOM", "lets programs read a room, as JSON Feed or Atom, or by a script")
async def feed(operator: Operator, name: str, room: str) -> Outcome:
    token = _token()
    act = await making.make_feed(operator.hub, operator.who, name, room, token)
    url = _url(operator, "feed", token)
    sentence = f"{act.room} can be read at\n{url}\nor, as Atom, at\n{url}.atom\nThe address is shown this once."
    return Sentence(sentence, _facts(act, token, url), act.number)


def _listed(operator: Operator, kind: str, nothing: str) -> Table:
    rows = []
    for act in operator.hub.programs.all(kind):
        use = operator.hub.programs.use(act)
        when = moment(act.time), moment(use.latest)
        rows.append((act.number, act.subject, act.room, *when, use.count, use.refusal, act.text, abridged(act.who)))
    return Table(("act", "name", "room", "since", "used", "times", "refused", "note", "by"), rows, nothing)


@verb("hooks", "lists the hooks, their use, and why one was refused at last")
def hooks(operator: Operator) -> Outcome:
    return _listed(operator, HOOK, "There is no hook. `hook NAME ROOM` makes one.")


@verb("feeds", "lists the feeds, as hooks does")
def feeds(operator: Operator) -> Outcome:
    return _listed(operator, FEED, "There is no feed. `feed NAME ROOM` makes one.")


async def _end(operator: Operator, kind: str, name: str) -> Outcome:
    act = await making.end(operator.hub, kind, operator.who, name)
    return Sentence(f"{act.subject} is no {kind} any more.", {"act": act.number, "name": act.subject}, act.number)


@verb("unhook NAME", "ends a hook; its address says nothing any more, and its name is free")
async def unhook(operator: Operator, name: str) -> Outcome:
    return await _end(operator, HOOK, name)


@verb("unfeed NAME", "ends a feed; its address tells nothing any more")
async def unfeed(operator: Operator, name: str) -> Outcome:
    return await _end(operator, FEED, name)
