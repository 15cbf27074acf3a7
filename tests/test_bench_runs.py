"""The other runs in miniature, each against a real server."""

import pytest

from twistchat.bench.dialects import Dialect, Irc
from twistchat.bench.join import idle, join
from twistchat.bench.latency import latency
from twistchat.bench.logins import logins
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.rude import flood, slow
from twistchat.bench.servers import start_twistchat
from twistchat.bench.stage import Settings, Stage, percentile
from twistchat.core.presence import LARGE


@pytest.fixture
def stage():
    with Stage(Settings(seconds=0.2)) as made:
        yield made


def test_latency_is_measured_at_everyone_but_the_talker(stage):
    figures = latency(stage, people=3, rate=100)
    assert figures["missing"] == 0
    assert 0 < figures["p50 ms"] <= figures["p99 ms"] <= figures["p99.9 ms"]


def test_everyone_is_told_of_all_that_join_after_them_also_where_they_are_counted(stage):
    figures = join(stage, people=LARGE + 70)
    assert figures["missing"] == 0
    assert figures["all told, s"] > 0


def test_by_irc_everyone_is_told_of_each_who_joins_after_them():
    with Stage(Settings(seconds=0.2, interface="irc")) as stage:
        figures = join(stage, people=LARGE + 20)
    assert figures["missing"] == 0


def test_memory_of_idle_people_is_measured(stage):
    figures = idle(stage, people=30)
    assert figures["people"] == 30
    assert figures["KiB a member"] > 0


def test_the_file_limit_is_named_where_it_allows_fewer(stage, monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _which: (220, 220))
    figures = idle(stage, people=30)
    assert figures["people"] == 20
    assert figures["limit"] == "the file limit"


def test_slow_members_are_let_go_with_the_reason_in_the_log_and_the_others_miss_nothing():
    with Stage(Settings(seconds=0.1, options=("--backlog=4K",))) as stage:
        figures = slow(stage, people=3, rate=1000)
    assert figures["slow ones gone"] == 2
    assert figures["missing"] == 0


def test_a_flood_loses_nothing_of_what_others_say(stage):
    figures = flood(stage, people=3, rate=100)
    assert figures["missing"] == 0
    assert figures["flooded KiB/s"] > 0


def test_a_server_that_does_not_come_up_is_one_sentence(tmp_path):
    with pytest.raises(CannotMeasure, match=r"twistchat does not come up: .*flod"):
        start_twistchat(tmp_path, "--flod=off")


def test_counted_and_named_people_add_up():
    lines = b"ada joined!\r\n+214 joined\r\n+3 joined, -2 left\r\nbob: +9 joined\r\n-4 left\r\n"
    assert Dialect().people_told_of(lines) == 218
    assert Irc().people_told_of(b":ada!~ada@127.0.0.1 JOIN :#bench\r\n") == 1


def test_percentiles_are_values_that_were_measured():
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 99, 99.9)] == [50, 99, 100]
    assert percentile([], 50) == 0


def test_logins_by_ssh_are_all_let_in_while_lines_go_on(stage):
    figures = logins(stage, people=3, rate=20.0, count=5, seconds=0.5)
    assert figures["logged in"] == 5
    assert figures["missing"] == 0
