"""The command line of `twistchat bench`."""

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

import twistchat
from twistchat.bench.cli import main
from twistchat.bench.servers import options_of, start_twistchat
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


def test_twistchat_is_compared_with_itself_set_up_otherwise(capsys):
    words = ["fanout", "--case", "100 people, 10", "--seconds", "0.2", "--interface", "web"]
    assert main([*words, "--against", "tcp", "--against", "memory"]) == 0
    shown = capsys.readouterr().out
    assert "twistchat / memory" in shown
    assert "twistchat / tcp" in shown


def test_twistchat_is_compared_with_another_checkout_of_itself(capsys, tmp_path):
    """Here with a copy of this one that says of itself what it is."""
    shutil.copytree(Path(twistchat.__file__).parent, tmp_path / "twistchat")
    version = tmp_path / "twistchat" / "__init__.py"
    version.write_text(version.read_text().replace(twistchat.__version__, "0.0.1"))
    table = tmp_path / "twistchat" / "interfaces" / "table.py"
    table.write_text(table.read_text().replace('"ircs",', '"other",'))
    assert {"--irc", "--other"} < options_of(tmp_path)
    assert "--ircs" not in options_of(tmp_path), (
        "an older version has fewer interfaces, and refuses what it does not know"
    )
    words = ["fanout", "--case", "100 people, 10", "--seconds", "0.2", "--before", str(tmp_path)]
    assert main(words) == 0
    assert "twistchat / before" in capsys.readouterr().out
    with ExitStack() as stack:
        (tmp_path / "state").mkdir()
        server = start_twistchat(tmp_path / "state", checkout=tmp_path)
        stack.callback(server.stop)
        assert "twistchat 0.0.1" in server.said()


def test_a_folder_that_is_no_checkout_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit):
        main(["fanout", "--before", str(tmp_path)])
    assert "not a folder with a checkout" in capsys.readouterr().err


def test_a_server_that_runs_already_is_used_and_left_running(tmp_path, capsys):
    server = start_twistchat(tmp_path)
    try:
        words = ["fanout", "slow", "--case", "100 people", "--seconds", "0.1", "--repeat", "2"]
        where = f"{server.address[0]}:{server.address[1]}"
        assert main([*words, "--server", where, "--pid", str(server.pid), "--json", str(tmp_path / "figures")]) == 1
        assert server.process.poll() is None
    finally:
        server.stop()
    shown = capsys.readouterr()
    assert "deliveries/CPU-s" in shown.out
    assert "leave --server out" in shown.out  # the run that reads the server's log
    assert "2/2" in shown.err
    told = json.loads((tmp_path / "figures").read_text())
    assert [len(result["samples"]) for result in told["results"]] == [2] * len(told["results"])


@pytest.mark.parametrize("words", [["--server", "nowhere"], ["--server", "a:99999"], ["--repeat", "0"]])
def test_what_cannot_be_read_is_refused(words, capsys):
    with pytest.raises(SystemExit) as exit:
        main(words)
    assert exit.value.code == 2
    assert "is not" in capsys.readouterr().err
