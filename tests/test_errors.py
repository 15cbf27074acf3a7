"""Every refusal has a code, its data, and a sentence that says what to do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import get_type_hints

import pytest

from twistchat import errors
from twistchat.errors import ChatError, NameTaken, NameTooLong, UnknownCommand, UnknownCommandNearest
from twistchat.wire.language import ENGLISH


def kinds(base: type[ChatError] = ChatError) -> Iterator[type[ChatError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


KINDS = [kind for kind in kinds() if kind.__module__ == errors.__name__ and kind.code]
"""All but those that only say what others have in common."""

PROTOCOL = Path(__file__).parent.parent / "docs" / "protocol.md"
SAMPLES: dict[object, object] = {str: "word", int: 7, float: 1.5}


def sample(hint: object) -> object:
    return SAMPLES.get(hint, datetime(2026, 1, 2, tzinfo=UTC) if "datetime" in str(hint) else "word")


def made(kind: type[ChatError]) -> ChatError:
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in fields(kind)})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_refusal_says_a_whole_sentence_with_its_own_data(kind: type[ChatError]) -> None:
    error = made(kind)
    needed = {name for _, name, _, _ in Formatter().parse(kind.sentence) if name}
    assert needed <= set(error.data) == {field.name for field in fields(kind)}
    shown = ENGLISH.say(error.sentence, error.data)
    assert not re.search(r"\{[a-z_]*\}", shown), "all of the data was put in"
    assert kind.sentence == "{reason}" or len(shown.split()) >= 3
    assert shown[0].isupper() or kind.sentence.startswith("{")
    assert str(error)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_refusal_is_explained_and_has_a_code_for_programs(kind: type[ChatError]) -> None:
    assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}(")
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)


def test_codes_are_never_shared_but_by_variants_of_one_refusal() -> None:
    owners: dict[str, list[type[ChatError]]] = defaultdict(list)
    for kind in KINDS:
        owners[kind.code].append(kind)
    for code, sharing in owners.items():
        assert all(issubclass(kind, sharing[0]) for kind in sharing), code


def test_the_protocol_lists_each_code_and_its_data() -> None:
    section = PROTOCOL.read_text("utf-8").partition("| about | codes |")[2].partition("\n#")[0]
    listed = {
        code: set(re.findall(r"\w+(?=`)", data)) for code, data in re.findall(r"`([a-z-]+)`(?: \((.*?)\))?", section)
    }
    data: dict[str, set[str]] = defaultdict(set)
    for kind in KINDS:
        data[kind.code] |= {field.name for field in fields(kind)}
    assert listed == data


def test_a_variant_of_a_refusal_shares_its_code_and_its_sentence_where_it_gives_no_other() -> None:
    class Elsewhere(NameTaken, sentence="{name} is taken in {place}."):
        """A variant."""

        place: str

    class Again(Elsewhere):
        """Another."""

    assert (Elsewhere.code, NameTaken.code) == ("name-taken", "name-taken")
    assert str(Again("ada", "the lobby")) == "ada is taken in the lobby."
    assert str(NameTaken("ada")).startswith("ada is taken, or")


def test_the_data_is_in_attributes() -> None:
    error = NameTaken("ada")
    assert error.name == "ada"
    assert error.data == {"name": "ada"}
    assert str(error) == "ada is taken, or looks like a name that is. Choose another name."


def test_what_people_type_is_no_template() -> None:
    assert str(NameTaken("{name}{0}")) == "{name}{0} is taken, or looks like a name that is. Choose another name."


def test_refusals_are_told_apart_as_exceptions_are() -> None:
    assert NameTooLong(24) != NameTooLong(24), "an exception is itself alone"
    assert isinstance(UnknownCommandNearest("jion", "join"), UnknownCommand)
    assert {NameTooLong(24): 1}
