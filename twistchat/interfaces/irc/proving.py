"""Claimed names: SASL before somebody is in (IRCv3 sasl 3.1 and 3.2, RFC 4616), NickServ once they are.

| state | takes | left when |
|---|---|---|
| nothing asked | `AUTHENTICATE PLAIN`; another mechanism is 908 and 904 | answered by `AUTHENTICATE +` |
| asked for proof | parts of 400 bytes, the last one shorter, or `+` | 900, 903; else 904, 905; `*`, CAP END: 906 |
| proven | nothing more: 907 | the connection ends |
"""

from __future__ import annotations

from base64 import b64decode

from twistchat.core import names
from twistchat.core.claimcodes import read_code
from twistchat.core.claiming import prove
from twistchat.core.intake import Doing
from twistchat.core.nameclaims import NameClaim
from twistchat.core.replies import notice
from twistchat.errors import ChatError, NotClaimed, WrongNameCode
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MECHANISMS
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.network import USER
from twistchat.wire.irc_format import READER
from twistchat.wire.irc_lines import IrcLine

PART_BYTES = 400
"""Of one AUTHENTICATE (sasl 3.1)."""

MOST_PROOF_BYTES = 1200
"""Of all its parts: twice a name and a code take a fifth of that."""

NOT_ASKED_FOR = "Ask for the capability first: CAP REQ :sasl."
NOT_PLAIN = "That is not a name and its code as PLAIN has them."
OTHER_MECHANISM = "That mechanism is not known here."

_NICKSERV = "nickserv"
_USAGE = (
    "/msg NickServ IDENTIFY NAME CODE gives you a name that is yours; /quote CLAIM makes the name that you have yours."
)


# --- SASL
@irc_command("AUTHENTICATE mechanism|part|*", least=1, price=1.0, is_for_strangers=True, waits=False)
def _authenticate(member: IrcMember, line: IrcLine) -> Doing | None:
    registration, part = member.registration, line.params[0]
    if "sasl" not in member.caps:
        _fail(member, NOT_ASKED_FOR)
    elif registration.is_proven:
        member.tell(member.numbered(907))
    elif part == "*":
        abort(member, is_asked=True)
    elif registration.proof is None:
        _begin(member, part.upper())
    else:
        return _take(member, registration.proof, part)
    return None


def abort(member: IrcMember, is_asked: bool = False) -> None:
    """End what is not yet proven, as the client goes on without it.

    Args:
        member: The client.
        is_asked: Whether it is answered even where nothing was begun.
    """
    if member.registration.proof is not None or is_asked:
        member.registration.proof = None
        member.tell(member.numbered(906))


def _begin(member: IrcMember, mechanism: str) -> None:
    if mechanism in MECHANISMS:
        member.registration.proof = ""
        member.tell(f":{member.network.server} AUTHENTICATE +")
    else:
        member.tell(member.numbered(908, ",".join(MECHANISMS)))
        _fail(member, OTHER_MECHANISM)


def _take(member: IrcMember, before: str, part: str) -> Doing | None:
    proof = before + ("" if part == "+" else part)
    if len(part) > PART_BYTES or len(proof) > MOST_PROOF_BYTES:
        member.registration.proof = None
        member.tell(member.numbered(905))
        return None
    member.registration.proof = proof if len(part) == PART_BYTES else None
    return None if len(part) == PART_BYTES else _prove_plain(member, proof)


async def _prove_plain(member: IrcMember, proof: str) -> None:
    try:
        wanted, name, code = b64decode(proof, validate=True).decode().split("\0")
    except ValueError:  # of base64, of UTF-8, of another count of parts
        _fail(member, NOT_PLAIN)
        return
    if wanted not in ("", name):
        _fail(member, NOT_PLAIN)
        return
    try:
        claim = await _prove(member, name, code)
    except ChatError as error:
        _fail(member, member.format.say(error))
        return
    member.registration.is_proven = True
    member.tell(member.numbered(900, f"{READER}!~{USER}@{member.network.server}", claim.name), member.numbered(903))


def _fail(member: IrcMember, sentence: str) -> None:
    member.registration.proof = None
    if not member.session.is_gone:
        member.tell(f":{member.network.server} 904 {READER} :{sentence}")


async def _prove(member: IrcMember, typed: str, code: str) -> NameClaim:
    """Prove a claimed name by its code.

    Raises:
        ChatError: It is not proven, or nobody has claimed it.
    """
    person = member.person
    name = names.checked(typed, member.session.limits.name_chars)
    claim = person.shared.rules.claims.find(name)
    if claim is None:
        raise NotClaimed(name)
    digits = read_code(code)
    if digits is None and not person.owns(claim):
        raise WrongNameCode(name)
    await prove(person, name, digits)
    return claim


# --- NickServ
def is_nickserv(target: str) -> bool:
    """Whether something is said to NickServ, whose name nobody can have."""
    return target.casefold() == _NICKSERV


async def ask(member: IrcMember, text: str) -> None:
    """Do what somebody has asked NickServ for: give them back a name that is theirs."""
    word, *rest = text.split() or [""]
    person = member.person
    if word.upper() != "IDENTIFY" or not rest:
        person.tell(notice("nickserv", _USAGE))
        return
    if read_code("".join(rest)) is None:
        name, code = rest[0], "".join(rest[1:])
    else:
        name, code = person.ownership.wanted or person.shown_name, "".join(rest)
    try:
        person.rights.check_name_kept(person.membership.rooms_to_be)
        claim = await _prove(member, name, code)
        if not person.is_gone:
            await person.rename(name)
            person.tell(notice("identified", "{name} is yours.", name=claim.name))
    except ChatError as error:
        member.session.refuse(error)


def _nickserv(member: IrcMember, line: IrcLine) -> Doing:
    return ask(member, " ".join(line.params))


_SHORT = tuple(
    irc_command(f"{name} IDENTIFY [name] code", price=2.0, waits=False)(_nickserv) for name in ("NICKSERV", "NS")
)

ROWS = (_authenticate, *_SHORT)
