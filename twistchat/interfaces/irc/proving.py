"""Claimed names: SASL before somebody is in (IRCv3 sasl 3.1 and 3.2, RFC 4616), NickServ once they are.

| state | takes | left when |
|---|---|---|
| nothing asked | `AUTHENTICATE PLAIN` or `EXTERNAL`; another mechanism is 908, 904 | answered by `AUTHENTICATE +` |
| asked for proof | parts of 400 bytes, the last one shorter, or `+` | 900, 903; else 904, 905; `*`, CAP END: 906 |
| proven | nothing more: 907 | the connection ends |
"""

from __future__ import annotations

from base64 import b64decode

from twistchat.core import names
from twistchat.core.claimcodes import read_code
from twistchat.core.claiming import rename, show
from twistchat.core.intake import Doing
from twistchat.core.nameclaims import NameClaim
from twistchat.core.replies import notice
from twistchat.errors import ChatError, NotClaimed, WrongNameCode
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import EXTERNAL, mechanisms
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
NOT_EXTERNAL = "That is no name as EXTERNAL has it."
NO_CERTIFICATE = "Connect by TLS with a certificate first, which your client makes and keeps."
OTHER_CERTIFICATE = "That certificate proves no such name. Join once with the name's code, and it does from then on."
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
    known = mechanisms(member.certificate is not None)
    if mechanism in known:
        member.registration.proof, member.registration.mechanism = "", mechanism
        member.tell(f":{member.network.server} AUTHENTICATE +")
    else:
        member.tell(member.numbered(908, ",".join(known)))
        _fail(member, NO_CERTIFICATE if mechanism == EXTERNAL else OTHER_MECHANISM)


def _take(member: IrcMember, before: str, part: str) -> Doing | None:
    proof = before + ("" if part == "+" else part)
    if len(part) > PART_BYTES:
        member.registration.proof = None
        member.tell(member.numbered(905))
        return None
    if len(proof) > MOST_PROOF_BYTES:
        _fail(member, NOT_PLAIN)
        return None
    member.registration.proof = proof if len(part) == PART_BYTES else None
    if len(part) == PART_BYTES:
        return None
    return _prove_external(member, proof) if member.registration.mechanism == EXTERNAL else _prove_plain(member, proof)


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
    _has_proven(member, claim)


async def _prove_external(member: IrcMember, proof: str) -> None:
    """Prove a name by the connection's certificate: the name that is asked for, else the only one that it proves."""
    try:
        asked = b64decode(proof, validate=True).decode() or member.registration.nick
        name = None if asked is None else names.checked(asked, member.session.limits.name_chars)
    except ValueError:  # of base64, of UTF-8
        _fail(member, NOT_EXTERNAL)
        return
    except ChatError as error:
        _fail(member, member.format.say(error))
        return
    claims, certificate = member.person.shared.rules.claims, member.certificate or ""
    proven = claims.proven_by(certificate)
    found = proven if name is None else [claim for claim in proven if claim is claims.find(name)]
    if len(found) == 1:
        _has_proven(member, found[0])
    else:
        _fail(member, OTHER_CERTIFICATE)


def _has_proven(member: IrcMember, claim: NameClaim) -> None:
    member.registration.is_proven = True
    member.proven = member.told_account = claim.name
    member.tell(_logged_in(member, READER, claim.name), member.numbered(903))
    if member.is_registered:
        member.network.see_account(member.person)


def logged_in(member: IrcMember) -> None:
    """Say whose account it is to who has come in by another proof than SASL; and have them told of its marks."""
    if member.is_registered:
        member.find_marks()
    if member.is_registered and not member.registration.is_proven and (account := member.network.account(member.nick)):
        member.registration.is_proven = True
        member.told_account = account
        member.tell(_logged_in(member, member.nick, account))


def _logged_in(member: IrcMember, nick: str, account: str) -> str:
    return member.numbered(900, f"{nick}!~{USER}@{member.network.server}", account)


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
    await show(person, claim, digits)
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
            await rename(person, name)
            person.tell(notice("identified", "{name} is yours.", name=claim.name))
    except ChatError as error:
        member.session.refuse(error)


def _nickserv(member: IrcMember, line: IrcLine) -> Doing:
    return ask(member, " ".join(line.params))


_SHORT = tuple(
    irc_command(f"{name} IDENTIFY [name] code", price=2.0, waits=False)(_nickserv) for name in ("NICKSERV", "NS")
)

ROWS = (_authenticate, *_SHORT)
