"""The run `rooms`: what it costs that people are in several rooms, and that half of them want no echo.

On IRC everyone is in several rooms and nobody wants an echo; a server must not pay for each of them alone.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from twistchat.bench.crowd import Crowd
from twistchat.bench.fanout import DRAIN_SECONDS, Chatter
from twistchat.bench.stage import Case, Figures, Meter, Run, Stage

ROOMS = ("tea", "den", "lobby")
"""Where everyone is; they talk in the last one."""


def rooms(stage: Stage, people: int, talking: int, spread: bool) -> Figures:
    """Measure talking in one of several rooms.

    Args:
        stage: The surroundings.
        people: Members of each room.
        talking: Those of them who talk.
        spread: Whether everyone is in three rooms and every other one without echo; else all are in one room, with it.
    """
    server = stage.server()
    crowd = stage.crowd(server, people)
    deaf: set[int] = set()
    if spread:
        deaf = _spread(crowd)
    meter = Meter(server, crowd)
    chatter = Chatter(crowd, talking, 1, stage.settings.seconds)
    chatter.run()
    expected = sum(count * (people - (member.fd in deaf)) for member, count in chatter.said())
    missing = crowd.hear(expected, DRAIN_SECONDS)
    return {**meter.read(expected - missing), "sent": chatter.sent, "missing": missing}


def _spread(crowd: Crowd) -> set[int]:
    """Bring everyone into all rooms, and return the descriptors of those who want no echo then."""
    deaf: set[int] = set()
    for place, member in enumerate(crowd.members):
        words = [f"/join {room}" for room in ROOMS]
        if place % 2:
            words.append("/echo off")
            deaf.add(member.fd)
        member.socket.setblocking(True)
        member.socket.sendall("".join(f"{word}\r\n" for word in words).encode())
        member.socket.setblocking(False)
        crowd.read(0)
    crowd.settle()
    return deaf


def _cases(people: int) -> list[Case]:
    return [
        Case(f"{people} people in one room", partial(rooms, people=people, talking=10, spread=False), people),
        Case(
            f"{people} people in three rooms, half without echo",
            partial(rooms, people=people, talking=10, spread=True),
            people,
        ),
    ]


def channels(stage: Stage, people: int, rooms: tuple[str, ...]) -> Figures:
    """Measure talking by IRC where everyone is in some rooms.

    Args:
        stage: The surroundings.
        people: Members of each room.
        rooms: What they are called; ten people talk in the last one.
    """
    if stage.settings.peer is None:
        stage.settings = replace(stage.settings, interface="irc")
    server = stage.server().in_rooms(rooms)
    crowd = stage.crowd(server, people)
    meter = Meter(server, crowd)
    chatter = Chatter(crowd, TALKING, 1, stage.settings.seconds)
    chatter.run()
    expected = chatter.sent * (people - 1)
    missing = crowd.hear(expected, DRAIN_SECONDS)
    return {**meter.read(expected - missing), "sent": chatter.sent, "missing": missing}


TALKING = 10
CHANNELS = ("#tea", "#den", "#bench")

IRC = Run(
    "irc",
    "by IRC: 100 and 1,000 people in one room, and in three each; of peers, those that speak it",
    [
        Case(f"{people} people in {many}, 10 talking", partial(channels, people=people, rooms=rooms), people)
        for people in (100, 1000)
        for many, rooms in (("one room", CHANNELS[-1:]), ("three rooms", CHANNELS))
    ],
    ("deliveries/CPU-s", "deliveries/s"),
)

MANY_ROOMS = Run(
    "rooms",
    "1,000 people in one room, and in three with half of them without echo: deliveries should cost the same",
    _cases(1000),
)
