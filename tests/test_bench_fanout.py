"""The runs `fanout` and `udp` in miniature: each delivery is counted, at each member."""

import shutil
from itertools import count

import pytest
from support.standin import stand_in

from twistchat.bench import fanout as talking
from twistchat.bench import machine
from twistchat.bench.fanout import fanout, udp
from twistchat.bench.manyrooms import CHANNELS, channels, rooms
from twistchat.bench.servers import PEERS
from twistchat.bench.stage import Meter, Settings, Stage


@pytest.fixture(autouse=True)
def looks(monkeypatch):
    """Talk lasts for so many looks at the clock: a machine that stands still for a while cuts nobody short."""
    moments = count()
    stand_in(monkeypatch, talking, "time", monotonic=lambda: next(moments) / 1000)


@pytest.fixture
def stage():
    with Stage(Settings(seconds=0.2)) as made:
        yield made


def test_every_line_is_counted_at_every_member(stage):
    figures = fanout(stage, people=5, talking=3)
    assert figures["sent"] > 3
    assert figures["missing"] == 0
    assert figures["deliveries/CPU-s"] > 0


@pytest.mark.parametrize("spread", [False, True])
def test_who_wants_no_echo_is_not_expected_to_hear_their_own_lines(stage, spread):
    figures = rooms(stage, people=6, talking=4, spread=spread)
    assert figures["sent"] > 4
    assert figures["missing"] == 0


@pytest.mark.parametrize("interface", ["web", "ssh"])
def test_deliveries_by_another_interface_are_counted_too(interface):
    with Stage(Settings(seconds=0.2, interface=interface)) as stage:
        figures = fanout(stage, people=5, talking=3)
    assert figures["sent"] > 3
    assert figures["missing"] == 0


def test_by_irc_people_are_in_each_of_their_rooms_before_they_talk(stage):
    figures = channels(stage, people=15, rooms=CHANNELS)
    assert figures["sent"] > 3
    assert figures["missing"] == 0


def test_a_burst_is_counted_whole(stage):
    figures = fanout(stage, people=3, talking=1, lines=40)
    assert figures["sent"] >= 40
    assert figures["missing"] == 0


def test_datagrams_are_counted_with_those_that_were_lost(stage):
    figures = udp(stage, people=4, talking=2)
    assert figures["sent"] > 2
    assert 0 <= figures["missing"] < 4 * figures["sent"], "some arrive"


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_peers_do_the_same_work(peer):
    """What a speaker without an echo does not get is not counted as missing."""
    if shutil.which(peer.program, path="/usr/sbin:/usr/bin:/bin:" + peer.program) is None:
        pytest.skip(f"{peer.program} is not installed")
    with Stage(Settings(seconds=0.2, peer=peer)) as stage:
        figures = fanout(stage, people=4, talking=2)
    assert figures["sent"] > 2
    assert figures["missing"] == 0


@pytest.mark.parametrize("has_own_core", [True, False])
def test_a_generator_with_a_core_of_its_own_looks_for_lines_without_sleeping(monkeypatch, stage, has_own_core):
    """The server would pay for waking it; what it does in vain is not counted as its work."""
    monkeypatch.setattr(machine, "has_own_core", lambda: has_own_core)
    server = stage.server()
    crowd = stage.crowd(server, people=2)
    meter = Meter(server, crowd)
    crowd.round(0.1)
    assert (crowd.idle_seconds >= 0.1) is has_own_core
    assert 0 <= meter.read(0)["generator CPU %"] < 50
