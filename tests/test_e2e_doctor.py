"""`twistchat doctor` on a machine that is wrong for real: each fault is named, with what to type."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from support.doctoring import can_mount, doctor, says
from support.faked import FAKETIME, needs_faketime
from support.server import ANY, Server, only

from twistchat.bench.ports import free_port


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir(0o700)
    return state


def test_beside_a_server_that_is_well_and_to_another_that_wants_its_port(tmp_path: Path) -> None:
    web = f"tcp:{free_port()}:interface=127.0.0.1"
    with Server(tmp_path, listen=only("--tcp", ANY, "--web", web)) as server:
        server.port("web")
        _, rows = doctor(tmp_path / "state", "--web", web)
        says(rows, "server", "ok", f"process {server.process.pid} runs on {tmp_path / 'state'}, and stores lines", "")
        says(rows, "ports", "ok", f"is this server's (process {server.process.pid})", "")
        says(rows, "log", "ok", "is sound", "")
        status, rows = doctor(tmp_path / "another", "--web", web)
        assert status == 2
        says(rows, "ports", "wrong", f"process {server.process.pid} has port", f"kill {server.process.pid}")
        server.stops()
    _, rows = doctor(tmp_path / "state", "--web", web)
    says(rows, "server", "ok", "no server runs", "")
    says(rows, "ports", "ok", "is free", "")


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LANG": "C", "LC_ALL": "", "LC_CTYPE": ""}])
def test_too_few_files_a_locale_that_is_not_of_utf_8_and_a_key_that_others_read(
    state: Path, locale: dict[str, str]
) -> None:
    key = state / "ssh_host_ed25519_key"
    key.touch()
    key.chmod(0o644)
    status, rows = doctor(state, before=("prlimit", "--nofile=64:64"), **locale)
    assert status == 2
    says(rows, "limits", "wrong", "64 files may be open, for about 0 people", "LimitNOFILE=")
    says(rows, "text", "look", "the locale C is not of UTF-8", "export LANG=C.UTF-8")
    says(rows, "keys", "wrong", f"{key} can be read by others", f"rm {key}")
    says(rows, "folder", "look", key.name, f"chmod 700 {state}")
    assert stat.S_IMODE(key.stat().st_mode) == 0o644


@needs_faketime
def test_a_clock_in_the_past(state: Path) -> None:
    status, rows = doctor(state, LD_PRELOAD=str(FAKETIME[0]), FAKETIME="2020-01-01 12:00:00")
    assert status == 2
    says(rows, "clock", "wrong", "the clock shows 2020-01-01", "timedatectl set-ntp true")


FILL = 'mount -t tmpfs -o size=1m,mode=0700 none "$0" && head -c 2m /dev/zero > "$0/big" 2>/dev/null; exec "$@"'
SEAL = 'mount -t tmpfs -o ro,mode=0700 none "$0" && exec "$@"'


@can_mount
@pytest.mark.parametrize(
    ("script", "found", "advice"),
    [(FILL, "nothing can be stored", "--keep 90d"), (SEAL, "mounted read-only", "mount -o remount,rw")],
)
def test_a_disk_that_is_full_and_one_that_is_read_only(state: Path, script: str, found: str, advice: str) -> None:
    status, rows = doctor(state, before=("unshare", "--mount", "sh", "-c", script, str(state)))
    assert status == 2
    says(rows, "folder", "wrong", found, advice)
