"""What the server tells clients of itself: the tokens of 005, and the capabilities that there are."""

from __future__ import annotations

from twistchat.core.limits import Limits
from twistchat.core.terms import MOST_MASKS
from twistchat.interfaces.irc.network import Network

MOST_TARGETS = 4
"""Of one PRIVMSG, NAMES or KICK (ergo: 4)."""

MOST_MODES = 4
"""Changes of one MODE of a room (RFC 2811 4.2: 3; ergo, InspIRCd: more)."""

MOST_HISTORY = 100
"""Lines of one CHATHISTORY; so many as /history shows at most."""

MOST_MONITORED = 100
"""Names that one client may watch for (ergo: 100)."""

TOPIC_BYTES = 390
AWAY_BYTES = 200
"""So that their lines fit into 512 bytes, whatever the names (ergo's figures)."""

MOST_MULTILINE = 24
"""Lines of one draft/multiline batch."""

PLAIN, EXTERNAL = "PLAIN", "EXTERNAL"
"""Mechanisms of SASL: a name and its code; the certificate that the connection has shown (RFC 4422, appendix A)."""

CAPABILITIES = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "draft/chathistory",
    "draft/event-playback",
    "draft/multiline",
    "draft/no-implicit-names",
    "draft/read-marker",
    "echo-message",
    "extended-join",
    "extended-monitor",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "sasl",
    "server-time",
    "setname",
    "standard-replies",
    "userhost-in-names",
)
"""Those that a client may ask for."""


def mechanisms(has_certificate: bool) -> tuple[str, ...]:
    """How a connection may prove that a name is its own by SASL.

    Args:
        has_certificate: Whether it has shown a certificate.
    """
    return (PLAIN, EXTERNAL) if has_certificate else (PLAIN,)


def values(limits: Limits, has_certificate: bool) -> dict[str, str]:
    """What clients of CAP version 302 are told beside the names of some.

    Args:
        limits: Those in force.
        has_certificate: Whether the connection has shown one.
    """
    return {
        "draft/multiline": f"max-bytes={limits.line_bytes},max-lines={MOST_MULTILINE}",
        "sasl": ",".join(mechanisms(has_certificate)),
    }


def tokens(network: Network) -> list[str]:
    """The tokens of RPL_ISUPPORT.

    No value has a second `=` in it, or clients would cut it there.
    """
    limits = network.hub.limits
    few = f"PRIVMSG:{MOST_TARGETS},NOTICE:{MOST_TARGETS},TAGMSG:{MOST_TARGETS},MONITOR:{MOST_MONITORED}"
    return [
        f"AWAYLEN={AWAY_BYTES}",
        "CASEMAPPING=ascii",
        f"CHANLIMIT=#:{limits.rooms_each}",
        "CHANMODES=b,k,l,imnst",
        f"CHANNELLEN={limits.name_chars + 1}",
        "CHANTYPES=#",
        f"CHATHISTORY={MOST_HISTORY}",
        "ELIST=MNU",
        f"MAXLIST=b:{MOST_MASKS}",
        f"MAXTARGETS={MOST_TARGETS}",
        f"MODES={MOST_MODES}",
        f"MONITOR={MOST_MONITORED}",
        "MSGREFTYPES=msgid,timestamp",
        f"NETWORK={network.name}",
        f"NICKLEN={limits.name_chars}",
        "PREFIX=(ov)@+",
        "SAFELIST",
        f"TARGMAX=JOIN:,PART:,NAMES:{MOST_TARGETS},LIST:1,WHOIS:1,KICK:{MOST_TARGETS},{few}",
        f"TOPICLEN={TOPIC_BYTES}",
        "UTF8ONLY",
        "WHOX",
    ]
