"""Verbs about programs: hooks, by which they talk, feeds, by which they read, calls, by which they are told."""

from __future__ import annotations

import secrets
from urllib.parse import urljoin

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, Table, abridged, moment
from twistchat.admin.programuse import UseOfAll, calls_anywhere, uses_anywhere
from twistchat.admin.verb import verb
from twistchat.core import making
from twistchat.core.bans import CALL, FEED, HOOK, Act
from twistchat.core.calling import DIALECTS, CallOptions, CallState
from twistchat.core.durations import parse_duration
from twistchat.core.programs import TOKEN_BYTES, token_of
from twistchat.core.text import clean
from twistchat.errors import NoCallsHere, NotADuration, NotRecorded, Phrase, WrongUse


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


async def _listed(operator: Operator, kind: str, nothing: str) -> Table:
    rows, uses = [], await uses_anywhere(operator.hub)
    for act in operator.hub.programs.all(kind):
        use = uses.get(act.number, UseOfAll())
        when = moment(act.time), moment(use.latest)
        rows.append((act.number, act.subject, act.room, *when, use.times, use.refusal, act.text, abridged(act.who)))
    return Table(("act", "name", "room", "since", "used", "times", "refused", "note", "by"), rows, nothing)


@verb("hooks", "lists the hooks, their use, and why one was refused at last")
async def hooks(operator: Operator) -> Outcome:
    return await _listed(operator, HOOK, "There is no hook. `hook NAME ROOM` makes one.")


@verb("feeds", "lists the feeds, as hooks does")
async def feeds(operator: Operator) -> Outcome:
    return await _listed(operator, FEED, "There is no feed. `feed NAME ROOM` makes one.")


async def _end(operator: Operator, kind: str, name: str) -> Outcome:
    act = await making.end(operator.hub, kind, operator.who, name)
    return Sentence(f"{act.subject} is no {kind} any more.", {"act": act.number, "name": act.subject}, act.number)


@verb(
    "call NAME URL [--room ROOM] [--match WORDS...] [--as KIND] [--events WHICH]",
    "tells a program what is said; as json, slack, discord or text; events: all",
)
async def call(
    operator: Operator, name: str, url: str, room: str = "", match: str = "", kind: str = "json", events: str = ""
) -> Outcome:
    if kind not in DIALECTS or events not in ("", "all"):
        raise WrongUse(call.usage)
    tell = operator.hub.calls.secret
    if tell is None:
        raise NoCallsHere
    try:
        tell(Act(CALL, operator.who, name))  # a call whose secret nobody could be shown is of no use
    except OSError as error:
        raise NotRecorded(Phrase(f"calls.key cannot be had: {error.strerror}")) from error
    options = CallOptions(kind, clean(match), bool(events))
    act = await making.make_call(operator.hub, operator.who, name, url, room, options)
    secret = tell(act)
    what = act.room or "all rooms that are open to everybody"
    sentence = f"{act.text} is told what is said in {what}, signed with\n{secret}\nThe secret is shown this once."
    refused = operator.hub.calls.refused_host(act.before)
    if refused is not None:
        sentence += f"\n{refused} is not called as this server runs: start it with --calls-to {refused}"
    facts = {"act": act.number, "name": act.subject, "room": act.room, "secret": secret}
    return Sentence(sentence, facts, act.number)


@verb("calls", "lists the calls: how far behind each is, and what came of the latest try")
async def calls(operator: Operator) -> Outcome:
    rows, states = [], await calls_anywhere(operator.hub)
    has_servers = operator.hub.elsewhere.has_servers
    for act in operator.hub.programs.all(CALL):
        state, server = states.get(act.number, (CallState(), ""))
        what = " ".join((act.text, *act.also))
        times = moment(state.latest), moment(state.failing_since)
        row = (act.number, act.subject, act.room, what, state.sent, state.behind, state.status or None, *times)
        rows.append((*row, server or "nobody now") if has_servers else row)
    columns = ("act", "name", "room", "where", "lines", "behind", "answer", "latest", "failing since")
    return Table((*columns, "by") if has_servers else columns, rows, "There is no call. `call NAME URL` makes one.")


@verb("uncall NAME", "ends a call; what it has not told yet is told to nobody")
async def uncall(operator: Operator, name: str) -> Outcome:
    return await _end(operator, CALL, name)


@verb("unhook NAME", "ends a hook; its address says nothing any more, and its name is free")
async def unhook(operator: Operator, name: str) -> Outcome:
    return await _end(operator, HOOK, name)


@verb("unfeed NAME", "ends a feed; its address tells nothing any more")
async def unfeed(operator: Operator, name: str) -> Outcome:
    return await _end(operator, FEED, name)
