"""The file of servers that were met by TLS."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.client.address import Address, parse_address
from twistchat.client.known_servers import AUTHORITY, MOST_BYTES, MOST_LINES, CannotTell, Known, KnownServers
from twistchat.client.pinning import is_the_same

HERE = Address("tls", "10.0.0.5", 7976)
MARK, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.fixture
def servers(tmp_path: Path) -> KnownServers:
    return KnownServers(tmp_path / "state" / "known_servers")


def test_what_is_added_is_known_by_its_line_and_the_file_is_its_owners_alone(servers: KnownServers) -> None:
    assert servers.find(HERE) is None
    assert servers.add(Address("tls", "fe80::1", 1), AUTHORITY) == 1
    assert servers.add(HERE, MARK) == 2
    assert servers.find(HERE) == Known(MARK, 2)
    assert servers.path.read_text() == f"[fe80::1]:1 authority\n10.0.0.5:7976 {MARK}\n"
    assert servers.path.stat().st_mode & 0o777 == 0o600
    assert servers.path.parent.stat().st_mode & 0o777 == 0o700


def test_another_port_and_another_host_are_other_servers_and_case_is_none(servers: KnownServers) -> None:
    servers.add(parse_address("tls://Chat.Example"), MARK)
    assert servers.find(parse_address("tls://CHAT.example:7976")) == Known(MARK, 1)
    assert servers.find(parse_address("tls://chat.example:7977")) is None
    assert servers.find(parse_address("tls://other.example")) is None


def test_remarks_and_broken_lines_stay_and_count_as_lines(servers: KnownServers) -> None:
    servers.path.parent.mkdir()
    servers.path.write_bytes(b"# mine\n\n\xff\xfe\n10.0.0.5:7976 sha256:aa\n10.0.0.5:7976 md5:b\nhalf")
    assert servers.find(HERE) is None
    assert servers.add(HERE, MARK) == 7
    assert servers.find(HERE) == Known(MARK, 7)
    assert servers.path.read_text().startswith("# mine\n\n")


def test_of_very_many_the_oldest_go(servers: KnownServers) -> None:
    servers.path.parent.mkdir()
    lines = [f"10.0.{number // 250}.{number % 250}:1 {MARK}\n" for number in range(MOST_LINES + 50)]
    servers.path.write_text("".join(lines))
    assert servers.add(HERE, OTHER) == MOST_LINES
    kept = servers.path.read_text().splitlines()
    assert len(kept) == MOST_LINES
    assert kept[0] == lines[51].strip()


def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(servers: KnownServers) -> None:
    servers.path.mkdir(parents=True)
    with pytest.raises(CannotTell, match="Is a directory"):
        servers.find(HERE)
    servers.path.rmdir()
    servers.path.write_bytes(b"x" * (MOST_BYTES + 1))
    for ask in (lambda: servers.find(HERE), lambda: servers.add(HERE, MARK)):
        with pytest.raises(CannotTell, match="more than 256 KiB"):
            ask()


@given(st.binary(max_size=300))
def test_whatever_the_file_has_what_is_added_is_known(tmp_path_factory: pytest.TempPathFactory, left: bytes) -> None:
    servers = KnownServers(tmp_path_factory.mktemp("known") / "known_servers")
    servers.path.write_bytes(left)
    assert servers.find(HERE) is None
    line = servers.add(HERE, MARK)
    assert servers.find(HERE) == Known(MARK, line)


@pytest.mark.parametrize(
    ("known", "is_vouched_for", "mark", "is_same"),
    [
        (AUTHORITY, True, MARK, True),
        (AUTHORITY, False, MARK, False),
        (MARK, False, MARK, True),
        (MARK, True, MARK, True),
        (MARK, False, OTHER, False),
        (MARK, True, OTHER, False),
    ],
)
def test_a_server_is_the_same_by_its_key_or_by_an_authority_where_there_was_one(
    known: str, is_vouched_for: bool, mark: str, is_same: bool
) -> None:
    assert is_the_same(Known(known, 1), mark, is_vouched_for) == is_same


def test_lines_are_counted_as_editors_and_sed_count_them_whatever_a_remark_has_in_it(servers: KnownServers) -> None:
    servers.path.parent.mkdir()
    servers.path.write_text("# a remark\u2028of one\x0cline\x85\r\n")
    assert servers.add(HERE, MARK) == 2
    assert servers.path.read_bytes().split(b"\n")[1].decode() == f"10.0.0.5:7976 {MARK}"
    assert servers.find(HERE) == Known(MARK, 2)
