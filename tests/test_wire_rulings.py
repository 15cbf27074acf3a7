"""What people read of a room's rulings, and what files and programs have of them."""

from __future__ import annotations

import pytest

from twistchat.core.events import (
    Admitted,
    Entry,
    Expelled,
    Invited,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    PutOut,
    Sealed,
    Stored,
    TopicLocked,
)
from twistchat.core.modes import (
    Barred,
    LimitSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    Unbarred,
    VoiceGiven,
    VoiceTaken,
)
from twistchat.log.rows import event, row
from twistchat.wire.json import JsonFormat, loads, told_of
from twistchat.wire.line import LineFormat

TOLD: list[tuple[Stored, str, str]] = [
    (
        PrivateSet("tea", "ada", "on"),
        "ada made tea private: whoever is not in it needs an invitation.",
        '"kind":"private","number":3,"time":5.0,"room":"tea","name":"ada","state":"on"',
    ),
    (
        PrivateSet("tea", None, "off"),
        "The administrator made tea a room for everybody.",
        '"kind":"private","number":3,"time":5.0,"room":"tea","name":"","state":"off"',
    ),
    (
        KeySet("tea", "ada", "key:1"),
        "ada gave tea a key: /join tea KEY lets people in.",
        '"kind":"keyset","number":3,"time":5.0,"room":"tea","name":"ada"',
    ),
    (
        KeyGone("tea", "ada"),
        "ada took the key off tea.",
        '"kind":"keygone","number":3,"time":5.0,"room":"tea","name":"ada"',
    ),
    (
        TopicLocked("tea", "ada", "on"),
        "ada locked the topic: only operators of tea set it.",
        '"kind":"topiclock","number":3,"time":5.0,"room":"tea","name":"ada","state":"on"',
    ),
    (
        TopicLocked("tea", "ada", "off"),
        "ada unlocked the topic: everybody in tea sets it.",
        '"kind":"topiclock","number":3,"time":5.0,"room":"tea","name":"ada","state":"off"',
    ),
    (
        SecretSet("tea", "ada", "on"),
        "ada took tea off all lists: whoever knows its name can join.",
        '"kind":"secret","number":3,"time":5.0,"room":"tea","name":"ada","state":"on"',
    ),
    (
        SecretSet("tea", "ada", "off"),
        "ada put tea on the lists of rooms.",
        '"kind":"secret","number":3,"time":5.0,"room":"tea","name":"ada","state":"off"',
    ),
    (
        ModeratedSet("tea", "ada", "on"),
        "ada made tea moderated: its operators talk, and who has a voice.",
        '"kind":"moderated","number":3,"time":5.0,"room":"tea","name":"ada","state":"on"',
    ),
    (
        ModeratedSet("tea", "ada", "off"),
        "ada lets everybody in tea talk.",
        '"kind":"moderated","number":3,"time":5.0,"room":"tea","name":"ada","state":"off"',
    ),
    (
        OutsideSet("tea", "ada", "on"),
        "ada lets people outside talk in tea, by /msg #tea TEXT.",
        '"kind":"outside","number":3,"time":5.0,"room":"tea","name":"ada","state":"on"',
    ),
    (
        OutsideSet("tea", "ada", "off"),
        "ada lets nobody outside talk in tea.",
        '"kind":"outside","number":3,"time":5.0,"room":"tea","name":"ada","state":"off"',
    ),
    (
        LimitSet("tea", "ada", "20"),
        "ada lets at most 20 people into tea.",
        '"kind":"limit","number":3,"time":5.0,"room":"tea","name":"ada","state":"20"',
    ),
    (
        LimitSet("tea", "ada", "off"),
        "ada took the limit off tea.",
        '"kind":"limit","number":3,"time":5.0,"room":"tea","name":"ada","state":"off"',
    ),
    (
        VoiceGiven("tea", "ada", "bob"),
        "ada gave bob a voice in tea.",
        '"kind":"voicegiven","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob"',
    ),
    (
        VoiceTaken("tea", "ada", "bob"),
        "ada took the voice of bob in tea.",
        '"kind":"voicetaken","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob"',
    ),
    (
        Barred("tea", "ada", "bob*"),
        "ada keeps bob* out of tea.",
        '"kind":"barred","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob*"',
    ),
    (
        Unbarred("tea", "ada", "bob"),
        "ada lets bob into tea again.",
        '"kind":"unbarred","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob"',
    ),
    (
        OperatorGiven("tea", "ada", "bob"),
        "ada made bob an operator of tea.",
        '"kind":"opgiven","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob"',
    ),
    (
        OperatorGiven("tea", None, "bob"),
        "bob is an operator of tea again.",
        '"kind":"opgiven","number":3,"time":5.0,"room":"tea","name":"","to":"bob"',
    ),
    (
        OperatorTaken("tea", "ada", "bob"),
        "ada made bob an operator of tea no more.",
        '"kind":"optaken","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob"',
    ),
    (
        Invited("tea", "ada", "bob"),
        "ada invites bob into tea: /join tea goes there.",
        '"kind":"invited","number":3,"time":5.0,"room":"tea","name":"ada","to":"bob"',
    ),
    (
        PutOut("tea", "bob", "too loud", "ada"),
        "ada put bob out. (too loud)",
        '"kind":"putout","number":3,"time":5.0,"room":"tea","name":"bob","text":"too loud","by":"ada"',
    ),
    (
        Admitted("tea", "bob", "key:1", "operator"),
        "bob may come back into tea.",
        '"kind":"admitted","number":3,"time":5.0,"room":"tea","name":"bob"',
    ),
    (
        Expelled("tea", "bob", "key:1"),
        "bob may not come back into tea.",
        '"kind":"expelled","number":3,"time":5.0,"room":"tea","name":"bob"',
    ),
    (
        Sealed("tea", None),
        "What was said in tea before this is not shown to anybody.",
        '"kind":"sealed","number":3,"time":5.0,"room":"tea","name":""',
    ),
]


@pytest.mark.parametrize(("ruling", "sentence", "fields"), TOLD, ids=lambda value: str(value)[:30])
def test_people_read_a_sentence_and_programs_an_object_that_no_key_is_in(
    ruling: Stored, sentence: str, fields: str
) -> None:
    told = Entry(3, 5.0, ruling)
    assert LineFormat().event(told).decode() == f"{sentence}\r\n"
    line = JsonFormat().event(told).decode()
    assert line == f'{{"v":1,{fields}}}\n'
    value = loads(line)
    assert value is not None
    again = told_of(value)
    assert again is not None
    assert (type(again.event), again.event.room, again.event.name) == (type(ruling), ruling.room, ruling.name)


@pytest.mark.parametrize(
    "stored", [*(ruling for ruling, _, _ in TOLD), PutOut("tea", "bob", "", "ada"), Admitted("tea", "bob", "key:1")]
)
def test_what_is_stored_comes_back_as_it_was(stored: Stored) -> None:
    room, kind, name, text, past = row(stored)
    assert event(room, kind, name, text) == stored
    assert not past, "it is no line"
