"""The command line of `twistchat bench`."""

import json

import pytest

from twistchat.bench.cli import main
from twistchat.bench.table import RUNS


def test_help_explains_every_run_and_peer(capsys):
    with pytest.raises(SystemExit) as exit:
        main(["--help"])
    assert exit.value.code == 0
    shown = capsys.readouterr().out
    assert all(run.explanation in shown for run in RUNS)
    assert "ngircd" in shown


def test_a_load_is_not_aimed_at_another_machine_unless_told_so(capsys):
    assert main(["fanout", "--server", "192.0.2.1:7976"]) == 2
    assert "--yes-this-server-is-mine" in capsys.readouterr().err


def test_a_run_that_there_is_not_is_refused_with_those_there_are(capsys):
    assert main(["fanuot"]) == 2
    assert "fanout" in capsys.readouterr().err


def test_figures_come_as_json_for_programs(capsys):
    """Every sample is in it, and what the machine is, but not whose."""
    assert main(["fanout", "--case", "100 people, 10", "--seconds", "0.2", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["machine"]["cores"] >= 1
    (result,) = told["results"]
    assert (result["run"], result["server"]) == ("fanout", "twistchat")
    assert result["samples"][0]["missing"] == 0
    assert result["median"]["sent"] > 0
