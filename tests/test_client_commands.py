"""What the client knows of commands: what the server tells it, by every name, and nothing by a list of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.visits import Visit

from twistchat.client.known_commands import KnownCommands
from twistchat.core.command_table import CommandTable, Trace
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.session import Session
from twistchat.languages import loaded
from twistchat.wire.json import JsonFormat, loads

TABLE: CommandTable[Session] = CommandTable(COMMANDS, loaded().command_words(row.name for row in COMMANDS))


def names_of(trace: Trace) -> list[str]:
    """Every name, alias and word of the commands that leave such a trace."""
    rows = [row for row in TABLE if row.trace is trace]
    return [name for row in rows for name in (row.name, *row.aliases, *TABLE.words_for(row))]


def spoken_of(told: object) -> KnownCommands:
    """What a client knows that was told this."""
    known = KnownCommands()
    known.learn(told)
    return known


@pytest.fixture
def chat() -> Chat:
    """A chat that understands the words of all languages, as a server does."""
    chat = Chat()
    chat.hub.commands = TABLE
    return chat


@pytest.fixture
def ada(chat: Chat) -> Visit:
    visit = Visit(chat).connects()
    visit.sees()
    return visit


@pytest.mark.parametrize("name", names_of(Trace.ACTED))
def test_an_action_that_was_stored_before_the_connection_broke_is_done_once(chat: Chat, ada: Visit, name: str) -> None:
    bob = chat.enters("bob")
    ada.is_cut = True
    ada.says(f"/{name} waves")
    ada.breaks()
    ada.connects()
    assert [line for line in bob.hears() if "waves" in line] == ["* ada waves"]
    assert "uncertain" not in ada.shown.codes
    assert not len(ada.conversation.outbox)


@pytest.mark.parametrize("name", names_of(Trace.ACTED))
def test_an_action_that_never_arrived_is_done_with_the_next_connection(chat: Chat, ada: Visit, name: str) -> None:
    bob = chat.enters("bob")
    ada.conversation.say(f"/{name} waves")
    ada.breaks()
    ada.connects()
    assert [line for line in bob.hears() if "waves" in line] == ["* ada waves"]
    assert "uncertain" not in ada.shown.codes


@pytest.mark.parametrize("name", names_of(Trace.NOTHING))
def test_a_command_of_which_the_log_tells_nothing_is_given_back(ada: Visit, name: str) -> None:
    ada.conversation.say(f"/{name} tea")
    ada.breaks()
    ada.connects()
    assert ada.shown.codes[-1] == "uncertain"
    assert ada.sees()[-1].endswith(f": /{name} tea")


@pytest.mark.parametrize("name", names_of(Trace.GOODBYE))
def test_every_goodbye_ends_it_well(ada: Visit, name: str) -> None:
    ada.says("one", f"/{name.upper()}")
    assert ada.shown.status == 0
    assert ada.conversation.outbox.unsaid() == []


@pytest.mark.parametrize("name", names_of(Trace.GOODBYE))
@pytest.mark.parametrize("arrives", [True, False])
def test_a_goodbye_whose_answer_is_lost_was_said_all_the_same(ada: Visit, name: str, arrives: bool) -> None:
    """With the connection gone the person has left; nobody waits for the next one to leave by that."""
    ada.is_cut = True
    ada.conversation.say(f"/{name}")
    if arrives:
        ada.settles()
    ada.breaks()
    assert ada.shown.status == 0


def test_without_a_table_as_from_an_older_server_the_english_names_are_known() -> None:
    known = spoken_of(None)
    for row in COMMANDS:
        for name in (row.name, *row.aliases):
            assert known.parse(f"/{name} x") == (row.trace, "x")
    assert known.parse("/退出") == (Trace.NOTHING, "")


def test_what_a_server_tells_holds_in_place_of_this_versions_own() -> None:
    known = spoken_of([{"name": "off", "aliases": ["away"], "words": ["走"], "trace": "goodbye"}])
    assert {known.parse(line)[0] for line in ("/off", "/AWAY", "/走 了")} == {Trace.GOODBYE}
    assert known.parse("/quit")[0] is Trace.NOTHING


def test_a_trace_of_a_later_version_is_one_that_cannot_be_looked_for() -> None:
    assert spoken_of([{"name": "knit", "trace": "knitted"}]).parse("/knit") == (Trace.NOTHING, "")


def test_what_is_said_is_no_command() -> None:
    assert KnownCommands().parse("//quit") == (None, "/quit")
    assert KnownCommands().parse("quit") == (None, "quit")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda some: (
            st.lists(some) | st.dictionaries(st.sampled_from(["name", "aliases", "words", "trace", "x"]), some)
        ),
    )
)
def test_a_table_of_any_kind_breaks_nothing(told: object) -> None:
    assert spoken_of(told).parse("hello") == (None, "hello")


def test_the_whole_table_comes_with_a_programs_welcome_and_is_small() -> None:
    from twistchat.core.replies import Welcome

    (line,) = JsonFormat().reply(Welcome("ada", TABLE))
    assert len(line) < 5120
    value = loads(line.decode())
    assert value is not None
    known = spoken_of(value["commands"])
    for trace in Trace:
        assert {known.parse(f"/{name}")[0] for name in names_of(trace)} == {trace}


def test_a_line_that_is_given_back_has_no_code_in_it(chat: Chat) -> None:
    ada = Visit(chat).connects()
    ada.is_cut = True
    ada.says("/nick countess 4821-9035-7716-2240")
    ada.breaks()
    ada.connects()
    assert ada.shown.codes[-1] == "uncertain"
    shown = ada.sees()
    assert not any("4821" in line for line in shown) and "/nick countess \u2022" in shown[-1]
