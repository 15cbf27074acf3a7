"""One file, carried to a machine that has Python and nothing else: it serves and joins there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import firstmessage, onefile
from support.onefile import BARE, environment
from support.patience import PATIENCE_SECONDS
from support.server import ANY, LineClient, Server, only

from twistchat import __version__
from twistchat.bundle import cli
from twistchat.bundle.unpacking import platform_name

TEN_SECONDS = 10.0
"""From the copied file to the first message, unpacked and all."""

IS_ROOT = os.geteuid() == 0 and shutil.which("unshare") is not None and shutil.which("ip") is not None
needs_root = pytest.mark.skipif(not IS_ROOT, reason="a network namespace takes root and Debian's iproute2")
NOBODY = 65534


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with the bundle and the wheels, which all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "bundle"
    with onefile.made_once(shared):
        yield shared


@pytest.fixture
def bundle(made: Path) -> Path:
    return made / "twistchat.pyz"


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def started(bundle: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BARE, bundle, *words],
        env=environment(bundle.parent, **variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def test_the_same_input_makes_the_same_file(made: Path, bundle: Path, tmp_path: Path) -> None:
    assert cli.main(onefile.words(tmp_path / "again.pyz", made)) == 0
    assert (tmp_path / "again.pyz").read_bytes() == bundle.read_bytes()


ELSEWHERE = """
set -e
ip link set lo up
mount --bind {base} {room}/python
mount -t tmpfs -o mode=0755 none {room}/home
mount -t tmpfs -o mode=0755 none {room}/stick
mount -t tmpfs -o mode=1777,size={megabytes}m none {room}/tmp
cp {bundle} {room}/stick/
mount -o remount,ro {room}/home
mount -o remount,ro {room}/stick
cd {room}
set +e
(renice -n -10 -p $$ && echo -10 >/proc/$$/autogroup) >/dev/null 2>&1
setpriv --reuid={nobody} --regid={nobody} --clear-groups env -i PATH=/usr/bin:/bin \\
    HOME={room}/home TMPDIR={room}/tmp LANG=C.UTF-8 LD_LIBRARY_PATH={room}/python/lib \\
    {room}/python/bin/{python} -S {words}
"""
"""A machine of another user without network, where nothing can be written but what is temporary.

What else this machine does is not to count, so that its processes come first. They are a session of their own: Linux
weighs all of a session by what one of its processes writes (`autogroup`, sched(7)), and the tests' own, once it came
first, left daemons, browsers and whatever else has another session next to nothing for the rest of the run.
"""


def elsewhere(room: Path, bundle: Path, words: str, megabytes: int = 200) -> subprocess.CompletedProcess[str]:
    """Run Python there.

    Args:
        room: A folder for what the machine has.
        bundle: What is copied to a read-only medium.
        words: Python's own, and further commands.
        megabytes: Of room for what is temporary.
    """
    for name in ("python", "home", "stick", "tmp"):
        (room / name).mkdir()
    shutil.copy(firstmessage.__file__, room)
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    filled = {"base": sys.base_prefix, "room": room, "bundle": bundle, "nobody": NOBODY, "python": python}
    script = ELSEWHERE.format(**filled, words=words.format(room=room), megabytes=megabytes)
    command = ["unshare", "--net", "--mount", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS, start_new_session=True)


@needs_root
def test_without_network_and_home_another_user_reads_the_first_message_within_ten_seconds(
    bundle: Path, room: Path
) -> None:
    ended = elsewhere(room, bundle, "{room}/firstmessage.py {room}/stick/twistchat.pyz {room}/tmp/state")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [(passed, computed)] = re.findall(r"first message: ([\d.]+) s, of which ([\d.]+) s computing", ended.stdout)
    assert float(passed) < TEN_SECONDS, f"of which {computed} s were computing"
    assert "web: listening on" in ended.stdout
    if platform_name() is not None:
        assert "admin: host key SHA256:" in ended.stdout


@needs_root
def test_a_full_disk_is_a_sentence_and_nothing_is_left_on_it(bundle: Path, room: Path) -> None:
    words = "{room}/stick/twistchat.pyz serve; echo $?; ls -A {room}/tmp/twistchat-*"
    ended = elsewhere(room, bundle, words, megabytes=3)
    [said] = ended.stderr.splitlines()
    assert re.match(r"twistchat: this takes \d+ MB to unpack into, and found no place: ", said)
    assert f"{room}/home/.cache/twistchat (Read-only file system), {room}/stick/twistchat.unpacked (Read-only" in said
    assert f"{room}/tmp/twistchat-{NOBODY} (No space left on device)" in said
    assert said.endswith("; name a folder of your own with --unpack FOLDER or TWISTCHAT_UNPACK.")
    assert ended.stdout == "1\n"


def test_without_compiled_parts_for_the_processor_it_serves_and_says_what_it_has_not(
    bundle: Path, tmp_path: Path
) -> None:
    pure = onefile.without_compiled_parts(bundle, tmp_path / "pure.pyz")
    with (
        Server(
            tmp_path,
            twistd=("serve",),
            listen=only("--tcp", ANY, "--web", ANY, "--admin", "tcp:7977:interface=127.0.0.1"),
            command=(*BARE, str(pure)),
            plugin=(),
            environment=environment(tmp_path),
        ) as server,
        LineClient(server, "ada") as ada,
    ):
        server.logs("admin: there is neither TLS nor SSH here: their compiled parts are not installed")
        server.logs("web: listening on")
        ada.says("hi")
        ada.hears("ada: hi\r\n")


@pytest.mark.parametrize(
    ("words", "variables"),
    [(["--unpack", "named"], {}), (["--unpack=named"], {}), ([], {"TWISTCHAT_UNPACK": "named"})],
    ids=["option", "with an equals sign", "variable"],
)
def test_it_is_unpacked_where_one_says(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], variables: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(bundle, tmp_path)
    ended = started(tmp_path / "twistchat.pyz", *words, "--version", **variables)
    assert (ended.stdout, ended.stderr) == (f"twistchat {__version__}\n", "")
    [unpacked] = (tmp_path / "named").iterdir()
    assert (unpacked / "twistchat" / "cli.py").is_file()
    assert not (tmp_path / ".cache").exists()


def test_starts_at_the_same_time_unpack_it_once(bundle: Path, tmp_path: Path) -> None:
    command = [*BARE, bundle, "--version"]
    several = [
        subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(3)
    ]
    said = [each.communicate(timeout=PATIENCE_SECONDS)[0].decode() for each in several]
    assert said == [f"twistchat {__version__}\n"] * 3
    assert len(list((tmp_path / ".cache" / "twistchat").iterdir())) == 1


def test_its_servers_can_be_measured(bundle: Path) -> None:
    """`bench` starts servers of its own, from what is unpacked."""
    ended = started(bundle, "bench", "fanout", "--case", "100 people, 10", "--seconds", "0.2")
    assert ended.returncode == 0, ended.stderr
    assert "100 people, 10" in ended.stdout


def test_a_copy_that_was_damaged_on_the_way_is_a_sentence(bundle: Path, tmp_path: Path) -> None:
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "twistchat.pyz").write_bytes(content)
    ended = started(tmp_path / "twistchat.pyz", "--version")
    assert ended.returncode == 1
    assert re.fullmatch(r"twistchat: \S+/twistchat.pyz cannot be read \(.*\); copy it again\.\n", ended.stderr)
