"""QR codes that a camera reads, from a terminal of any colour and from a page."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.zbar import DARK, LIGHT, drawn, needs_zbar, read

from twistchat.qr import QUIET, as_blocks, as_svg, fitting

URL = "http://192.168.1.10:7980/"
LONG = "http://[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:7980/a/very/long/path/below/the/host/"


@needs_zbar
@pytest.mark.parametrize("around", [DARK, LIGHT, 128], ids=["dark", "light", "grey"])
@pytest.mark.parametrize("url", [URL, LONG, "http://laptop.local:7980/"])
def test_a_camera_reads_it_from_a_terminal_of_any_colour(tmp_path: Path, url: str, around: int) -> None:
    assert read(drawn(as_blocks(url), tmp_path / "terminal.pgm", around)) == [url]


def test_each_row_says_its_colours_and_ends_with_the_terminals_own() -> None:
    rows = as_blocks(URL)
    assert {(row[:8], row[-4:]) for row in rows} == {("\x1b[30;47m", "\x1b[0m")}
    assert {len(row) for row in rows} == {33 + 12}
    assert len(rows) == 17
    for row in rows[: QUIET // 2]:
        assert row == f"\x1b[30;47m{' ' * 33}\x1b[0m"


@pytest.mark.parametrize(
    ("columns", "rows", "fits"), [(33, 18, True), (32, 50, False), (200, 17, False), (0, 0, False)]
)
def test_it_is_shown_whole_or_not_at_all(columns: int, rows: int, fits: bool) -> None:
    assert fitting(URL, columns, rows) == (as_blocks(URL) if fits else [])


def test_as_a_picture_it_is_black_on_white_and_has_nothing_that_a_policy_forbids() -> None:
    svg = ElementTree.fromstring(as_svg(URL))
    assert svg.attrib == {"viewBox": "0 0 33 33", "class": "code"}
    assert [each.attrib.get("fill") or each.attrib.get("stroke") for each in svg] == ["#fff", "#000"]
    assert "style" not in as_svg(URL)
