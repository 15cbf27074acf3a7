"""A name of one's own: how it is proven on coming in, claimed, linked to another device, and released.

Rule 1: an act is recorded before anything changes; a code is shown only once what is kept of it is recorded.
Rule 2: whatever an interface can prove counts without anything typed, and is bound to the name when it is claimed, or
    when its owner comes by a code.
Rule 3: who proves that a name is theirs takes the place of whoever has it, who is themselves by a dead connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from twistchat.core import names
from twistchat.core.bans import Act
from twistchat.core.claimcodes import DIGITS, LINK_DIGITS, read_code, shown
from twistchat.core.claimdesk import DAY, MOST_CLAIMS
from twistchat.core.nameclaims import CERTIFICATE, CLAIM, CODE, PROGRAM_KEY, RELEASE, SSH_KEY, NameClaim
from twistchat.core.person import Person
from twistchat.core.replies import Notice, notice
from twistchat.errors import (
    ClaimedAlready,
    ClaimsFull,
    ClaimsOff,
    LastProof,
    Listed,
    NameClaimed,
    NobodyCalled,
    NoSuchProof,
    NotClaimed,
    NotKnownWhether,
    NotRecorded,
    NotReleased,
    OneClaimEach,
    Phrase,
    TooManyProofs,
    WrongNameCode,
)

MAKE_ROOM, TAKE_LINK = "make room", "take link"
"""What is asked of other servers: that whoever has a name lets go of it; whether a code is that of a new device."""

MOST_PROOFS = 10
"""Of one name: a code, and the devices of one person."""

_KINDS = {CODE: Phrase("a code"), PROGRAM_KEY: Phrase("a browser or a program"), CERTIFICATE: Phrase("a certificate")}


# --- coming in


async def prove(person: Person, name: str, code: str | None) -> None:
    """Make sure that somebody may have a name, and let go of it whoever had it before as the same person.

    Args:
        person: Who wants it.
        name: A checked name.
        code: What they typed as its code, if they did.

    Raises:
        NameClaimed: It is another's, as far as is known.
        WrongNameCode, TooManyCodes, Overloaded: The code does not prove that it is theirs.
    """
    claim = person.shared.rules.claims.find(name)
    if claim is None:
        return
    if not person.owns(claim):
        person.ownership.wanted = name
        if code is None:
            raise NameClaimed(name)
        await show(person, claim, code)
        if person.is_gone:
            return
    if (other := person.shared.roster.holder_of(name)) is None:
        await _make_room_elsewhere(person, claim.name)
    elif other is not person:
        other.make_room()


async def show(person: Person, claim: NameClaim, code: str | None) -> None:
    """Take what somebody shows as the code of a name, by whatever name they are here; nobody has to let go of it.

    Raises:
        WrongNameCode, TooManyCodes, Overloaded: It does not prove that the name is theirs.
    """
    if person.owns(claim):
        return
    person.ownership.wanted = claim.name
    await _check_code(person, claim, code or "")
    person.ownership.wanted = None
    if not person.is_gone:
        person.ownership.by_code(claim)
        await _bind(person, claim)


async def _make_room_elsewhere(person: Person, name: str) -> None:
    """Have whoever is at another server by a name, as the same person, let go of it."""
    with suppress(NobodyCalled, NotKnownWhether):  # where they have it still, that is said as the name is reserved
        await person.shared.elsewhere.ask(name, MAKE_ROOM)


async def rename(person: Person, name: str, code: str | None = None) -> None:
    """Take another name, which may be one's own by a code.

    Raises:
        ChatError: It may not be had, or the code does not prove it; nothing has changed.
    """
    checked = names.checked(name, person.shared.limits.name_chars)
    if names.key(checked) != names.key(person.shown_name):
        await prove(person, checked, code)
    if not person.is_gone:
        await person.rename(checked)


def name_and_code(words: str) -> tuple[str, str | None]:
    """What /nick takes: a name, and its code where one stands behind it."""
    name, _, more = words.partition(" ")
    code = read_code(more) if more else None
    return (name, code) if code is not None or not more else (words, None)  # names have no spaces: said better as one


async def _check_code(person: Person, claim: NameClaim, code: str) -> None:
    shared, address, now = person.shared, person.client.address, person.shared.clock.seconds()
    shared.claim_desk.check(claim.name, address, now)
    is_right = shared.claim_desk.takes_link(claim.name, code, now)
    if not is_right and len(code) == LINK_DIGITS:
        told = await shared.elsewhere.ask_all(TAKE_LINK, {"name": claim.name, "code": code})
        is_right = any(answer.get("is_right") for answer in told.values())
    if len(code) == DIGITS and not is_right and claim.codes:
        with shared.claim_desk.comparing(claim.name, address):
            is_right = any([await shared.vault.fits(code, kept) for kept in claim.codes])
    if not is_right:
        shared.claim_desk.wrong(claim.name, address, now)
        raise WrongNameCode(claim.name)
    shared.claim_desk.right(claim.name, address)


async def _bind(person: Person, claim: NameClaim) -> None:
    """Have what somebody's connection proves count from now on, as far as there is room."""
    new = [proof for proof in person.proofs if proof not in claim.proofs]
    if new and len(claim.proofs) < MOST_PROOFS:
        with suppress(NotRecorded):  # they come in all the same, and are asked for the code the next time
            await _record(person, claim.name, (*claim.proofs, *new)[:MOST_PROOFS])


# --- what an owner does


def owned(person: Person) -> NameClaim:
    """The claim of somebody's own name.

    Raises:
        NotClaimed: It is not claimed, or another's.
    """
    claim = person.shared.rules.claims.find(person.shown_name)
    if claim is None or not person.owns(claim):
        raise NotClaimed(person.shown_name)
    return claim


async def claim(person: Person) -> None:
    """Make the name that somebody has their own, and tell them its code.

    Raises:
        NameClaimed, ClaimsOff, ClaimsFull, ClaimedTooOften, OneClaimEach, Muted, NotRecorded, Overloaded: It is not
            theirs.
    """
    shared, name = person.shared, person.shown_name
    if shared.claims_mode != "on":
        raise ClaimsOff
    if len(shared.rules.claims) >= MOST_CLAIMS:
        raise ClaimsFull(MOST_CLAIMS)
    if person.ownership.claimed is not None:
        raise OneClaimEach(person.ownership.claimed)
    person.rights.check_voice()
    shared.claim_desk.check_claim(person.client.address, shared.clock.seconds())
    person.ownership.claimed = name
    try:
        code, kept = await new_code(person)
        await shared.acts.claim(_claiming(person, name, (kept, *person.proofs)))
    except ClaimedAlready:
        person.ownership.forget(name)
        raise NameClaimed(name) from None
    except BaseException:
        person.ownership.forget(name)
        raise
    shared.claim_desk.claimed(person.client.address, shared.clock.seconds())
    held = shared.rules.claims.find(name)
    assert held is not None, "it was recorded just now"
    person.ownership.by_code(held)
    shared.acts.claim_was_proven(name)
    person.tell(_told_code(name, code), *_told_how_long(person))


async def renew(person: Person) -> None:
    """Give an owner a new code, which ends the old one.

    Raises:
        NotClaimed, NotRecorded, Overloaded: The old one holds.
    """
    held = owned(person)
    code, kept = await new_code(person)
    others = [proof for proof in held.proofs if not proof.startswith(CODE)]
    await _record(person, held.name, (kept, *others))
    person.tell(_told_code(held.name, code))


async def new_code(person: Person) -> tuple[str, str]:
    """A code, and the proof that is kept of it."""
    vault = person.shared.vault
    code = vault.digits(DIGITS)
    return code, CODE + await vault.keep(code)


def link(person: Person) -> None:
    """Tell an owner what to type on another device.

    Raises:
        NotClaimed: There is nothing to link it to.
        TooManyProofs: There is room for no other.
    """
    held, shared = owned(person), person.shared
    if len(held.proofs) >= MOST_PROOFS:
        raise TooManyProofs(MOST_PROOFS)
    digits = shared.vault.digits(LINK_DIGITS)
    shared.claim_desk.link(held.name, digits, shared.clock.seconds())
    sentence = "Type on the other device: the name {name}, then {secret}. It holds for 5 minutes, and once."
    person.tell(notice("link", sentence, name=held.name, secret=shown(digits)))


async def unlink(person: Person, number: int) -> None:
    """Have one proof count no more.

    Args:
        person: The owner.
        number: Its place in the list, from 1.

    Raises:
        NotClaimed, NoSuchProof, LastProof, NotRecorded: All count as before.
    """
    held = owned(person)
    if not 1 <= number <= len(held.proofs):
        raise NoSuchProof(len(held.proofs))
    if len(held.proofs) == 1:
        raise LastProof(held.name)
    gone = held.proofs[number - 1]
    await _record(person, held.name, tuple(proof for proof in held.proofs if proof != gone))
    person.tell(notice("unlinked", "{proof} counts no more.", proof=described(gone)))


async def release(person: Person, name: str) -> None:
    """Give a name up.

    Args:
        person: The owner.
        name: It, as they typed it once more.

    Raises:
        NotClaimed, NotReleased, NotRecorded: It is still theirs.
    """
    held = owned(person)
    if names.key(name) != names.key(held.name):
        raise NotReleased(held.name)
    await person.shared.acts.record(Act(RELEASE, person.shown_name, held.name))
    person.shared.claim_desk.forget(held.name)
    person.ownership.forget(held.name)
    person.tell(notice("released", "{name} is free again.", name=held.name))


def listed(held: NameClaim) -> Notice:
    """How a name is proven."""
    proofs = [Listed(number, described(proof)) for number, proof in enumerate(held.proofs, 1)]
    since = datetime.fromtimestamp(held.since, UTC)
    sentence = "{name} is yours, since {since}. It is proven by {proofs}."
    return notice("claim", sentence, name=held.name, since=since, proofs=proofs)


def described(proof: str) -> str:
    """A proof as its owner tells it from others."""
    if proof.startswith(SSH_KEY):
        return f"SSH {proof.removeprefix(SSH_KEY)}"
    return next(text for kind, text in _KINDS.items() if proof.startswith(kind))


async def _record(person: Person, name: str, proofs: Sequence[str]) -> None:
    await person.shared.acts.record(_claiming(person, name, proofs))


def _claiming(person: Person, name: str, proofs: Sequence[str]) -> Act:
    return Act(CLAIM, person.name or name, name, proofs=tuple(dict.fromkeys(proofs)))


def _told_how_long(person: Person) -> list[Notice]:
    if (keep := person.shared.claims_keep) is None:
        return []
    sentence = "{name} stays yours while you come at least once in {days} days."
    return [notice("claim-lasts", sentence, name=person.shown_name, days=round(keep / DAY))]


def _told_code(name: str, code: str) -> Notice:
    sentence = (
        "The name {name} is yours. Its code is {secret}; write it down, it is not shown again. "
        "With it you get the name back from anywhere: give the name, then the code."
    )
    return notice("claimed", sentence, name=name, secret=shown(code))
