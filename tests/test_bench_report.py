"""How figures are shown, and how they are divided by a peer's."""

import json

import pytest

from twistchat.bench import report
from twistchat.bench.report import Result
from twistchat.bench.stage import Run

RUN = Run("walk", "how far", (), compared=("steps/s",))
ALONE = Run("sit", "how long", ())


@pytest.fixture
def results():
    return [
        Result(
            RUN, "uphill", "twistchat", [{"steps/s": 30.0}, {"steps/s": 10.0}, {"steps/s": 20.0, "limit": "the hill"}]
        ),
        Result(RUN, "uphill", "ngircd", [{"steps/s": 5.0}, {"failed": "It fell."}, {"steps/s": 15.0}]),
        Result(RUN, "downhill", "ngircd", [{"steps/s": 1234567.0}]),
        Result(ALONE, "here", "twistchat", [{"hours": 0.5}]),
    ]


def test_figures_are_medians_and_remarks_are_kept(results):
    assert results[0].figures == {"steps/s": 20.0, "limit": "the hill"}


def test_ratios_are_those_of_the_same_case_in_the_same_run(results):
    assert report.ratios(RUN, results) == {("uphill", "ngircd"): {"steps/s": 2.0}}
    assert report.ratios(ALONE, results) == {}


def test_a_table_has_its_runs_rows_the_ratios_and_what_failed(results):
    lines = report.table(RUN, results).splitlines()
    assert lines[0] == "walk: how far"
    assert lines[1].split() == ["case", "server", "steps/s", "limit"]
    assert len(lines) == 7
    assert "1,234,567" in lines[4]
    assert lines[5] == "uphill: twistchat / ngircd  steps/s 2.00"
    assert lines[6] == "uphill: It fell."


def test_a_peer_that_did_nothing_is_not_divided_by():
    results = [
        Result(RUN, "uphill", "twistchat", [{"steps/s": 1.0}]),
        Result(RUN, "uphill", "ngircd", [{"steps/s": 0}]),
    ]
    assert report.ratios(RUN, results) == {("uphill", "ngircd"): {}}
    assert "twistchat / ngircd" not in report.table(RUN, results)


def test_everything_is_in_the_json(results):
    told = json.loads(report.as_json({"cores": 2}, 3.0, results))
    assert told["machine"] == {"cores": 2}
    assert [row["server"] for row in told["results"]] == ["twistchat", "ngircd", "ngircd", "twistchat"]
    assert told["results"][1]["ratio"] == {"steps/s": 2.0}
    assert len(told["results"][0]["samples"]) == 3


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (3.0, "3"), (0.1234, "0.12"), (99.9, "99.90"), (1234.5, "1,234"), ("words", "words")]
)
def test_figures_have_as_many_digits_as_they_have_meaning(value, text):
    assert report.shown(value) == text
