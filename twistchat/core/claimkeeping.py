"""What administrators do about names that are somebody's own: hand them out, give new codes, set them free."""

from __future__ import annotations

from twistchat.core import names
from twistchat.core.bans import Act
from twistchat.core.claimcodes import DIGITS, shown
from twistchat.core.claimdesk import MOST_CLAIMS
from twistchat.core.hub import Hub
from twistchat.core.nameclaims import CLAIM, CODE, RELEASE, NameClaim
from twistchat.core.person import Person
from twistchat.core.replies import Notice, notice
from twistchat.core.text import clean
from twistchat.errors import ClaimedAlready, ClaimsFull, NobodyClaimed, TextTooLong


async def grant(hub: Hub, who: str, name: str) -> tuple[Act, str]:
    """Make a name somebody's own, for whom the code is.

    Args:
        hub: The chat.
        who: The administrator.
        name: The name.

    Returns:
        The act, and the code, which is not kept.

    Raises:
        ClaimedAlready, ClaimsFull, NotRecorded, Overloaded: It is as it was.
        ChatError: It is no name that people may have.
    """
    checked = names.checked(name, hub.limits.name_chars)
    if (held := hub.rules.claims.find(checked)) is not None:
        raise ClaimedAlready(held.name)
    if len(hub.rules.claims) >= MOST_CLAIMS:
        raise ClaimsFull(MOST_CLAIMS)
    kept, code = await _new_code(hub)
    act = await hub.acts.claim(Act(CLAIM, who, checked, proofs=(kept,)))
    if (holder := hub.roster.holder_of(checked)) is not None:
        sentence = (
            "{name} is somebody's own now, by an administrator. Once you leave it, its code alone brings it back."
        )
        holder.tell(notice("name-granted", sentence, name=checked))
    return act, code


async def recode(hub: Hub, who: str, name: str) -> tuple[Act, str]:
    """Give a name a new code, which ends the old one; all other proofs go on.

    Returns:
        The act, and the code.

    Raises:
        NobodyClaimed, NotRecorded, Overloaded: The old one holds.
    """
    held = claimed(hub, name)
    others = tuple(proof for proof in held.proofs if not proof.startswith(CODE))
    kept, code = await _new_code(hub)
    act = await hub.acts.record(Act(CLAIM, who, held.name, proofs=(kept, *others)))
    sentence = "An administrator has made a new code for your name {name}; the old one counts no more."
    for owner in _owners(hub, held):
        owner.tell(notice("recoded", sentence, name=held.name))
    return act, code


async def set_free(hub: Hub, who: str, name: str, reason: str) -> Act:
    """Have a name be nobody's; `undo` gives it back.

    Raises:
        NobodyClaimed, TextTooLong, NotRecorded: It is as it was.
    """
    held, text = claimed(hub, name), clean(reason)
    if len(text) > hub.limits.text_chars:
        raise TextTooLong(hub.limits.text_chars)
    owners = _owners(hub, held)
    act = await hub.acts.record(Act(RELEASE, who, held.name, text))
    hub.claim_desk.forget(held.name)
    for owner in owners:
        owner.ownership.forget(held.name)
        owner.tell(_told_free(held.name, text))
    return act


def _owners(hub: Hub, held: NameClaim) -> list[Person]:
    """Who is here and has shown that a name is theirs, whatever they are called now."""
    return [person for person in hub.everyone if person.owns(held)]


def _told_free(name: str, reason: str) -> Notice:
    if not reason:
        return notice("released", "An administrator has set your name {name} free: it is nobody's own now.", name=name)
    sentence = "An administrator has set your name {name} free ({reason}): it is nobody's own now."
    return notice("released", sentence, name=name, reason=reason)


def claimed(hub: Hub, name: str) -> NameClaim:
    """The claim of a name, or of what looks like it.

    Raises:
        NobodyClaimed: There is none.
    """
    held = hub.rules.claims.find(clean(name))
    if held is None:
        raise NobodyClaimed(clean(name))
    return held


async def _new_code(hub: Hub) -> tuple[str, str]:
    """The proof that is kept of a code, and the code as it is shown."""
    code = hub.vault.digits(DIGITS)
    return CODE + await hub.vault.keep(code), shown(code)
