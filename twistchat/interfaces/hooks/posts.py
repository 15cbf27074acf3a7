"""What a program posts to a hook, from its body to the log."""

from __future__ import annotations

import json

from twistchat.core.bans import Act
from twistchat.core.elsewhere import SAID_ONCE
from twistchat.core.hooks import say_by_hook
from twistchat.core.hub import Hub
from twistchat.core.programs import RATES, digest_of_body, once
from twistchat.wire.calls import MOST_LINES as MOST_RELAYED_LINES
from twistchat.wire.hook_bodies import lines_of
from twistchat.wire.hook_text import MOST_LINES
from twistchat.wire.hops import HOPS
from twistchat.wire.http import Head


async def post(hub: Hub, hook: Act, head: Head, body: bytes) -> None:
    """Say what a body says; by then it is stored.

    What two chats have passed on already is not said, nor is what was said lately where the hook says it once.

    Raises:
        TooFast: The hook was used too often.
        NothingReadable: There is nothing to be said in it.
        ChatError: It cannot be said now.
    """
    hub.programs.use(hook).check_rate(RATES[hook.verb], hub.clock.seconds())
    hops = head.headers.get(HOPS.lower())
    most_lines = MOST_LINES if hops is None else MOST_RELAYED_LINES
    lines = lines_of(body, head.headers, hub.limits.text_chars, most_lines, head.query)
    if hops not in (None, "1"):
        return
    if once(hook):
        await _say_once(hub, hook, lines, hops is not None, digest_of_body(body))
    else:
        await say_by_hook(hub, hook, lines, is_relayed=hops is not None)


async def _say_once(hub: Hub, hook: Act, lines: list[str], is_relayed: bool, digest: str) -> None:
    """Say what was not said lately, at this server or another one."""
    use = hub.programs.use(hook)
    if not await use.is_new(digest, once(hook), hub.clock):
        return
    with use.saying(digest):
        await say_by_hook(hub, hook, lines, is_relayed)
        use.remember(digest, hub.clock.seconds())
    hub.elsewhere.tell_all(SAID_ONCE, {"hook": hook.number, "digest": digest})


def token_of_ntfy(body: bytes) -> str:
    """The token in a body as ntfy's programs send it to a server: as the topic; empty where there is none.

    See https://docs.ntfy.sh/publish/#publish-as-json.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    topic = value.get("topic") if isinstance(value, dict) else None
    return topic if isinstance(topic, str) else ""
