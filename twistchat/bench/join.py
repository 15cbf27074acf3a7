"""The runs `join` and `idle`: many people come into one room, and what each costs who is only there."""

from __future__ import annotations

import resource
import time
from functools import partial

from twistchat.bench import machine
from twistchat.bench.crowd import Crowd
from twistchat.bench.stage import Case, Figures, Meter, Run, Stage

TOLD_SECONDS = 30.0
"""How long it may take, after the last has come, until everyone was told of everyone."""

IDLE_SECONDS = 2.0

_SPARE = 200
"""Descriptors that are needed for other things than people, here and in the server."""


def join(stage: Stage, people: int) -> Figures:
    """Measure how long it takes until so many people are in one room, each told of all that came later.

    Args:
        stage: The surroundings.
        people: How many.
    """
    server = stage.server()
    crowd = stage.crowd(server)
    meter = Meter(server, crowd)
    began = time.perf_counter()
    crowd.enter(people, stage.progress, counting=True)
    entered = time.perf_counter() - began
    expected = people * (people + 1) // 2  # oneself included
    missing = _told(crowd, expected)
    figures = meter.read(expected - missing)
    spent: Figures = {name: figures[name] for name in ("server CPU %", "generator CPU %") if name in figures}
    return {"all in, s": entered, "all told, s": time.perf_counter() - began, **spent, "missing": missing}


def _told(crowd: Crowd, expected: int) -> int:
    deadline = time.monotonic() + TOLD_SECONDS
    while (missing := expected - sum(member.told_of for member in crowd.members)) > 0:
        if time.monotonic() > deadline:
            break
        crowd.count_told(0.1)
    return missing


def idle(stage: Stage, people: int) -> Figures:
    """Measure the memory of people who are only there.

    Args:
        stage: The surroundings.
        people: How many; fewer where the file limit does not allow it, which the figures then say.
    """
    server = stage.server()
    crowd = stage.crowd(server)
    allowed = min(people, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - _SPARE)
    before = 0 if server.pid is None else machine.resident_bytes(server.pid)
    crowd.enter(allowed, stage.progress)
    crowd.settle()
    figures: Figures = {"people": allowed}
    if server.pid is not None:
        figures["KiB a member"] = (machine.resident_bytes(server.pid) - before) / allowed / 1024
    meter = Meter(server, crowd)
    crowd.round(IDLE_SECONDS)
    figures["server CPU %"] = meter.read(0).get("server CPU %", 0.0)
    if allowed < people:
        figures["limit"] = "the file limit"
    return figures


JOIN = Run(
    "join",
    "1,000 and 5,000 people come into one room, each told of those who come later",
    [Case(f"{people} people", partial(join, people=people), people) for people in (1000, 5000)],
    ("all told, s",),
)

IDLE = Run(
    "idle",
    "memory for each of 5,000 and 20,000 people who only listen",
    [Case(f"{people} people", partial(idle, people=people), people) for people in (5000, 20_000)],
    ("KiB a member",),
)
