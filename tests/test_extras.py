"""Without TLS and SSH, which not every processor has, all else runs, and what is missing is said in a sentence."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support.dialect import came
from support.server import ANY, LineClient, Server, only, run
from twisted.internet.error import ConnectionRefusedError
from twisted.python.failure import Failure

from twistchat import extras
from twistchat.client.app import join
from twistchat.client.reasons import NOBODY, reason_of
from twistchat.errors import CannotStart
from twistchat.extras import Extra
from twistchat.interfaces import admin
from twistchat.interfaces.admin import DEFAULT
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptions import whats_wrong
from twistchat.interfaces.seal import is_wanted
from twistchat.status import FAILED

ROOT = Path(__file__).parent.parent
ABSENT = ("cryptography", "OpenSSL", "bcrypt", "service_identity", "_cffi_backend", "cffi", "twistchat", "_editable")
MISSING = "compiled parts are not installed, or not for this processor"


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """`twistchat serve` in a virtual environment that has what this one has, but for what TLS and SSH take."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(ABSENT) and package.suffix != ".pth":
            (packages / package.name).symlink_to(package)
    (packages / "ours.pth").write_text(f"{ROOT}\n")
    return (str(folder / "bin" / "python"), "-m", "twistchat")


def test_all_but_tls_and_ssh_runs_and_one_line_says_what_does_not(serve: tuple[str, ...], tmp_path: Path) -> None:
    with (
        Server(tmp_path, "--admin", DEFAULT, twistd=("serve",), command=serve, plugin=()) as server,
        LineClient(server, "ada") as ada,
    ):
        server.logs(rf"admin: there is neither TLS nor SSH here: their {MISSING} \(\w+\); all else runs")
        with LineClient(server, "bob"):
            ada.hears(came("bob"))


@pytest.mark.parametrize(
    ("option", "place"),
    [("--web", "ssl:0:privateKey=key.pem:certKey=cert.pem"), ("--admin", "tcp:0"), ("--tcp-tls", "auto")],
)
def test_to_ask_for_what_is_missing_is_refused_in_a_sentence(
    serve: tuple[str, ...], tmp_path: Path, option: str, place: str
) -> None:
    words = only("--tcp", ANY, option, place)
    ended = run("serve", "--state-dir", "state", *words, folder=tmp_path, command=serve)
    assert ended.returncode == 1
    [said] = [line for line in ended.stderr.splitlines() if line.startswith("twistchat:")]
    assert said.startswith(f"twistchat: {option} {place}: ")
    assert MISSING in said


def test_to_join_by_tls_without_it_is_refused_in_a_sentence(serve: tuple[str, ...], tmp_path: Path) -> None:
    ended = run("join", "tls://127.0.0.1:1", "--nick", "ada", "--language", "en", folder=tmp_path, command=serve)
    assert (ended.returncode, ended.stdout) == (FAILED, "")
    assert ended.stderr.startswith("twistchat: This machine has no TLS: pyOpenSSL is not installed")


@pytest.mark.parametrize("error", [ImportError("made for another C library"), AttributeError("too old for this")])
def test_what_is_installed_and_does_not_load_is_not_here(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(_name: str) -> None:
        raise error

    assert extras.missing() == []
    monkeypatch.setattr(extras.importlib, "import_module", refuse)
    assert extras.missing() == [Extra.TLS, Extra.SSH]


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process, as if nothing compiled could be loaded."""

    def refuse(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(extras.importlib, "import_module", refuse)


@pytest.mark.usefixtures("lacking")
def test_the_default_place_of_administrators_is_left_out_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    monkeypatch.setattr(admin.log, "warn", lambda text, **given: said.append(text.format(**given)))
    context = Context(*[None] * 3, tmp_path, *[None] * 3)  # type: ignore[arg-type]  # nothing of it is looked at
    admin.make_service(DEFAULT, context).privilegedStartService()
    [line] = said
    assert line.startswith("admin: there is neither TLS nor SSH here: ")
    with pytest.raises(CannotStart, match=r"^--admin tcp:0: there is no SSH here: its .*\. Leave it out"):
        admin.make_service("tcp:0", context)


@pytest.mark.usefixtures("lacking")
def test_a_certificate_is_not_looked_at_where_there_is_no_tls() -> None:
    assert str(whats_wrong("ssl:0:privateKey=none.pem")).startswith("there is no TLS here: its ")


@pytest.mark.usefixtures("lacking")
def test_no_certificate_is_made_where_there_is_no_tls() -> None:
    with pytest.raises(CannotStart, match=r"^--tcp-tls auto: there is no TLS here: its .*\. Leave the option out\.$"):
        is_wanted("tcp", "tcp:0", {"tcp-tls": "auto"})


@pytest.mark.usefixtures("lacking")
def test_a_client_does_not_begin_where_there_is_no_tls(capsys: pytest.CaptureFixture[str]) -> None:
    assert join(["tls://127.0.0.1:1", "--nick", "ada", "--language", "en"]) == FAILED
    assert "This machine has no TLS" in capsys.readouterr().err


def test_an_error_of_tls_needs_no_tls_to_be_told_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "OpenSSL.SSL", raising=False)
    assert reason_of(Failure(ConnectionRefusedError())) == NOBODY
