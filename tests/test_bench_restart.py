"""The run of restarts in miniature, and what it finds wrong."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from twistchat.bench.cli import main
from twistchat.bench.restartverdict import RestartVerdict
from twistchat.bench.witnesses import marked, numbers_in


def told(*numbers: int, way: str = "lines") -> Any:
    return SimpleNamespace(numbers=array("Q", numbers), way=way)


def verdict(*people: Any, said: int = 3, stored: tuple[int, ...] = (0, 1, 2), log: str = "") -> RestartVerdict:
    return RestartVerdict(people, said, stored, Counter(), log)


def test_two_restarts_of_people_by_every_way_cost_nobody_anything(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["restart", "--people", "20", "--restarts", "2", "--", "--log=memory"])
    shown = capsys.readouterr().out
    assert status == 0, shown
    said = re.search(r"^said: (\d+)$", shown, re.MULTILINE)
    assert said is not None and int(said[1]) > 20, shown
    for what in ("said, not stored", "stored twice", "told to too few", "told twice", "told in another order"):
        assert f"\n{what}: 0\n" in shown, shown
    assert "people: 20, restarts: 2" in shown and "people dropped: 0" in shown and "20 people kept" in shown


def test_a_restart_that_is_refused_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restart", "--people", "20", "--", "--flod=off"]) == 1
    assert "does not come up" in capsys.readouterr().err


def test_more_people_than_there_may_be_descriptors_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restart", "--people", str(1 << 40)]) == 2
    assert "ulimit -n" in capsys.readouterr().err


def test_everybody_was_told_all_once_in_the_logs_order() -> None:
    assert verdict(told(0, 1, 2), told(0, 1, 2, way="programs")).is_good
    assert verdict(told(1, 0, 2), stored=(1, 0, 2)).is_good


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (verdict(told(0, 1, 2), told(0, 2, way="browsers")), "told to too few: 1 (1 browsers)"),
        (verdict(told(0, 1, 1, 2)), "told twice: 1 (1 lines)"),
        (verdict(told(0, 2, 1)), "told in another order: 1 (1 lines)"),
        (verdict(told(0, 1), stored=(0, 1)), "said, not stored: 1"),
        (verdict(told(0, 1, 2), stored=(0, 1, 1, 2)), "stored twice: 1"),
        (verdict(told(0, 1, 2), log="12:00 error: it broke"), "error: it broke"),
        (RestartVerdict([told(0, 1, 2)], 3, (0, 1, 2), Counter(IRC=2)), "people dropped: 2 (2 IRC)"),
    ],
)
def test_whatever_is_wrong_fails_the_run_and_says_by_which_way(found: RestartVerdict, shown: str) -> None:
    assert not found.is_good
    assert shown in str(found)


@pytest.mark.parametrize("cut", range(len(marked(1234567)) + 1))
def test_a_line_is_found_wherever_what_brings_it_is_cut(cut: int) -> None:
    from twistchat.bench.witnesses import Witness

    witness = Witness.__new__(Witness)
    witness.numbers, witness._begun, witness.heard, witness.is_in = array("Q"), b"", b"", True
    line = marked(1234567).encode()
    for piece in (b"ada: " + line[:cut], line[cut:] + b"\r\n", b"bob: <3\r\n", b"eve: " + marked(2).encode()):
        if piece:
            witness.take(piece)
    assert [*witness.numbers] == [1234567, 2]
    assert [*numbers_in(b"<m5><m5>")] == [5, 5]
