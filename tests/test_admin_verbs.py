"""The table of verbs: each row is a function and a command, with the same words."""

from __future__ import annotations

import json
import shlex
import time

import pytest
from support.chat import Chat
from support.command import Pipe, runs
from support.dialect import announced
from support.operator import an_operator
from support.place import LINES, PAGE, place_at
from twisted.internet.defer import Deferred

from twistchat.admin import command
from twistchat.admin.binding import bind_call, bind_words
from twistchat.admin.completion import offer
from twistchat.admin.outcomes import MOST_COLUMNS, Sentence, Table
from twistchat.admin.verbs import VERBS
from twistchat.core.bans import Act
from twistchat.core.identity import key_mark
from twistchat.errors import NotStored, UnknownVerb, WrongUse
from twistchat.terminal.columns import width


@pytest.fixture
def operator(chat, tmp_path):
    return an_operator(chat, tmp_path)


def out(chat: Chat, operator, line: str) -> str:
    status, written, errors = runs(chat, operator, line)
    assert (status, errors) == (0, ""), errors
    return written


def rows(chat: Chat, operator, line: str) -> list[dict[str, object]]:
    return json.loads(out(chat, operator, f"{line} --json"))


# --- the table


def test_each_usage_fits_its_function():
    for name, row in VERBS.items():
        assert row.usage.split()[0] == row.name == name
        assert row.explanation[0].islower() and not row.explanation.endswith(".")
        assert len(row.explanation) <= MOST_COLUMNS, "a longer one is cut in the list"
        needed = [each for each in row.parameters if each.is_needed]
        assert [*row.parameters][: len(needed)] == needed, "what is needed comes first"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("ban bob", {"subject": "bob"}),
        ("ban bob spam and more", {"subject": "bob", "reason": "spam and more"}),
        ("ban bob --for 2h spam", {"subject": "bob", "duration": "2h", "reason": "spam"}),
        ("ban --for=2h bob", {"subject": "bob", "duration": "2h"}),
        ("ban bob -- --for 2h", {"subject": "bob", "reason": "--for 2h"}),
        ("lock", {}),
        ("undo 17", {"number": 17}),
        ("history tea --count 5", {"room": "tea", "count": 5}),
        ("announce 'Back  at' six", {"text": "Back  at six"}),
        ("mute bob --all spam", {"subject": "bob", "reason": "spam", "all": True}),
        ("audit bob --all", {"word": "bob", "all": True}),
        ("audit --all bob --count 5", {"word": "bob", "all": True, "count": 5}),
        (
            "call phone http://a --match disk full --as text",
            {"name": "phone", "url": "http://a", "match": "disk full", "kind": "text"},
        ),
        ("call phone http://a --match=disk full", {"name": "phone", "url": "http://a", "match": "disk full"}),
        ("call phone --room ops http://a", {"name": "phone", "url": "http://a", "room": "ops"}),
    ],
)
def test_words_find_their_parameters(line, values):
    name, *words = shlex.split(line)
    assert bind_words(VERBS.find(name), words) == values


@pytest.mark.parametrize(
    "line",
    [
        "ban",
        "undo",
        "undo x",
        "undo 1 2",
        "unban a b",
        "lock --for",
        "lock --hard",
        "rooms tea",
        "undo ٣",
        "audit --all=x",
        "call phone http://a --match",
        "call phone --match disk full http://a",
    ],
)
def test_words_that_do_not_fit_are_refused_with_the_usage(line):
    name, *words = line.split()
    with pytest.raises(WrongUse, match=f"Use it like this: {name}"):
        bind_words(VERBS.find(name), words)


def test_a_call_is_like_any_of_pythons():
    row = VERBS.find("ban")
    assert row.call == "ban(subject, duration='', reason='', all=False)"
    assert bind_call(row, ("bob", "2h"), {"reason": "spam"}) == {
        "subject": "bob",
        "duration": "2h",
        "reason": "spam",
    }
    assert bind_call(VERBS.find("undo"), ("17",), {}) == {"number": 17}
    assert bind_call(VERBS["audit"], (), {"all": True}) == {"all": True}
    assert bind_call(VERBS["audit"], ("", 5, False), {}) == {"word": "", "count": 5, "all": False}
    for args, kwargs in (((), {}), ((1, 2, 3, 4), {}), (("bob",), {"for_": "2h"})):
        with pytest.raises(WrongUse):
            bind_call(row, args, kwargs)


def test_a_verb_may_be_written_with_a_dash_and_the_nearest_is_named():
    assert VERBS.find("close-room").name == "close_room"
    with pytest.raises(UnknownVerb, match="Did you mean announce"):
        VERBS.find("anounce")
    with pytest.raises(UnknownVerb, match="no verb 'xyzzy'"):
        VERBS.find("xyzzy")


# --- running them


def test_announcing_says_how_many_heard(chat, operator):
    ada = chat.enters("ada")
    assert out(chat, operator, "announce Back at six") == "Announced to 1 person.\n"
    assert ada.hears() == ["!! Back at six"]
    sticky = out(chat, operator, "announce --sticky 1h Exam")
    assert "Those who come are shown it until 1970-01-01" in sticky and "undo 4 takes it back" in sticky


def test_saying_and_setting_topics(chat, operator):
    ada = chat.enters("ada")
    assert out(chat, operator, "say lobby hello") == "Said to 1 person in lobby.\n"
    assert out(chat, operator, "topic lobby tea time").startswith("The topic of lobby is tea time.")
    assert ada.hears() == ["!! hello", "topic !!: tea time"]
    assert out(chat, operator, "topic lobby").startswith("The topic of lobby is empty.")
    assert runs(chat, operator, "say coffee hello")[0] == command.REFUSED


def test_saying_something_in_a_room_that_closes_meanwhile(chat, operator):
    ada = chat.enters("ada")
    ada.sends("/join tea")
    ada.types("/leave tea")
    assert out(chat, operator, "say tea hello") == "Said to 0 people in tea.\n"


def test_banning_tells_who_is_here_and_where_from(chat, operator):
    chat.enters("bob", address="10.1.2.3")
    banned = out(chat, operator, "ban bob --for forever spam")
    assert banned.startswith(
        "bob is banned for good. Reason: spam. Here now: bob. From 10.1.2.3; banning a name leaves"
    )
    chat.connects(address="10.1.2.4")
    assert "Here now: somebody without a name." in out(chat, operator, "ban 10.1.2.4")
    [first, second] = rows(chat, operator, "bans")
    assert (first["verb"], first["subject"], first["until"], first["reason"]) == ("ban", "bob", "for good", "spam")
    assert second["subject"] == "10.1.2.4/32"
    assert out(chat, operator, "unban bob").startswith("bob is banned no more.")
    assert runs(chat, operator, "unban bob")[2].startswith("There is no ban of 'bob' in force.")


def test_the_other_acts_answer_with_a_sentence(chat, operator):
    chat.enters("ada").sends("/join tea")
    chat.enters("bob")
    assert out(chat, operator, "mute bob --for 10m").startswith("bob is muted until 1970-01-01")
    assert [row["note"] for row in rows(chat, operator, "who")] == ["", "muted"]
    assert out(chat, operator, "unmute bob").startswith("bob is muted no more.")
    assert out(chat, operator, "lock").startswith("Nobody new is let in until 1970-01-01 ")
    assert out(chat, operator, "unlock").startswith("New people are let in.")
    assert out(chat, operator, "rename bob robert").startswith("bob is now called robert.")
    assert out(chat, operator, "close_room tea") == "tea is closed. Here now: ada.\n"
    assert out(chat, operator, "kick robert") == "Removed: robert.\n"
    chat.connects(address="10.1.2.3")
    assert out(chat, operator, "kick 10.1.2.3") == "Removed: somebody without a name.\n"


@pytest.mark.parametrize("line", ["mute bob 2h spam", "mute bob --for 2h spam", "ban bob 2h spam", "lock 2h spam"])
def test_a_time_where_the_reason_would_stand_is_one(chat, operator, line):
    """As in a moderator's `/mute bob 2h spam`: an hour with the reason `2h` is what nobody means."""
    chat.enters("bob")
    assert " until 1970-01-01 02:00. Reason: spam." in out(chat, operator, line)


@pytest.mark.parametrize("line", ["mute bob 1x", "ban bob 2", "lock 0h"])
def test_a_time_with_a_slip_in_it_is_no_reason(chat, operator, line):
    assert runs(chat, operator, line)[0] == command.WRONG_USE
    assert not rows(chat, operator, "bans")


def test_a_reason_may_begin_with_a_digit_behind_a_time(chat, operator):
    assert "Reason: 3 strikes." in out(chat, operator, "ban bob --for 1h 3 strikes")


def test_one_is_a_person(chat, operator):
    chat.enters("bob")
    assert out(chat, operator, "say lobby hello") == "Said to 1 person in lobby.\n"
    assert out(chat, operator, "announce hello").startswith("Announced to 1 person.")


def test_whoever_is_meant_may_be_at_another_server(chat, operator, monkeypatch):
    monkeypatch.setattr(chat.hub.elsewhere, "name_of", lambda name: {"bob": "Bob"}.get(name))
    for verb in ("mute", "ban"):
        assert ". At another server now: Bob. undo " in out(chat, operator, f"{verb} bob")
    assert rows(chat, operator, "mute bob")["people"] == ["Bob"]
    assert "Nobody here is called eve" in out(chat, operator, "mute eve")


def test_whoever_is_removed_may_be_at_another_server(chat, operator, monkeypatch):
    monkeypatch.setattr(chat.hub.elsewhere, "has_servers", True)
    monkeypatch.setattr(chat.hub.elsewhere, "name_of", lambda name: {"bob": "Bob"}.get(name))
    assert out(chat, operator, "kick bob") == "Removed: Bob.\n"
    assert out(chat, operator, "kick 10.1.2.3") == "Removed: whoever comes from 10.1.2.3/32 at other servers.\n"


def test_those_at_other_servers_are_counted_among_who_hears(chat, operator, monkeypatch):
    chat.enters("ada")
    monkeypatch.setattr(chat.hub.elsewhere, "has_servers", True)
    chat.hub.census.get("lobby").people["bob"] = "Bob"
    assert out(chat, operator, "announce hello").startswith("Announced to 2 people.")
    assert out(chat, operator, "say lobby hello") == "Said to 2 people in lobby.\n"


def test_a_name_that_nobody_here_has_is_said_beside(chat, operator):
    chat.enters("bob", address="10.1.2.3")
    muted = out(chat, operator, "mute bbo")
    assert " Nobody here is called bbo; muted all the same. Did you mean bob? " in muted
    assert " Nobody here is called bbo; banned all the same. Did you mean bob? " in out(chat, operator, "ban bbo")
    assert " Nobody here comes from 10.9.0.0/16; banned all the same. " in out(chat, operator, "ban 10.9.0.0/16")
    assert "Nobody" not in out(chat, operator, "mute bob") + out(chat, operator, "mute 10.1.2.3")


def test_all_of_a_person_is_muted_and_said_so(chat, operator):
    bob = chat.connects(address="10.1.2.3")
    bob.session.take_place("bob", "secret")
    bob.sends("bob")
    mark = key_mark("secret")
    muted = out(chat, operator, "mute bob --for 2h noise --all")
    assert " With the name: 10.1.2.3/32 and their key. Here now: bob. " in muted
    listed = out(chat, operator, "bans")
    assert f"bob, 10.1.2.3/32, {mark[:12]}…" in listed and mark not in listed
    assert rows(chat, operator, "bans")[0]["subject"] == "bob"
    assert f"bob, 10.1.2.3/32, {mark[:12]}…" in out(chat, operator, "audit mute")
    assert f"bob, 10.1.2.3/32, {mark}" in out(chat, operator, "audit mute --all")
    number = rows(chat, operator, "bans")[0]["act"]
    assert f"also: 10.1.2.3/32, {mark}" in out(chat, operator, f"why {number}")
    assert rows(chat, operator, f"why {number}")["also"] == ["10.1.2.3/32", mark]
    assert out(chat, operator, "unmute bob").startswith("bob is muted no more.")
    assert bob.asks("hi")[-1] == "bob: hi"


def test_all_of_a_person_of_whom_there_is_no_more_than_the_name(chat, operator):
    chat.enters("bob")
    assert " There is nothing else to know them by. Here now: bob. " in out(chat, operator, "mute bob --all")
    assert " Nobody here is called bbo; banned by that name alone. " in out(chat, operator, "ban bbo --all")
    assert runs(chat, operator, "ban 10.1.2.3 --all")[0] == command.REFUSED


def test_a_ban_of_a_name_says_that_the_address_is_free_and_one_of_all_does_not(chat, operator):
    chat.enters("bob", address="10.1.2.3")
    assert "leaves the address free" in out(chat, operator, "ban bob")
    out(chat, operator, "unban bob")
    chat.enters("bob", address="10.1.2.3")
    assert "leaves the address free" not in out(chat, operator, "ban bob --all")


def test_an_act_that_failed_is_shown_as_such(chat, operator):
    chat.enters("ada")
    chat.log.failing = NotStored("the disk is full")
    status, _, refused = runs(chat, operator, "announce --sticky 1h Exam until noon")
    assert (status, refused) == (command.REFUSED, f"{NotStored('the disk is full')}\n")
    chat.log.failing = None
    act, failed = rows(chat, operator, "audit --count 3")[:2]
    assert (act["verb"], act["text"], act["until"]) == (
        "announce",
        f"not done, see {failed['act']}: Exam until noon",
        None,
    )
    assert (failed["verb"], failed["text"]) == ("failed", f"{act['act']} was not done: {NotStored('the disk is full')}")

    why = out(chat, operator, f"why {act['act']}")
    assert f"not done: {NotStored('the disk is full')} ({failed['act']})" in why and "in force" not in why
    assert f"{act['act']} was recorded and then not done" in out(chat, operator, f"why {failed['act']}")
    assert [rows(chat, operator, f"why {each['act']}")["failed"] for each in (act, failed)] == [True, False]

    status, _, refused = runs(chat, operator, f"undo {act['act']}")
    assert (status, refused) == (
        command.REFUSED,
        f"announce {act['act']} failed, so there is nothing to take back. `why {act['act']}` says why.\n",
    )
    assert runs(chat, operator, f"undo {failed['act']}")[0] == command.REFUSED
    assert out(chat, operator, "bans") == "Nothing is in force.\n"


def test_undo_and_why_explain_what_became_of_an_act(chat, operator):
    number = json.loads(out(chat, operator, "ban bob --for 2h --json spam"))["act"]
    why = out(chat, operator, f"why {number}")
    assert f"{number}: ban bob\nby op, 1970-01-01" in why and "reason: spam" in why and "in force: yes" in why
    undo = json.loads(out(chat, operator, f"undo {number} --json"))["act"]
    assert f"in force: no, since undo {undo} by op" in out(chat, operator, f"why {number}")
    assert f"lifts {number}" in out(chat, operator, f"why {undo}")
    assert f"undo {undo} is taken back" in out(chat, operator, f"undo {undo}")
    lock = json.loads(out(chat, operator, "lock --for 1m --json"))["act"]
    chat.clock.advance(61)
    assert "in force: no, its time is up" in out(chat, operator, f"why {lock}")
    assert rows(chat, operator, "audit lifts")[0]["act"] != undo, "words are looked for in texts, not in explanations"


def test_who_shows_people_of_one_room_or_of_all(chat, operator):
    assert out(chat, operator, "who") == "Nobody is here.\n"
    chat.enters("ada").sends("/join tea")
    chat.enters("bob", address="10.1.2.3")
    chat.connects()
    assert [row["name"] for row in rows(chat, operator, "who")] == ["ada", "bob"]
    assert [row["name"] for row in rows(chat, operator, "who tea")] == ["ada"]
    assert runs(chat, operator, "who coffee")[0] == command.REFUSED
    assert rows(chat, operator, "rooms") == [
        {"room": "lobby", "people": 2, "topic": "", "note": []},
        {"room": "tea", "people": 1, "topic": "", "note": []},
    ]


def test_what_was_announced_to_everyone_has_an_empty_room_and_nobodys_name_for_programs(chat, operator):
    out(chat, operator, "announce Exam")
    entry = rows(chat, operator, "history")[-1]
    assert [*entry] == ["number", "time", "event", "room", "name", "stored", "past", "text"]
    assert [*entry.values()][2:] == ["announced", "", "", True, True, "Exam"]


def test_looking_back(chat, operator):
    chat.enters("ada").sends("one", "two", "three 你好")
    out(chat, operator, "announce four")
    assert [line.split("] ")[1] for line in out(chat, operator, "history --count 3").splitlines()] == [
        "ada: two",
        "ada: three 你好",
        announced("four"),
    ]
    assert rows(chat, operator, "history")[-1]["event"] == "announced"
    assert "ada: three 你好" in out(chat, operator, "search 你好")
    assert rows(chat, operator, "search three --room lobby --since 1h")[0]["text"] == "three 你好"
    assert out(chat, operator, "search nothing") == "Nothing is stored.\n"
    assert runs(chat, operator, "search '  '")[0] == command.WRONG_USE


def test_stats_count_what_there_is(chat, operator):
    chat.enters("ada")
    found = {str(row["what"]): row["value"] for row in rows(chat, operator, "stats")}
    assert (found["people"], found["rooms"], found["connections by fake"]) == (1, 1, 1)


def test_where_lists_the_addresses_or_says_why_there_is_none(chat, operator):
    assert "Start the server with --open" in out(chat, operator, "where")
    place = place_at(chat, PAGE, LINES)
    assert rows(chat, operator, "where") == [
        {"address": PAGE.url, "by": "web", "kind": "private", "how": "in a browser"},
        {"address": LINES.url, "by": "tcp", "kind": "private", "how": LINES.typed},
    ]
    assert place.looks == 1
    place_at(chat)
    assert "no address now" in out(chat, operator, "where")


def test_help_lists_all_and_explains_one(chat, operator):
    listed = out(chat, operator, "help")
    assert all(row.usage in listed for row in VERBS.values())
    assert out(chat, operator, "") == listed
    assert [row["verb"] for row in rows(chat, operator, "help")] == [row.usage for row in VERBS.values()]
    assert out(chat, operator, "help kick").startswith("kick SUBJECT [REASON...]\n    removes a person")


def test_a_verbs_own_help_is_an_answer_and_does_nothing(chat, operator):
    for name, row in VERBS.items():
        assert out(chat, operator, f"{name} --help") == f"{row.usage}\n    {row.explanation}\n"
    assert out(chat, operator, "--help") == out(chat, operator, "help")
    assert rows(chat, operator, "lock --for 1h --help")["call"] == "lock(duration='', reason='')"
    ada = chat.enters("ada")
    out(chat, operator, "announce -- --help")
    assert ada.hears() == ["!! --help"]


def test_refusals_name_verbs_as_commands(chat, operator):
    assert runs(chat, operator, "undo 17")[2] == "There is no act 17. `audit` lists them.\n"
    assert runs(chat, operator, "rename bob robert")[2] == "Nobody called bob is here. `who` lists the people.\n"


def test_the_audit_has_each_command_whatever_became_of_it(chat, operator):
    runs(chat, operator, "kick nobody")
    runs(chat, operator, "nonsense")
    runs(chat, operator, 'announce "half')
    said = [row["text"] for row in rows(chat, operator, "audit")]
    assert said[:3] == ["kick nobody", "nonsense", 'announce "half']
    assert out(chat, operator, "audit xyz").splitlines()[-1].endswith("op"), "the question itself"


KEY = "SHA256:abcdefghijklmnopqrstuvwxyz0123456789abcdefg"


def test_the_audit_shows_what_was_done_and_only_when_asked_who_came(chat, tmp_path):
    operator = an_operator(chat, tmp_path, f"op@host {KEY}")
    operator.note("login")
    out(chat, operator, "lock --for 2h")
    short = out(chat, operator, "audit")
    assert "op@host SHA256:abcdefgh…" in short and KEY not in short
    assert [row["verb"] for row in rows(chat, operator, "audit --count 3")] == ["lock", "exec", "exec"]
    assert KEY in out(chat, operator, "audit --all")
    assert {row["by"] for row in rows(chat, operator, "audit")} == {f"op@host {KEY}"}
    assert rows(chat, operator, "audit --all")[0]["verb"] == "login"
    assert rows(chat, operator, "audit login")[0]["verb"] == "login"
    assert rows(chat, operator, "audit --all op@host")[0]["verb"] == "login"
    assert "SHA256:abcdefgh…" in out(chat, operator, "bans")
    assert f"by op@host {KEY}" in out(chat, operator, "why 3")


# --- streams


def test_each_line_of_standard_input_is_a_text(chat, operator):
    ada = chat.enters("ada")
    waiting = Pipe("一\n\n  --json\n".encode())
    Deferred.fromCoroutine(command.run("announce -", operator, waiting))
    chat.turn()
    chat.turn()
    assert ada.hears() == ["!! 一", "!!   --json"]


@pytest.mark.parametrize(
    ("line", "stdin", "status", "said"),
    [
        ("announce -", b"\n \n", command.REFUSED, "nothing to be seen"),
        ("announce -", b"\xff\xff", command.REFUSED, "not text"),
        ("announce -", None, command.REFUSED, "too long"),
        ("rooms -", b"", command.WRONG_USE, "Use it like this: rooms"),
    ],
)
def test_standard_input_that_is_no_text_is_refused(chat, operator, line, stdin, status, said):
    result = runs(chat, operator, line, stdin)
    assert (result[0], said in result[2]) == (status, True), result


def test_behind_the_dashes_json_is_a_word(chat, operator):
    ada = chat.enters("ada")
    out(chat, operator, "announce -- --json --for")
    assert ada.hears() == ["!! --json --for"]


@pytest.mark.parametrize("json_too", [False, True])
def test_tail_goes_on_until_somebody_has_enough(chat, operator, json_too):
    ada = chat.enters("ada")
    ada.sends("/join tea", "/join lobby")
    pipe = Pipe()
    results: list[object] = []
    line = "tail lobby --json" if json_too else "tail lobby"
    Deferred.fromCoroutine(command.run(line, operator, pipe)).addBoth(results.append)
    ada.sends("hello")
    ada.sends("/join tea", "unheard")
    out(chat, operator, "announce all")
    pipe.interrupted.callback(None)
    ada.sends("/join lobby", "too late")
    assert results == [command.INTERRUPTED]
    if json_too:
        assert [json.loads(each)["text"] for each in pipe.written.splitlines()] == ["hello", "all"]
    else:
        assert [each.split("] ")[1] for each in pipe.written.splitlines()] == ["ada: hello", announced("all")]


# --- answers


def test_tables_are_aligned_by_what_characters_take():
    table = Table(("name", "n"), [("小明", 5), ("ada\x1b[2J", 12), (None, 7)])
    assert table.text() == "name         n\n小明         5\nada\\x1b[2J  12\n-            7"
    assert Table(("text",), [("語" * 50,)]).text().splitlines()[1] == "語" * 39 + "…"
    assert repr(Sentence("a\x1b\nb")) == "a\\x1b\nb"


# --- completion


@pytest.mark.parametrize(
    ("before", "has_python", "fragment", "candidates"),
    [
        ("ki", True, "ki", ["kick"]),
        ("un", True, "un", ["unban", "uncall", "undo", "unfeed", "unhook", "unlock", "unmoderate", "unmute"]),
        ("x = who(", True, "", sorted(VERBS)),
        ('kick("AD', True, "AD", ["ada"]),
        ('kick("ada", "it\'s t', True, "it's t", []),
        ("kick ad", False, "ad", ["ada"]),
        ("topic lo", False, "lo", ["lobby"]),
        ("to", False, "to", ["topic"]),
    ],
)
def test_tab_offers_verbs_people_and_rooms(chat, operator, before, has_python, fragment, candidates):
    chat.enters("ada")
    chat.connects()
    assert offer(before, operator, has_python) == (fragment, candidates)


def test_lifting_what_is_not_in_force_is_a_sentence_that_reads(chat, tmp_path):
    operator = an_operator(chat, tmp_path)
    assert runs(chat, operator, "unlock")[2] == "There is no lock in force. `bans` lists what is.\n"
    assert "There is no ban of 'bob' in force." in runs(chat, operator, "unban bob")[2]


@pytest.mark.parametrize("each", ["x", "好", "e\u0301", "\u0301", "\U0001f468\u200d\U0001f469\u200d\U0001f467"])
def test_a_long_cell_is_cut_in_a_moment_however_wide_its_characters(each):
    """Anybody can set a topic of 1,000 characters, and an operator lists a hundred of them."""
    began = time.process_time()
    for count in (10, 79, 80, 81, 5000):
        shown = Table(["topic"], [[each * count]]).text().partition("\n")[2]
        assert width(shown) <= MOST_COLUMNS
        assert shown.endswith("…") == (width(each * count) > MOST_COLUMNS)
    assert time.process_time() - began < 1.0


def test_a_person_who_is_away_is_meant_with_the_keys_that_prove_their_name(chat, operator):
    key, other = "SHA256:" + "k" * 43, "SHA256:" + "o" * 43
    proofs = (f"ssh:{key}", "code:00:00", key_mark("a browser's own key, which is long"))
    chat.hub.rules.take(Act("claim", "ada", "ada", number=9000, proofs=proofs))
    muted = out(chat, operator, "mute ada --all")
    assert " Nobody here is called ada; muted by that name and the keys that prove it." in muted

    def comes(name, proof):
        person = chat.connects()
        person.session.show_proof(f"ssh:{proof}")
        person.sends(name)
        person.hears()
        return person

    assert comes("eve", key).asks("hello")[0].startswith("refused muted"), "by the key, whatever the name"
    assert comes("zoe", other).asks("hello") == ["zoe: hello"]
    run_out = out(chat, operator, f"ban {other}")
    assert "Here now: zoe." in run_out
    again = chat.connects()
    again.session.show_proof(f"ssh:{other}")
    again.sends("liu")
    assert again.hears()[0].startswith("refused banned")
