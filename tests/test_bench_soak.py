"""The soak in miniature, and what it complains of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twistchat.bench import soak
from twistchat.bench.cli import main
from twistchat.bench.sampling import Sample
from twistchat.bench.soak import left_over, table, turns

QUIET: Sample = {
    **dict.fromkeys(soak.BACK_AT, 0.0),
    "rooms": 1.0,
    "process_open_fds": 30.0,
    "delayed_calls": 4.0,
}


def test_mixed_people_leave_nothing_behind(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Twenty of them, by every way in, for three seconds."""
    kept = tmp_path / "samples"
    quick = ("--", "--flood=40/10")  # what somebody has sent at once is dealt with soon, and with it their end
    status = main(["soak", "--minutes", "0.05", "--people", "20", "--lines", "100", "--json", str(kept), *quick])
    shown = capsys.readouterr().out
    assert status == 0, shown
    samples = json.loads(kept.read_text())
    for interface in ("tcp", "web", "udp"):
        assert any(sample.get(f"people {interface}") for sample in samples)
    assert all(words in shown for words, _, _ in soak.ROWS)
    assert "over 0.02 s" in shown
    assert shown.splitlines()[-1].startswith("Nothing failed")


def test_a_server_that_does_not_come_up_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["soak", "--minutes", "0.01", "--", "--flod=off"]) == 1
    assert "does not come up" in capsys.readouterr().err


def test_what_is_not_as_it_was_is_a_sentence_and_fewer_timers_or_descriptors_are_none() -> None:
    assert left_over(QUIET, QUIET) == []
    assert left_over(QUIET, {**QUIET, "process_open_fds": 29.0, "delayed_calls": 3.0}) == []
    assert left_over(QUIET, {**QUIET, "process_open_fds": 31.0}) == ["process_open_fds is 31 at the end; it was 30."]
    assert left_over(QUIET, {**QUIET, "rooms": 0.0}) == ["rooms is 0 at the end; it was 1."]
    assert left_over(QUIET, {**QUIET, "people udp": 1.0}) == ["people is 1 at the end; it was 0."]


def test_a_figure_is_shown_over_all_its_labels_before_meanwhile_and_after() -> None:
    samples = [{**QUIET, "people web": 2.0, "people tcp": float(number)} for number in range(5)]
    row = next(line for line in table(QUIET, samples, QUIET).splitlines() if line.startswith("people"))
    assert row.split() == ["people", "0", "4", "6", "0"]


def test_turns_are_those_of_the_soak_alone() -> None:
    names = [f"turn_seconds_bucket {bound}" for bound in ("0.02", "0.05", "0.1")]
    before: Sample = {**dict.fromkeys(names, 5.0), "turn_seconds_count": 5.0}
    after: Sample = {names[0]: 100.0, names[1]: 103.0, names[2]: 105.0, "turn_seconds_count": 105.0}
    told = turns(before, {**after, "longest_turn_seconds": 0.07})
    assert told == "turns: 100, 5 over 0.02 s, 2 over 0.05 s, 0 over 0.1 s; the longest: 70 ms"
